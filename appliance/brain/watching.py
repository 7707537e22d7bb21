"""Whether the camera is to look, whether it does, and what it saw last.

A camera that is switched off must really be closed. Only the thread that owns the device knows when it is, so
what it says of that is counted here, and held against what people want.
"""

from __future__ import annotations

from appliance.protocol.looks import CameraGone, Look, Reading
from appliance.protocol.snapshot import CameraState

CLOSES_S = 5.0
"""A camera that was switched off has closed its device by then, or hangs (picamera2 #627, #1048)."""

STILL_OPEN = "it hangs: switched off, but its device is still open; unplug it, or restart the box"


class Watching:
    """Keeps the camera's state as people want it and as its looks tell. Times are monotonic seconds."""

    def __init__(self, is_wanted: bool, now: float) -> None:
        """is_wanted: whether a hand has left the camera on."""
        self.is_wanted = is_wanted
        """What a hand wants, whatever quiet hours make of it meanwhile."""
        self.state = CameraState.ON if is_wanted else CameraState.OFF
        self.looked: Look | None = None
        """The newest look since the camera was switched."""
        self._open_sensors = 0
        self._closing_since = now

    @property
    def is_off(self) -> bool:
        """Whether it is switched off: a last look on its way then is not to be heeded."""
        return self.state is CameraState.OFF

    @property
    def is_sensor_open(self) -> bool:
        """Whether the device is open, as the thread that opens and closes it says."""
        return self._open_sensors > 0

    @property
    def reading(self) -> Reading | None:
        """The newest look, if it found the listener's face."""
        return self.looked if isinstance(self.looked, Reading) else None

    def see(self, look: Look) -> str | None:
        """Take over a look. Returns why there is none to be had, for people; None when the camera works."""
        lost = look.reason if isinstance(look, CameraGone) else None
        self.state = CameraState.LOST if lost else CameraState.ON
        self.looked = look
        return lost

    def switch(self, on: bool, now: float) -> bool:
        """Have the camera be on or off. Returns whether that is a change."""
        if on is not self.is_off:
            return False
        self.state = CameraState.ON if on else CameraState.OFF
        self.looked = None
        self._closing_since = now
        return True

    def count(self, is_open: bool) -> None:
        """Note that the device is about to be opened, or has been closed."""
        self._open_sensors += 1 if is_open else -1

    def trouble(self, now: float) -> str | None:
        """Why a camera that was switched off may still look, for people; None where it cannot."""
        return STILL_OPEN if self.is_sensor_open and now - self._closing_since >= CLOSES_S else None

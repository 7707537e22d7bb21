"""The volume that people mean, and what quiet hours make of it meanwhile."""

from __future__ import annotations

from dataclasses import replace

from appliance.brain.mpd_state import MpdState
from appliance.protocol.actions import Action, ChangeVolume, LimitVolume


class Loudness:
    """Keeps the volume that people mean apart from the one that quiet hours allow. All in percent."""

    def __init__(self, heard: MpdState, cap: int, first: int | None, muted: int | None = None) -> None:
        """cap: in quiet hours. first: what it is to be until MPD has said what it is. muted: as below."""
        self._heard, self._cap, self._first = heard, cap, first
        self._before: int | None = None
        self.is_capped = False
        self.muted = muted
        """The volume that comes back when the box is muted no more; None where nobody has muted it."""

    @property
    def now(self) -> int | None:
        """The volume now; None where nothing can set it, or MPD has not said yet."""
        volume = self._heard.last.volume
        return self._first if volume is None else volume

    @property
    def lasting(self) -> int | None:
        """The volume by day, for a power cut not to lose: as before quiet hours, unless somebody has turned
        it down since."""
        volume, before = self.now, self._before
        is_held_down = volume is not None and before is not None and before > self._cap <= volume
        return before if is_held_down else volume

    def want(self, percent: int) -> list[Action]:
        """Set the volume. While MPD is away it is kept as if MPD had said so: a restart must not lose it."""
        if self._heard.is_connected:
            return [ChangeVolume(percent)]
        if self._heard.last.volume is None:
            self._first = percent
        else:
            self._heard.last = replace(self._heard.last, volume=percent)
        return [ChangeVolume(percent)]

    def step(self, by: int) -> list[Action]:
        """Change the volume by so many percent points; nothing where it is not known."""
        volume = self._heard.last.volume if self._heard.is_connected else self.now
        return [] if volume is None else self.want(min(100, max(0, volume + by)))

    def cap(self) -> list[Action]:
        """Begin quiet hours' cap: nothing is louder than that until `lift`."""
        self._before, self.is_capped = self.now, True
        return [LimitVolume(self._cap)]

    def lift(self) -> list[Action]:
        """End the cap: the volume is what it was before, unless somebody has turned it down since."""
        volume, now = self.lasting, self.now
        self._before, self.is_capped = None, False
        back: list[Action] = [ChangeVolume(volume)] if volume is not None and volume != now else []
        return [LimitVolume(None), *back]

    def is_at(self, percent: int) -> bool:
        """Whether the volume is at least this, or as loud as quiet hours let it be."""
        return self.now is None or self.now >= (min(percent, self._cap) if self.is_capped else percent)

    def mute(self) -> list[Action]:
        """Turn the volume down to nothing."""
        if not self.now:
            return []
        self.muted = self.lasting
        return [ChangeVolume(0)]

    def unmute(self, otherwise: int) -> list[Action]:
        """Bring back the volume of before. otherwise: where nobody knows what that was."""
        volume, self.muted = self.muted or otherwise, None
        return [] if self.now else self.wake(volume)

    def wake(self, percent: int) -> list[Action]:
        """Set the volume of an alarm. In quiet hours it rises no higher than they let it until they end."""
        if self.is_capped:
            self._before = percent
        return [ChangeVolume(percent)]

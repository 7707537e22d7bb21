"""Frames, from picamera2, V4L2 or a recording. The newest wins: a slow reader skips, never queues."""

from __future__ import annotations

import functools
import logging
import math
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Protocol

from appliance.camera.pictures import Shape, turned
from appliance.camera.recording import ReplaySource
from appliance.camera.sensors import Picamera2Source, V4l2Source, no_rights, v4l2_devices
from appliance.errors import BadPicture, CameraLost, MoodboxError
from appliance.machine.memory import stay_in_ram
from appliance.protocol.looks import Frame

log = logging.getLogger(__name__)

BROKEN_S, BROKEN_IN_A_ROW = 3.0, 5
"""A device stays open until it has given nothing but so many broken pictures, for so long."""
BREATH_S = 0.05
"""Seconds between two tries: a device that is gone answers at once."""


class Source(Protocol):
    """One kind of camera. Made, read and closed by one thread, Camera's own."""

    def grab(self, due: float) -> Frame | None:
        """Wait for the next frame; None, at little cost, if it was taken before `due` (monotonic seconds).

        Raises CameraLost (BadPicture where the device may give a good one next) or RecordingEnded.
        """
        ...

    def close(self) -> None:
        """Give the device back."""
        ...


def open_camera(
    source: str,
    width: int = 640,
    height: int = 480,
    fps: float = 10.0,
    loop: bool = True,
    paced: bool = True,
    sensor: Callable[[bool], None] = lambda is_open: None,
    rotation: int = 0,
    mirror: bool = False,
) -> Camera:
    """Start a camera.

    source: `picamera2`, `v4l2:N` (or `v4l2:/dev/...`), `replay:PATH` (a video, a folder of pictures or one
        picture), or `auto`: picamera2 if it finds a camera, else the first V4L2 device that gives a frame.
    width, height, fps: what the camera is asked for. Recordings are scaled down to fit; a video has its fps.
    loop: a recording begins again at its end; otherwise RecordingEnded.
    paced: a recording takes its time; otherwise each frame waits to be read, and none is skipped.
    rotation, mirror: see `Shape`; how the camera is mounted.
    sensor: told True right before the device is opened, and False once it is closed, as by `Camera`.
    Raises CameraLost when `source` names no kind of camera; `read` says what prevents it from being opened.
    """
    kind, _, which = source.partition(":")
    shape = Shape(width, height, fps, rotation, mirror)
    skips = paced or kind != "replay"

    def camera(open_source: Callable[[threading.Event], Source]) -> Camera:
        return Camera(open_source, skips, sensor, lambda frame: turned(frame, rotation, mirror))

    if source == "auto":
        return camera(lambda closing: first_that_works(_all_cameras(shape), closing))
    if source == "picamera2":
        return camera(lambda _: Picamera2Source(shape))
    if kind == "v4l2" and which:
        return camera(lambda _: V4l2Source(which, shape))
    if kind == "replay" and which:
        return camera(lambda closing: ReplaySource(Path(which), shape, loop, paced, closing))
    raise CameraLost(f"camera.source: {source!r} is none of auto, picamera2, v4l2:N and replay:PATH")


def first_that_works(
    candidates: Iterable[Callable[[], Source]], closing: threading.Event | None = None
) -> Source:
    """The first source that opens and gives a frame. Raises CameraLost, which says what was tried."""
    tried = []
    for candidate in candidates:
        try:
            source = candidate()
        except CameraLost as error:
            tried.append(str(error))
            continue
        try:
            Patience(source, closing or threading.Event()).grab()
            return source
        except CameraLost as error:
            source.close()
            tried.append(str(error))
        except BaseException:
            source.close()  # whatever went wrong: nobody else knows of this device
            raise
    raise CameraLost("no camera found: " + "; ".join(tried))


class Patience:
    """A source whose broken pictures are left out: one bad picture is no lost camera."""

    def __init__(self, source: Source, closing: threading.Event) -> None:
        self._source, self._closing = source, closing
        self.broken = 0
        """Pictures, since the device was opened."""
        self.trouble: str | None = None
        """What is wrong with the newest picture; None when it is well."""

    def grab(self, due: float = -math.inf) -> Frame | None:
        """The next good frame, as `Source.grab`. Raises what it raises, BadPicture only where it lasts."""
        began, before = time.monotonic(), self.broken
        while True:
            try:
                frame = self._source.grab(due)
                self.trouble = None
                return frame
            except BadPicture as error:
                self._count(str(error))
                lasts = time.monotonic() - began >= BROKEN_S and self.broken - before >= BROKEN_IN_A_ROW
                if lasts or self._closing.wait(BREATH_S):
                    raise

    def _count(self, trouble: str) -> None:
        self.broken += 1
        self.trouble = trouble
        if self.broken in (1, 10, 100, 1000):
            log.warning("%s (%d so far; left out)", trouble, self.broken)


def _all_cameras(shape: Shape) -> Iterator[Callable[[], Source]]:
    yield lambda: Picamera2Source(shape)
    devices = v4l2_devices()
    for path in devices:
        yield functools.partial(V4l2Source, path, shape)
    if not devices:
        yield _no_usb_camera


def _no_usb_camera() -> Source:
    raise CameraLost(no_rights() or "no USB camera (/dev/video*)")


class Camera:
    """A camera that is open: a source, and the thread that keeps its newest frame for whoever reads."""

    def __init__(
        self,
        open_source: Callable[[threading.Event], Source],
        skips: bool = True,
        sensor: Callable[[bool], None] = lambda is_open: None,
        mount: Callable[[Frame], Frame] = lambda frame: frame,
    ) -> None:
        """open_source: called in the thread, with an event that is set when the camera is to be closed.

        skips: a newer frame replaces one that nobody read; otherwise the source is asked again after a read.
        sensor: lights the camera's LED. Called in the thread, with True right before the device is opened and
        False once it is closed; a device that hangs while it is closed stays lit.
        mount: turns each frame upright.
        """
        self._open_source = open_source
        self._skips = skips
        self._sensor, self._mount = sensor, mount
        self._patience: Patience | None = None
        self._changed = threading.Condition()
        self._newest: Frame | None = None
        self._due = -math.inf
        """A frame taken before is nobody's wish."""
        self._error: MoodboxError | None = None
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._capture, name="camera", daemon=True)
        self._thread.start()

    @property
    def closed(self) -> bool:
        """Whether the device is given back: after `close`, or when it was lost."""
        return not self._thread.is_alive()

    def read(self, timeout_s: float = 5.0, due: float = -math.inf) -> Frame:
        """The newest frame not read before; waits for it. Those taken before `due` are not even converted.

        Raises CameraLost when there is none within `timeout_s`, the device is gone or the camera was closed,
        and RecordingEnded.
        """
        with self._changed:
            self._due = due
            if self._newest is not None and self._newest.taken_at < due:
                self._newest = None
                self._changed.notify_all()
            self._changed.wait_for(lambda: self._newest or self._error or self._closing.is_set(), timeout_s)
            if self._closing.is_set():
                raise CameraLost("the camera was closed")
            frame, self._newest = self._newest, None
            self._changed.notify_all()
            if frame is not None:
                return frame
            if self._error is not None:
                raise self._error
        trouble = self._patience.trouble if self._patience else None
        if trouble:
            raise CameraLost(trouble)
        raise CameraLost(
            f"the camera gave no frame for {timeout_s:g} s: it hangs, or another program holds it; "
            "unplug it and plug it in again, or restart the box"
        )

    def close(self, timeout_s: float = 3.0) -> bool:
        """Close the device. Wakes whoever reads.

        Returns False when it hangs: its thread is left behind, and closes the device as soon as it returns.
        """
        again = self._closing.is_set()
        with self._changed:
            self._closing.set()
            self._newest = None
            self._changed.notify_all()
        self._thread.join(timeout_s)
        if not (self.closed or again):
            log.warning("The camera hangs and could not be closed; it is left to itself")
        return self.closed

    def _capture(self) -> None:
        stay_in_ram()  # before the first frame: a crash wrote frames into a core dump
        # The LED is lit before the device opens and goes dark after it is closed: dark never lies.
        self._sensor(True)
        try:
            source = self._open_source(self._closing)
            try:
                patience = self._patience = Patience(source, self._closing)
                while not self._closing.is_set():
                    frame = patience.grab(self._due)
                    if frame is not None:
                        self._hand_over(self._mount(frame))
            finally:
                source.close()
        except MoodboxError as error:
            self._fail(error)
        except Exception as error:
            log.exception("The camera's thread failed")
            self._fail(CameraLost(f"the camera failed: {type(error).__name__}: {error}"))
        finally:
            self._sensor(False)

    def _hand_over(self, frame: Frame) -> None:
        with self._changed:
            if frame.taken_at < self._due:
                return  # it became due only while the source waited
            self._newest = frame
            self._changed.notify_all()
            if not self._skips:
                self._changed.wait_for(lambda: self._newest is None or self._closing.is_set())
            if self._closing.is_set():
                self._newest = None

    def _fail(self, error: MoodboxError) -> None:
        with self._changed:
            self._error = error
            self._changed.notify_all()

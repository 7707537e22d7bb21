"""Frames, from picamera2, V4L2 or a recording. The newest wins: a slow reader skips, never queues."""

from __future__ import annotations

import functools
import logging
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Protocol

from appliance.camera.pictures import Shape
from appliance.camera.recording import ReplaySource
from appliance.camera.sensors import Picamera2Source, V4l2Source, v4l2_devices
from appliance.errors import CameraLost, MoodboxError
from appliance.frames import stay_in_ram
from appliance.messages import Frame

log = logging.getLogger(__name__)


class Source(Protocol):
    """One kind of camera. Made, read and closed by one thread, Camera's own."""

    def grab(self) -> Frame:
        """Wait for the next frame. Raises CameraLost or RecordingEnded."""
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
) -> Camera:
    """Start a camera.

    source: `picamera2`, `v4l2:N` (or `v4l2:/dev/...`), `replay:PATH` (a video, a folder of pictures or one
        picture), or `auto`: picamera2 if it finds a camera, else the first V4L2 device that gives a frame.
    width, height, fps: what the camera is asked for. Recordings are scaled down to fit; a video has its fps.
    loop: a recording begins again at its end; otherwise RecordingEnded.
    paced: a recording takes its time; otherwise each frame waits to be read, and none is skipped.
    sensor: told True right before the device is opened, and False once it is closed, as by `Camera`.
    Raises CameraLost when `source` names no kind of camera; `read` says what prevents it from being opened.
    """
    kind, _, which = source.partition(":")
    shape = Shape(width, height, fps)
    if source == "auto":
        return Camera(lambda _: first_that_works(_all_cameras(shape)), sensor=sensor)
    if source == "picamera2":
        return Camera(lambda _: Picamera2Source(shape), sensor=sensor)
    if kind == "v4l2" and which:
        return Camera(lambda _: V4l2Source(which, shape), sensor=sensor)
    if kind == "replay" and which:
        return Camera(lambda closing: ReplaySource(Path(which), shape, loop, paced, closing), paced, sensor)
    raise CameraLost(f"camera.source: {source!r} is none of auto, picamera2, v4l2:N and replay:PATH")


def first_that_works(candidates: Iterable[Callable[[], Source]]) -> Source:
    """The first source that opens and gives a frame. Raises CameraLost, which says what was tried."""
    tried = []
    for candidate in candidates:
        try:
            source = candidate()
        except CameraLost as error:
            tried.append(str(error))
            continue
        try:
            source.grab()
            return source
        except CameraLost as error:
            source.close()
            tried.append(str(error))
    raise CameraLost("no camera found: " + "; ".join(tried))


def _all_cameras(shape: Shape) -> Iterator[Callable[[], Source]]:
    yield lambda: Picamera2Source(shape)
    for path in v4l2_devices():
        yield functools.partial(V4l2Source, path, shape)


class Camera:
    """A source, and the thread that keeps its newest frame."""

    def __init__(
        self,
        open_source: Callable[[threading.Event], Source],
        skips: bool = True,
        sensor: Callable[[bool], None] = lambda is_open: None,
    ) -> None:
        """open_source: called in the thread, with an event that is set when the camera is to be closed.

        skips: a newer frame replaces one that nobody read; otherwise the source is asked again after a read.
        sensor: lights the camera's LED. Called in the thread, with True right before the device is opened and
        False once it is closed; a device that hangs while it is closed stays lit.
        """
        self._open_source = open_source
        self._skips = skips
        self._sensor = sensor
        self._changed = threading.Condition()
        self._newest: Frame | None = None
        self._error: MoodboxError | None = None
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._capture, name="camera", daemon=True)
        self._thread.start()

    @property
    def closed(self) -> bool:
        """Whether the device is given back: after `close`, or when it was lost."""
        return not self._thread.is_alive()

    def read(self, timeout_s: float = 5.0) -> Frame:
        """The newest frame not read before; waits for it.

        Raises CameraLost when there is none within `timeout_s`, the device is gone or the camera was closed,
        and RecordingEnded.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._newest or self._error or self._closing.is_set(), timeout_s)
            if self._closing.is_set():
                raise CameraLost("the camera was closed")
            frame, self._newest = self._newest, None
            self._changed.notify_all()
            if frame is not None:
                return frame
            if self._error is not None:
                raise self._error
        raise CameraLost(
            f"the camera gave no frame for {timeout_s:g} s; is it plugged in, or held by another?"
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
        stay_in_ram()
        self._sensor(True)
        try:
            source = self._open_source(self._closing)
            try:
                while not self._closing.is_set():
                    self._hand_over(source.grab())
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

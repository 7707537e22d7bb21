"""The thread that joins camera, detector and classifier, and says what it sees. It never dies silently."""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable
from typing import Protocol

import numpy as np

from appliance.errors import CameraLost, EmptyCrop, MoodboxError, RecordingEnded
from appliance.protocol.looks import Box, CameraGone, Face, Frame, Look, Nobody, Reading
from appliance.vision.frozen import Frozen
from appliance.vision.listener import Detector, Listener, Sighting
from appliance.vision.motion import MotionGate
from appliance.vision.pace import Pace
from appliance.vision.preprocess import crop
from appliance.vision.view import View

log = logging.getLogger(__name__)

BACK_OFF_S = (0.5, 30.0)
"""After a failure: the first wait, doubled each time, and the longest."""
FIRST_FRAME_S, NO_FRAME_S = 20.0, 12.0
"""A camera without a frame for so long hangs; in the dark some take seconds for one. The first takes longer:
a small Pi has to import picamera2."""
AT_REST_S = 0.2
"""Between two frames that are taken while nothing moves and nobody is there; sooner where something did."""
AGAIN_S = 1.0
"""How often it is told of a room at rest that nobody is there: nothing new, and each time wakes the loop."""
EARLY = 0.8
"""A frame is taken when this share of the period has passed: a camera's frames come a little unevenly."""


class Camera(Protocol):
    """A camera, as far as vision needs it; `camera.Camera` is one."""

    def read(self, timeout_s: float, due: float) -> Frame: ...
    def close(self) -> bool: ...


class Classifier(Protocol):
    """An emotion network, as far as vision needs it; `emotion.Classifier` is one."""

    def probabilities(self, face: np.ndarray) -> tuple[float, ...]: ...


class Eyes:
    """Makes a `Reading` of each frame: motion gate, pace, listener, crop and emotion network in turn."""

    def __init__(
        self,
        detector: Detector,
        classifier: Classifier,
        clock: Callable[[], float],
        pace: Pace | None = None,
    ) -> None:
        """pace: says which frames need no look; the usual one unless it is to be compared with another."""
        self.detector = detector
        self.is_resting = False
        """Whether the newest frame was not worth a look,"""
        self.is_still = False
        """or only because there was none for long."""
        self._listener = Listener(detector)
        self._classifier = classifier
        self._gate = MotionGate()
        self._pace = pace or Pace()
        self._clock = clock

    def look(self, frame: Frame) -> Reading | Nobody | None:
        """Look at the next frame. None while the listener is out of sight for a moment, beside others."""
        started = self._clock()
        nobody = self._listener.nobody
        self.is_resting = nobody and not self._gate.is_open(frame.small, frame.taken_at)
        self.is_still = nobody and self._gate.is_still
        if self.is_resting:
            return Nobody(frame.taken_at)
        followed = self._followed(frame)
        held = self._pace.held() if followed else None
        if followed and followed.listener and held:
            stages_s = {
                "capture": started - frame.taken_at,
                "detect": self._clock() - started,
                "classify": 0.0,
            }
            return Reading(held, followed.listener.box, frame.taken_at, followed.faces, stages_s)
        sighting = followed or self._listener.look(frame)
        if sighting.listener is None:
            self._pace.forget()
            return None if sighting.faces else Nobody(frame.taken_at)
        look = self._read(frame, sighting.listener, sighting.faces, started)
        if isinstance(look, Reading):
            self._pace.take(frame, look, is_found=followed is None)
        return look

    def _followed(self, frame: Frame) -> Sighting | None:
        """The listener where their face was followed to; None when faces must be looked for."""
        box = self._pace.follow(frame)
        if box is None or (self._listener.is_full_look_due(frame.taken_at) and self._has_moved(frame, box)):
            return None
        return self._listener.carry(frame, box)

    def _has_moved(self, frame: Frame, face: Box) -> bool:
        """Whether anything has moved beside the listener, or nobody has looked for long."""
        ratio = frame.small.shape[1] / frame.grey.shape[1]
        left, top, wide = (side * ratio for side in (face.left, face.top, face.width))
        # Head and body: three faces wide, and down to the picture's lower edge.
        listener = Box(left - wide, top - wide / 2, 3 * wide, max(1.0, frame.small.shape[0] - top + wide / 2))
        return self._gate.is_open(frame.small, frame.taken_at, listener)

    def _read(self, frame: Frame, face: Face, faces: int, started: float) -> Reading | Nobody:
        detected = self._clock()
        try:
            picture = crop(frame.grey, face.box)
        except EmptyCrop as error:  # a face at the very edge
            log.debug("%s", error)
            return Nobody(frame.taken_at)
        probabilities = self._classifier.probabilities(picture)
        stages_s = {
            "capture": started - frame.taken_at,
            "detect": detected - started,
            "classify": self._clock() - detected,
        }
        return Reading(probabilities, face.box, frame.taken_at, faces, stages_s)


class Vision:
    """The thread that looks until it is stopped; a camera or model that fails is tried ever more slowly."""

    def __init__(
        self,
        open_camera: Callable[[], Camera],
        open_detector: Callable[[], Detector],
        open_classifier: Callable[[], Classifier],
        put: Callable[[Look], None],
        fps: float = 10.0,
        clock: Callable[[], float] = time.monotonic,
        back_off_s: tuple[float, float] = BACK_OFF_S,
        is_recorded: bool = False,
        rotation: int = 0,
        mirror: bool = False,
        note: Callable[[str | None], None] = lambda trouble: None,
    ) -> None:
        """The factories are called in the thread, and may raise any of MoodboxError.

        put: takes each look, in the thread; must not block. fps: at most so many looks a second.
        is_recorded: a recording may show the same picture for ever. rotation, mirror: the
        camera's settings; its pictures come so, and the remedy of a wrong one depends on both.
        note: takes, in the thread, what is wrong with the view each time it changes; None when nothing is.
        """
        self._open_camera = open_camera
        self._open_detector = open_detector
        self._open_classifier = open_classifier
        self._put = put
        self._period_s = 1 / fps
        self._clock = clock
        self._back_off_s = back_off_s
        self._wait_s = back_off_s[0]
        self._gone_because: str | None = None
        self._latest: tuple[Frame, Look] | None = None
        self._eyes: Eyes | None = None
        self._camera: Camera | None = None
        self._hung: Camera | None = None
        self._state = threading.Condition()
        self._stopping = self._paused = self._open = False
        self._note = note
        self._noted: str | None = None
        self._view = View(rotation, mirror)
        self._frozen = None if is_recorded else Frozen()
        self._orders = 0  # counted, so that a pause and a resume between two looks at the flag are not missed
        self._thread = threading.Thread(target=self._run, name="vision", daemon=True)

    def start(self) -> None:
        """Start the thread, which opens the camera."""
        self._thread.start()

    def stop(self, timeout_s: float = 10.0) -> bool:
        """Close the camera and end the thread. Returns False when it hangs; it is left behind then."""
        with self._state:
            self._stopping = True
            self._state.notify_all()
        self._wake()
        if self._thread.is_alive():
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def pause(self, timeout_s: float = 10.0) -> bool:
        """Close the camera and leave it closed. Returns whether it is closed by now."""
        with self._state:
            self._paused = True
            self._orders += 1
            self._state.notify_all()
        self._wake()
        with self._state:
            return self._state.wait_for(lambda: not self._open, timeout_s)

    def resume(self) -> None:
        """Let the thread open the camera again, after `pause`."""
        with self._state:
            self._paused = False
            self._orders += 1
            self._state.notify_all()

    def latest(self) -> tuple[Frame, Look] | None:
        """The newest frame and what was seen in it, for the page; None while the camera is off or lost."""
        return self._latest

    def _run(self) -> None:
        while not self._stopping:
            orders = self._orders
            rest_s: float | None = 0.0
            try:
                self._watch()
            except RecordingEnded as error:
                self._report(str(error))
                rest_s = None
            except MoodboxError as error:
                if self._orders == orders:  # else we closed the camera ourselves
                    self._report(str(error))
                rest_s = self._wait_s
            except Exception as error:
                log.exception("Vision failed; it is tried again in %g s", self._wait_s)
                self._report(f"vision failed ({type(error).__name__}: {error}); the log has more")
                rest_s = self._wait_s
            self._rest(rest_s, orders)

    def _watch(self) -> None:
        """Look at frames until paused or stopped."""
        if self._eyes is None:
            classifier = self._open_classifier()  # before the detector, whose fallback then is logged once
            self._eyes = Eyes(self._open_detector(), classifier, self._clock)
        if self._hung is not None and not self._hung.close():
            raise CameraLost("the camera hangs; unplug it and plug it in again, or restart the box")
        self._hung = None
        if not self._claim():
            return
        try:
            camera = self._camera = self._open_camera()
            try:
                self._watch_through(camera, self._eyes)
            finally:
                self._latest = self._camera = None
                if not camera.close():  # opening it again would only hang one more thread
                    self._hung = camera
        finally:
            self._let_go()

    def _watch_through(self, camera: Camera, eyes: Eyes) -> None:
        due, again, patience_s = -math.inf, -math.inf, FIRST_FRAME_S
        while not (self._stopping or self._paused):
            frame = camera.read(patience_s, due)
            patience_s = NO_FRAME_S
            if self._frozen is not None:
                self._frozen.mind(frame)
            self._view.arrive(frame)
            upright = self._view.upright(frame)
            look = eyes.look(upright)
            period_s = max(AT_REST_S, self._period_s) if eyes.is_still else self._period_s
            due = frame.taken_at + EARLY * period_s
            if look is not None:
                self._latest = upright, look
                if not eyes.is_resting or frame.taken_at >= again:
                    self._put(look)
                    again = frame.taken_at + AGAIN_S
            # The camera's own frame, not the upright one, so that a wrong turn is found out and taken back.
            if not eyes.is_resting:
                self._view.judge(frame, eyes.detector, eyes.is_still)
            self._tell_view(self._view.trouble())
            self._gone_because, self._wait_s = None, self._back_off_s[0]

    def _tell_view(self, trouble: str | None) -> None:
        if trouble != self._noted:
            self._note(trouble)
            self._noted = trouble

    def _report(self, reason: str) -> None:
        """Say why nothing is seen: once, not at every new try."""
        if reason == self._gone_because or self._stopping:
            return
        try:
            self._put(CameraGone(reason, self._clock()))
            self._gone_because = reason
        except Exception:  # nobody to tell; the next try does
            log.exception("Nobody takes what vision sees")

    def _rest(self, seconds: float | None, orders: int) -> None:
        """Wait before the next try: so long, or with None until there is a new order; and while paused."""
        with self._state:
            self._state.wait_for(lambda: self._stopping or self._orders != orders, seconds)
        self._wait_s = min(self._wait_s * 2, self._back_off_s[1])
        if self._paused:
            self._report("the camera is switched off")
        with self._state:
            self._state.wait_for(lambda: self._stopping or not self._paused)

    def _wake(self) -> None:
        """Do not wait for the next frame, which may never come: closing a camera wakes whoever reads it."""
        camera = self._camera
        if camera is not None:
            camera.close()

    def _claim(self) -> bool:
        """Whether the camera may be opened now: after `pause` has answered, it must not."""
        with self._state:
            self._open = not (self._paused or self._stopping)
            self._state.notify_all()
            return self._open

    def _let_go(self) -> None:
        # A device that hangs while it is closed may still look, so `pause` must not say that it is closed.
        with self._state:
            self._open = self._hung is not None
            self._state.notify_all()

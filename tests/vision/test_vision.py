"""The thread that joins camera, detector and classifier."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from appliance.camera import open_camera
from appliance.demo.face.drawing import portrait
from appliance.errors import CameraLost, ModelError, RecordingEnded
from appliance.protocol.emotions import EMOTIONS
from appliance.protocol.looks import Box, CameraGone, Face, Frame, Look, Nobody, Reading
from appliance.vision import Eyes, Vision
from appliance.vision.emotion import Classifier
from appliance.vision.faces import open_detector
from appliance.vision.motion import LINGER_S

PATIENCE_S = 30.0
"""No test waits so long unless it fails."""
MODELS = Path(__file__).resolve().parents[2] / "models"
SEVENTH = (1 / 7,) * 7
GREY = np.zeros((480, 640), np.uint8)
FACE = Face(Box(220, 140, 200, 200), 0.9)


def frame(at: float, grey: np.ndarray = GREY) -> Frame:
    return Frame(grey, grey[::2, ::2], lambda: grey, at)


class FakeCamera:
    """Gives the frames of a script, then its error for ever; without an error it waits until it is closed."""

    def __init__(self, frames: list[Frame], then: Exception | None = None) -> None:
        self.frames, self.then = iter(frames), then
        self.closed = threading.Event()
        self.given: list[float] = []

    def read(self, timeout_s: float, due: float) -> Frame:
        if self.closed.is_set():
            raise CameraLost("the camera was closed")
        for taken in self.frames:
            if taken.taken_at >= due:
                self.given.append(taken.taken_at)
                return taken
        if self.then is not None:
            raise self.then
        time.sleep(0.001)  # as a camera between two frames
        return frame(time.monotonic())

    def close(self) -> bool:
        self.closed.set()
        return True


class FakeDetector:
    def __init__(self, *faces: Face) -> None:
        self.faces = list(faces)
        self.calls = 0

    def find(self, frame: Frame, region: Box | None = None) -> list[Face]:
        self.calls += 1
        return self.faces

    def again(self, frame: Frame, face: Face) -> float:
        return face.score


class FakeClassifier:
    def probabilities(self, face: np.ndarray) -> tuple[float, ...]:
        assert face.shape == (48, 48)
        return SEVENTH


class Diary:
    """Every look that was put, to wait upon."""

    def __init__(self) -> None:
        self.looks: list[Look] = []
        self.changed = threading.Condition()

    def put(self, look: Look) -> None:
        with self.changed:
            self.looks.append(look)
            self.changed.notify_all()

    def wait_for(self, *kinds: type) -> list[Look]:
        """Wait until looks of these kinds have come in this order, among others; all so far."""
        with self.changed:
            assert self.changed.wait_for(lambda: self.has(kinds), PATIENCE_S), self.looks
            return list(self.looks)

    def has(self, kinds: tuple[type, ...]) -> bool:
        looks = iter(self.looks)
        return all(any(isinstance(look, kind) for look in looks) for kind in kinds)

    def reasons(self) -> list[str]:
        return [look.reason for look in self.looks if isinstance(look, CameraGone)]


def script(*outcomes: Any) -> Callable[[], Any]:
    """A factory that gives these one after the other, the last for ever; an exception is raised."""
    following = itertools.chain(outcomes, itertools.repeat(outcomes[-1]))

    def make() -> Any:
        outcome = next(following)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    return make


@contextmanager
def watching(diary: Diary, open_camera: Callable[[], Any], **parts: Any) -> Iterator[Vision]:
    vision = Vision(
        open_camera,
        parts.pop("open_detector", lambda: FakeDetector(FACE)),
        parts.pop("open_classifier", FakeClassifier),
        parts.pop("put", diary.put),
        **{"fps": 1000.0, "back_off_s": (0.001, 0.002), **parts},
    )
    vision.start()
    try:
        yield vision
    finally:
        assert vision.stop(PATIENCE_S)


# --- what one frame says ---------------------------------------------------------------------------------


def eyes(detector: FakeDetector, times: list[float] | None = None) -> Eyes:
    clock = script(*times) if times else time.monotonic
    return Eyes(detector, FakeClassifier(), clock)


def test_a_face_becomes_a_reading_with_its_time_and_what_each_stage_took() -> None:
    look = eyes(FakeDetector(FACE), [10.1, 10.12, 10.125]).look(frame(10.0))
    assert look == Reading(SEVENTH, FACE.box, 10.0, 1)
    assert isinstance(look, Reading)
    assert look.stages_s == pytest.approx({"capture": 0.1, "detect": 0.02, "classify": 0.005})


def test_nobody_is_nobody_and_never_neutral() -> None:
    assert eyes(FakeDetector()).look(frame(3.0)) == Nobody(3.0)


def test_of_several_faces_the_largest_is_read_and_all_are_counted() -> None:
    others = [Face(Box(20, 20, 90, 90), 0.99), Face(Box(500, 300, 80, 80), 0.8)]
    look = eyes(FakeDetector(*others, FACE)).look(frame(0.0))
    assert isinstance(look, Reading)
    assert (look.box, look.faces) == (FACE.box, 3)


def test_while_the_listener_is_out_of_sight_for_a_moment_nobody_else_is_read() -> None:
    detector = FakeDetector(FACE)
    watcher = eyes(detector)
    watcher.look(frame(0.0))
    detector.faces = [Face(Box(10, 10, 90, 90), 0.9)]
    assert watcher.look(frame(0.1)) is None


def test_a_still_empty_room_costs_no_detection() -> None:
    detector = FakeDetector()
    watcher = eyes(detector)
    watcher.look(frame(0.0))
    watcher.look(frame(LINGER_S + 0.1))
    calls = detector.calls
    assert watcher.look(frame(LINGER_S + 0.2)) == Nobody(LINGER_S + 0.2)
    assert detector.calls == calls


def test_movement_brings_the_detector_back_at_once() -> None:
    detector = FakeDetector()
    watcher = eyes(detector)
    watcher.look(frame(0.0))
    watcher.look(frame(LINGER_S + 0.1))
    detector.faces = [FACE]
    assert isinstance(watcher.look(frame(LINGER_S + 0.2, GREY + 99)), Reading)


def test_a_listener_who_sits_still_is_read_at_every_frame() -> None:
    watcher = eyes(FakeDetector(FACE))
    assert all(isinstance(watcher.look(frame(0.1 * count)), Reading) for count in range(100))


def test_a_face_box_outside_the_frame_is_nobody() -> None:
    lying = FakeDetector(Face(Box(5000, 0, 50, 50), 0.9))
    assert eyes(lying).look(frame(1.0)) == Nobody(1.0)


# --- the thread ------------------------------------------------------------------------------------------


def test_a_camera_that_vanishes_and_returns_is_reported_once_and_seen_again() -> None:
    diary = Diary()
    first = FakeCamera([frame(1.0)], CameraLost("unplugged"))
    busy = CameraLost("unplugged")
    with watching(diary, script(first, busy, busy, FakeCamera([frame(2.0)]))):
        diary.wait_for(Reading, CameraGone, Reading)
    assert first.closed.is_set()
    assert diary.reasons() == ["unplugged"]


def test_a_new_reason_is_reported_even_while_the_camera_is_gone() -> None:
    diary = Diary()
    errors = [CameraLost("unplugged"), CameraLost("unplugged"), CameraLost("busy")]
    with watching(diary, script(*errors, FakeCamera([]))):
        diary.wait_for(CameraGone, CameraGone, Reading)
    assert diary.reasons() == ["unplugged", "busy"]


def test_the_same_reason_is_reported_again_after_it_had_gone() -> None:
    diary = Diary()
    cameras = [FakeCamera([frame(float(at))], CameraLost("loose cable")) for at in (1, 2)]
    with watching(diary, script(*cameras, FakeCamera([]))):
        diary.wait_for(Reading, CameraGone, Reading, CameraGone, Reading)


def test_a_lost_camera_is_tried_ever_more_slowly_up_to_a_limit() -> None:
    tries: list[float] = []
    enough = threading.Event()

    def never() -> FakeCamera:
        tries.append(time.monotonic())
        if len(tries) == 6:
            enough.set()
        raise CameraLost("absent")

    with watching(Diary(), never, back_off_s=(0.01, 0.04)):
        assert enough.wait(PATIENCE_S)
    waits = [after - before for before, after in itertools.pairwise(tries)]
    assert all(wait >= least for wait, least in zip(waits, (0.01, 0.02, 0.04, 0.04, 0.04), strict=False))


def test_the_first_wait_for_a_lost_camera_is_the_shortest() -> None:
    """An hour is the longest one."""
    diary = Diary()
    with watching(diary, script(CameraLost("absent"), FakeCamera([])), back_off_s=(0.001, 3600.0)):
        diary.wait_for(CameraGone, Reading)


def test_without_its_model_it_says_why_and_tries_again() -> None:
    diary = Diary()
    opened = FakeCamera([])
    missing = ModelError("models/emotion.tflite: there is no such file")
    with watching(diary, script(opened), open_classifier=script(missing, missing, FakeClassifier())):
        diary.wait_for(CameraGone, Reading)
    assert diary.reasons() == ["models/emotion.tflite: there is no such file"]


def test_a_missing_model_does_not_load_the_detector_again_and_again() -> None:
    """The detector's own fallback would be logged each time."""
    loaded = []

    def load() -> FakeDetector:
        loaded.append(1)
        return FakeDetector(FACE)

    missing = ModelError("no model")
    diary = Diary()
    with watching(
        diary,
        script(FakeCamera([], None)),
        open_classifier=script(missing, missing, FakeClassifier()),
        open_detector=load,
    ):
        diary.wait_for(Reading)
    assert loaded == [1]


def test_the_networks_are_loaded_once_however_often_the_camera_is_lost() -> None:
    diary = Diary()
    cameras = [FakeCamera([frame(float(at))], CameraLost("loose cable")) for at in (1, 2)]
    with watching(
        diary,
        script(*cameras, FakeCamera([frame(3.0)])),
        open_classifier=script(FakeClassifier(), ModelError("loaded twice")),
    ):
        diary.wait_for(Reading, CameraGone, Reading, CameraGone, Reading)
    assert set(diary.reasons()) == {"loose cable"}


def test_a_crash_is_logged_reported_and_survived(caplog: pytest.LogCaptureFixture) -> None:
    class Crashing(FakeClassifier):
        reads = 0

        def probabilities(self, face: np.ndarray) -> tuple[float, ...]:
            self.reads += 1
            return SEVENTH if self.reads > 1 else (1 / 0,)

    diary = Diary()
    with watching(diary, lambda: FakeCamera([]), open_classifier=Crashing):
        diary.wait_for(CameraGone, Reading)
    assert "ZeroDivisionError" in diary.reasons()[0]
    assert "Traceback" in caplog.text


def test_whoever_takes_the_looks_cannot_kill_it_either() -> None:
    diary = Diary()
    failures = iter([RuntimeError("inbox broken")] * 3)  # a look, then what is said about it, and again

    def put(look: Look) -> None:
        for failure in failures:
            raise failure
        diary.put(look)

    with watching(diary, lambda: FakeCamera([]), put=put):
        diary.wait_for(CameraGone, Reading)


def test_a_recording_that_ends_is_reported_and_not_begun_again() -> None:
    diary = Diary()
    opened = []

    def open_recording() -> FakeCamera:
        opened.append(1)
        return FakeCamera([frame(1.0)], RecordingEnded("the recording has ended"))

    with watching(diary, open_recording) as vision:
        diary.wait_for(Reading, CameraGone)
        assert vision.pause(PATIENCE_S)
        assert opened == [1]
        vision.resume()  # a hand may begin it again
        diary.wait_for(Reading, CameraGone, Reading)


def test_frames_that_come_faster_than_wanted_are_left_out() -> None:
    diary = Diary()
    frames = [frame(100 + count / 30) for count in range(31)]
    with watching(diary, script(FakeCamera(frames, RecordingEnded("over"))), fps=10.0):
        looks = diary.wait_for(CameraGone)
    times = [look.taken_at for look in looks if isinstance(look, Reading)]
    assert times == pytest.approx([100 + count / 10 for count in range(11)])


def test_a_camera_a_little_out_of_step_loses_no_frame() -> None:
    diary = Diary()
    frames = [frame(100 + count / 10 + (0.015 if count % 2 else 0)) for count in range(10)]
    with watching(diary, script(FakeCamera(frames, RecordingEnded("over"))), fps=10.0):
        looks = diary.wait_for(CameraGone)
    assert len(looks) == 11


def test_of_a_still_empty_room_every_second_frame_is_enough_until_something_moves() -> None:
    """And it is told once a second, for it is nothing new, and each time wakes the loop."""
    diary = Diary()
    moves_at = 200
    frames = [frame(100 + n / 10, GREY if n < moves_at else GREY + 99) for n in range(moves_at + 11)]
    camera = FakeCamera(frames, RecordingEnded("over"))
    with watching(diary, script(camera), fps=10.0, open_detector=FakeDetector):
        looks = diary.wait_for(CameraGone)
    still = [at for at in camera.given if 104 <= at < 120]
    assert still == pytest.approx([104 + count / 5 for count in range(80)], abs=0.11)
    told = [look.taken_at for look in looks if isinstance(look, Nobody)]
    apart = [after - before for before, after in pairwise(at for at in told if 104 <= at < 120)]
    assert apart == pytest.approx([1.0] * 15, abs=0.21)
    assert len([at for at in told if at >= 120]) >= 10, "every frame, from the first one that is looked at"


def test_pausing_closes_the_camera_and_resuming_opens_it() -> None:
    diary = Diary()
    cameras = [FakeCamera([]), FakeCamera([])]
    with watching(diary, script(*cameras)) as vision:
        diary.wait_for(Reading)
        assert vision.latest() is not None
        assert vision.pause(PATIENCE_S)
        assert cameras[0].closed.is_set()
        assert vision.latest() is None
        diary.wait_for(Reading, CameraGone)
        assert diary.reasons() == ["the camera is switched off"]
        vision.resume()
        diary.wait_for(Reading, CameraGone, Reading)
        assert not cameras[1].closed.is_set()
    assert cameras[1].closed.is_set()


@pytest.mark.parametrize("order", ["pause", "stop"])
def test_a_camera_that_gives_no_frame_is_closed_at_once_all_the_same(order: str) -> None:
    class Silent(FakeCamera):
        def __init__(self) -> None:
            super().__init__([])
            self.reading = threading.Event()

        def read(self, timeout_s: float, due: float) -> Frame:
            self.reading.set()
            self.closed.wait(3600)
            raise CameraLost("the camera was closed")

    diary, camera = Diary(), Silent()
    with watching(diary, lambda: camera) as vision:
        assert camera.reading.wait(PATIENCE_S)
        assert getattr(vision, order)(PATIENCE_S)
    assert "the camera was closed" not in diary.reasons()


def test_a_camera_paused_before_the_start_is_never_opened() -> None:
    opened = []

    def open_it() -> FakeCamera:
        opened.append(1)
        return FakeCamera([])

    diary = Diary()
    vision = Vision(open_it, FakeDetector, FakeClassifier, diary.put)
    assert vision.pause(PATIENCE_S)
    vision.start()
    diary.wait_for(CameraGone)
    assert vision.stop(PATIENCE_S)
    assert not opened


def test_stopping_cuts_a_long_wait_short() -> None:
    diary = Diary()
    with watching(diary, script(CameraLost("absent")), back_off_s=(3600.0, 3600.0)):
        diary.wait_for(CameraGone)


def test_pausing_cuts_a_long_wait_short_and_resuming_tries_at_once() -> None:
    diary = Diary()
    with watching(diary, script(CameraLost("absent"), FakeCamera([])), back_off_s=(3600.0, 3600.0)) as vision:
        diary.wait_for(CameraGone)
        assert vision.pause(PATIENCE_S)
        vision.resume()
        diary.wait_for(Reading)


def test_stopping_what_never_started_is_no_error() -> None:
    assert Vision(FakeCamera, FakeDetector, FakeClassifier, print).stop(0.0)  # type: ignore[arg-type]


def test_a_hung_camera_leaves_pause_unanswered_but_hangs_nobody() -> None:
    """picamera2 #627: it hangs."""

    class Hung(FakeCamera):
        def close(self) -> bool:
            self.closed.set()
            return False

    diary = Diary()
    with watching(diary, script(Hung([]))) as vision:
        diary.wait_for(Reading)
        assert not vision.pause(0.05)


def test_a_hung_camera_is_not_opened_again_before_it_lets_go() -> None:
    """picamera2 #1048: the camera has one owner, and opened twice stays busy."""

    class Hung(FakeCamera):
        tries_to_close = 0

        def close(self) -> bool:
            self.tries_to_close += 1
            return self.tries_to_close > 3

    diary = Diary()
    hung = Hung([frame(1.0)], CameraLost("no frame for 5 s"))
    opened = script(hung, FakeCamera([]))
    with watching(diary, opened):
        diary.wait_for(Reading, CameraGone, CameraGone, Reading)
    assert hung.tries_to_close == 4
    assert diary.reasons()[0] == "no frame for 5 s"
    assert "the camera hangs; unplug it" in diary.reasons()[1]


def test_the_newest_frame_can_be_had_with_what_was_seen_in_it() -> None:
    diary = Diary()
    with watching(diary, lambda: FakeCamera([])) as vision:
        diary.wait_for(Reading)
        latest = vision.latest()
    assert latest is not None
    taken, look = latest
    assert isinstance(look, Reading)
    assert look.taken_at == taken.taken_at


# --- all of it, with the real parts ----------------------------------------------------------------------


def test_a_drawn_happy_face_in_a_recording_is_read_as_happy(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "happy.png"), portrait("happy"))
    diary = Diary()
    with watching(
        diary,
        lambda: open_camera(f"replay:{tmp_path}"),
        open_detector=lambda: open_detector(MODELS / "face_detector.tflite"),
        open_classifier=lambda: Classifier(MODELS / "emotion.tflite"),
        fps=10.0,
    ):
        looks = diary.wait_for(Reading, Reading)
    readings = [look for look in looks if isinstance(look, Reading)]
    for reading in readings:
        assert EMOTIONS[int(np.argmax(reading.probabilities))] == "happy"
        assert reading.faces == 1
        assert set(reading.stages_s) == {"capture", "detect", "classify"}


# --- a camera that hangs upside down ------------------------------------------------------------------------


class Upright(FakeDetector):
    """Sees its face only in pictures whose first corner is bright."""

    def find(self, frame: Frame, region: Box | None = None) -> list[Face]:
        return super().find(frame, region) if frame.grey[0, 0] > 250 else []


def test_a_picture_that_hangs_upside_down_is_read_and_shown_upright() -> None:
    random = np.random.default_rng(1)
    pictures = random.integers(0, 200, (8, 480, 640), dtype=np.uint8)
    pictures[:, -1, -1] = 255
    camera = FakeCamera([frame(2.0 * number, picture) for number, picture in enumerate(pictures)])
    diary, said = Diary(), list[str | None]()
    with watching(diary, lambda: camera, open_detector=lambda: Upright(FACE), note=said.append) as vision:
        diary.wait_for(Nobody, Reading)
        shown = vision.latest()
    assert "set camera.rotation = 180" in (said[-1] or "")
    assert shown is not None
    assert shown[0].grey[0, 0] == 255
    assert shown[0].colour()[0, 0] == 255

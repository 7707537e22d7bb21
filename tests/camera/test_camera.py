"""Frames from recordings, and from cameras that exist only here."""

from __future__ import annotations

import logging
import math
import os
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import pytest
from waiting import until

from appliance.camera import Camera, Shape, first_that_works, open_camera
from appliance.camera.camera import Patience, Source
from appliance.camera.pictures import plausible
from appliance.camera.sensors import Picamera2Source, V4l2Source, no_rights, v4l2_devices, widest_mode
from appliance.errors import BadPicture, CameraLost, RecordingEnded
from appliance.protocol.looks import Frame

SHAPE = Shape(640, 480, 10.0)
PATIENCE_S = 30.0
"""No test waits so long unless it fails."""


def plain(level: int, width: int = 64, height: int = 48) -> np.ndarray:
    return np.full((height, width, 3), level, np.uint8)


def frame(level: int = 0) -> Frame:
    grey = plain(level)[:, :, 0]
    return Frame(grey, grey, lambda: plain(level), time.monotonic())


def newest(source: Source | Patience) -> Frame:
    """The next frame, whenever it was taken."""
    taken = source.grab(-math.inf)
    assert taken
    return taken


@contextmanager
def opened(source: str, **settings: Any) -> Iterator[Camera]:
    camera = open_camera(source, **settings)
    try:
        yield camera
    finally:
        assert camera.close(PATIENCE_S)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three pictures, told apart by their brightness."""
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    for number, level in enumerate((50, 100, 150)):
        cv2.imwrite(str(pictures / f"{number}.png"), plain(level))
    return pictures


@pytest.fixture
def video(tmp_path: Path) -> Path:
    """Five pictures at 50 a second, told apart by their brightness."""
    path = tmp_path / "video.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 50, (64, 48))
    for level in (0, 50, 100, 150, 200):
        writer.write(plain(level))
    writer.release()
    return path


def levels(camera: Camera, count: int) -> list[int]:
    """The brightness of the next frames, to the nearest ten."""
    return [round(float(camera.read(PATIENCE_S).grey.mean()) / 10) * 10 for _ in range(count)]


# --- recordings ------------------------------------------------------------------------------------------


def test_a_folder_is_shown_by_name_and_begins_again(folder: Path) -> None:
    with opened(f"replay:{folder}", paced=False) as camera:
        assert levels(camera, 5) == [50, 100, 150, 50, 100]


def test_a_recording_that_does_not_loop_ends(folder: Path, video: Path) -> None:
    for path, shown in ((folder, [50, 100, 150]), (video, [0, 50, 100, 150, 200])):
        with opened(f"replay:{path}", loop=False, paced=False) as camera:
            assert levels(camera, len(shown)) == shown
            for _ in range(2):  # and stays ended
                with pytest.raises(RecordingEnded, match=path.name):
                    camera.read(PATIENCE_S)


def test_a_video_that_ends_begins_again_with_fresh_times(video: Path) -> None:
    with opened(f"replay:{video}") as camera:
        times = [camera.read(PATIENCE_S).taken_at for _ in range(8)]
    assert times == sorted(set(times))
    assert times[-1] <= time.monotonic()
    assert times[-1] - times[0] >= 6 / 50  # paced by the video's own 50 a second


def test_one_picture_is_shown_again_and_again(folder: Path) -> None:
    with opened(f"replay:{folder / '1.png'}", paced=False) as camera:
        assert levels(camera, 3) == [100, 100, 100]


def test_a_picture_larger_than_the_frame_is_scaled_to_fit(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "large.jpg"), plain(90, 4000, 3000))
    with opened(f"replay:{tmp_path}") as camera:
        taken = camera.read(PATIENCE_S)
    assert taken.grey.shape == (480, 640)
    assert taken.small.shape == (240, 320)
    assert taken.colour().shape == (480, 640, 3)


def test_a_tall_picture_keeps_its_proportions(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "tall.png"), plain(90, 600, 1200))
    with opened(f"replay:{tmp_path}") as camera:
        assert camera.read(PATIENCE_S).grey.shape == (480, 240)


def test_a_picture_of_one_pixel_is_a_frame(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "tiny.png"), plain(77, 1, 1))
    with opened(f"replay:{tmp_path}") as camera:
        taken = camera.read(PATIENCE_S)
    assert taken.grey.tolist() == [[77]]
    assert taken.small.shape == (1, 1)
    assert taken.colour().tolist() == [[[77, 77, 77]]]


def test_a_picture_as_thin_as_a_thread_still_has_a_row(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "thin.png"), plain(77, 3000, 1))
    with opened(f"replay:{tmp_path}") as camera:
        assert camera.read(PATIENCE_S).small.shape == (1, 320)


def test_a_picture_that_cannot_be_read_is_left_out_with_one_warning(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (folder / "00-broken.jpg").write_bytes(b"not a picture")
    (folder / "notes.txt").write_text("not meant as one")
    with caplog.at_level(logging.WARNING), opened(f"replay:{folder}", paced=False) as camera:
        assert levels(camera, 7) == [50, 100, 150, 50, 100, 150, 50]
    assert [record.getMessage() for record in caplog.records if "00-broken.jpg" in record.getMessage()] == [
        f"{folder / '00-broken.jpg'}: not a picture that OpenCV can read; left out"
    ]


def test_a_bare_stream_that_ends_begins_again(tmp_path: Path) -> None:
    """OpenCV says that it has wound an .mjpeg or .h264 back, and it stays at its end."""
    stream = tmp_path / "pi.mjpeg"
    stream.write_bytes(b"".join(cv2.imencode(".jpg", plain(level))[1].tobytes() for level in (50, 100)))
    with opened(f"replay:{stream}", paced=False) as camera:
        assert levels(camera, 5) == [50, 100, 50, 100, 50]


@pytest.mark.parametrize("loop", [True, False])
def test_a_folder_without_a_readable_picture_says_so(tmp_path: Path, loop: bool) -> None:
    (tmp_path / "broken.jpg").write_bytes(b"")
    with opened(f"replay:{tmp_path}", loop=loop) as camera, pytest.raises(CameraLost, match=r"broken\.jpg"):
        camera.read(PATIENCE_S)


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("missing.mp4", None, "there is no such recording"),
        ("missing", None, "there is no such recording"),
        ("empty.mp4", b"", "neither a video nor a picture"),
        ("text.avi", b"no video at all", "neither a video nor a picture"),
        ("folder", ..., "no pictures in this folder"),
    ],
)
def test_what_cannot_be_shown_is_a_lost_camera_that_names_it(
    tmp_path: Path, name: str, content: Any, says: str
) -> None:
    path = tmp_path / name
    if content is ...:
        path.mkdir()
    elif content is not None:
        path.write_bytes(content)
    with opened(f"replay:{path}") as camera, pytest.raises(CameraLost, match=f"{name}: .*{says}"):
        camera.read(PATIENCE_S)


def test_a_video_cut_short_before_its_first_picture_says_so(video: Path) -> None:
    content = video.read_bytes()
    video.write_bytes(content[: content.index(b"movi") + 4])
    with opened(f"replay:{video}") as camera, pytest.raises(CameraLost, match="holds no picture"):
        camera.read(PATIENCE_S)


def test_a_closed_recording_leaves_no_file_open(video: Path) -> None:
    def open_files() -> list[str]:
        links = (f"/proc/self/fd/{fd}" for fd in os.listdir("/proc/self/fd"))
        return [os.readlink(link) for link in links if os.path.exists(link)]

    camera = open_camera(f"replay:{video}")
    camera.read(PATIENCE_S)
    assert str(video) in open_files()
    assert camera.close(PATIENCE_S)
    assert camera.closed
    assert str(video) not in open_files()


@pytest.mark.parametrize("source", ["", "webcam", "v4l2", "v4l2:", "replay:", "picamera2:1"])
def test_a_source_of_no_known_kind_is_refused_at_once(source: str) -> None:
    with pytest.raises(CameraLost, match=r"camera\.source.*auto, picamera2, v4l2:N and replay:PATH"):
        open_camera(source)


# --- the thread ------------------------------------------------------------------------------------------


class Script:
    """A source that does what the test lets it do, one step at a time."""

    def __init__(self, steps: list[Callable[[], Frame]], pass_freely: bool = True) -> None:
        self.steps = iter(steps)
        self.taken = 0
        self.dues: list[float] = []
        self.may_pass = threading.Semaphore(10_000 if pass_freely else 0)
        self.grabbing, self.closed = threading.Event(), threading.Event()

    def open(self, closing: threading.Event) -> Script:
        return self

    def grab(self, due: float) -> Frame:
        self.dues.append(due)
        self.grabbing.set()
        self.may_pass.acquire()
        step = next(self.steps, None)
        if step is None:
            raise CameraLost("unplugged")
        self.taken += 1
        return step()

    def close(self) -> None:
        self.closed.set()


def test_a_slow_reader_gets_the_newest_frame_not_the_next() -> None:
    source = Script([lambda level=level: frame(level) for level in range(6)])  # type: ignore[misc]
    camera = Camera(source.open)
    assert source.closed.wait(PATIENCE_S)  # all six are taken by now
    assert camera.read(PATIENCE_S).grey[0, 0] == 5
    with pytest.raises(CameraLost, match="unplugged"):
        camera.read(PATIENCE_S)


def test_a_frame_that_was_taken_before_it_is_due_is_not_given() -> None:
    due = time.monotonic() + 3600
    early, late = frame(1), replace(frame(2), taken_at=due)
    source = Script([lambda: early, lambda: early, lambda: late], pass_freely=False)
    camera = Camera(source.open)
    source.may_pass.release()
    until(lambda: len(source.dues) == 2)  # the first waits to be read
    source.may_pass.release(3)
    assert camera.read(PATIENCE_S, due).grey[0, 0] == 2
    until(lambda: source.dues[-1] == due)


def test_a_reader_waits_for_a_frame_it_has_not_had() -> None:
    source = Script([lambda: frame(1), lambda: frame(2)], pass_freely=False)
    camera = Camera(source.open)
    source.may_pass.release()
    assert camera.read(PATIENCE_S).grey[0, 0] == 1
    with pytest.raises(CameraLost, match=r"no frame for 0\.01 s"):
        camera.read(0.01)
    source.may_pass.release()
    assert camera.read(PATIENCE_S).grey[0, 0] == 2
    source.may_pass.release()
    assert camera.close(PATIENCE_S)


def test_a_camera_that_vanishes_is_lost_and_its_device_closed() -> None:
    source = Script([lambda: frame(1)])
    camera = Camera(source.open)
    assert source.closed.wait(PATIENCE_S)
    camera.read(PATIENCE_S)
    with pytest.raises(CameraLost, match="unplugged"):
        camera.read(PATIENCE_S)


def test_a_hung_camera_hangs_nobody_and_is_closed_when_it_returns(caplog: pytest.LogCaptureFixture) -> None:
    source = Script([lambda: frame(1)], pass_freely=False)
    camera = Camera(source.open)
    with pytest.raises(CameraLost, match="gave no frame"):
        camera.read(0.01)
    assert source.grabbing.wait(PATIENCE_S)
    assert not camera.close(0.01)
    assert "hangs" in caplog.text
    assert not source.closed.is_set()
    source.may_pass.release()
    assert source.closed.wait(PATIENCE_S)
    with pytest.raises(CameraLost, match="was closed"):
        camera.read(PATIENCE_S)


def test_a_camera_that_hangs_while_it_is_opened_hangs_nobody() -> None:
    may_open, source = threading.Event(), Script([])

    def open_slowly(closing: threading.Event) -> Script:
        may_open.wait(PATIENCE_S)
        return source

    camera = Camera(open_slowly)
    with pytest.raises(CameraLost, match="gave no frame"):
        camera.read(0.01)
    assert not camera.close(0.01)
    may_open.set()
    assert source.closed.wait(PATIENCE_S)


def test_closing_wakes_whoever_reads() -> None:
    source = Script([], pass_freely=False)
    camera = Camera(source.open)
    said: list[str] = []

    def read() -> None:
        try:
            camera.read(PATIENCE_S)
        except CameraLost as error:
            said.append(str(error))

    reader = threading.Thread(target=read)
    reader.start()
    camera.close(0.01)
    reader.join(PATIENCE_S)
    assert said == ["the camera was closed"]
    source.may_pass.release()


def test_a_source_that_fails_unexpectedly_is_a_lost_camera_with_a_traceback(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail() -> Frame:
        raise ZeroDivisionError("a driver's bug")

    camera = Camera(Script([fail]).open)
    with pytest.raises(CameraLost, match="ZeroDivisionError: a driver's bug"):
        camera.read(PATIENCE_S)
    assert "Traceback" in caplog.text


# --- V4L2 ------------------------------------------------------------------------------------------------


class FakeOpenCv:
    """As much of cv2 as V4l2Source uses, and the one device behind it."""

    CAP_V4L2, CAP_PROP_POS_MSEC = cv2.CAP_V4L2, cv2.CAP_PROP_POS_MSEC
    CAP_PROP_FRAME_WIDTH, CAP_PROP_FRAME_HEIGHT = cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT
    CAP_PROP_FPS, CAP_PROP_BUFFERSIZE = cv2.CAP_PROP_FPS, cv2.CAP_PROP_BUFFERSIZE

    def __init__(self, pictures: list[np.ndarray], opens: bool = True, stamp_ms: float = 0.0) -> None:
        self.pictures, self.opens, self.stamp_ms = pictures, opens, stamp_ms
        self.settings: dict[int, float] = {}
        self.released = False
        self.decoded = 0
        self.path = ""

    def VideoCapture(self, path: str, backend: int) -> FakeOpenCv:
        assert backend == cv2.CAP_V4L2
        self.path = path
        return self

    def isOpened(self) -> bool:
        return self.opens

    def set(self, setting: int, value: float) -> None:
        self.settings[setting] = value

    def get(self, setting: int) -> float:
        return self.settings.get(setting, self.stamp_ms)

    def grab(self) -> bool:
        self.grabbed = self.pictures.pop(0) if self.pictures else None
        return self.grabbed is not None

    def retrieve(self) -> tuple[bool, np.ndarray | None]:
        self.decoded += 1
        return self.grabbed is not None, self.grabbed

    def release(self) -> None:
        self.released = True


def test_v4l2_gives_frames_until_the_camera_is_unplugged() -> None:
    opencv = FakeOpenCv([plain(80, 1280, 960)])
    source = V4l2Source("/dev/null", SHAPE, opencv)
    taken = newest(source)
    assert taken.grey.shape == (480, 640)
    assert opencv.settings[cv2.CAP_PROP_BUFFERSIZE] == 1
    with pytest.raises(CameraLost, match=r"/dev/null: .*plugged in"):
        newest(source)
    source.close()
    assert opencv.released


def test_v4l2_does_not_decode_what_was_taken_too_early() -> None:
    """Webcams that were asked for ten frames a second give thirty, each a JPEG."""
    now = time.monotonic()
    opencv = FakeOpenCv([plain(80), plain(90)], stamp_ms=(now - 0.5) * 1000)
    source = V4l2Source("/dev/null", SHAPE, opencv)
    assert source.grab(now) is None
    assert opencv.decoded == 0
    taken = source.grab(now - 1)
    assert taken
    assert (int(taken.grey[0, 0]), opencv.decoded) == (90, 1)


def test_v4l2_takes_pictures_that_come_in_a_single_row() -> None:
    """As OpenCV hands over what is BGR already, seen with the kernel's vivid."""
    picture = plain(80, 640, 480)
    picture[100, 50] = 200
    taken = newest(V4l2Source("/dev/null", SHAPE, FakeOpenCv([picture.reshape(1, -1)])))
    assert np.array_equal(taken.colour(), picture)
    assert taken.grey.shape == picture.shape[:2]


def test_v4l2_says_so_of_a_format_that_opencv_does_not_know() -> None:
    source = V4l2Source("/dev/null", SHAPE, FakeOpenCv([np.zeros((1, 640 * 480 * 2), np.uint8)]))
    with pytest.raises(CameraLost, match=r"/dev/null: .*format.*--list-formats"):
        newest(source)


def test_v4l2_uses_the_drivers_time_when_it_is_on_our_clock() -> None:
    half_a_second_ago = time.monotonic() - 0.5
    source = V4l2Source("/dev/null", SHAPE, FakeOpenCv([plain(80)], stamp_ms=half_a_second_ago * 1000))
    assert newest(source).taken_at == pytest.approx(half_a_second_ago)


@pytest.mark.parametrize("stamp", [0.0, 1e12, -5.0, float("nan")])
def test_a_stamp_from_another_clock_is_replaced_by_now(stamp: float) -> None:
    before = time.monotonic()
    assert before <= plausible(stamp) <= time.monotonic()


def test_a_busy_v4l2_camera_says_how_to_find_who_holds_it() -> None:
    opencv = FakeOpenCv([], opens=False)
    with pytest.raises(CameraLost, match=r"/dev/null: busy.*fuser /dev/null"):
        V4l2Source("/dev/null", SHAPE, opencv)
    assert opencv.released


def test_a_v4l2_camera_that_is_not_there_is_named() -> None:
    with (
        opened("v4l2:97") as camera,
        pytest.raises(CameraLost, match="/dev/video97: there is no such camera"),
    ):
        camera.read(PATIENCE_S)


BY_ID = "usb-046d_HD_Pro_Webcam_C920_A1B2C3-video-index0"
BY_PATH = "platform-3f980000.usb-usb-0:1.3:1.0-video-index0"


@pytest.mark.parametrize("name", [BY_ID, BY_PATH])
def test_a_v4l2_camera_may_be_named_by_what_stays(tmp_path: Path, name: str) -> None:
    """Numbers change with the order in which cameras are found; these links of udev's do not."""
    link = tmp_path / name
    link.symlink_to("/dev/null")
    opencv = FakeOpenCv([])
    V4l2Source(str(link), SHAPE, opencv)
    assert opencv.path == str(link)
    link.unlink()
    with (
        opened(f"v4l2:{link}") as camera,
        pytest.raises(CameraLost, match=f"{re.escape(str(link))}: there is no such camera"),
    ):
        camera.read(PATIENCE_S)


def test_only_devices_that_capture_are_tried(tmp_path: Path) -> None:
    (tmp_path / "video0").write_text("no device")
    (tmp_path / "video1").symlink_to("/dev/null")
    (tmp_path / "videoland").write_text("")
    assert v4l2_devices(tmp_path) == []


# --- picamera2 -------------------------------------------------------------------------------------------


class FakePicamera2:
    """As much of the picamera2 module as Picamera2Source uses, and the one camera behind it.

    Buffers are padded to rows of 64 bytes, as on a Pi 5.
    """

    def __init__(self, cameras: int = 1, busy: bool = False, stamp_ns: int = 0, frames: int = 1) -> None:
        self.cameras, self.busy, self.stamp_ns, self.frames = cameras, busy, stamp_ns, frames
        self.configuration: dict[str, Any] = {}
        self.calls: list[str] = []
        self.sensor_modes = [
            {"size": (640, 480), "bit_depth": 10, "fps": 206.0, "crop_limits": (1000, 752, 1280, 960)},
            {"size": (1640, 1232), "bit_depth": 10, "fps": 41.0, "crop_limits": (0, 0, 3280, 2464)},
            {"size": (3280, 2464), "bit_depth": 10, "fps": 21.0, "crop_limits": (0, 0, 3280, 2464)},
        ]
        self.Picamera2 = _Constructor(self)

    def create_video_configuration(self, **configuration: Any) -> dict[str, Any]:
        return configuration

    def configure(self, configuration: dict[str, Any]) -> None:
        self.configuration = configuration

    def camera_configuration(self) -> dict[str, Any]:
        return self.configuration

    def start(self) -> None:
        self.calls.append("start")

    def stop(self) -> None:
        self.calls.append("stop")

    def close(self) -> None:
        self.calls.append("close")

    def capture_request(self, wait: float) -> Any:
        if not self.frames:
            raise TimeoutError("timed out")
        self.frames -= 1
        return SimpleNamespace(
            get_metadata=lambda: {"SensorTimestamp": self.stamp_ns},
            make_array=self.make_array,
            release=lambda: self.calls.append("release"),
        )

    def make_array(self, name: str) -> np.ndarray:
        width, height = self.configuration[name]["size"]
        planes = np.full((height * 3 // 2, -(-width // 64) * 64), 128, np.uint8)  # no colour
        planes[:height] = 60
        return planes


class _Constructor:
    """The class Picamera2 of the module."""

    def __init__(self, module: FakePicamera2) -> None:
        self.module = module

    def __call__(self) -> FakePicamera2:
        if self.module.busy:
            raise RuntimeError("Camera __init__ sequence did not complete.")
        return self.module

    def global_camera_info(self) -> list[dict[str, Any]]:
        return [{"Num": number} for number in range(self.module.cameras)]


def test_picamera2_gives_the_grey_planes_of_both_streams_and_colour_when_asked() -> None:
    before = time.monotonic()
    library = FakePicamera2(stamp_ns=time.clock_gettime_ns(time.CLOCK_BOOTTIME) - 1_000_000_000)
    after = time.monotonic()
    source = Picamera2Source(Shape(600, 450, 10), library)
    taken = newest(source)
    assert taken.grey.shape == (450, 600)
    assert taken.small.shape == (240, 320)
    assert set(taken.grey.flat) == {60}
    assert taken.colour().shape == (450, 600, 3)
    assert before - 1.1 < taken.taken_at < after - 0.9
    assert library.configuration["controls"] == {"FrameDurationLimits": (100_000, 100_000)}
    source.close()
    assert library.calls == ["start", "release", "stop", "close"]


def test_picamera2_copies_nothing_of_what_was_taken_too_early() -> None:
    library = FakePicamera2(stamp_ns=time.clock_gettime_ns(time.CLOCK_BOOTTIME) - 1_000_000_000)
    source = Picamera2Source(SHAPE, library)
    library.make_array = None  # type: ignore[assignment]
    assert source.grab(time.monotonic()) is None
    assert library.calls == ["start", "release"]


def test_picamera2_shows_the_whole_view_not_the_sensors_nearest_mode() -> None:
    library = FakePicamera2()
    Picamera2Source(SHAPE, library)
    assert library.configuration["sensor"] == {"output_size": (1640, 1232), "bit_depth": 10}


def test_a_sensor_whose_modes_are_unknown_is_left_to_libcamera() -> None:
    assert widest_mode([{"format": "MJPEG"}], 10) == {}
    assert widest_mode([], 10) == {}


def test_a_pi_camera_that_stops_giving_frames_is_lost() -> None:
    source = Picamera2Source(SHAPE, FakePicamera2(frames=0))
    with pytest.raises(CameraLost, match="ribbon cable"):
        newest(source)


def test_a_pi_without_a_camera_says_what_to_check() -> None:
    with pytest.raises(CameraLost, match="libcamera sees no camera; check the ribbon cable"):
        Picamera2Source(SHAPE, FakePicamera2(cameras=0))


def test_a_busy_pi_camera_says_so() -> None:
    """picamera2 #1275: it stays busy after a crash."""
    with pytest.raises(CameraLost, match="Another program may hold the camera"):
        Picamera2Source(SHAPE, FakePicamera2(busy=True))


def test_a_pi_camera_that_does_not_start_is_closed_again() -> None:
    library = FakePicamera2()
    library.sensor_modes = [{"crop_limits": None, "fps": 30}]
    with pytest.raises(CameraLost, match="does not start"):
        Picamera2Source(SHAPE, library)
    assert library.calls == ["close"]


# --- auto ------------------------------------------------------------------------------------------------


def test_auto_takes_the_first_camera_that_gives_a_frame() -> None:
    dead, alive = Script([]), Script([lambda: frame(1), lambda: frame(2)])

    def absent() -> Script:
        raise CameraLost("picamera2 cannot be imported")

    assert first_that_works([absent, lambda: dead, lambda: alive]) is alive
    assert dead.closed.is_set()


def test_auto_without_a_camera_says_all_that_was_tried() -> None:
    def absent() -> Script:
        raise CameraLost("picamera2 cannot be imported")

    with pytest.raises(CameraLost, match="no camera found: picamera2 cannot be imported; unplugged"):
        first_that_works([absent, lambda: Script([])])


def test_auto_gives_a_device_back_whatever_goes_wrong_with_it() -> None:
    def breaks() -> Frame:
        raise MemoryError

    greedy = Script([breaks])
    with pytest.raises(MemoryError):
        first_that_works([lambda: greedy])
    assert greedy.closed.is_set()


# --- one bad picture is no lost camera ----------------------------------------------------------------------


class Stuttering(FakeOpenCv):
    """Each picture, or the error that OpenCV raises, or None for one that it cannot decode."""

    def __init__(self, outcomes: list[Any]) -> None:
        super().__init__([])
        self.outcomes = iter(outcomes)

    def grab(self) -> bool:
        outcome = next(self.outcomes, None)
        if isinstance(outcome, Exception):
            raise outcome
        self.grabbed = outcome
        return outcome is not None


@pytest.mark.parametrize("bad", [None, cv2.error("(-215) !buf.empty()"), np.zeros((1, 777), np.uint8)])
def test_a_broken_picture_is_left_out_and_the_device_stays_open(bad: Any) -> None:
    opencv = Stuttering([bad, plain(80), bad, bad, plain(90)])
    patience = Patience(V4l2Source("/dev/null", SHAPE, opencv), threading.Event())
    assert [newest(patience).grey[0, 0] for _ in range(2)] == [80, 90]
    assert patience.broken == 3
    assert patience.trouble is None
    assert not opencv.released


def test_auto_takes_a_webcam_whose_first_picture_is_broken() -> None:
    source = V4l2Source("/dev/null", SHAPE, Stuttering([None, plain(80), plain(81)]))
    assert first_that_works([lambda: source]) is source


def test_a_camera_that_gives_nothing_but_broken_pictures_is_reopened_and_says_what_is_wrong() -> None:
    opencv = Stuttering([])
    camera = Camera(lambda _: V4l2Source("/dev/null", SHAPE, opencv))
    with pytest.raises(CameraLost, match=r"/dev/null: a broken picture.*another USB port or cable"):
        camera.read(PATIENCE_S)
    assert opencv.released


def test_a_webcam_that_was_unplugged_is_told_at_once(tmp_path: Path) -> None:
    device = tmp_path / "video0"
    device.touch()
    source = V4l2Source(str(device), SHAPE, Stuttering([]))
    device.unlink()
    with pytest.raises(CameraLost, match="video0: the camera was unplugged") as lost:
        Patience(source, threading.Event()).grab()
    assert not isinstance(lost.value, BadPicture)


# --- how it is mounted --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rotation", "mirror", "shown"),
    [
        (0, False, [[1, 2], [3, 4]]),
        (90, False, [[3, 1], [4, 2]]),
        (180, False, [[4, 3], [2, 1]]),
        (270, False, [[2, 4], [1, 3]]),
        (0, True, [[2, 1], [4, 3]]),
        (90, True, [[1, 3], [2, 4]]),
    ],
)
def test_every_picture_of_a_turned_camera_is_turned_upright(
    tmp_path: Path, rotation: int, mirror: bool, shown: list[list[int]]
) -> None:
    quarters = np.kron(np.array([[1, 2], [3, 4]], np.uint8) * 50, np.ones((32, 32), np.uint8))
    cv2.imwrite(str(tmp_path / "room.png"), cv2.cvtColor(quarters, cv2.COLOR_GRAY2BGR))
    with opened(f"replay:{tmp_path}", rotation=rotation, mirror=mirror) as camera:
        taken = camera.read(PATIENCE_S)
    for picture in (taken.grey, taken.small, taken.colour()[:, :, 1]):
        assert (picture[16::32, 16::32] // 50).tolist() == shown


def test_a_lens_with_a_motor_is_asked_to_keep_in_focus() -> None:
    library = FakePicamera2()
    library.camera_controls = {"AfMode": (0, 2, 0), "LensPosition": (0.0, 32.0, 1.0)}  # type: ignore[attr-defined]
    Picamera2Source(SHAPE, library)
    assert library.configuration["controls"]["AfMode"] == 2


def test_where_every_device_is_shut_it_says_rights_and_not_that_there_is_none(tmp_path: Path) -> None:
    assert no_rights(tmp_path) is None  # there is none
    (tmp_path / "media0").touch(mode=0)
    (tmp_path / "video0").touch(mode=0)
    if os.geteuid() == 0:
        pytest.skip("root may everything")
    assert re.match(r".*video0: not allowed; .*group `video`", no_rights(tmp_path) or "")

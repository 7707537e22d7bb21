"""Real cameras: the Pi's own through picamera2, and USB cameras through V4L2."""

from __future__ import annotations

import fcntl
import os
import re
import struct
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from appliance.camera.pictures import SMALL_WIDTH, Shape, plausible, to_frame
from appliance.errors import BadPicture, CameraLost
from appliance.machine.machine import ways
from appliance.protocol.looks import Frame

CONTINUOUS = 2
"""libcamera's AfModeEnum.Continuous; without it a lens with a motor stays where it was at the start."""
GIVE_UP_S = 4.0
"""A camera that gives no frame for so long is taken for hung."""


class Picamera2Source:
    """The Pi's camera. YUV420's first plane is the grey picture; colour is converted when asked for."""

    def __init__(self, shape: Shape, library: Any = None) -> None:
        """library: the picamera2 module, for tests. Raises CameraLost, which says what to do."""
        library = library or import_picamera2()
        if not library.Picamera2.global_camera_info():
            raise CameraLost("picamera2: " + (no_rights() or NO_CAMERA))
        try:
            self._camera = library.Picamera2()
        except (RuntimeError, IndexError) as error:
            raise CameraLost(f"picamera2: {error} Another program may hold the camera; stop it") from error
        try:
            self._start(shape)
        except Exception as error:
            self._camera.close()
            raise CameraLost(f"picamera2: the camera does not start: {error}") from error

    def _start(self, shape: Shape) -> None:
        small_height = round(shape.height * SMALL_WIDTH / shape.width / 2) * 2
        period_us = round(1e6 / shape.fps)
        configuration = self._camera.create_video_configuration(
            main={"format": "YUV420", "size": (shape.width, shape.height)},
            lores={"format": "YUV420", "size": (SMALL_WIDTH, small_height)},
            raw=None,
            sensor=widest_mode(self._camera.sensor_modes, shape.fps),
            buffer_count=3,
            controls={"FrameDurationLimits": (period_us, period_us), **self._focus()},
        )
        self._camera.configure(configuration)
        # As granted: libcamera may round sizes.
        granted = self._camera.camera_configuration()
        self._size, self._small_size = granted["main"]["size"], granted["lores"]["size"]
        self._camera.start()

    def _focus(self) -> dict[str, int]:
        """Autofocus, where the lens has a motor: Camera Module 3."""
        _, most, *_ = getattr(self._camera, "camera_controls", {}).get("AfMode", (0, 0))
        return {"AfMode": CONTINUOUS} if most >= CONTINUOUS else {}

    def grab(self, due: float) -> Frame | None:
        """See `camera.Source`."""
        try:
            request = self._camera.capture_request(wait=GIVE_UP_S)
            try:
                taken_at = _from_boottime(request.get_metadata().get("SensorTimestamp", 0))
                if taken_at < due:
                    return None
                main, lores = request.make_array("main"), request.make_array("lores")
            finally:
                request.release()
        except (RuntimeError, TimeoutError, OSError) as error:
            raise BadPicture(f"picamera2: no frame ({error}); check the ribbon cable") from error
        width, height = self._size
        small_width, small_height = self._small_size
        return Frame(
            grey=main[:height, :width],  # rows may be padded
            small=lores[:small_height, :small_width],
            colour=lambda: cv2.cvtColor(main, cv2.COLOR_YUV2BGR_I420)[:, :width],
            taken_at=taken_at,
        )

    def close(self) -> None:
        """See `camera.Source`."""
        self._camera.stop()
        self._camera.close()


def import_picamera2() -> Any:
    """The module. Raises CameraLost, which says what to install."""
    try:
        import picamera2
    except ImportError as error:
        raise CameraLost(
            f"picamera2 cannot be imported ({error}); on a Pi: `sudo apt install python3-picamera2`, then "
            f"{ways().packages}"
        ) from error
    except ValueError as error:  # "numpy.dtype size changed": picamera2 #1088
        raise CameraLost(
            f"picamera2 does not fit this numpy {np.__version__} ({error}); {ways().packages}"
        ) from error
    return picamera2


def widest_mode(modes: list[dict[str, Any]], fps: float) -> dict[str, Any]:
    """The smallest sensor mode with the widest view at `fps`, as picamera2's `sensor` setting.

    Left to itself, libcamera takes the mode nearest in size: for 640x480 on a v2 camera one that shows the
    middle two fifths of the view (picamera2 #558).
    """
    known = [mode for mode in modes if "crop_limits" in mode and mode.get("fps", 0) >= fps]
    if not known:
        return {}
    best = min(known, key=lambda mode: (-_area(mode["crop_limits"][2:]), _area(mode["size"])))
    return {"output_size": best["size"], "bit_depth": best["bit_depth"]}


def _area(size: tuple[int, int]) -> int:
    return size[0] * size[1]


def _from_boottime(stamp_ns: int) -> float:
    """libcamera stamps with CLOCK_BOOTTIME, which also counts the time asleep."""
    asleep_s = time.clock_gettime(time.CLOCK_BOOTTIME) - time.monotonic()
    return plausible(stamp_ns / 1e9 - asleep_s)


class V4l2Source:
    """A USB camera, read by OpenCV through V4L2."""

    def __init__(self, which: str, shape: Shape, opencv: Any = cv2) -> None:
        """which: the N of /dev/videoN, or a path. opencv: the module, for tests. Raises CameraLost."""
        self._path = f"/dev/video{which}" if which.isdecimal() else which
        self._shape = shape
        if not os.path.exists(self._path):
            raise CameraLost(f"{self._path}: there is no such camera; plug it in, or see `ls /dev/video*`")
        if not os.access(self._path, os.R_OK | os.W_OK):
            raise CameraLost(f"{self._path}: {NOT_ALLOWED}")
        self._capture = opencv.VideoCapture(self._path, opencv.CAP_V4L2)
        if not self._capture.isOpened():
            self._capture.release()
            raise CameraLost(f"{self._path}: busy, or no camera; see who holds it: `fuser {self._path}`")
        wanted = {
            opencv.CAP_PROP_FRAME_WIDTH: shape.width,
            opencv.CAP_PROP_FRAME_HEIGHT: shape.height,
            opencv.CAP_PROP_FPS: shape.fps,
            opencv.CAP_PROP_BUFFERSIZE: 1,  # an older frame is a worse frame
        }
        for setting, value in wanted.items():
            self._capture.set(setting, value)
        self._stamp = opencv.CAP_PROP_POS_MSEC
        self._sides = opencv.CAP_PROP_FRAME_HEIGHT, opencv.CAP_PROP_FRAME_WIDTH

    def grab(self, due: float) -> Frame | None:
        """See `camera.Source`. What is not due is not decoded: many a webcam gives thirty JPEGs a second."""
        try:
            if not self._capture.grab():
                raise self._no_picture()
            # With OpenCV's V4L2 the driver's stamp of the frame, on the monotonic clock with most drivers.
            taken_at = plausible(self._capture.get(self._stamp) / 1000)
            if taken_at < due:
                return None
            there, picture = self._capture.retrieve()
        except cv2.error as error:  # OpenCV raises it for an empty buffer
            raise BadPicture(f"{self._path}: an empty picture; {BROKEN}") from error
        if not there or picture is None:
            raise self._no_picture()
        return to_frame(self._in_rows(picture), self._shape, taken_at)

    def _no_picture(self) -> CameraLost:
        """OpenCV says the same of a broken JPEG and of a device that has gone."""
        if not os.path.exists(self._path):
            return CameraLost(f"{self._path}: the camera was unplugged; plug it in again")
        return BadPicture(f"{self._path}: a broken picture, or none; {BROKEN}")

    def _in_rows(self, picture: np.ndarray) -> np.ndarray:
        """(height, width, 3): what comes as BGR already, OpenCV hands over as it came, in a single row."""
        if picture.ndim == 3:
            return picture
        height, width = (int(self._capture.get(side)) for side in self._sides)
        if picture.size != height * width * 3:
            raise BadPicture(
                f"{self._path}: its pictures are in no format that OpenCV turns into colours; "
                f"see `v4l2-ctl --list-formats --device {self._path}`"
            )
        return picture.reshape(height, width, 3)

    def close(self) -> None:
        """See `camera.Source`."""
        self._capture.release()


NO_CAMERA = "libcamera sees no camera; check the ribbon cable at both ends, then reboot"
NOT_ALLOWED = "not allowed; add this user to the group `video` (`sudo usermod -aG video USER`), then reboot"
BROKEN = "see that it is plugged in firmly; if it lasts: another USB port or cable, or a smaller camera.width"
VIDIOC_QUERYCAP = 0x80685600
VIDEO_CAPTURE = 0x1


def v4l2_devices(folder: Path = Path("/dev")) -> list[str]:
    """Paths of the devices that capture, by number. A Pi has a dozen others: codecs, image processor."""
    paths = [path for path in folder.glob("video*") if re.fullmatch(r"video\d+", path.name)]
    ordered = sorted(paths, key=lambda path: int(path.name.removeprefix("video")))
    return [str(path) for path in ordered if _captures(path)]


def no_rights(folder: Path = Path("/dev")) -> str | None:
    """Why no camera can be seen, where it is for want of rights: libcamera, too, then says there is none."""
    devices = sorted(
        (*folder.glob("video*"), *folder.glob("media*")),
        key=lambda path: (path.name[:5] != "video", path.name),
    )
    shut = [path for path in devices if not os.access(path, os.R_OK | os.W_OK)]
    return f"{shut[0]}: {NOT_ALLOWED}" if shut and len(shut) == len(devices) else None


def _captures(path: Path) -> bool:
    answer = bytearray(104)  # struct v4l2_capability; device_caps at 88
    try:
        device = os.open(path, os.O_RDWR | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        fcntl.ioctl(device, VIDIOC_QUERYCAP, answer)
    except OSError:
        return False
    finally:
        os.close(device)
    return bool(struct.unpack_from("=I", answer, 88)[0] & VIDEO_CAPTURE)

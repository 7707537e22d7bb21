"""The camera: which one, whether it may be used, and who has it. It is not opened: nobody is looked at."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from appliance.camera.sensors import NO_CAMERA, import_picamera2, no_rights, v4l2_devices
from appliance.config import Config
from appliance.doctor.check import Check, ill, well
from appliance.doctor.holders import Holders, group_of, look_around, may_use, service_user
from appliance.errors import CameraLost

NAME = "camera"


def checks(
    config: Config, dev: Path = Path("/dev"), proc: Path = Path("/proc"), who: Holders | None = None
) -> list[Check]:
    """Examine the camera that the settings mean.

    who: says who has a device open, if somebody has looked already.
    """
    who = who or look_around(proc)
    kind, _, which = config.camera.source.partition(":")
    try:
        if kind == "replay":
            return [_recording(Path(which))]
        if kind == "v4l2":
            return [_device(dev / f"video{which}" if which.isdecimal() else Path(which), who)]
        if kind == "picamera2":
            return [on_libcamera(dev, who)]
        return [_any(dev, who)]
    except CameraLost as error:
        return [ill(NAME, str(error))]


def _recording(path: Path) -> Check:
    if not path.exists():
        return ill(NAME, f"camera.source: {path}: there is no such recording")
    return well(NAME, f"a recording, {path}")


def _any(dev: Path, who: Holders) -> Check:
    """As `auto` chooses: picamera2 first."""
    try:
        return on_libcamera(dev, who)
    except CameraLost as error:
        devices = v4l2_devices(dev)
        if not devices:
            without = no_rights(dev)
            raise CameraLost(without or f"{error}; nor is there a USB camera (/dev/video*)") from error
        return _device(Path(devices[0]), who)


def on_libcamera(dev: Path, who: Holders, library: Any = None) -> Check:
    """Examine the camera that libcamera sees first. library: picamera2, for tests. Raises CameraLost."""
    found: Sequence[dict[str, Any]] = (library or import_picamera2()).Picamera2.global_camera_info()
    if not found:
        raise CameraLost(no_rights(dev) or NO_CAMERA)
    model = found[0].get("Model", "camera")
    return _who_has_it(f"{model} on libcamera", sorted(dev.glob("media*")), who)


def _device(path: Path, who: Holders) -> Check:
    if not path.exists():
        raise CameraLost(f"{path}: there is no such camera; plug it in, or see `ls /dev/video*`")
    if not may_use(path):
        user = service_user() or "this user"
        raise CameraLost(f"{path}: {user} is not in the group {group_of(path)}; add it, then reboot")
    return _who_has_it(str(path), [path.resolve()], who)


def _who_has_it(camera: str, files: list[Path], who: Holders) -> Check:
    having = who(files)
    others = [holder for holder in having if not holder.is_ours]
    if others:
        return ill(NAME, f"{camera}: busy, held by {others[0]}; stop that program")
    return well(NAME, f"{camera}, in use by this box" if having else f"{camera}, free")

"""The two networks and the runtime beneath them: versions that fit each other, files that are ours."""

from __future__ import annotations

from collections.abc import Callable
from importlib import metadata
from pathlib import Path

from appliance.config import Config
from appliance.doctor.check import Check, ill, well
from appliance.errors import ModelError
from appliance.machine.machine import ways
from appliance.vision import emotion, faces

LITERT = (2, 1, 6)
"""The first version of ai-edge-litert that runs beside numpy 1 and numpy 2."""

Version = Callable[[str], str]


def checks(config: Config) -> list[Check]:
    vision = config.vision
    network, detector = emotion.located(vision.model), faces.located(vision.detector)
    return [runtime(), _emotion(network, vision.sensitivity), _detector(detector)]


def runtime(version: Version = metadata.version) -> Check:
    """Which TFLite runtime there is, and whether it goes with this numpy."""
    name = "TFLite runtime"
    numpy = version("numpy")
    litert, older = _version(version, "ai-edge-litert"), _version(version, "tflite-runtime")
    if litert:
        if _numbers(litert) < LITERT:
            return ill(name, f"ai-edge-litert {litert} is too old; {ways().packages}")
        return well(name, f"ai-edge-litert {litert} with numpy {numpy}")
    if older is None:
        return ill(name, f"there is none; {ways().packages}")
    if _numbers(numpy) >= (2,):
        return ill(name, f"tflite-runtime {older} dies with numpy {numpy}; {ways().packages}")
    return well(name, f"tflite-runtime {older} with numpy {numpy}")


def _emotion(path: Path, sensitivity: float) -> Check:
    """Loads it, which checks its card and hash, too."""
    name = "emotion model"
    try:
        card = emotion.Classifier(path, sensitivity).card
    except ModelError as error:
        return ill(name, str(error))
    return well(name, f"{card.name} {card.version}, sha256 {card.sha256[:12]}…")


def _detector(path: Path) -> Check:
    """Loads it, which checks its hash, too."""
    name = "face detector"
    try:
        faces.BlazeFace(path)
    except ModelError as error:
        return ill(name, f"{error}; until then a slower one is used")
    return well(name, f"BlazeFace, sha256 {faces.SHA256[:12]}…")


def _version(version: Version, package: str) -> str | None:
    try:
        return version(package)
    except metadata.PackageNotFoundError:
        return None


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".")[:3] if part.isdecimal())

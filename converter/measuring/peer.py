"""The peer: `fer`, what a user would pip install, measured in an environment of its own on the same pictures.

The environment lies in the cache folder and is made at the first use; it has what `fer` imports to classify
(not what it needs for films), so that it stays at one heavy package, TensorFlow.
"""

from __future__ import annotations

import subprocess
import tempfile
import venv
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from appliance.machine.machine import cache_folder
from converter.errors import BadInput

NAME = "fer"
VERSION = "25.10.3"
PACKAGES = (
    "tensorflow-cpu >= 2.15, < 2.22",
    "opencv-python-headless >= 4.8, < 5",  # 5 has no cascades
    "setuptools < 81",  # fer imports pkg_resources
    "requests",
    "pillow",
)
WORKER = Path(__file__).with_name("peer_worker.py")


def python(say: Callable[[str], None]) -> Path:
    """The environment's interpreter; makes it when it is not there, which takes some minutes.

    Raises BadInput when the packages cannot be installed.
    """
    folder = cache_folder() / "peers" / f"{NAME}-{VERSION}"
    interpreter, ready = folder / "bin" / "python", folder / "ready"
    if ready.exists():
        return interpreter
    say(f"making {folder} for {NAME} {VERSION}, once; it takes some minutes")
    venv.create(folder, with_pip=True, clear=True)
    pip = [str(interpreter), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    for arguments in ([*pip, *PACKAGES], [*pip, "--no-deps", f"{NAME}=={VERSION}"]):
        done = subprocess.run(arguments, capture_output=True, text=True)
        if done.returncode:
            last = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
            raise BadInput(f"{folder}: {NAME} {VERSION} cannot be installed ({last}); is there a network?")
    ready.touch()
    return interpreter


def read_faces(faces: np.ndarray, say: Callable[[str], None]) -> np.ndarray:
    """Have the peer read crops, each wholly a face.

    faces: uint8 (n, 48, 48). Returns its probabilities: float64 (n, 7), in the order of `EMOTIONS`.
    Raises BadInput when it cannot be run.
    """
    with tempfile.TemporaryDirectory(prefix="moodbox-peer-") as folder:
        given = Path(folder) / "faces.npy"
        np.save(given, faces)
        return _run("faces", [given], Path(folder), say)


def read_frames(frames: Sequence[Path], say: Callable[[str], None]) -> np.ndarray:
    """Have the peer read the largest face that it finds itself.

    Returns its probabilities: float64 (n, 7), a row of zeros where it finds none.

    frames: pictures. Raises BadInput when it cannot be run.
    """
    with tempfile.TemporaryDirectory(prefix="moodbox-peer-") as folder:
        listed = Path(folder) / "frames.txt"
        listed.write_text("\n".join(str(frame.resolve()) for frame in frames))
        return _run("frames", [listed], Path(folder), say)


def _run(kind: str, given: list[Path], folder: Path, say: Callable[[str], None]) -> np.ndarray:
    out = folder / "probabilities.npy"
    command = [str(python(say)), str(WORKER), kind, *map(str, given), str(out)]
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise BadInput(f"{NAME} {VERSION} failed ({last}); remove {cache_folder() / 'peers'} to make it anew")
    return np.asarray(np.load(out), np.float64)

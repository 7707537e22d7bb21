"""Reading an .npz file of faces, its errors in words."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from converter.errors import BadInput
from converter.measuring import protocol

HELD_OUT_EVERY = 10
"""Training rows divisible by this are never trained on: every choice is made on them."""


@dataclass(frozen=True, eq=False)
class Faces:
    """Labelled faces; arrays of the same length n."""

    faces: np.ndarray
    """uint8 (n, 48, 48), grey."""
    votes: np.ndarray | None = None
    """uint8 (n, 10), FER+ votes in the order of `protocol.VOTE_NAMES`."""
    label: np.ndarray | None = None
    """uint8 (n,), index into `EMOTIONS`; 255 = unknown."""
    row: np.ndarray | None = None
    """int32 (n,), row in the original csv."""
    repeated: np.ndarray | None = None
    """bool (n,), a byte-identical twin is in the original Training set."""

    def __len__(self) -> int:
        return len(self.faces)

    def only(self, keep: np.ndarray) -> Faces:
        """The faces where `keep`, bool (n,), is true."""
        parts = {name: getattr(self, name) for name in ARRAYS}
        return replace(self, **{name: part[keep] for name, part in parts.items() if part is not None})


ARRAYS: dict[str, tuple[np.dtype, tuple[int, ...]]] = {
    "faces": (np.dtype(np.uint8), (48, 48)),
    "votes": (np.dtype(np.uint8), (len(protocol.VOTE_NAMES),)),
    "label": (np.dtype(np.uint8), ()),
    "row": (np.dtype(np.int32), ()),
    "repeated": (np.dtype(bool), ()),
}
"""What each array must be: its type, and its shape without the first axis."""


def load(path: Path) -> Faces:
    """Read `path`. It needs `faces`; the other arrays may be missing.

    Raises BadInput when the file is missing, is no .npz, or an array is not as `ARRAYS` says.
    """
    if not path.is_file():
        raise BadInput(
            f"{path}: no such file; make one with 'python -m converter data' or name another with --data"
        )
    try:
        with np.load(path, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in ARRAYS if name in archive}
    except Exception as error:  # numpy raises ValueError, BadZipFile, EOFError, OSError ... for a broken file
        raise BadInput(f"{path}: not a readable .npz file ({error}); make it again") from error
    if "faces" not in arrays:
        raise BadInput(f"{path}: has no array 'faces'; it needs uint8 (n, 48, 48) of that name")
    for name, array in arrays.items():
        arrays[name] = _checked(path, name, array, len(arrays["faces"]) if arrays["faces"].ndim else 0)
    return Faces(**arrays)


def _checked(path: Path, name: str, array: np.ndarray, count: int) -> np.ndarray:
    dtype, shape = ARRAYS[name]
    wanted = f"{dtype} ({', '.join(['n', *map(str, shape)])})"
    if array.ndim == 0 or array.shape[1:] != shape:
        raise BadInput(f"{path}: array '{name}' has shape {array.shape}, not {wanted}; reshape or resize it")
    if len(array) != count:
        raise BadInput(
            f"{path}: array '{name}' has {len(array)} entries for {count} faces; they must be as many"
        )
    if count == 0:
        raise BadInput(f"{path}: holds no face at all; make it again")
    if array.dtype == dtype:
        return array
    converted = array.astype(dtype)
    if array.dtype.kind not in "iub" or not np.array_equal(converted, array):
        raise BadInput(
            f"{path}: array '{name}' is {array.dtype} and does not fit {wanted}; store it as {dtype}"
        )
    return converted


def split(faces: Faces, path: Path) -> tuple[Faces, Faces]:
    """Split into faces to train on, and those every choice is made on (rows divisible by `HELD_OUT_EVERY`).

    Raises BadInput when the file does not say which row of the csv each face was.
    """
    if faces.row is None:
        raise BadInput(
            f"{path}: has no array 'row', which says what to hold out; use a file made by 'converter data'"
        )
    held_out = faces.row % HELD_OUT_EVERY == 0
    return faces.only(~held_out), faces.only(held_out)

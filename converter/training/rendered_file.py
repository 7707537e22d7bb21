"""Reading a file of rendered faces (`converter.render.build`) for training."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from converter.errors import BadInput
from converter.measuring import faces_file, protocol
from converter.training.recipe import Rendered


def load(path: Path) -> tuple[Rendered, Rendered]:
    """Rendered faces to learn from, and those that are held out: every `faces_file.HELD_OUT_EVERY`th.

    Raises BadInput when the file is missing or was not made by `converter data --mesh`.
    """
    faces = faces_file.load(path)
    try:
        with np.load(path, allow_pickle=False) as archive:
            units, names = archive["units"].astype(np.float32), [str(name) for name in archive["unit_names"]]
    except (KeyError, ValueError) as error:
        raise BadInput(
            f"{path}: not a file of rendered faces ({error}); make one with 'data --mesh'"
        ) from error
    if faces.votes is None or units.shape != (len(faces), len(names)):
        raise BadInput(f"{path}: its arrays do not belong together; make it again with 'data --mesh'")
    soft, both_sides = protocol.soft_targets(faces.votes), _both_sides(units, names)
    usable = soft.sum(axis=1) > 0
    held_out = np.arange(len(faces)) % faces_file.HELD_OUT_EVERY == 0
    learnt, kept = (
        Rendered(faces.faces[some], soft[some], both_sides[some])
        for some in (usable & ~held_out, usable & held_out)
    )
    return learnt, kept


def _both_sides(units: np.ndarray, names: list[str]) -> np.ndarray:
    """The mean of left and right of each shape: float32 (n, shapes without a side)."""
    bare = [name.removesuffix("_L").removesuffix("_R") for name in names]
    return np.stack(
        [
            units[:, [at for at, own in enumerate(bare) if own == name]].mean(1)
            for name in dict.fromkeys(bare)
        ],
        axis=1,
    )

"""Reading a file of rendered faces (`converter.render.build`) for training."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from appliance.protocol.emotions import EMOTIONS
from converter.errors import BadInput
from converter.measuring import faces_file, protocol
from converter.training.recipe import Rendered

LABELLED = ("angry", "disgust", "happy", "sad", "surprise", "neutral")
"""Of a file that names emotions without votes, these are learnt: in the one known, fear differs
too little from surprise (docs/decisions/training.md)."""
SEEN = 0.8
"""Share of raters who would see the emotion that such a file names; the others see a face at rest."""


def load(*paths: Path) -> tuple[Rendered, Rendered]:
    """Rendered faces to learn from, and those that are held out: of each file every `HELD_OUT_EVERY`th.

    Files are those of `converter data --mesh`, and such with `label` and `label_names` in place of
    `votes`. Raises BadInput when one is missing or is neither.
    """
    both = [_halves(path) for path in paths]
    shapes = {learnt.units.shape[1] for learnt, _ in both}
    if len(shapes) > 1:
        raise BadInput(f"{', '.join(map(str, paths))}: these were drawn from different meshes")
    learnt, kept = (_joined(some) for some in zip(*both, strict=True))
    return learnt, kept


def _joined(some: tuple[Rendered, ...]) -> Rendered:
    return Rendered(
        *(np.concatenate([getattr(one, name) for one in some]) for name in ("faces", "votes", "units"))
    )


def _halves(path: Path) -> tuple[Rendered, Rendered]:
    faces, soft, units = _arrays(path)
    usable = soft.sum(axis=1) > 0
    held_out = np.arange(len(faces)) % faces_file.HELD_OUT_EVERY == 0
    learnt, kept = (
        Rendered(faces[some], soft[some], units[some]) for some in (usable & ~held_out, usable & held_out)
    )
    return learnt, kept


def _arrays(path: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Faces uint8 (n, 48, 48), votes float32 (n, 7) and shapes float32 (n, shapes without a side)."""
    faces = faces_file.load(path)
    try:
        with np.load(path, allow_pickle=False) as archive:
            units, names = archive["units"].astype(np.float32), list(map(str, archive["unit_names"]))
            labels = archive["label_names"] if faces.votes is None else ()
    except (KeyError, ValueError) as error:
        raise BadInput(
            f"{path}: not a file of rendered faces ({error}); make one with 'data --mesh'"
        ) from error
    if units.shape != (len(faces), len(names)):
        raise BadInput(f"{path}: its arrays do not belong together; make it again with 'data --mesh'")
    if faces.votes is None:
        return faces.faces, _labelled(faces, list(map(str, labels))), _both_sides(units, names)
    return faces.faces, protocol.soft_targets(faces.votes), _both_sides(units, names)


def _labelled(faces: faces_file.Faces, names: list[str]) -> np.ndarray:
    """Votes where only an emotion is named: float32 (n, 7), zeros for one that is not `LABELLED`."""
    assert faces.label is not None
    table = np.zeros((len(names), len(EMOTIONS)), np.float32)
    for at, name in enumerate(names):
        if name in LABELLED:
            table[at, EMOTIONS.index(name)] = SEEN
            table[at, EMOTIONS.index("neutral")] += 1 - SEEN
    votes: np.ndarray = table[faces.label]
    return votes


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

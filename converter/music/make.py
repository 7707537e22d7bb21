"""Makes and measures heads: what `converter music train` and `evaluate` do with a folder of rated clips."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from appliance.ear.head import Head, Judgement
from appliance.ear.hearing import FEATURES_VERSION, Heard
from appliance.errors import ModelError
from converter.errors import BadInput
from converter.music import clips as ears
from converter.music import fit, protocol
from converter.music.protocol import AXES, Clip, Scale

FOLDS, PARTITIONS = 5, (1, 2, 3)
"""Cross-validation: five folds, the mean of three ways to deal the artists."""

Figures = dict[str, float]


@dataclass(frozen=True, eq=False)
class Rated:
    """Rated clips, and what each sounds like."""

    clips: list[Clip]
    columns: fit.Columns

    def some(self, chosen: np.ndarray) -> Rated:
        return Rated([self.clips[at] for at in chosen], fit.some(self.columns, chosen))


@dataclass(frozen=True, eq=False)
class Made:
    """A head for one set of ears."""

    groups: dict[str, fit.Group]
    axes: dict[str, fit.Axis]

    def answers(self, songs: fit.Columns) -> tuple[np.ndarray, np.ndarray]:
        """Return the answers for the songs (songs, 2), and how far each may be off, in `AXES`' order."""
        alike = {name: group.alike(songs) for name, group in self.groups.items()}
        said = [_answer(self.axes[axis], alike) for axis in AXES]
        deviations = [self.axes[axis].deviation for axis in AXES]
        return np.stack(said, axis=1), np.tile(deviations, (len(said[0]), 1))


def _answer(axis: fit.Axis, alike: dict[str, np.ndarray]) -> np.ndarray:
    together = np.sum([weight * alike[name] for name, weight in axis.weights.items()], axis=0)
    return together @ axis.coefficients + axis.mean


def rated(folder: Path, both: bool, say: ears.Say) -> tuple[list[Clip], list[Heard]]:
    """The clips of a folder that has `emotify.csv` and `emotify/NNN.opus`, and what they sound like.

    Raises BadInput.
    """
    clips = protocol.read(folder / "emotify.csv")
    if len(clips) < 2 * FOLDS:
        raise BadInput(f"{folder / 'emotify.csv'}: {len(clips)} clips are too few to say anything")
    files = [folder / "emotify" / f"{int(clip.track):03}.opus" for clip in clips]
    return clips, ears.hear_all(files, ears.second_ear(say) if both else None, say)


def make(data: Rated, scale: Scale, which: str) -> Made:
    """Fit a head to these clips. `which`: "both" ears, or our "own" alone."""
    wanted = {name for axis in AXES for name in fit.candidates(axis, which)[0]}
    names = {name: members for name, members in fit.groups(list(data.columns)).items() if name in wanted}
    groups = {name: fit.group(members, data.columns) for name, members in names.items()}
    alike = {name: group.alike(data.columns) for name, group in groups.items()}
    truth = scale.standardised(np.array([clip.felt for clip in data.clips]))
    trusted, artists = fit.trust([c.raters for c in data.clips]), [c.artist for c in data.clips]
    axes = {
        axis: fit.fit(alike, truth[:, at], trusted, artists, fit.candidates(axis, which))
        for at, axis in enumerate(AXES)
    }
    return Made(groups, axes)


def cross_validated(data: Rated, which: str) -> Figures:
    """The figures on artists that were left out, weights chosen without them."""
    scale = protocol.scale(data.clips)
    truth = scale.standardised(np.array([clip.felt for clip in data.clips]))
    artists = [clip.artist for clip in data.clips]
    found = []
    for seed in PARTITIONS:
        parts = protocol.folds(artists, FOLDS, seed)
        said, deviations = np.zeros_like(truth), np.ones_like(truth)
        for part in range(FOLDS):
            left = np.flatnonzero(parts == part)
            made = make(data.some(np.flatnonzero(parts != part)), scale, which)
            said[left], deviations[left] = made.answers(fit.some(data.columns, left))
        found.append(protocol.figures(truth, said, deviations, scale.median))
    return {name: float(np.mean([one[name] for one in found])) for name in found[0]}


def measured(clips: list[Clip], heard: list[Heard], head: Path) -> Figures:
    """The figures of a head that there is, on clips from elsewhere, by the scale that it was made with."""
    try:
        judged = Head(head).judge_all(heard)
        scale = read_scale(head)
    except ModelError as error:
        raise BadInput(str(error)) from error
    truth = scale.standardised(np.array([clip.felt for clip in clips]))
    said, deviations = (np.array([pick(one) for one in judged]) for pick in (_values, _deviations))
    return protocol.figures(truth, said, deviations, scale.median)


def _values(judgement: Judgement) -> tuple[float, float]:
    return judgement.arousal, judgement.valence


def _deviations(judgement: Judgement) -> tuple[float, float]:
    return judgement.arousal_deviation, judgement.valence_deviation


def read_scale(head: Path) -> Scale:
    """The scale that a head in `music.json` was made with."""
    scale = json.loads(head.read_text(encoding="utf-8"))["scale"]
    return Scale(*(tuple(scale[key]) for key in ("mean", "deviation", "median")))


def document(data: Rated, figures: dict[str, Figures]) -> dict[str, Any]:
    """Make the content of `music.json`: heads for both ears and for ours, of all clips, and their figures."""
    scale = protocol.scale(data.clips)
    made = {which: make(data, scale, which) for which in ("both", "own")}
    return {
        "features_version": FEATURES_VERSION,
        "data": f"{len(data.clips)} clips of Emotify (Aljanabi, Wiering, Veltkamp 2016)",
        "axes": list(AXES),
        "features": [name for name in data.columns if not name.startswith("embedding_")],
        "scale": asdict(scale),
        "figures": {
            which: {name: round(value, 3) for name, value in some.items()} for which, some in figures.items()
        },
        "heads": {which: _heads(one, scale) for which, one in made.items()},
        # The second ear's group aside, both have the same.
        "groups": {name: _group(group) for name, group in made["both"].groups.items()},
    }


def _heads(made: Made, scale: Scale) -> dict[str, Any]:
    return {axis: _axis(made.axes[axis], scale.median[at]) for at, axis in enumerate(AXES)}


def _axis(axis: fit.Axis, border: float) -> dict[str, Any]:
    return {
        "weights": axis.weights,
        "mean": axis.mean,
        "deviation": round(axis.deviation, 4),
        "border": border,
        "coefficients": _short(axis.coefficients),
    }


def _group(group: fit.Group) -> dict[str, Any]:
    return {
        "names": list(group.names),
        "length_scale": fit.LENGTH_SCALE,
        "mean": _short(group.mean),
        "scale": _short(group.scale),
        "clips": base64.b64encode(group.steps.tobytes()).decode(),
    }


def _short(numbers: Sequence[float] | np.ndarray) -> list[float]:
    """Five significant digits: more than a byte of the features has."""
    return [float(f"{number:.5g}") for number in numbers]

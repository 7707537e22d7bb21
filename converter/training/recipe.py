"""The recipe of a training run: its settings, and how faces become targets and an order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from appliance.protocol.emotions import EMOTIONS
from converter.measuring import protocol
from converter.measuring.faces_file import Faces


@dataclass(frozen=True)
class Recipe:
    """The settings of a run; kept in its checkpoint, so that resuming needs none of them again."""

    net: str = "main"
    """A name of `net.SHAPES`."""
    epochs: int = 60
    seed: int = 1
    batch: int = 128
    peak_rate: float = 3e-3
    """Highest learning rate of the one cycle."""
    weight_decay: float = 0.05
    warm_up: float = 0.15
    """Share of the run in which the rate rises."""
    label_loss: float = 0.3
    """Weight of the original-label head's loss beside the votes head's 1: those labels know more of rare
    emotions, and less of neutral."""
    label_smoothing: float = 0.1
    """The original labels are right about two times in three."""
    balance: float = 0.4
    """A class is drawn as often as prior ** -balance says: 0 as it comes, 1 all classes alike."""
    balance_limit: float = 4.0
    """No face is drawn more often than this in an epoch."""
    margin: float = 0.5
    """Logit adjustment: this times the log prior is added in training, so that rare classes win by more."""
    plain: float = 0.4
    """Share of faces of which only the pose is changed, not light, noise or sharpness."""
    mixing: float = 0.4
    """Share of batches whose faces are blended (mixup) or pasted into one another (cutmix). A tiny network
    underfits when it is much (docs/decisions/training.md)."""
    ema: float = 0.999
    """Share of the averaged weights kept at each step."""
    growing: float = 0.7
    """Share of the run in which faces are shown smaller, 32 and then 40 pixels wide: half the work."""
    memory: float = 0.4
    """Weight, at the run's end, of what the network itself said of a face in earlier epochs: raters err."""
    distil: float = 0.7
    """Share of the teachers' opinion in the targets, when there are teachers."""
    rendered: float = 0.2
    """Share of each batch that is rendered faces, when there are any."""
    units_loss: float = 0.0
    """Weight of a third head's loss beside the votes head's 1: it reads what a rendered face does."""
    frozen_norms: bool = False
    """Normalize by what the network that the run began with has learnt: rendered faces don't shift it."""
    all_rows: bool = False
    """Learn from the held-out rows too, once everything has been chosen on them."""


@dataclass(frozen=True, eq=False)
class Targets:
    """The targets of the two heads, and how often each face is drawn."""

    faces: np.ndarray
    """uint8 (n, 48, 48)."""
    votes: np.ndarray
    """float32 (n, 7), rows sum to 1."""
    labels: np.ndarray
    """float32 (n, 7), rows sum to 1, or are zeros where the label is unknown."""
    rate: np.ndarray
    """float64 (n,), times that each face is drawn in an epoch; the mean is 1."""
    log_prior: np.ndarray
    """float32 (7,), log of the classes' shares as drawn."""


def log_prior(faces: Faces) -> np.ndarray:
    """Return the log of each class's share of the votes: float64 (7,)."""
    assert faces.votes is not None
    soft = protocol.soft_targets(faces.votes)
    shares = np.maximum(soft.sum(axis=0, dtype=np.float64), 1)  # a class without a face would have log 0
    return np.log(shares / shares.sum())


def targets(faces: Faces, recipe: Recipe) -> Targets:
    """Make targets of `faces`, which need votes; those that teach nothing about the seven are dropped."""
    assert faces.votes is not None
    soft = protocol.soft_targets(faces.votes)
    usable = soft.sum(axis=1) > 0
    faces, soft = faces.only(usable), soft[usable]
    wanted = np.exp(-recipe.balance * log_prior(faces))
    rate = np.minimum((soft * wanted).sum(axis=1) / (soft * wanted).sum() * len(soft), recipe.balance_limit)
    rate = rate / rate.mean()
    drawn = (soft * rate[:, None]).sum(axis=0)
    return Targets(
        faces=faces.faces,
        votes=soft,
        labels=_label_targets(faces.label, len(faces), recipe.label_smoothing),
        rate=rate,
        log_prior=np.log(np.maximum(drawn, 1) / drawn.sum()).astype(np.float32),
    )


def _label_targets(label: np.ndarray | None, count: int, smoothing: float) -> np.ndarray:
    result = np.zeros((count, len(EMOTIONS)), np.float32)
    if label is not None:
        known = label < len(EMOTIONS)
        result[known] = smoothing / len(EMOTIONS)
        result[known, label[known]] += 1 - smoothing
    return result


def order(rate: np.ndarray, batch: int, seed: int) -> np.ndarray:
    """Draw one epoch's faces, shuffled, each as often as its rate says: int64 (batches, batch)."""
    random = np.random.default_rng(seed)
    times = np.floor(rate + random.random(len(rate))).astype(np.int64)
    drawn = random.permutation(np.repeat(np.arange(len(rate)), times))
    batches = len(rate) // batch
    drawn = np.resize(drawn, batches * batch)  # rounding may leave it a few short: the first ones come again
    return drawn.reshape(batches, batch)


@dataclass(frozen=True, eq=False)
class Rendered:
    """Rendered faces, of which all is known."""

    faces: np.ndarray
    """uint8 (n, 48, 48)."""
    votes: np.ndarray
    """float32 (n, 7), rows sum to 1."""
    units: np.ndarray
    """float32 (n, shapes), 0 to 1: weights of the mesh's shapes, the mean of both sides, as a face and its
    mirror image get one answer."""

"""Who is right about a face: FER+ votes and FER-2013 labels turned into truths and training targets.

Classes are `EMOTIONS`, in that order. A truth is int64 (n,): the class, or `LEFT_OUT`.
"""

from __future__ import annotations

import numpy as np

from appliance.protocol.emotions import EMOTIONS

VOTE_NAMES = (
    "neutral",
    "happiness",
    "surprise",
    "sadness",
    "anger",
    "disgust",
    "fear",
    "contempt",
    "unknown",
    "NF",
)
"""The columns of FER+ votes, in the order of its csv file. NF: not a face."""

LEFT_OUT = -1
"""In a truth: this face does not count."""

UNKNOWN_LABEL = 255
"""In `label`: nobody has labelled this face."""

CLEAR_VOTES = 8
"""A face is clear when its winner got at least this many of ten votes."""

_VOTE_OF = {"angry": 4, "disgust": 5, "fear": 6, "happy": 1, "sad": 3, "surprise": 2, "neutral": 0}
SEVEN = np.array([_VOTE_OF[emotion] for emotion in EMOTIONS])
"""The vote column of each emotion, in the order of `EMOTIONS`."""

_CLASS_OF = np.full(len(VOTE_NAMES), LEFT_OUT)
_CLASS_OF[SEVEN] = np.arange(len(EMOTIONS))

NAMES = ("orig", "plur7", "maj7", "clear")
"""The four protocols; accuracy is always reported by all of them together."""


def truths(votes: np.ndarray | None, label: np.ndarray | None) -> dict[str, np.ndarray | None]:
    """Every protocol's truth, None where the file lacks what it needs.

    votes: uint8 (n, 10). label: uint8 (n,).
    """
    return {
        "orig": None if label is None else orig(label),
        "plur7": None if votes is None else plur7(votes),
        "maj7": None if votes is None else maj7(votes),
        "clear": None if votes is None else clear(votes),
    }


def orig(label: np.ndarray) -> np.ndarray:
    """The FER-2013 label; unknown labels are left out. label: uint8 (n,)."""
    return np.where(label < len(EMOTIONS), label.astype(np.int64), LEFT_OUT)


def plur7(votes: np.ndarray) -> np.ndarray:
    """The class with most votes of all ten columns; a tie goes to the lowest column.

    Faces won by contempt, unknown or NF are left out. votes: uint8 (n, 10).
    """
    return _CLASS_OF[votes.argmax(axis=1)]


def maj7(votes: np.ndarray) -> np.ndarray:
    """As the FER+ authors' "majority": single votes count as zero, the winner holds over half of the rest.

    Restricted to our seven classes. votes: uint8 (n, 10).
    """
    counted = without_single_votes(votes)
    wins = counted.max(axis=1) * 2 > counted.sum(axis=1)
    return np.where(wins, _CLASS_OF[counted.argmax(axis=1)], LEFT_OUT)


def clear(votes: np.ndarray) -> np.ndarray:
    """`plur7` restricted to faces whose winner got `CLEAR_VOTES` or more. votes: uint8 (n, 10)."""
    return np.where(votes.max(axis=1) >= CLEAR_VOTES, plur7(votes), LEFT_OUT)


def without_single_votes(votes: np.ndarray) -> np.ndarray:
    """The votes, single ones made 0: one rater of ten alone is noise (the FER+ authors drop it too).

    votes: uint8 (n, 10). Returns int64 (n, 10).
    """
    return np.where(votes > 1, votes, 0).astype(np.int64)


def soft_targets(votes: np.ndarray) -> np.ndarray:
    """Shares of the votes for our seven classes, single votes dropped.

    votes: uint8 (n, 10). Returns float32 (n, 7); a row of zeros where contempt, unknown or NF got most votes,
    or nobody agreed: such a face teaches nothing about the seven.
    """
    counted = without_single_votes(votes)
    seven = counted[:, SEVEN].astype(np.float32)
    usable = (plur7(votes) != LEFT_OUT) & (seven.sum(axis=1) > 0)
    return np.where(usable[:, None], seven / np.maximum(seven.sum(axis=1, keepdims=True), 1), 0).astype(
        np.float32
    )

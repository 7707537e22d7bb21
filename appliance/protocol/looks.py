"""The camera's words: a frame, the faces in it, and what the listener's face says.

Made by `camera` and `vision`, and by `brain/mood.py`, which makes a `Mood` of looks. Times are
monotonic seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True, eq=False)
class Frame:
    """One picture, in RAM only."""

    grey: np.ndarray
    """uint8 (height, width): what faces are cut from."""
    small: np.ndarray
    """uint8 (height, width): the same picture at about 320 pixels wide, for detection and motion."""
    colour: Callable[[], np.ndarray]
    """Makes uint8 (height, width, 3), BGR, the size of `grey`; called only while somebody looks."""
    taken_at: float
    """Monotonic seconds at which the sensor finished the frame."""


@dataclass(frozen=True)
class Box:
    """A rectangle in pixels of `Frame.grey`; parts of it may lie outside."""

    left: float
    top: float
    width: float
    height: float

    @property
    def area(self) -> float:
        return self.width * self.height


@dataclass(frozen=True)
class Face:
    """One detected face."""

    box: Box
    score: float
    """How sure the detector is, 0 to 1."""
    points: tuple[tuple[float, float], ...] = ()
    """Right eye, left eye, nose, mouth, right ear, left ear as (x, y) in pixels of `Frame.grey`; or none."""


@dataclass(frozen=True)
class Reading:
    """One look at the listener's face."""

    probabilities: tuple[float, ...]
    """One per `EMOTIONS`, in that order; calibrated; sums to 1."""
    box: Box
    """The listener's face in pixels of `Frame.grey`."""
    taken_at: float
    """Monotonic seconds at which the sensor finished the frame."""
    faces: int = 1
    """How many faces are in view, the listener's included."""
    stages_s: Mapping[str, float] = field(default_factory=dict, compare=False)
    """Seconds that each stage took: capture, detect, classify."""


@dataclass(frozen=True)
class Nobody:
    """A look that found no face."""

    taken_at: float


@dataclass(frozen=True)
class CameraGone:
    """The camera, its models or the thread around them do not work now; it tries again by itself."""

    reason: str
    """What is wrong and what to do, for people."""
    at: float


UNSURE = "unsure"
"""A face (or no camera), but no emotion that is clear enough."""


AWAY = "away"
"""Nobody for a while. Never taken for "neutral"."""


Look: TypeAlias = Reading | Nobody | CameraGone


@dataclass(frozen=True)
class Mood:
    """The mood of the listener over time: the emotion that holds, unsure, or nobody."""

    name: str
    """One of `EMOTIONS`, or `UNSURE`, or `AWAY`."""
    since: float
    probabilities: tuple[float, ...] = ()
    """Smoothed, one per `EMOTIONS`; empty when no face is known."""

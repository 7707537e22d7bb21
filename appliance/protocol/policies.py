"""How the music answers a mood: the four policies, and the way on which one leads it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby


class Policy(StrEnum):
    """The ways in which the music answers a mood that is seen."""

    MATCH = "match"
    """It is the mood's own."""
    LIFT = "lift"
    """It begins near the mood and leads to happy, in steps."""
    CALM = "calm"
    """It begins near the mood, and its arousal falls first."""
    STEADY = "steady"
    """It stays what it is, until the mood has lasted."""


BY_MOOD = "by_mood"
"""In the place of a policy: for each mood the one that the settings name."""


@dataclass(frozen=True)
class Path:
    """A way on which the music leads a mood, a song a step."""

    policy: Policy
    mood: str
    """Where it began: one of `EMOTIONS`."""
    steps: tuple[str, ...]
    """For each song, the mood whose music lies nearest."""
    played: int = 0
    """How many of its songs have been heard, or play."""
    last: str = ""
    """The newest of them, by MPD's name."""

    @property
    def is_through(self) -> bool:
        """Whether its last song has been heard, or plays."""
        return self.played >= len(self.steps)

    @property
    def stages(self) -> Sequence[tuple[str, int]]:
        """The moods that it passes, each with its number of songs."""
        return [(mood, len([*songs])) for mood, songs in groupby(self.steps)]

    def __str__(self) -> str:
        stages = " → ".join(f"{mood} ({n} song{'s' if n > 1 else ''})" for mood, n in self.stages)
        return f"{self.policy}: {stages}"

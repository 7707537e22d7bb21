"""Where moods lie in valence and arousal, and which lie near each other."""

from __future__ import annotations

import math
from collections.abc import Mapping

from appliance.protocol.emotions import EMOTIONS

CIRCUMPLEX: Mapping[str, tuple[float, float]] = {
    name: (math.cos(math.radians(angle)), math.sin(math.radians(angle)))
    for name, angle in {
        "happy": 7.8,
        "surprise": 69.8,  # "astonished"
        "angry": 99.0,
        "fear": 116.0,  # "afraid"
        "disgust": 123.0,  # Russell has no disgust; "annoyed" is its nearest word
        "sad": 207.5,
    }.items()
} | {"neutral": (0.0, 0.0)}
"""Valence and arousal of each mood: its angle among the affect words of Russell (1980), "A circumplex
model of affect", Journal of Personality and Social Psychology 39(6), figure 2; neutral is the middle."""


def neighbours(mood: str) -> list[str]:
    """List the other moods, the most similar first.

    For a pleasant one the unpleasant come after all others, and the other way round: surprise lies nearest to
    anger, but whoever is startled for a moment wants no angry music.
    """
    here = CIRCUMPLEX[mood]

    def unlike(name: str) -> tuple[bool, float]:
        there = CIRCUMPLEX[name]
        return here[0] * there[0] < 0, math.dist(here, there)

    return sorted((name for name in EMOTIONS if name != mood), key=unlike)

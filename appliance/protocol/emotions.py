"""The seven emotions, spelled out once: what the network reads, and the names of the moods."""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

Emotion: TypeAlias = Literal["angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"]
EMOTIONS: tuple[str, ...] = get_args(Emotion)
"""The classes of FER-2013, in its order, which is that of every tuple of probabilities."""

AUTO = "auto"
"""Said for a mood, it takes back what a person has said of a song."""

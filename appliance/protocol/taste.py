"""Tastes, as the rooms tell each other: what was noted of a song, and what speaks for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

EVERYBODY = "everybody"
"""Who listens while nobody is named."""

KEEPSAKE = "taste.json"
"""What a backup calls the export of everybody's taste."""
CORRECTIONS = "corrections.json"
"""What a backup calls what people said of songs: which mood each suits."""


class Verdict(StrEnum):
    """A listener's verdict on a song, by what they did with it."""

    HEARD = "heard"
    """Half of it, or four minutes."""
    SKIPPED = "skipped"
    """By a hand, before that."""
    LIKED = "liked"
    DISLIKED = "disliked"
    AGAIN = "again"
    """A hand went back to it."""


BY_HAND = frozenset({Verdict.SKIPPED, Verdict.LIKED, Verdict.DISLIKED, Verdict.AGAIN})
"""What a hand said, and can take back."""


@dataclass(frozen=True)
class Preference:
    """The reason that speaks most for a song that was chosen."""

    term: str
    """One of: artist, song, sound, liked, liked_artist; "new": never heard here; "" for none of them."""
    finished: int = 0
    """How often this artist, or this song, was heard to its end in this mood …"""
    of: int = 0
    """… of so many times that it was begun."""


def is_allowed(uri: str, folders: Sequence[str] | None) -> bool:
    """Whether the song of this name lies in one of the folders; None allows all, an empty list nothing."""
    return folders is None or any(uri.startswith(f"{folder.strip('/')}/") for folder in folders)

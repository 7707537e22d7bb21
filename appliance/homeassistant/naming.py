"""Names of the entities in the owner's language: words/*.json, by their keys. English is in the code.

Only names: states are words that automations compare, and Home Assistant itself translates those of presence,
problem and update.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

WORDS = Path(__file__).parent / "words"


def name_of(key: str, english: str, language: str) -> str:
    """Return the name of the entity with this key; English where the language has none."""
    return english if language == "en" else words(language).get(key, english)


@cache
def words(language: str) -> Mapping[str, str]:
    """Return the names in a language: key of the entity -> name."""
    found: Mapping[str, str] = json.loads((WORDS / f"{language}.json").read_text(encoding="utf-8"))
    return found

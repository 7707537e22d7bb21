"""Parse a settings file's text into tables, with limits: it may come out of a backup, or be damaged.

The limits stand before the parser because of what was seen: 8 MB of comments took 181 seconds and 891 MB,
3,000 brackets ended whoever read them. Only the standard library: MPD's configuration is made with it at
boot.
"""

from __future__ import annotations

import re
import tomllib
from typing import Any

from appliance.files.whole import LARGEST, too_large

DEEPEST = 8
"""How many tables and lists may lie in one another; the settings have three."""
MOST = 1000
"""How many values there may be in all; the settings have 150. tomlkit's time grows with their square."""
LARGEST_NUMBER = 2**63
"""What every number stays below, signs aside; TOML promises no more than 64 bits."""
LONG_KEY = re.compile(r"""(?:\.[ \t]*(?:"[^"\n]*"|'[^'\n]*'|[A-Za-z0-9_-]+)[ \t]*){16}""")
"""So many dots in a key are refused unread: tomllib's time grows with their square, to half a minute."""


def parse(text: str) -> dict[str, Any]:
    """Parse TOML into dictionaries. Raises ValueError, also for what is TOML and cannot be settings."""
    if len(text) > LARGEST or len(text.encode("utf-8", "surrogatepass")) > LARGEST:
        raise ValueError(too_large("the file"))
    if LONG_KEY.search(text):
        raise ValueError("a key with too many dots")
    try:
        tables = tomllib.loads(text)
    except RecursionError:
        raise ValueError("brackets too deep in one another") from None
    check(tables)
    return tables


def check(value: Any) -> None:
    """Raise ValueError for what no file and no form of ours holds: depth, huge numbers, broken letters."""
    left, seen = [(value, 0)], 0  # a list and no recursion: what is checked here may be too deep for that
    while left:
        item, depth = left.pop()
        seen += 1
        if depth > DEEPEST:
            raise ValueError("tables too deep in one another")
        if seen > 2 * MOST:  # keys count, too
            raise ValueError("too many values")
        if isinstance(item, dict):
            left += [(key, depth) for key in item]
            left += [(inner, depth + 1) for inner in item.values()]
        elif isinstance(item, list):
            left += [(inner, depth + 1) for inner in item]
        elif isinstance(item, str):
            _check_letters(item)
        elif isinstance(item, int | float) and not abs(item) < LARGEST_NUMBER:  # nor is it "not a number"
            raise ValueError("a number too large")


def _check_letters(text: str) -> None:
    try:
        text.encode()
    except UnicodeError:
        raise ValueError("half a character (a lone surrogate)") from None

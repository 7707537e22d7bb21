"""Make text fit for a terminal: characters that it has, and none that steer it."""

from __future__ import annotations

import contextlib
import io
import sys
import unicodedata

UNSEEN = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Unicode's categories of control characters, halves of characters and separators of lines."""
TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Characters that turn the direction of what follows, beyond the name that they stand in."""


def printable(line: str) -> str:
    """Return one line with "?" for whatever would steer the terminal: a song's tags come from anybody."""
    return "".join("?" if unicodedata.category(one) in UNSEEN or one in TURNING else one for one in line)


def never_refuse() -> None:
    """Let a terminal of ISO-8859-1 or ASCII show "?" for what it lacks, instead of ending the command."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            with contextlib.suppress(ValueError):  # closed
                stream.reconfigure(errors="replace")

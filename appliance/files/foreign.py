"""Tells somebody else's file from one of ours, however damaged that is.

Settings may name any path. What lies there and is not ours is neither written to nor moved: it is told, and
the box goes on without. Each room knows the form of its own files; what they share stands here.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

NOT_OURS = "something lies there that is not Moodbox's; move it away, or name another file in the settings"
NO_FILE = "there is something else than a file; name another one in the settings"
NOT_READABLE = "it may not be read, so nobody knows whose it is; give it to the service, or name another file"


def is_blank(content: bytes) -> bool:
    """Whether nothing stands there: it is empty, or as an erased or lost block of a card reads."""
    return not content.strip(b"\0") or not content.strip(b"\xff")


def trouble_with(path: Path) -> str | None:
    """Say why nobody can know what lies there; None where a plain file does that may be read, or nothing."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            return NO_FILE
        if not os.access(path, os.R_OK, effective_ids=True):  # not opened: see `database`
            return NOT_READABLE
    except PermissionError:
        return NOT_READABLE
    except OSError:  # it is absent, or its disk is; whoever writes there tells
        return None
    return None

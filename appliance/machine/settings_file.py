"""A table of the settings, unchecked, for what has no time for pydantic, which takes a small Pi seconds.

Only the standard library: MPD's configuration is made with it at boot, before any music.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from appliance.files import tables
from appliance.files.migrations import migrate
from appliance.files.whole import read_text

DEFAULTS = Path(__file__).resolve().parents[1] / "config" / "default.toml"
SYSTEM_FILE = Path("/etc/moodbox/moodbox.toml")


def system_file() -> Path | None:
    """The owner's file when none is named, or None where there is none."""
    named = os.environ.get("MOODBOX_CONFIG")
    if named:
        return Path(named)
    return SYSTEM_FILE if os.path.lexists(SYSTEM_FILE) else None


def table(name: str, *files: Path, say: Callable[[str], object] = lambda trouble: None) -> dict[str, Any]:
    """The files' table of this name, the later ones over the earlier.

    say: is told why a file is left out that cannot be read; one that is not there is none.
    """
    whole: dict[str, Any] = {}
    for file in files:
        try:
            found = tables.parse(read_text(file))
        except FileNotFoundError:
            continue
        except (OSError, ValueError) as error:
            say(f"{file}: {error}")
            continue
        migrate(found)
        own = found.get(name, {})
        if isinstance(own, dict):
            whole |= own
    return whole

"""The settings of a box whose files all lie in one folder: as a dictionary, and as its owner's file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def own_settings(folder: Path, mpd: str, port: int | None = None, **sections: Any) -> dict[str, Any]:
    """mpd: its address. port: of the page; None for a box without one. sections: more, or other, settings.

    It keeps no state, unless `sections` says where.
    """
    page = {"address": "127.0.0.1", "port": port, "folder": str(folder / "page")}
    own: dict[str, dict[str, Any]] = {
        "mpd": {"address": mpd},
        "control": {"socket": str(folder / "control")},
        "state": {"file": ""},
        "page": page if port else {"enabled": False},
    }
    for name, section in sections.items():
        own[name] = own.get(name, {}) | section
    return own


def write_settings(folder: Path, mpd: str, port: int | None = None, **sections: Any) -> Path:
    """Write these settings into `moodbox.toml` of the folder; what they are is said at `own_settings`."""
    path = folder / "moodbox.toml"
    tables = own_settings(folder, mpd, port, **sections)
    # A text, a number, true or false is in JSON as it is in TOML.
    lines = [
        line
        for name, table in tables.items()
        for line in (f"[{name}]", *(f"{key} = {json.dumps(value)}" for key, value in table.items()))
    ]
    path.write_text("\n".join(lines) + "\n")
    return path

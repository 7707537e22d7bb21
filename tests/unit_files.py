"""The units in systemd/, read."""

from __future__ import annotations

from pathlib import Path

SYSTEMD = Path(__file__).resolve().parent.parent / "systemd"


def lines_of(unit: Path) -> dict[str, list[str]]:
    """Key -> its values; sections do not matter here."""
    found: dict[str, list[str]] = {}
    for line in unit.read_text(encoding="utf-8").splitlines():
        if "=" in line and not line.startswith("#"):
            key, value = line.split("=", 1)
            found.setdefault(key, []).append(value)
    return found

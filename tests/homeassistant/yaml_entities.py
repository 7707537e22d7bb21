"""The entities that a YAML file of ours names; read by pattern, because the project needs no YAML library."""

from __future__ import annotations

import re
from pathlib import Path

ENTITY = re.compile(r"\b(?:binary_sensor|sensor|number|select|switch|button|event|media_player)\.moodbox\w*")


def entities(file: Path) -> set[str]:
    text = file.read_text(encoding="utf-8")
    return set(ENTITY.findall("\n".join(line for line in text.splitlines() if not line.startswith("#"))))

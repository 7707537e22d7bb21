"""Reads a settings file that has mistakes, so that they never lock the owner out.

What is right in the file holds, what is wrong falls back to its default, and the page says what to mend.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from appliance.config import config as settings
from appliance.config.settings import Config
from appliance.errors import ConfigError
from appliance.files import tables
from appliance.files.migrations import migrate
from appliance.files.whole import read_text
from appliance.machine.settings_file import system_file


def salvage(path: Path | None) -> tuple[Config, tuple[str, ...]]:
    """The settings in force, and what is wrong with the owner's file.

    path: as for `config.load`.
    """
    path = path or system_file()
    try:
        return settings.load(path), ()
    except ConfigError as error:
        problems = tuple(error.problems)
    own = _tables(path)
    while own:
        try:
            return settings.check(own, "own"), problems
        except ConfigError as error:
            if not sum(_drop(own, _path_of(problem)) for problem in error.problems):
                break
    return settings.check({}, "defaults"), problems


def _tables(path: Path | None) -> dict[str, Any]:
    """Read the file's tables: none at all when it is no TOML."""
    try:
        own = tables.parse(read_text(path)) if path else {}
    except (OSError, ValueError):
        return {}
    migrate(own)
    return own


def _path_of(problem: str) -> list[str]:
    """`own: mood.reaction: must be …` -> mood, reaction."""
    return problem.removeprefix("own: ").partition(": ")[0].split(".")


def _drop(own: dict[str, Any], path: list[str]) -> bool:
    """Take out the deepest part of the path that is there. Returns whether there was one."""
    name, *deeper = path
    if name not in own:
        return False
    inner = own[name]
    if not (deeper and isinstance(inner, dict) and _drop(inner, deeper)):
        del own[name]
    return True

"""Reads the settings: one TOML file over the documented defaults, every mistake reported at once."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias

import tomlkit
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from appliance.config.pins import clashes, with_pins
from appliance.config.settings import Config, MusicSource
from appliance.errors import ConfigError
from appliance.files import tables
from appliance.files.migrations import migrate
from appliance.files.whole import read_text
from appliance.machine.machine import readable_again
from appliance.machine.settings_file import DEFAULTS, system_file
from appliance.protocol.emotions import EMOTIONS

PATTERNS: Mapping[str, str] = {
    r"^(([01][0-9]|2[0-3]):[0-5][0-9])?$": 'must be a time of day such as "07:00", or "" for none',
    r"^(https://[^\s?#@]+)?$": "must be empty, or an address that begins with https://",
    r"^[a-zA-Z0-9_-]*$": "must have no other characters than a to z, A to Z, 0 to 9, _ and -",
}
"""What each pattern of a setting means, for people."""

Table: TypeAlias = dict[str, Any]


def load(path: Path | None = None, overrides: Mapping[str, Any] | None = None) -> Config:
    """Read the settings in force.

    path: the owner's file; None takes $MOODBOX_CONFIG, else the system's file if there is one.
    overrides: tables laid over the file, as the command line and the demo need them.
    Raises ConfigError with every problem found.
    """
    path = path or system_file()
    own = _read(path) if path else {}
    return check(own, str(path) if path else "defaults", overrides)


def check(own: Mapping[str, Any], name: str, overrides: Mapping[str, Any] | None = None) -> Config:
    """Lay the owner's tables over the defaults and check the whole; `name` stands before each problem."""
    settings = _overlay(_overlay(_read(DEFAULTS), own), overrides or {})
    problems = {f"{name}: {clash}" for clash in clashes(settings, own)}
    try:
        config = Config.model_validate(settings)
    except ValidationError as error:
        problems |= {_problem(name, details) for details in error.errors(include_url=False)}
    if problems:
        raise ConfigError(sorted(problems))
    return config


def show(config: Config) -> str:
    """The documented file with the values in force; secrets are masked."""
    document = tomlkit.parse(DEFAULTS.read_text(encoding="utf-8"))
    _fill(document, config.model_dump(mode="json", exclude_defaults=False))
    return tomlkit.dumps(document)


def _read(path: Path) -> Table:
    try:
        own = tables.parse(read_text(path))
        migrate(own)
        return own
    except FileNotFoundError:
        problem = f"{path}: no such file; `moodbox config init {path}` makes one"
    except PermissionError:
        problem = f"{path}: not allowed to read it; {readable_again(path)}"
    except (OSError, UnicodeError) as error:
        problem = f"{path}: cannot be read: {error}"
    except ValueError as error:
        problem = f"{path}: not TOML: {error}"
    raise ConfigError([problem])


def _overlay(below: Table, above: Mapping[str, Any], depth: int = 2) -> Table:
    """Tables are merged down to the names of moods; a mood's source is replaced as a whole."""
    merged = dict(below)
    for key, value in above.items():
        old = merged.get(key)
        if depth and isinstance(old, dict) and isinstance(value, Mapping):
            value = _overlay(old, value, depth - 1)
        elif isinstance(old, dict):
            value = with_pins(old, value)
        merged[key] = value
    return merged


def _problem(name: str, details: ErrorDetails) -> str:
    """One line: file, path of the key, what is wrong, what to do."""
    path = [str(part) for part in details["loc"] if part != "[key]"]
    if details["type"] == "extra_forbidden":
        message = _unknown(path)
    elif details["loc"] and details["loc"][-1] == "[key]":
        message = f"no such mood; use one of {', '.join(EMOTIONS)}"
    elif details["type"] == "value_error":
        message = str(details["ctx"]["error"])
    elif details["type"] in ("model_type", "dict_type"):
        message = f"must be a table: [{'.'.join(path)}] on a line of its own, its keys below"
    elif details["type"] == "string_pattern_mismatch":
        message = PATTERNS[details["ctx"]["pattern"]]
    elif details["type"] == "string_too_short":
        message = "must not be empty"
    elif details["type"] == "string_type":
        message = 'must be text in quotes, such as "text"'
    else:
        message = details["msg"].replace("Input should", "must").replace("String should", "must")
    return f"{name}: {'.'.join(path)}: {message}"


def _unknown(path: list[str]) -> str:
    model: type[BaseModel] = Config
    for part in path[:-1]:
        field = model.model_fields.get(part)
        section = field.annotation if field else None
        # Only `music.moods` is no section of its own: its keys are moods, each with a source.
        model = section if isinstance(section, type) and issubclass(section, BaseModel) else MusicSource
    known = list(model.model_fields)
    near = difflib.get_close_matches(path[-1], known, n=1, cutoff=0.5)
    return f"unknown key; did you mean {near[0]!r}?" if near else f"unknown key; known are {', '.join(known)}"


def _fill(table: Any, values: Mapping[str, Any]) -> None:
    for key, value in values.items():
        if isinstance(value, Mapping) and key in table and key not in EMOTIONS:
            _fill(table[key], value)
        elif isinstance(value, Mapping):
            source = tomlkit.inline_table()
            source.update({name: text for name, text in value.items() if text})
            table[key] = source
        elif table.get(key) != value:
            table[key] = value

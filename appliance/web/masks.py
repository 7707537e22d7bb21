"""Secrets in the owner's settings file: never shown, and still there when the file comes back masked.

However TOML lets them be written: in their table, dotted, in an inline table, in a file that is broken.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import cache
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

from appliance.config import Config
from appliance.errors import ConfigError

MASK = "••••••••"
"""Stands for a secret that is set; sent back, it leaves the secret as it is."""
ROUGHLY = re.compile(r"""(password["']?\s*=\s*)("{3}.*?(?:"{3}|\Z)|'{3}.*?(?:'{3}|\Z)|[^\n]*)""", re.DOTALL)
"""What may be a secret in a file that is no TOML: too much is masked there rather than too little."""
TABLE = re.compile(r"\s*(\[[^\[\]]+\])")


def masked(text: str) -> str:
    """A settings file as it may be seen."""
    try:
        document = tomlkit.parse(text)
    except TOMLKitError:
        return ROUGHLY.sub(rf'\1"{MASK}"', text)
    for table, name in _secret_places(document):
        table[name] = MASK
    return tomlkit.dumps(document)


def unmasked(text: str, own: str, or_drop: bool = False) -> str:
    """A settings file that comes back: what is still masked gets the secret that the owner's file has there.

    or_drop: take the key out where it has none. Raises ConfigError instead.
    """
    try:
        document = tomlkit.parse(text)
    except TOMLKitError:
        return text  # whoever writes it will say what is wrong
    kept = _secrets(own)
    for section, name in _secret_keys():
        table = document.get(section)
        if not isinstance(table, Mapping) or table.get(name) != MASK:
            continue
        if (section, name) in kept:
            table[name] = kept[section, name]  # type: ignore[index]  # a table of tomlkit's can be written
        elif or_drop:
            del table[name]  # type: ignore[attr-defined]
        else:
            raise ConfigError([f"{section}.{name}: only its mask came; write the password itself"])
    return tomlkit.dumps(document)


@cache
def _secret_keys() -> tuple[tuple[str, str], ...]:
    """(section, key) of each."""
    schema = Config.model_json_schema()
    sections = {name: part.get("$ref", "").rpartition("/")[2] for name, part in schema["properties"].items()}
    return tuple(
        (section, key)
        for section, kind in sections.items()
        for key, part in schema["$defs"].get(kind, {}).get("properties", {}).items()
        if part.get("format") == "password"
    )


def _secret_places(document: Mapping[str, Any]) -> Iterator[tuple[Any, str]]:
    """Each table that has a secret, and its name there."""
    for section, name in _secret_keys():
        table = document.get(section)
        if isinstance(table, Mapping) and table.get(name):
            yield table, name


def _secrets(text: str) -> dict[tuple[str, str], Any]:
    """(section, key) -> secret; out of each line that can be read, when the file is broken."""
    with suppress(tomllib.TOMLDecodeError):
        return _found(tomllib.loads(text))
    found: dict[tuple[str, str], Any] = {}
    header = ""
    for line in text.splitlines():
        table = TABLE.match(line)
        header = table[1] if table else header
        with suppress(tomllib.TOMLDecodeError):
            found |= _found(tomllib.loads(line if table else f"{header}\n{line}"))
    return found


def _found(document: Mapping[str, Any]) -> dict[tuple[str, str], Any]:
    tables = ((section, name, document.get(section)) for section, name in _secret_keys())
    return {
        (section, name): table[name]
        for section, name, table in tables
        if isinstance(table, Mapping) and table.get(name)
    }

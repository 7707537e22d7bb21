"""The form of the settings: each key with its documentation out of default.toml; changes are written into the
owner's file, with its comments kept."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import InlineTable, Table

from appliance import config as settings
from appliance.config import Config
from appliance.errors import CommandRejected, ConfigError
from appliance.files import probation, tables
from appliance.files.migrations import migrate
from appliance.files.together import Content, Files, kept, replace_all
from appliance.files.turns import turn
from appliance.files.whole import mode_of, read_text
from appliance.web.care import masks
from appliance.web.care.masks import MASK


class Sender(NamedTuple):
    """Who changes the settings, and what his change must not end."""

    config: Config
    """The settings in force."""
    by: str
    """Who asks, in the guard's words: session, token or local."""
    unusable: Callable[[Config], Sequence[str]]
    """Says what in settings would end the box or its page, as `Interface.unusable` does."""


def form(config: Config, own: Path | None) -> list[dict[str, Any]]:
    """Return all sections of the settings, each with its keys: path, value, default, words, schema."""
    document = tomlkit.parse(settings.DEFAULTS.read_text(encoding="utf-8"))
    values, schema = config.model_dump(mode="json"), Config.model_json_schema()
    written = read_lenient(own)
    sections = []
    for name, table in document.items():
        if isinstance(table, Table):
            keys = list(
                _keys(table, [name], values[name], _resolve(schema["properties"][name], schema), schema)
            )
            for key in keys:
                key["own"] = _lookup(written, key["path"].split(".")) is not None
            sections.append({"section": name, "keys": keys})
    return sections


def _keys(
    table: Table,
    path: list[str],
    values: Any,
    schema: Mapping[str, Any],
    root: Mapping[str, Any],
    intro: str = "",
) -> Generator[dict[str, Any], None, str]:
    """Give the keys of a table and those in it.

    intro: the documentation above the first key or the table; holds for the keys that have none.
    Returns the documentation below its last key, which is that of the table after it.
    """
    for key, item in table.value.body:
        if key is None:
            intro = _words(f"{intro}\n{item.as_string()}" if item.as_string().startswith("#") else "")
            continue
        name = key.key
        inner = _resolve(_property(schema, name), root)
        if isinstance(item, Table):
            intro = yield from _keys(item, [*path, name], values[name], inner, root, intro)
            continue
        doc = _words(item.trivia.comment) or intro
        secret = inner.get("format") == "password"
        yield {
            "path": ".".join([*path, name]),
            "value": (MASK if values[name] else "") if secret else values[name],
            "default": None if secret else _plain(item),
            "doc": doc,
            "secret": secret,
            "schema": _simple(inner),
        }
    return intro


def change(own: Path, changes: Mapping[str, Any], sender: Sender) -> list[str]:
    """Write the changed settings into the owner's file; null takes a key out, so that the default holds.

    Returns the names of the secrets that were taken out, because they would have gone elsewhere.
    Raises ConfigError with every problem; nothing is written then.
    """
    with alone(own):
        document, gone = _changed(own, changes)
        put(own, written(own, _dumped(document), sender))
    return [name for name in gone if name not in changes]


@contextmanager
def alone(own: Path) -> Iterator[None]:
    """Be the only one who changes the owner's file, from reading to writing it. Raises ConfigError."""
    try:
        with turn(own):
            yield
    except OSError as error:
        raise ConfigError([f"{own}: {error.strerror}"]) from error


def _changed(own: Path, changes: Mapping[str, Any]) -> tuple[Any, list[str]]:
    """Return the owner's file with these changes, and the names of the secrets that were taken out."""
    try:
        document = _document(_text(own))
    except ValueError as error:
        raise ConfigError([f"{own.name}: not TOML: {error}; mend the file itself first"]) from error
    migrate(document)
    before = document.unwrap()
    for path, value in changes.items():
        if value != MASK:
            _set(document, path.split("."), value)
    return document, masks.without_strays(document, before)


def written(own: Path, text: str, sender: Sender) -> Files:
    """Check a whole file, of today's form or an older one. Returns all that `put` is to replace.

    Raises ConfigError.
    """
    try:
        document = _document(text)
    except ValueError as error:
        raise ConfigError([f"{own.name}: not TOML: {error}"]) from error
    migrate(document)
    wanted = settings.check(document.unwrap(), own.name)
    problems = [f"{own.name}: {problem}" for problem in sender.unusable(wanted)]
    if not wanted.page.enabled and sender.config.page.enabled:
        problems.append("page.enabled: the page cannot switch itself off; do it in the file")
    if problems:
        raise ConfigError(problems)
    try:
        trial = probation.trial(own, sender.by) if _may_cut_off(sender.config, wanted) else {}
        mode = mode_of(own) if own.exists() else 0o640
    except OSError as error:
        raise ConfigError([f"{own}: cannot be read: {error}"]) from error
    return {**trial, own: Content(tomlkit.dumps(document).encode(), mode)}


def put(own: Path, files: Files) -> None:
    """Replace the files, all or none. own: the owner's settings. Raises ConfigError."""
    try:
        replace_all(kept(own), files)
    except OSError as error:
        problem = f"{error.filename}: {error.strerror}; the box may not write there, and nothing was changed"
        raise ConfigError([problem]) from error


def _may_cut_off(now: Config, wanted: Config) -> bool:
    """Return whether the page may be elsewhere with the wanted settings, or gone, for whoever sends them."""
    harmless = {"upload_mb"}
    return now.page.model_dump(exclude=harmless) != wanted.page.model_dump(exclude=harmless)


def masked(own: Path | None) -> str:
    """Return the owner's file with its secrets masked, for the page and for a backup."""
    return masks.masked(_text(own)) if own else ""


def whole(own: Path, with_secrets: bool) -> str:
    """Return the owner's file for a backup; empty when it cannot be read."""
    try:
        return _text(own) if with_secrets else masked(own)
    except ConfigError:
        return ""


def write_masked(own: Path, text: str, sender: Sender) -> None:
    """Check a file whose secrets may be masked, and put it in the owner's place. Raises ConfigError."""
    with alone(own):
        put(own, written(own, masks.unmasked(text, _text(own)), sender))


def restored(own: Path, text: str, sender: Sender, with_secrets: bool) -> tuple[Files, list[str]]:
    """Check a backup's file as `written` does. with_secrets: take those in it, too.

    Returns the files, and the names of passwords' files that it may not name. Raises ConfigError.
    """
    # Another box may have no such secret, and what is masked goes nowhere else than before.
    text, gone = (text, []) if with_secrets else masks.all_masked(text, _text(own))
    return written(own, masks.unmasked(text, _text(own), or_drop=True), sender), gone


def read_lenient(own: Path | None) -> Mapping[str, Any]:
    """Return what the owner's file says; nothing when it cannot be read."""
    try:
        found = tables.parse(_text(own)) if own else {}
    except (ConfigError, ValueError):
        return {}
    migrate(found)
    return found


def _text(own: Path | None) -> str:
    try:
        return read_text(own) if own else ""
    except FileNotFoundError:
        return "version = 1\n"
    except (OSError, ValueError) as error:
        raise ConfigError([f"{own}: cannot be read: {error}"]) from error


def _dumped(document: Any) -> str:
    try:
        return tomlkit.dumps(document)
    except (TOMLKitError, ValueError, TypeError, RecursionError) as error:
        raise CommandRejected(f"this cannot be written as TOML: {error}") from error


def _document(text: str) -> Any:
    """Parse TOML with its comments. Raises ValueError."""
    tables.parse(text)  # what reads it at the next start; tomlkit is more lenient, and slower
    try:
        return tomlkit.parse(text)
    except TOMLKitError as error:
        raise ValueError(str(error)) from error


def _set(document: Any, path: list[str], value: Any) -> None:
    table = document
    for name in path[:-1]:
        if name not in table:
            table[name] = tomlkit.table()
        table = table[name]
        if not isinstance(table, Table | InlineTable):
            raise CommandRejected(f"{'.'.join(path)}: {name} is no table")
    try:
        if value is None:
            table.pop(path[-1], None)
        else:
            table[path[-1]] = _as_item(value)
    except (TOMLKitError, ValueError, TypeError) as error:
        raise CommandRejected(f"{'.'.join(path)}: {error}") from error


def _as_item(value: Any) -> Any:
    if isinstance(value, dict):
        table = tomlkit.inline_table()
        table.update(value)
        return table
    return value


def _plain(item: Any) -> Any:
    return item.unwrap() if hasattr(item, "unwrap") else item


def _property(schema: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = (
        schema.get("properties", {}).get(name) or schema.get("additionalProperties") or {}
    )
    return found


def _resolve(schema: Mapping[str, Any], root: Mapping[str, Any]) -> Mapping[str, Any]:
    reference = schema.get("$ref", "")
    return root["$defs"][reference.rpartition("/")[2]] if reference else schema


def _simple(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return what of a schema the page needs to draw an input."""
    names = ("type", "enum", "minimum", "maximum", "minLength")
    return {name: schema[name] for name in names if name in schema}


def _lookup(tables: Any, path: list[str]) -> Any:
    for name in path:
        if not isinstance(tables, Mapping) or name not in tables:
            return None
        tables = tables[name]
    return tables


def _words(comment: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"(?m)^\s*#\s?", "", comment)).strip()

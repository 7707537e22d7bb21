"""Mask the secrets in the owner's settings file, and put them back when the file comes back masked.

They are found however TOML lets them be written: in their table, dotted, in an inline table, in a broken
file; and where people leave them: in comments, under misspelt names, in addresses.
"""

from __future__ import annotations

import difflib
import re
import string
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import cache
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

from appliance.config import DEFAULTS, Config
from appliance.errors import ConfigError
from appliance.files import tables
from appliance.files.whole import read_text

MASK = "••••••••"
"""Stands for a secret that is set; sent back, it leaves the secret as it is."""
KEY = frozenset(f"{string.ascii_letters}{string.digits}_-.")
HEADER = KEY | set("[]")
QUOTES = ("'", '"')
WORDS = ("password", "passwd", "passphrase", "pass", "pw", "pwd", "secret", "token", "credential", "kennwort")
SECRETISH = re.compile(
    r"pass|pwd|(?:\b|_)pw(?:\b|_)|secret|token|credential|kennwort|contrase|पासवर्ड", re.IGNORECASE
)
COMMENT = re.compile(r"""^((?:"(?:\\.|[^"\\\n])*"|'[^'\n]*'|[^#"'\n])*)(#[^\n]*)$""", re.MULTILINE)
"""A line of TOML that ends in a comment: what stands before, and the comment. A # in a text begins none."""
IN_ADDRESS = re.compile(r"(://[^/\s:@\"']*:)[^@\s/\"']+@")
"""A password in an address, as in http://name:password@host, with what stands before it."""
GOES_TO: Mapping[str, tuple[str, ...]] = {
    "mqtt": ("broker", "port", "username", "tls"),
    "mpd": ("address", "port"),
}
"""The keys that say where a section's secret is sent, and as whom: when one changes, the secret stays behind.

Else whoever may change the broker could have the password sent to a host of theirs."""
FILE = "password_file"
"""The key, in each of these sections, of a file whose first line is sent there as the password."""


def masked(text: str) -> str:
    """Return a settings file as it may be seen, with `MASK` in each secret's place."""
    try:
        tables.parse(text)
        document = tomlkit.parse(text)
    except (ValueError, TOMLKitError):
        return _by_lines(_broken(text))
    for table, name in _secret_places(document):
        table[name] = MASK
    _mask_misspelt(document, Config.model_json_schema())
    return _by_lines(tomlkit.dumps(document))


def unmasked(text: str, own: str, or_drop: bool = False) -> str:
    """Return a settings file that came back masked with the secrets that the owner's file has there.

    or_drop: take the key out where it has none, or where it would go elsewhere now; else raises ConfigError.
    """
    try:
        text = _lines_back(text, own)
        found = tables.parse(text)
        document = tomlkit.parse(text)
    except (ValueError, TOMLKitError):
        return text  # whoever writes it will say what is wrong
    kept, before = secrets(own), _lenient(own)
    for section, name in _secret_keys():
        table = document.get(section)
        if not isinstance(table, Mapping) or table.get(name) != MASK:
            continue
        stays = same_place(section, before, found)
        if (section, name) in kept and stays:
            table[name] = kept[section, name]  # type: ignore[index]  # a table of tomlkit's can be written
        elif or_drop:
            del table[name]  # type: ignore[attr-defined]
        elif (section, name) in kept:
            raise ConfigError([f"{section}.{name}: it would go elsewhere now; write the password itself"])
        else:
            raise ConfigError([f"{section}.{name}: only its mask came; write the password itself"])
    return tomlkit.dumps(document)


def all_masked(text: str, own: str) -> tuple[str, list[str]]:
    """Mask each secret of a backup's settings file whose secrets are not wanted.

    A password's file that it names is one of this box's: it goes nowhere else than before, either.
    Returns the text, and the names of such files' keys that were taken out. Raises ValueError.
    """
    found = tables.parse(text)
    try:
        document = tomlkit.parse(text)
    except TOMLKitError as error:
        raise ValueError(str(error)) from error
    for table, name in _secret_places(document):
        table[name] = MASK
    gone = [section for section in GOES_TO if _table(found, section).get(FILE)]
    gone = [section for section in gone if not same_place(section, _lenient(own), found)]
    for section in gone:
        del document[section][FILE]
    return tomlkit.dumps(document), [f"{section}.{FILE}" for section in gone]


def without_strays(document: Any, before: Mapping[str, Any]) -> list[str]:
    """Take each secret out of the document that would go elsewhere than before. Returns their names."""
    gone, now = [], document.unwrap()
    for section, name in (*_secret_keys(), *((section, FILE) for section in GOES_TO)):
        old, new = before.get(section), now.get(section)
        if not isinstance(old, Mapping) or not isinstance(new, Mapping):
            continue
        if new.get(name) and new.get(name) == old.get(name) and not same_place(section, before, now):
            del document[section][name]
            gone.append(f"{section}.{name}")
    return gone


def same_place(section: str, before: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """Return whether the section's secret goes where it went before."""
    defaults = _defaults()
    places = [{**defaults[section], **_table(tables_, section)} for tables_ in (before, now)]
    return all(places[0].get(name) == places[1].get(name) for name in GOES_TO[section])


def _table(whole: Mapping[str, Any], section: str) -> Mapping[str, Any]:
    found = whole.get(section)
    return found if isinstance(found, Mapping) else {}


@cache
def _defaults() -> Mapping[str, Any]:
    return tables.parse(read_text(DEFAULTS))


@cache
def _our_comments() -> frozenset[str]:
    return frozenset(found[2].strip() for found in COMMENT.finditer(read_text(DEFAULTS)))


def _by_lines(text: str) -> str:
    """Mask comments that speak of a secret, but those of default.toml, and passwords in addresses."""

    def mask(found: re.Match[str]) -> str:
        tells = SECRETISH.search(found[2]) and found[2].strip() not in _our_comments()
        return f"{found[1]}# {MASK}" if tells and MASK not in found[2] else found[0]

    return IN_ADDRESS.sub(rf"\1{MASK}@", COMMENT.sub(mask, text))


def _broken(text: str) -> str:
    """Mask a file that is no TOML: rather too much than too little.

    A line is shown where its key is one of ours and no secret; of others only the key is, if it is one; and
    nothing after the beginning of a text of several lines.
    """
    lines = text.split("\n")
    begins = next((place for place, line in enumerate(lines) if '"""' in line or "'''" in line), len(lines))
    return "\n".join([*map(_broken_line, lines[: begins + 1]), *[MASK] * len(lines[begins + 1 :])])


def _broken_line(line: str) -> str:
    name, equals, value = (part.strip() for part in line.partition("="))
    key = name[1:-1] if name[:1] == name[-1:] and name[:1] in QUOTES else name
    is_key = equals and key and not set(key) - KEY
    if is_key and key.rpartition(".")[2] in _plain_keys() and not ("=" in value or SECRETISH.search(value)):
        return line
    if is_key:
        return f'{name} = "{MASK}"'
    is_harmless = name.startswith("#") or not (name or equals) or (not equals and not set(name) - HEADER)
    return line if is_harmless else MASK


def _mask_misspelt(table: Any, schema: Mapping[str, Any]) -> None:
    """Mask what stands under no name of ours and may be meant for a password, as under `passwort`."""
    root = Config.model_json_schema()
    known = schema.get("properties", {})
    for name, value in [*table.items()]:
        part = known.get(name) or schema.get("additionalProperties") or {}
        inner = root["$defs"].get(str(part.get("$ref", "")).rpartition("/")[2], part)
        if isinstance(value, Mapping):
            _mask_misspelt(value, inner if isinstance(inner, Mapping) else {})
        elif not part and _may_be_secret(str(name)):
            table[name] = MASK


def _may_be_secret(name: str) -> bool:
    return bool(SECRETISH.search(name) or difflib.get_close_matches(name.lower(), WORDS, n=1, cutoff=0.6))


def _lines_back(text: str, own: str) -> str:
    """Put each masked line back as the owner's file has it; those that look alike in their order."""
    shown = masked(own).split("\n")
    whole = own.split("\n")
    if len(shown) != len(whole):
        return text
    kept, come = _secret_values(own), text.split("\n")
    lines: dict[str, list[str]] = {}
    for seen, line in zip(shown, whole, strict=True):
        # A line with a setting's secret stays masked: `unmasked` decides whether that may go there now.
        if seen != line:
            lines.setdefault(seen, []).append(seen if any(secret in line for secret in kept) else line)
    # If one of some that look alike was taken out, nobody knows which: then all of them stay masked.
    back = {seen: iter(was) for seen, was in lines.items() if come.count(seen) == len(was)}
    return "\n".join(next(back[line]) if line in back else line for line in come)


def _secret_values(own: str) -> list[str]:
    return [str(value) for value in secrets(own).values()]


@cache
def _plain_keys() -> frozenset[str]:
    """Return the names of all settings that are neither secrets nor tables."""
    schema = Config.model_json_schema()
    return frozenset(
        key
        for kind in schema["$defs"].values()
        for key, part in kind.get("properties", {}).items()
        if part.get("type") in ("string", "integer", "number", "boolean") and part.get("format") != "password"
    )


@cache
def _secret_keys() -> tuple[tuple[str, str], ...]:
    """Return the (section, key) of each setting that is a secret."""
    schema = Config.model_json_schema()
    sections = {name: part.get("$ref", "").rpartition("/")[2] for name, part in schema["properties"].items()}
    return tuple(
        (section, key)
        for section, kind in sections.items()
        for key, part in schema["$defs"].get(kind, {}).get("properties", {}).items()
        if part.get("format") == "password"
    )


def _secret_places(document: Mapping[str, Any]) -> Iterator[tuple[Any, str]]:
    """Give each table of the document that has a secret, and the secret's key."""
    for section, name in _secret_keys():
        table = document.get(section)
        if isinstance(table, Mapping) and table.get(name):
            yield table, name


def _lenient(text: str) -> Mapping[str, Any]:
    """Return the file's tables; of a broken file those of each line that can be read by itself."""
    with suppress(ValueError):
        return tables.parse(text)
    found: dict[str, Any] = {}
    header = ""
    for line in text.splitlines():
        is_table = line.lstrip().startswith("[")
        header = line[: line.find("]") + 1] if is_table else header
        with suppress(ValueError):
            for section, value in tables.parse(header if is_table else f"{header}\n{line}").items():
                old = _table(found, section)
                found[section] = {**old, **value} if isinstance(value, dict) else value
    return found


def secrets(text: str) -> dict[tuple[str, str], Any]:
    """Return the secrets in a settings file: (section, key) -> secret."""
    document = _lenient(text)
    return {
        (section, name): _table(document, section)[name]
        for section, name in _secret_keys()
        if _table(document, section).get(name)
    }

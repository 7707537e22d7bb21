"""The means to declare a command: its words, who may give it, and the one value that it may take (a number, a
choice, on or off, a time of day). The table made of these is `declared.COMMANDS`."""

from __future__ import annotations

import difflib
import math
import re
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from datetime import time
from typing import Any, ClassVar, Literal
from urllib.parse import urlsplit

from appliance.errors import CommandRejected

CLOCK = r"([01][0-9]|2[0-3]):[0-5][0-9]"
"""A regular expression: hours and minutes of a time of day."""


@dataclass(frozen=True)
class Argument(ABC):
    """The one value that a command takes. Errors say what would be right, and repeat nothing of what came."""

    name: str
    """The value's key in JSON, as in {"command": "volume", "percent": 40}."""
    words: str
    """What the value means, or what it may be, for people."""

    longest: ClassVar[int] = 64
    """Bytes of its text over MQTT, at most; "automatic" is the longest word that makes sense."""

    @property
    @abstractmethod
    def needs(self) -> str:
        """Say what would be right in JSON, for people."""

    @abstractmethod
    def read(self, value: object) -> Any:
        """Check JSON's value and make the command's of it. Raises CommandRejected."""

    def from_text(self, text: str) -> object:
        """Make JSON's value of what a command line or an MQTT message has. Raises CommandRejected."""
        return text

    @abstractmethod
    def schema(self) -> dict[str, Any]:
        """Return the value's JSON Schema."""


@dataclass(frozen=True)
class Number(Argument):
    """A number from `low` to `high`, both included."""

    low: float
    high: float
    unit: str
    """The unit as Home Assistant writes it."""
    is_whole: bool = True
    """Whether parts are rounded; a half goes away from zero. Sliders and templates send 40.0 and 55.5."""

    @property
    def needs(self) -> str:
        return f"a number from {self.low:g} to {self.high:g}"

    def read(self, value: object) -> float:
        if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
            raise CommandRejected(self.needs)  # to Python, True is 1
        number = int(math.copysign(math.floor(abs(value) + 0.5), value)) if self.is_whole else value
        if not self.low <= number <= self.high:
            raise CommandRejected(self.needs)
        return number

    def from_text(self, text: str) -> float:
        try:
            return float(text)
        except ValueError:
            raise CommandRejected("expected a number") from None

    def schema(self) -> dict[str, Any]:
        return {"type": "number", "minimum": self.low, "maximum": self.high}


@dataclass(frozen=True)
class Choice(Argument):
    """One of some words."""

    options: tuple[str, ...]

    @property
    def needs(self) -> str:
        return f"one of {', '.join(self.options)}"

    def read(self, value: object) -> str:
        if isinstance(value, str) and value in self.options:
            return value
        near = difflib.get_close_matches(str(value)[:40], self.options, n=1)
        raise CommandRejected(self.needs + (f"; did you mean {near[0]!r}?" if near else ""))

    def schema(self) -> dict[str, Any]:
        return {"enum": list(self.options)}


LONGEST_NAME = 40
"""Characters of a person's name."""


@dataclass(frozen=True)
class Name(Argument):
    """The name of somebody; which there are, the settings say."""

    needs = f"a name of at most {LONGEST_NAME} characters"

    def read(self, value: object) -> str:
        if isinstance(value, str) and 0 < len(value) <= LONGEST_NAME:
            return value
        raise CommandRejected(self.needs)

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "minLength": 1, "maxLength": LONGEST_NAME}


@dataclass(frozen=True)
class Switch(Argument):
    """On or off: true or false in JSON."""

    needs = "true or false"

    def read(self, value: object) -> bool:
        if not isinstance(value, bool):
            raise CommandRejected(self.needs)
        return value

    def from_text(self, text: str) -> bool:
        if text.lower() not in ("on", "off"):
            raise CommandRejected("expected on or off")
        return text.lower() == "on"

    def schema(self) -> dict[str, Any]:
        return {"type": "boolean"}


@dataclass(frozen=True)
class TimeOfDay(Argument):
    """A time of day in hours and minutes; null, or the text "off", for none."""

    needs = 'a time of day such as "07:00", or null'

    def read(self, value: object) -> time | None:
        if value is None:
            return None
        if not isinstance(value, str) or not re.fullmatch(CLOCK, value):
            raise CommandRejected(self.needs)
        return time.fromisoformat(value)

    def from_text(self, text: str) -> str | None:
        if re.fullmatch(rf"{CLOCK}:[0-5][0-9](\.[0-9]+)?", text):  # Home Assistant's times have seconds
            text = text[:5]
        return None if text.lower() == "off" else text

    def schema(self) -> dict[str, Any]:
        return {"type": ["string", "null"], "pattern": f"^{CLOCK}$"}


@dataclass(frozen=True)
class Sound(Argument):
    """An http or https address, or a song of the music folder as MPD names it.

    Only these, because MPD would also open files of the machine and many kinds of servers. Whether an address
    is one that the box may ask is known when it asks (`announcements.fetching`).
    """

    longest: ClassVar[int] = 2000
    needs = "an address that begins with http:// or https://, or a song by its path in the music folder"

    def read(self, value: object) -> str:
        if not isinstance(value, str) or not 0 < len(value) <= self.longest or not value.isprintable():
            raise CommandRejected(self.needs)
        if is_address(value):
            _check_address(value)
        elif "://" in value or value.lower().startswith("file:"):
            raise CommandRejected(self.needs)
        elif value.startswith("/") or ".." in value.split("/"):
            raise CommandRejected("a song is named by its path within the music folder, such as bell.mp3")
        return value

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "minLength": 1, "maxLength": self.longest}


@dataclass(frozen=True)
class SongName(Argument):
    """A song of the library."""

    longest: ClassVar[int] = 4096
    needs = "a song as MPD names it, such as sad/song.flac"

    def read(self, value: object) -> str:
        if not isinstance(value, str) or not 0 < len(value) <= self.longest or {"\n", "\0"} & {*value}:
            raise CommandRejected(self.needs)
        return value

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "minLength": 1, "maxLength": self.longest}


@dataclass(frozen=True)
class SongNames(SongName):
    """Songs of the library in an order; as text one, or "none"."""

    most: ClassVar[int] = 100
    needs = "a list of at most 100 songs as MPD names them"

    def read(self, value: object) -> tuple[str, ...]:  # type: ignore[override]
        if not isinstance(value, list) or len(value) > self.most:
            raise CommandRejected(self.needs)
        return tuple(SongName.read(self, each) for each in value)

    def from_text(self, text: str) -> list[str]:
        return [] if text == "none" else [text]

    def schema(self) -> dict[str, Any]:
        return {"type": "array", "maxItems": self.most, "items": super().schema()}


@dataclass(frozen=True)
class PlaylistName(SongName):
    """A playlist that MPD keeps; which there are changes while the box runs."""

    longest: ClassVar[int] = 255
    """As long as a file's name can be."""
    needs = "the name of a playlist of MPD's, of at most 255 characters"


def is_address(sound: str) -> bool:
    """Whether a sound is on the network, and not in the music folder."""
    return sound.lower().startswith(("http://", "https://"))


def _check_address(text: str) -> None:
    try:
        parts = urlsplit(text)
        is_whole = bool(parts.hostname) and parts.port != 0
    except ValueError:  # no such port, or half a bracket
        is_whole = False
    if not is_whole:
        raise CommandRejected("the address names no host, or no port that there is")
    if "@" in parts.netloc:
        raise CommandRejected("an address must hold neither user name nor password")


# --- the whole declaration ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Entity:
    """How Home Assistant shows what can be ordered over MQTT."""

    name: str
    icon: str
    """Name of one of the Material Design icons."""


@dataclass(frozen=True)
class Label:
    """A command's name on the page, in English; static/commands.json has the other languages."""

    words: str
    icon: str = ""
    """Makes it one of the player's round buttons, with this symbol of icons.svg."""


@dataclass(frozen=True)
class Declared:
    """All that is said of one command. Control socket, command line and page may give every one."""

    name: str
    """The command's name on the command line, in JSON and in the REST path."""
    make: Callable[..., Any]
    """Makes the command, mostly its class. Takes the argument's value, if there is one, and `source`."""
    words: str
    """What it does, for lists: an imperative without a capital letter."""
    manual: str
    """The same at length, for `moodbox COMMAND --help`."""
    argument: Argument | None = None
    option: Argument | None = None
    """A second value that may be left out; a plain text, as over MQTT, has no room for it."""
    entity: Entity | None = None
    """None where MQTT has no such order."""
    button: Literal["", "long", "any"] = ""
    """Which press of a button can be set to it: none, only a long one, or any."""
    button_was: str = ""
    """What the settings called it on a button before; that is still read."""
    label: Label | None = None
    """None where the page has no words for it."""

    @property
    def key(self) -> str:
        """Return the command's name in topics and settings, which have no hyphens."""
        return self.name.replace("-", "_")

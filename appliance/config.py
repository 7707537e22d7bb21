"""Settings: one TOML file over the documented defaults, every mistake reported at once.

`default.toml` is the single home of every default and its manual; the classes here hold only types and
ranges. pydantic, because it is the best-kept library that reports all errors of a document together,
each with its path.
"""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

import tomlkit
from pydantic import (
    BaseModel,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_core import ErrorDetails

from appliance.errors import ConfigError
from appliance.habits import Resume
from appliance.messages import EMOTIONS, Transition
from appliance.migrations import migrate, newest
from appliance.mqtt_settings import Mqtt
from appliance.pins import Buttons, Gpio, Light, clashes, with_pins
from appliance.section import Section
from appliance.times import Alarm, Presence, Quiet, Sleep, State

DEFAULTS = Path(__file__).with_name("default.toml")
SYSTEM_FILE = Path("/etc/moodbox/moodbox.toml")

Emotion: TypeAlias = Literal["angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"]
Table: TypeAlias = dict[str, Any]


class Log(Section):
    level: Literal["debug", "info", "warning", "error"]


class Camera(Section):
    source: str
    width: int = Field(ge=160, le=4096)
    height: int = Field(ge=120, le=4096)
    fps: int = Field(ge=1, le=30)

    @field_validator("source")
    @classmethod
    def _known(cls, source: str) -> str:
        kind, _, rest = source.partition(":")
        known = source in ("auto", "picamera2")
        if known or (kind == "v4l2" and rest.isascii() and rest.isdigit()) or (kind == "replay" and rest):
            return source
        raise ValueError(f"{source!r} is no camera; use auto, picamera2, v4l2:NUMBER or replay:PATH")


class Vision(Section):
    model: str = Field(min_length=1)
    detector: str = Field(min_length=1)
    sensitivity: float = Field(ge=0, le=1)


class Mood(Section):
    reaction: Literal["instant", "steady", "slow"]
    away_after_s: float = Field(ge=1, le=3600)


class Hand(Section):
    hold_s: float = Field(ge=0, le=86_400)


class MusicSource(Section):
    """Where a mood's music is; exactly one is set."""

    folder: str = ""
    playlist: str = ""
    filter: str = ""

    @model_validator(mode="after")
    def _exactly_one(self) -> MusicSource:
        if sum(map(bool, (self.folder, self.playlist, self.filter))) != 1:
            raise ValueError("set exactly one of folder, playlist and filter")
        return self


class Music(Section):
    start: Emotion
    resume: Annotated[Resume, Field(strict=False)]
    transition: Annotated[Transition, Field(strict=False)]
    fade_s: float = Field(ge=0.2, le=10)
    least_play_s: float = Field(ge=0, le=3600)
    moods: dict[Emotion, MusicSource]


class Volume(Section):
    start: int = Field(ge=-1, le=100)
    max: int = Field(ge=1, le=100)


class Mpd(Section):
    address: str = Field(min_length=1)
    port: int = Field(ge=1, le=65_535)
    password_file: str
    password: SecretStr
    network: bool
    output: str = Field(min_length=1)

    def secret(self) -> str | None:
        """The password, or None when there is none.

        Raises ConfigError when the file cannot be read.
        """
        if not self.password_file:
            return self.password.get_secret_value() or None
        try:
            lines = Path(self.password_file).read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeError) as error:
            problem = f"mpd.password_file: {error}; make the file readable, or empty the key"
            raise ConfigError([problem]) from error
        return lines[0].strip() or None if lines else None


class Control(Section):
    socket: str = Field(min_length=1)


class Page(Section):
    enabled: bool
    address: str = Field(min_length=1)
    port: int = Field(ge=1, le=65_535)
    hosts: list[str]
    folder: str = Field(min_length=1)
    upload_mb: int = Field(ge=1, le=4096)
    certificate: str
    key: str


class Config(Section):
    """Everything that can be set, in force."""

    version: int
    log: Log
    camera: Camera
    vision: Vision
    mood: Mood
    hand: Hand
    music: Music
    volume: Volume
    mpd: Mpd
    control: Control
    presence: Presence
    sleep: Sleep
    alarm: Alarm
    quiet: Quiet
    state: State
    page: Page
    mqtt: Mqtt
    gpio: Gpio
    buttons: Buttons
    light: Light

    @field_validator("version")
    @classmethod
    def _understood(cls, version: int) -> int:
        if version > newest():
            raise ValueError(
                f"{version} is a newer Moodbox's; this one knows {newest()}: update it, or put back the copy "
                f"moodbox.toml.version-{newest()} if there is one"
            )
        if version < newest():
            raise ValueError(f"{version} is none; versions begin with 1")
        return version


def load(path: Path | None = None, overrides: Mapping[str, Any] | None = None) -> Config:
    """Read the settings in force.

    path: the owner's file; None takes $MOODBOX_CONFIG, else the system's file if there is one.
    overrides: tables laid over the file, as the command line and the demo need them.
    Raises ConfigError with every problem found.
    """
    path = path or system_file()
    own = _read(path) if path else {}
    return check(own, str(path) if path else "defaults", overrides)


def system_file() -> Path | None:
    """The owner's file when none is named, or None where there is none."""
    named = os.environ.get("MOODBOX_CONFIG")
    if named:
        return Path(named)
    return SYSTEM_FILE if SYSTEM_FILE.exists() else None


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
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
        migrate(tables)
        return tables
    except FileNotFoundError:
        problem = f"{path}: no such file; `moodbox config init {path}` makes one"
    except (OSError, UnicodeError) as error:
        problem = f"{path}: cannot be read: {error}"
    except tomllib.TOMLDecodeError as error:
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
    else:
        message = details["msg"].replace("Input should", "must")
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

"""Types and ranges of the settings. Defaults and explanations are in `default.toml`.

pydantic, because it is the best-kept library that reports all errors of a document together, each with its
path.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, TypeAlias

from pydantic import Field, SecretStr, field_validator, model_validator

from appliance.brain.settings import Resume
from appliance.config.mqtt import Mqtt, is_credential
from appliance.config.persons import Persons
from appliance.config.pins import Buttons, Gpio, Light
from appliance.config.section import Section
from appliance.config.times import Alarm, Announce, Presence, Quiet, Sleep, State, Update
from appliance.errors import ConfigError
from appliance.files.migrations import newest
from appliance.files.whole import first_line
from appliance.protocol.emotions import Emotion
from appliance.protocol.messages import Transition
from appliance.protocol.policies import Policy


class Log(Section):
    """How much the box writes into its log."""

    level: Literal["debug", "info", "warning", "error"]


class Camera(Section):
    """The camera, and the picture that is asked of it."""

    source: str
    width: int = Field(ge=160, le=4096)
    height: int = Field(ge=120, le=4096)
    fps: int = Field(ge=1, le=30)
    rotation: Literal[0, 90, 180, 270]
    mirror: bool

    @field_validator("source")
    @classmethod
    def _known(cls, source: str) -> str:
        kind, _, rest = source.partition(":")
        if source.startswith("/dev/"):
            return f"v4l2:{source}"
        is_device = kind == "v4l2" and (rest.startswith("/dev/") or (rest.isascii() and rest.isdigit()))
        if source in ("auto", "picamera2") or is_device or (kind == "replay" and rest):
            return source
        raise ValueError(f"{source!r} is no camera; use auto, picamera2, v4l2:NUMBER or replay:PATH")


class Vision(Section):
    """The networks that find and read a face."""

    model: str = Field(min_length=1)
    detector: str = Field(min_length=1)
    sensitivity: float = Field(ge=0, le=1)


class Mood(Section):
    """How fast readings become a mood, and their absence `away`."""

    reaction: Literal["instant", "steady", "slow"]
    away_after_s: float = Field(ge=1, le=3600)


class Hand(Section):
    """How long a choice made by hand holds."""

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


Wanted: TypeAlias = Annotated[Policy, Field(strict=False)]


class Policies(Section):
    """The policy for each mood that is seen: match, lift, calm or steady."""

    angry: Wanted
    disgust: Wanted
    fear: Wanted
    happy: Wanted
    sad: Wanted
    surprise: Wanted
    neutral: Wanted


class Music(Section):
    """Which songs belong to a mood, and how one song gives way to another."""

    start: Emotion
    resume: Annotated[Resume, Field(strict=False)]
    transition: Annotated[Transition, Field(strict=False)]
    fade_s: float = Field(ge=0.2, le=10)
    least_play_s: float = Field(ge=0, le=3600)
    order: Literal["taste", "rotation"]
    stickers: bool
    go_back_s: float = Field(ge=0, le=86400)
    works: Literal["whole", "leave-out"]
    moods: dict[Emotion, MusicSource]
    policies: Policies


class Volume(Section):
    """How loud the box begins, and how loud it may get; percent."""

    start: int = Field(ge=-1, le=100)
    max: int = Field(ge=1, le=100)


class Mpd(Section):
    """Where MPD answers, and how the box's own one is set up."""

    address: str = Field(min_length=1)
    port: int = Field(ge=1, le=65_535)
    password_file: str
    password: SecretStr
    network: bool
    network_likes: bool
    untagged_db: float = Field(ge=-15, le=0)
    output: str = Field(min_length=1)

    def secret(self) -> str | None:
        """The password, or None when there is none.

        Raises ConfigError when the file cannot be read.
        """
        if not self.password_file:
            return self.password.get_secret_value() or None
        file = Path(self.password_file)
        try:
            if is_credential(file):  # of MQTT, which must not be sent to whatever host is said to be MPD's
                raise ConfigError(
                    ["mpd.password_file: it is one of systemd's credentials; name another file"]
                )
            return first_line(file)
        except (OSError, ValueError) as error:
            problem = f"mpd.password_file: {error}; make the file readable, or empty the key"
            raise ConfigError([problem]) from error


class Control(Section):
    """The socket through which the command line steers the box."""

    socket: str = Field(min_length=1)


class Page(Section):
    """Where the page is served, and to whom."""

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
    persons: Persons
    presence: Presence
    sleep: Sleep
    alarm: Alarm
    announce: Announce
    quiet: Quiet
    state: State
    update: Update
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

"""Settings of what goes by time: presence, sleep, alarm, quiet hours, and what is kept over a power cut."""

from __future__ import annotations

from datetime import time
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from appliance.brain.hours import QuietHours
from appliance.brain.settings import QuietEffect
from appliance.config.section import Section
from appliance.protocol.emotions import Emotion

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

TimeOfDay = Annotated[str, StringConstraints(pattern=r"^(([01][0-9]|2[0-3]):[0-5][0-9])?$")]
"""Such as 22:30, or empty."""


class Presence(Section):
    when_away: Literal["off", "pause"]
    after_s: float = Field(ge=10, le=86_400)


class Sleep(Section):
    fade_s: float = Field(ge=0, le=600)


class Alarm(Section):
    days: list[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]]
    mood: Emotion
    volume: int = Field(ge=1, le=100)
    rise_s: float = Field(ge=0, le=600)

    def weekdays(self) -> frozenset[int]:
        """The days on which the alarm rings, as numbers; Monday is 0."""
        return frozenset(map(DAYS.index, self.days))


class Announce(Section):
    volume: int = Field(ge=0, le=100)


class Quiet(Section):
    begin: TimeOfDay
    end: TimeOfDay
    effect: Annotated[QuietEffect, Field(strict=False)]
    volume: int = Field(ge=0, le=100)

    @model_validator(mode="after")
    def _both_or_none(self) -> Quiet:
        if bool(self.begin) is not bool(self.end):
            raise ValueError("set both begin and end, or neither")
        return self

    def hours(self) -> QuietHours | None:
        """The quiet hours, or None when none are set."""
        if not self.begin:
            return None
        return QuietHours(time.fromisoformat(self.begin), time.fromisoformat(self.end))


class Update(Section):
    address: str = Field(pattern=r"^(https://[^\s?#@]+)?$")


class State(Section):
    file: str
    music: str

    def music_file(self) -> Path | None:
        """The database of what the box learns; None where it learns nothing."""
        if self.music == "auto":
            return Path(self.file).with_name("music.db") if self.file else None
        return Path(self.music) if self.music else None

"""What people and timers ask for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time


@dataclass(frozen=True, kw_only=True)
class Command:
    """Something a person asked for."""

    source: str = "control"
    """The way it came in: button, page, mqtt, control."""


@dataclass(frozen=True)
class Play(Command):
    """Go on, or start."""


@dataclass(frozen=True)
class Pause(Command):
    """Hold the song where it is."""


@dataclass(frozen=True)
class Toggle(Command):
    """Pause when playing, play when not."""


@dataclass(frozen=True)
class Skip(Command):
    """Another song of the same mood."""


@dataclass(frozen=True)
class Previous(Command):
    """Back to the song before."""


@dataclass(frozen=True)
class Stop(Command):
    """Silence until somebody asks for music."""


@dataclass(frozen=True)
class Guest(Command):
    """Let somebody else's songs go on that wait behind ours, in the modes they were left in."""


@dataclass(frozen=True)
class SetVolume(Command):
    percent: int


@dataclass(frozen=True)
class ChooseMood(Command):
    """Play this mood's music, whatever the camera sees, for the time that `hand.hold` states."""

    mood: str


@dataclass(frozen=True)
class Automatic(Command):
    """Follow the camera again."""


@dataclass(frozen=True)
class StepVolume(Command):
    by: int
    """Percentage points, up or down."""


@dataclass(frozen=True)
class SwitchCamera(Command):
    """Really close the camera device, or open it again. Off survives a power cut."""

    on: bool


@dataclass(frozen=True)
class Like(Command):
    """Mark the song that plays (MPD's sticker `like`)."""


@dataclass(frozen=True)
class Sleep(Command):
    """Fade out and pause after a while."""

    after_s: float
    """0 takes the timer back."""


@dataclass(frozen=True)
class SetAlarm(Command):
    """Wake the listener with music that rises softly."""

    at: time | None
    """Time of day; None takes the alarm back."""


@dataclass(frozen=True)
class PowerOff(Command):
    """Shut the machine down, cleanly."""

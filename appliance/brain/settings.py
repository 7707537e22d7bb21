"""The settings that the brain goes by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from appliance.brain.hours import QuietHours
from appliance.brain.mood import Reaction
from appliance.protocol.memory import Memory
from appliance.protocol.messages import Transition
from appliance.protocol.policies import Policy
from appliance.protocol.snapshot import Playing


class Resume(StrEnum):
    """How the box begins when it is switched on."""

    PLAY = "play"
    """It goes on where it was, playing."""
    PAUSED = "paused"
    """It goes on where it was once somebody asks."""
    FRESH = "fresh"
    """It plays something new."""


def switched_on(memory: Memory, resume: Resume, volume: int | None) -> Memory:
    """Say what a box begins with that was off: what it remembers, as far as the settings go on with it.

    volume: percent to start with; None is as it was.
    """
    if resume is Resume.FRESH:
        memory = replace(memory, asked_mood="", song=None, path=None, up_next=(), coming={})
    return replace(
        memory,
        playing=Playing.PAUSED if resume is Resume.PAUSED else Playing.MUSIC,
        volume=memory.volume if volume is None else volume,
        is_absent=False,
        is_for_nobody=False,
        is_woken=False,
        silence=None,
        choose_s=None,
    )


class QuietEffect(StrEnum):
    """How quiet hours keep the box quiet."""

    CAP = "cap"
    NO_CAMERA = "no-camera"
    SILENCE = "silence"


@dataclass(frozen=True)
class BrainSettings:
    """The settings of the brain alone, as `service.assembly` makes them of the file's. Times in seconds."""

    reaction: Reaction
    away_after_s: float
    start_mood: str
    transition: Transition
    least_play_s: float
    hold_s: float
    policies: Mapping[str, Policy] = field(default_factory=dict)
    """Mood -> what the music does about it; `match` where none is named."""
    policies_of: Mapping[str, Mapping[str, Policy]] = field(default_factory=dict)
    """The same of persons who have their own, by their names."""
    persons: Mapping[str, Sequence[str] | None] = field(default_factory=dict)
    """Name -> the folders that they may hear; None for all."""
    is_rotation: bool = False
    """Whether every song plays once before any plays twice, whatever anybody likes."""
    is_work_whole: bool = True
    """Whether works of several movements play, whole and in order; else none of them does."""
    go_back_s: float = 600.0
    """How long after a guest took its place our song is gone back to."""
    pause_when_away_s: float | None = None
    """How long nobody may be there before the music pauses; None lets it play."""
    sleep_fade_s: float = 30.0
    alarm_mood: str = "happy"
    alarm_rise_s: float = 60.0
    alarm_volume: int = 40
    """Percent; what plays as loud already is let be."""
    alarm_days: frozenset[int] = frozenset(range(7))
    """Monday is 0."""
    announce_volume: int = 50
    """Percent of an announcement that brings no volume of its own."""
    quiet_hours: QuietHours | None = None
    quiet_effect: QuietEffect = QuietEffect.CAP
    quiet_volume: int = 25
    """Percent."""

"""The memory that survives a power cut: mood, song, timers, and whose songs are in the queue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time

from appliance.protocol.messages import Song
from appliance.protocol.policies import Path, Policy
from appliance.protocol.snapshot import Playing
from appliance.protocol.taste import EVERYBODY


@dataclass(frozen=True)
class OwnEntry:
    """An entry of MPD's queue that we put there."""

    id: int
    uri: str
    mood: str
    """The mood whose music it is, as in `Pick`."""


@dataclass(frozen=True)
class GuestPlace:
    """Where a guest's songs were when ours began."""

    id: int
    uri: str
    elapsed_s: float


@dataclass(frozen=True)
class Interrupted:
    """The music that an announcement interrupts, kept in case the box ends in the middle of it."""

    by: str
    """MPD's name of what speaks."""
    behind: int
    """Entries that its queue had before."""
    state: str
    """MPD's: play, pause or stop."""
    id: int
    """Of the song; 0 for none."""
    uri: str
    elapsed_s: float
    modes: Mapping[str, str]
    """The listener's, as they were."""


@dataclass(frozen=True)
class Crossfade:
    """MPD's crossfade while songs blend, in seconds: what it was before, and what we have set."""

    before: int
    ours: int


@dataclass(frozen=True)
class QueueMemory:
    """Which entries of MPD's queue are ours, as known last; its ids hold while the same MPD runs."""

    began: float | None = None
    """When MPD was started (monotonic); None when it is not known to run still."""
    version: int = 0
    """MPD's number for its queue, as last seen."""
    ours: tuple[OwnEntry, ...] = ()
    passed: int = 0
    """Guests' entries up to this id were there before our songs began."""
    place: GuestPlace | None = None
    modes: Mapping[str, str] = field(default_factory=dict)
    """The guests' modes that are set aside, and their values."""
    interrupted: Interrupted | None = None
    """By an announcement that is under way."""
    crossfade: Crossfade | None = None
    """That is to be put back once songs blend no more."""


@dataclass(frozen=True)
class Memory:
    """The memory of the box over a power cut. Times are the seconds left: a Pi that is off has no clock."""

    playing: Playing = Playing.MUSIC
    asked_mood: str = ""
    """The mood whose music was last asked for."""
    policy: Policy | None = None
    """That was chosen by hand for every mood, of everybody."""
    policies: Mapping[str, Policy | None] = field(default_factory=dict)
    """The same of those who have chosen for themselves; None for what the settings say."""
    mood_policies: Mapping[str, Mapping[str, Policy]] = field(default_factory=dict)
    """Person -> mood -> the policy that was chosen by hand for it alone."""
    path: Path | None = None
    hand_mood: str | None = None
    hand_s: float = 0.0
    song: Song | None = None
    song_mood: str = ""
    elapsed_s: float = 0.0
    volume: int | None = None
    camera_on: bool = True
    sleep_s: float | None = None
    alarm: time | None = None
    alarm_time: time = time(7)
    """The time of day that the alarm had last."""
    choose_s: float | None = None
    """Seconds left to choose for somebody who has cleared MPD's queue; None where nobody has."""
    muted: int | None = None
    """The volume that comes back when the box is muted no more, in percent."""
    rang: datetime | None = None
    """The day and time of the alarm that has rung last, as the clock on the wall has it."""
    quiet_s: float | None = None
    """Seconds left of the quiet hours that are on; None by day."""
    is_absent: bool = False
    """Whether the music is paused because nobody is there."""
    is_for_nobody: bool = False
    """Whether a hand wants it to play although nobody is there."""
    is_woken: bool = False
    """Whether it plays in the silence of quiet hours, because a hand wanted it."""
    silence: Playing | None = None
    """What the box goes back to after a guest's songs, where that is no music."""
    boot: str = ""
    """Which start of the kernel wrote this: during the same one it was no power cut."""
    played: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Mood -> the songs that its present round has played, as MPD names them."""
    up_next: tuple[str, ...] = ()
    """The songs that a person chose to play next, in their order, as MPD names them."""
    coming: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Mood -> the songs that come while it lasts, in the order that a person gave them."""
    playlist: str = ""
    """The playlist that a hand chose, as long as it lasts; empty for none."""
    playlist_left: tuple[str, ...] = ()
    """Its songs that are still to come, as MPD names them."""
    person: str = EVERYBODY
    """Who listens."""
    folders: tuple[str, ...] | None = None
    """The folders that they may hear; None for all."""
    queue: QueueMemory = field(default_factory=QueueMemory)
    """What is whose in MPD's queue."""

"""Songs, and every event that the brain is told but looks and commands: frozen, comparable, no behaviour.

All times are monotonic seconds: a Pi has no clock at boot.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from appliance.protocol.commands import Command
from appliance.protocol.looks import Look

MOST_LISTED = 100
"""Songs of a playlist that play, when a hand chooses it: they must survive a power cut."""

# --- music -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Song:
    """A song with its tags, as far as it has them."""

    uri: str
    """MPD's name of the song: its path in the music folder, or an address."""
    title: str = ""
    artist: str = ""
    album: str = ""
    duration_s: float = 0.0
    work: str = ""
    """The work of several movements that this is one of."""
    movement: int = 0
    """Its number in the work; 0 where it is none."""


@dataclass(frozen=True)
class Pick:
    """A song, and why it was chosen."""

    song: Song
    mood: str
    """The mood whose music it is: one of `EMOTIONS`, or empty for the whole library."""
    why: str
    """A sentence for people."""


class Transition(StrEnum):
    """How one song gives way to another."""

    CUT = "cut"
    FADE = "fade"
    AFTER_SONG = "after-song"
    BLEND = "blend"
    """A fade; and songs that follow each other by themselves sound together for as long."""


# --- what the player says --------------------------------------------------------------------------------


class PlayState(StrEnum):
    """The player's state, in MPD's words."""

    PLAY = "play"
    PAUSE = "pause"
    STOP = "stop"


@dataclass(frozen=True)
class PlayerChanged:
    """MPD's state at one moment, in the brain's words."""

    state: PlayState
    song: Song | None = None
    song_id: int | None = None
    """MPD's id of the queue entry: the same song queued anew has another."""
    queue_version: int | None = None
    """MPD's number for its queue: another one whenever anybody changes it."""
    pick: Pick | None = None
    """What we queued that song for; None when somebody else did."""
    elapsed_s: float = 0.0
    volume: int | None = None
    """Percent, as a listener set it (never a step of a fade); None when the output has no mixer."""
    liked: bool | None = None
    """Whether MPD's sticker says that somebody likes this song; None where it keeps none."""
    has_next: bool = False
    """Whether something follows this song without our doing: it is queued, or a guest repeats the queue."""
    ran_out: bool = False
    """Stopped because the queue came to its end or its last song failed, not because somebody wanted it."""
    fresh: bool = False
    """The first look after connecting: MPD may have been restarted since the last one."""
    failed: Song | None = None
    """A song that MPD could not play since the last look."""
    own_fault: bool = False
    """Whether a decoder says that `failed` is no music; a network or a share may be back in a moment."""
    guest_waits: bool = False
    """Whether a guest's songs wait where ours were put before them."""
    modes: tuple[str, ...] = ()
    """MPD's modes that guests have on; while our songs play they are set aside."""
    announcing: bool = False
    """Whether an announcement is heard meanwhile; all else is what the music will go on with."""


@dataclass(frozen=True)
class PlayerGone:
    """MPD does not answer; the player keeps trying."""

    reason: str


@dataclass(frozen=True, slots=True)
class Placed:
    """Where the library coach has put a song that no folder, playlist or filter gives a mood."""

    mood: str
    """One of `EMOTIONS`; empty while a person has to be asked."""
    at: tuple[float, float]
    """Valence and arousal on the circumplex (`brain/circumplex.py`), -1 to 1."""
    why: str
    """A part of a sentence for people."""


@dataclass(frozen=True)
class LibraryChanged:
    """The songs of each mood, as MPD lists them now."""

    by_mood: Mapping[str, tuple[Song, ...]]
    everything: tuple[Song, ...]
    is_whole: bool = True
    """Else only some songs of each mood, for the first song not to wait; all follow."""
    places: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    """Song by MPD's name -> its valence and arousal (-1 to 1); one without has its mood's (`CIRCUMPLEX`)."""
    reasons: Mapping[str, str] = field(default_factory=dict)
    """Song by MPD's name -> why it has its mood, where that is the coach's word."""
    opinions: Mapping[str, float] = field(default_factory=dict)
    """Song by MPD's name -> what the stickers of other programs say of it, -1 (hated) to 1 (liked)."""
    playlists: Mapping[str, tuple[Song, ...]] = field(default_factory=dict)
    """Name of a playlist that MPD keeps -> its first `MOST_LISTED` songs, in its order."""


# --- what buttons, parts and the clock say ---------------------------------------------------------------


@dataclass(frozen=True)
class Pressed:
    """A button was pressed; what it does comes as a Command of its own."""

    button: str
    """The button's name in the settings."""
    long: bool
    """Whether it was held."""
    at: float
    """Monotonic seconds."""


@dataclass(frozen=True)
class SensorChanged:
    """The camera device is about to be opened, or has been closed; said by the thread that does it."""

    is_open: bool


@dataclass(frozen=True)
class PartChanged:
    """A part of the box (page, mqtt, buttons, view) works, or says why it does not."""

    part: str
    reason: str | None
    """None when it works."""


@dataclass(frozen=True)
class Tick:
    """Nothing happened for a while; time passes all the same."""

    clock: datetime | None = None
    """Local time of day; None while the clock is not to be trusted (a Pi has none at boot)."""
    zone: str = ""
    """Name of the clock's time zone; a change means that another zone was set while the box ran."""


# --- announcements ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class AnnouncementReady:
    """An announcement can be played now."""

    uri: str
    """As MPD can open it."""
    percent: int
    """How loud it is meant to be."""


@dataclass(frozen=True)
class AnnouncementEnded:
    """An announcement is over."""

    uri: str = ""
    """As in `AnnouncementReady`; empty if it never was ready."""
    failed: str | None = None
    """Why it was not heard, for people; None when it was."""


PlayerEvent: TypeAlias = PlayerChanged | PlayerGone | LibraryChanged | AnnouncementEnded
Event: TypeAlias = (
    Look | PlayerEvent | AnnouncementReady | Command | Pressed | SensorChanged | PartChanged | Tick
)

"""What is so, as the rooms tell each other: frozen, comparable, without behaviour.

All times are monotonic seconds: a Pi has no clock at boot.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

from appliance.protocol.commands import Command
from appliance.protocol.emotions import EMOTIONS as EMOTIONS
from appliance.protocol.policies import Path, Policy
from appliance.protocol.taste import EVERYBODY

if TYPE_CHECKING:
    import numpy as np

# --- what the camera gives -------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Frame:
    """One picture, in RAM only."""

    grey: np.ndarray
    """uint8 (height, width): what faces are cut from."""
    small: np.ndarray
    """uint8 (height, width): the same picture at about 320 pixels wide, for detection and motion."""
    colour: Callable[[], np.ndarray]
    """Makes uint8 (height, width, 3), BGR, the size of `grey`; called only while somebody looks."""
    taken_at: float
    """Monotonic seconds at which the sensor finished the frame."""


@dataclass(frozen=True)
class Box:
    """A rectangle in pixels of `Frame.grey`; parts of it may lie outside."""

    left: float
    top: float
    width: float
    height: float

    @property
    def area(self) -> float:
        return self.width * self.height


@dataclass(frozen=True)
class Face:
    """One detected face."""

    box: Box
    score: float
    """How sure the detector is, 0 to 1."""
    points: tuple[tuple[float, float], ...] = ()
    """Right eye, left eye, nose, mouth, right ear, left ear as (x, y) in pixels of `Frame.grey`; or none."""


# --- what the vision thread says -------------------------------------------------------------------------


@dataclass(frozen=True)
class Reading:
    """One look at the listener's face."""

    probabilities: tuple[float, ...]
    """One per `EMOTIONS`, in that order; calibrated; sums to 1."""
    box: Box
    """The listener's face in pixels of `Frame.grey`."""
    taken_at: float
    """Monotonic seconds at which the sensor finished the frame."""
    faces: int = 1
    """How many faces are in view, the listener's included."""
    stages_s: Mapping[str, float] = field(default_factory=dict, compare=False)
    """Seconds that each stage took: capture, detect, classify."""


@dataclass(frozen=True)
class Nobody:
    """A look that found no face."""

    taken_at: float


@dataclass(frozen=True)
class CameraGone:
    """The camera, its models or the thread around them do not work now; it tries again by itself."""

    reason: str
    """What is wrong and what to do, for people."""
    at: float


Look: TypeAlias = Reading | Nobody | CameraGone


# --- moods -----------------------------------------------------------------------------------------------

UNSURE = "unsure"
"""A face (or no camera), but no emotion that is clear enough."""
AWAY = "away"
"""Nobody for a while. Never taken for "neutral"."""


@dataclass(frozen=True)
class Mood:
    """What readings over time amount to: the emotion that holds, unsure, or nobody."""

    name: str
    """One of `EMOTIONS`, or `UNSURE`, or `AWAY`."""
    since: float
    probabilities: tuple[float, ...] = ()
    """Smoothed, one per `EMOTIONS`; empty when no face is known."""


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
    """What the player does, in MPD's words."""

    PLAY = "play"
    PAUSE = "pause"
    STOP = "stop"


@dataclass(frozen=True)
class PlayerChanged:
    """What MPD does now."""

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
    """Valence and arousal on the circumplex of brain/music.py, -1 to 1."""
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


# --- what everybody may read -----------------------------------------------------------------------------


class Playing(StrEnum):
    """What the box is doing, in the listener's words."""

    MUSIC = "music"
    PAUSED = "paused"
    STOPPED = "stopped"


class CameraState(StrEnum):
    """What people want of the camera, and whether it works."""

    ON = "on"
    OFF = "off"
    """Somebody switched it off."""
    LOST = "lost"
    """The camera should be on and is not; `Snapshot.degraded` says why."""


@dataclass(frozen=True)
class Snapshot:
    """The whole box at one moment. Light, page, MQTT, status and demo show this and nothing else."""

    at: float
    """Monotonic seconds."""
    mood: Mood
    faces: int = 0
    box: Box | None = None
    """The listener's face; None when nobody is seen."""
    playing: Playing = Playing.STOPPED
    song: Song | None = None
    song_id: int | None = None
    queue_version: int | None = None
    """MPD's number for its queue: another one whenever what is to come may have changed."""
    liked: bool | None = None
    """Whether MPD has it marked as liked; None where it keeps no such marks."""
    folders: tuple[str, ...] | None = None
    """The folders that who listens may hear; None for all."""
    up_next: tuple[Song, ...] = ()
    """The songs that a person chose to play next, in their order."""
    policy: Policy = Policy.MATCH
    """What the music does about the mood whose music was last asked for."""
    policy_by_hand: Policy | None = None
    """The policy that a person chose for every mood; None where the settings' hold."""
    path: Path | None = None
    """The way on which the music leads now; None where it is the mood's own."""
    person: str = EVERYBODY
    """Who listens, as a hand has said."""
    persons: tuple[str, ...] = (EVERYBODY,)
    """Who can be chosen."""
    song_mood: str = ""
    """The mood the song was chosen for; empty for a guest's song and one from the whole library."""
    why: str = ""
    """Why this song, as a sentence."""
    elapsed_s: float = 0.0
    """Position in the song at `at`."""
    volume: int | None = None
    by_hand: str | None = None
    """The mood a person chose; None when the camera is followed."""
    hand_until: float | None = None
    """Monotonic seconds at which the hand's choice ends."""
    guest: bool = False
    """Whether somebody else's songs play."""
    guest_waits: bool = False
    """Whether somebody else's songs wait, and can be gone back to: ours were put before them."""
    modes: tuple[str, ...] = ()
    """MPD's modes (repeat, random, single, consume) that somebody else has on; off while our songs play."""
    camera: CameraState = CameraState.ON
    """What people want of it, and whether it works."""
    camera_kept: bool = True
    """Whether that would survive a power cut; True, too, where the settings keep nothing."""
    is_sensor_open: bool = False
    """Whether the device is open: a camera that was switched off takes a moment to close, or hangs."""
    sleep_at: float | None = None
    """Monotonic seconds at which the sleep timer ends; None when it is not set."""
    alarm: time | None = None
    """Time of day; None when it is not set."""
    alarm_time: time = time(7)
    """The time of day that the alarm has, or had when it was switched off."""
    quiet: bool = False
    """Whether these are quiet hours."""
    powering_off: bool = False
    """Whether the machine is being shut down."""
    announcing: bool = False
    """Whether an announcement is heard; the music waits meanwhile."""
    announcement_failed: str = ""
    """Why the last announcement was not heard; empty when it was."""
    pressed: Pressed | None = None
    """The newest press of a button."""
    degraded: Mapping[str, str] = field(default_factory=dict)
    """Part -> what is wrong with it and what to do."""
    decided_by: Look | None = field(default=None, compare=False)
    """The look that led to the present song, when one did."""
    looked: Look | None = field(default=None, compare=False)
    """The newest look."""


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
class QueueMemory:
    """What is whose in MPD's queue, as the player knew it last; its ids hold while the same MPD runs."""

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


@dataclass(frozen=True)
class Memory:
    """What the box remembers over a power cut. Times are the seconds left: a Pi that is off has no clock."""

    playing: Playing = Playing.MUSIC
    asked_mood: str = ""
    """The mood whose music was last asked for."""
    policy: Policy | None = None
    """That a person chose for every mood."""
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
    boot: str = ""
    """Which start of the kernel wrote this: during the same one it was no power cut."""
    played: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Mood -> the songs that its present round has played, as MPD names them."""
    person: str = EVERYBODY
    """Who listens."""
    folders: tuple[str, ...] | None = None
    """The folders that they may hear; None for all."""
    queue: QueueMemory = field(default_factory=QueueMemory)
    """What is whose in MPD's queue."""

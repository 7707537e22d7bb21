"""The whole box at one moment, as everybody may see it: light, page, MQTT, command line, demo."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time
from enum import StrEnum

from appliance.protocol.looks import Box, Look, Mood
from appliance.protocol.messages import Pressed, Song
from appliance.protocol.policies import Path, Policy
from appliance.protocol.rest import Measuring, Unmeasured
from appliance.protocol.taste import EVERYBODY


class Playing(StrEnum):
    """Music, paused or stopped: what people want of the box."""

    MUSIC = "music"
    PAUSED = "paused"
    STOPPED = "stopped"


class CameraState(StrEnum):
    """On, off, or on and not working: the camera, as people want it and as it is."""

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
    coming: tuple[Song, ...] = ()
    """The songs that come after them if the mood stays; empty unless somebody has asked."""
    playlist: str = ""
    """The playlist that a hand chose, as long as it lasts; empty for none."""
    playlists: tuple[str, ...] = ()
    """Those that can be chosen: who listens may hear something of each."""
    policy: Policy = Policy.MATCH
    """What the music does about the mood whose music was last asked for."""
    policy_by_hand: Policy | None = None
    """The policy that a hand chose for every mood of who listens; None where the settings' hold."""
    mood_policies: Mapping[str, Policy] = field(default_factory=dict)
    """Mood -> the policy that a hand chose for it alone, of who listens."""
    path: Path | None = None
    """The way on which the music leads now; None where it is the mood's own."""
    person: str = EVERYBODY
    """Who listens, as a hand has said."""
    persons: tuple[str, ...] = (EVERYBODY,)
    """Who can be chosen."""
    rest_known: bool = False
    """Whether the face at rest of who listens has been measured."""
    rest: Measuring | None = None
    """The measurement of it that is made now."""
    rest_failed: Unmeasured | None = None
    """Why the last one came to nothing; None when it did not."""
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
    """Why the last announcement was not heard; empty when it was, and while it is on its way."""
    pressed: Pressed | None = None
    """The newest press of a button."""
    degraded: Mapping[str, str] = field(default_factory=dict)
    """Part -> what is wrong with it and what to do."""
    decided_by: Look | None = field(default=None, compare=False)
    """The look that led to the present song, when one did."""
    looked: Look | None = field(default=None, compare=False)
    """The newest look."""

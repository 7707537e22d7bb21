"""Actions: what the brain wants done, by the player, the camera and the machine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from appliance.protocol.messages import Pick, Song, Transition
from appliance.protocol.rest import Margins
from appliance.protocol.taste import Verdict


@dataclass(frozen=True)
class StartSong:
    """Play this song now, or next where the transition says after the song."""

    pick: Pick
    transition: Transition
    start_s: float = 0.0
    """Where in the song to begin."""
    rise_s: float = 0.0
    """Seconds to rise from silence; only with a cut."""
    over_guests: bool = False
    """Whether guests' songs that wait are passed over from now on; they stay in the queue."""


@dataclass(frozen=True)
class QueueSong:
    """Let this song follow the one that plays, so that the music outlives us."""

    pick: Pick


@dataclass(frozen=True)
class PauseMusic:
    """Hold the music where it is."""

    fade_s: float = 0.0
    """Seconds to go down first, where nobody waits for the silence."""


@dataclass(frozen=True)
class ResumeMusic:
    """Let paused music go on."""

    fade_s: float = 0.0
    """Seconds to rise from silence."""


@dataclass(frozen=True)
class StopMusic:
    """End the song and play nothing."""


@dataclass(frozen=True)
class SeekSong:
    """Go to this place in the song that plays."""

    to_s: float
    """Seconds from its beginning."""


@dataclass(frozen=True)
class ResumeGuest:
    """Let the guest's songs go on that ours were put before."""


@dataclass(frozen=True)
class NextInQueue:
    """Play what somebody else has queued next."""


@dataclass(frozen=True)
class PreviousInQueue:
    """Play what stands before it in somebody else's queue."""


@dataclass(frozen=True)
class ChangeVolume:
    """Set the volume."""

    percent: int


@dataclass(frozen=True)
class LimitVolume:
    """Let nothing be louder than this from now on: in quiet hours the maximum is lower."""

    percent: int | None
    """None: the maximum of the settings again."""


@dataclass(frozen=True)
class NoteTaste:
    """Take note of what a listener did with a song, also in MPD's stickers."""

    verdict: Verdict
    song: Song
    mood: str
    """The mood whose music it is."""
    person: str
    weight: float = 1.0
    """How much it counts beside a whole song heard, or one that was skipped after a while."""
    at_s: float | None = None
    """Seconds since 1970; None while nobody has told the box the time."""


@dataclass(frozen=True)
class KeepRest:
    """Keep how this person's face rests; None forgets it."""

    person: str
    margins: Margins | None


@dataclass(frozen=True)
class TakeBack:
    """Take back what a hand of this person said last: a skip, a like, a dislike."""

    person: str


@dataclass(frozen=True)
class MarkSong:
    """Have MPD's sticker say what is known of a song, because something was taken back or forgotten."""

    uri: str
    verdict: Verdict | None
    """Liked, disliked, or None for neither."""


@dataclass(frozen=True)
class Speak:
    """Play an announcement now, or after one that plays; then let the music go on where it was."""

    uri: str
    """As MPD can open it."""
    percent: int
    """Its volume, as far as the maximum of the moment allows."""


@dataclass(frozen=True)
class FetchAnnouncement:
    """Make an announcement ready to be played."""

    sound: str
    """An http or https address, or a song as MPD names it."""
    percent: int


@dataclass(frozen=True)
class ForgetAnnouncement:
    """Let go of an announcement that is over."""

    uri: str
    """As in `Speak`."""


@dataclass(frozen=True)
class OpenCamera:
    """Let the vision thread open the camera."""


@dataclass(frozen=True)
class CloseCamera:
    """Make the vision thread close the camera device."""


@dataclass(frozen=True)
class ShutDown:
    """Power the machine off."""


@dataclass(frozen=True)
class Upgrade:
    """Have root's programs install the newest release that is known."""


PlayerAction: TypeAlias = (
    StartSong
    | QueueSong
    | PauseMusic
    | ResumeMusic
    | StopMusic
    | SeekSong
    | ResumeGuest
    | NextInQueue
    | PreviousInQueue
    | ChangeVolume
    | LimitVolume
    | NoteTaste
    | MarkSong
    | Speak
)
"""What the player does; the rest is for the vision thread, the announcements and the machine."""
Action: TypeAlias = (
    PlayerAction
    | TakeBack
    | KeepRest
    | FetchAnnouncement
    | ForgetAnnouncement
    | OpenCamera
    | CloseCamera
    | ShutDown
    | Upgrade
)

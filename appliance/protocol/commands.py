"""The commands of people and timers, a class for each. What is said of each stands in `declared.py`.

docs/architecture.md says how one is added.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time

from appliance.protocol.rest import RestStep


@dataclass(frozen=True, kw_only=True)
class Command:
    """Something that a person or a timer asks for; the classes below say what."""

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
    """Play another song of the same mood."""


@dataclass(frozen=True)
class Previous(Command):
    """Go back to the song before."""


@dataclass(frozen=True)
class Seek(Command):
    """Go to a place in the song that plays."""

    to_s: float
    """Seconds from its beginning."""


@dataclass(frozen=True)
class PlaySong(Command):
    """Play this song now."""

    uri: str
    """As MPD names it."""


@dataclass(frozen=True)
class PlayPlaylist(Command):
    """Play the songs of this playlist of MPD's, in its order."""

    name: str
    """As MPD has it."""


@dataclass(frozen=True)
class SetUpNext(Command):
    """Play these songs next, in this order, in place of those that were chosen so before."""

    uris: tuple[str, ...]
    was: tuple[str, ...] | None = None
    """The list that somebody saw and changed: what has come or gone since stays so. None: whatever is."""


@dataclass(frozen=True)
class LookAhead(Command):
    """Choose the songs that come if the mood stays, for people to see."""


@dataclass(frozen=True)
class SetComing(Command):
    """Of the songs that come if the mood stays, play these, in this order; those left out rest."""

    uris: tuple[str, ...]
    was: tuple[str, ...] | None = None
    """As of `SetUpNext`."""


@dataclass(frozen=True)
class Stop(Command):
    """Be silent until somebody asks for music."""


@dataclass(frozen=True)
class Guest(Command):
    """Let somebody else's songs go on that wait behind ours, in the modes they were left in."""


@dataclass(frozen=True)
class SetVolume(Command):
    """Set the volume."""

    percent: int
    """0 to 100."""


@dataclass(frozen=True)
class ChooseMood(Command):
    """Play this mood's music, whatever the camera sees, for the time that `hand.hold` states."""

    mood: str


@dataclass(frozen=True)
class ChoosePolicy(Command):
    """Let this policy hold for a person whatever the mood, until another is chosen."""

    policy: str
    """A `Policy`, or `BY_MOOD`."""
    person: str | None = None
    """Whose: a name of `persons.who`, or `EVERYBODY`; None for who listens."""


@dataclass(frozen=True)
class ChooseMoodPolicy(Command):
    """Let this policy hold for one mood of who listens, until another is chosen for it or for every mood."""

    policy: str
    """A `Policy`, or `BY_MOOD`, which takes it back."""
    mood: str | None = None
    """None for the one whose music was last asked for."""


@dataclass(frozen=True)
class NextMood(Command):
    """Choose the mood after the one chosen by hand; after the last one follow the camera again."""


@dataclass(frozen=True)
class Automatic(Command):
    """Follow the camera again."""


@dataclass(frozen=True)
class StepVolume(Command):
    """Make the music louder or softer by a step."""

    by: int
    """Percentage points, up or down."""


@dataclass(frozen=True)
class SwitchCamera(Command):
    """Really close the camera device, or open it again. Off survives a power cut."""

    on: bool


@dataclass(frozen=True)
class ToggleCamera(Command):
    """Switch the camera to what it is not."""


@dataclass(frozen=True)
class Like(Command):
    """Mark the song that plays (MPD's sticker `like`)."""


@dataclass(frozen=True)
class Dislike(Command):
    """Play this song no more for ninety days; disliked once more, never again. Another one plays."""


@dataclass(frozen=True)
class Undo(Command):
    """Take back what a hand of who listens said last of a song: a skip, a like, a dislike."""


@dataclass(frozen=True)
class ChoosePerson(Command):
    """Follow this person's taste, and play only what they may hear, until another is chosen."""

    person: str
    """A name of `persons.who`, or `EVERYBODY`."""


@dataclass(frozen=True)
class MindRest(Command):
    """Measure how the face of who listens looks at rest, end that, or forget it."""

    step: RestStep

    @classmethod
    def of(cls, step: str, source: str) -> MindRest:
        """Make the command out of its word."""
        return cls(RestStep(step), source=source)


@dataclass(frozen=True)
class NextPerson(Command):
    """Let the person after the one that listens be who listens; after the last one everybody."""


@dataclass(frozen=True)
class Sleep(Command):
    """Fade out and pause after a while."""

    after_s: float
    """Seconds from now; 0 takes the timer back."""

    @classmethod
    def after_min(cls, minutes: float, source: str) -> Sleep:
        """Make the command out of minutes, in which people think."""
        return cls(60.0 * minutes, source=source)


@dataclass(frozen=True)
class SetAlarm(Command):
    """Wake the listener with music that rises softly."""

    at: time | None
    """Time of day; None takes the alarm back."""


@dataclass(frozen=True)
class SwitchAlarm(Command):
    """Switch the alarm on, at the time that it had last, or off."""

    on: bool


@dataclass(frozen=True)
class Mute(Command):
    """Turn the volume down to nothing, or back to what it was."""

    on: bool


@dataclass(frozen=True)
class Announce(Command):
    """Let the music wait while something is said, and go on where it was."""

    sound: str
    """An http or https address, or a song as MPD names it."""
    percent: int | None = None
    """Its volume; None is that of the settings."""


@dataclass(frozen=True)
class PowerOff(Command):
    """Shut the machine down, cleanly."""


@dataclass(frozen=True)
class InstallUpdate(Command):
    """Have the newest release installed that is known."""

"""Events and state -> actions. No clock, no thread, no I/O: `service` brings events and times, and does
what comes back.

What a command does is the table `RULES`. Around it, four habits: the camera's mood is followed while
nobody's hand says otherwise; something is always queued behind the song that plays; other users of MPD
are guests, and are let be; music comes back after MPD was away.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from appliance.messages import (
    EMOTIONS,
    Action,
    Automatic,
    CameraGone,
    ChangeVolume,
    ChooseMood,
    Command,
    EdgeChanged,
    Event,
    LibraryChanged,
    Look,
    NextInQueue,
    Nobody,
    Pause,
    PauseMusic,
    Play,
    PlayerChanged,
    PlayerGone,
    Playing,
    PlayState,
    Pressed,
    Previous,
    PreviousInQueue,
    QueueSong,
    Reading,
    ResumeMusic,
    SetVolume,
    Skip,
    Snapshot,
    StartSong,
    Stop,
    StopMusic,
    Tick,
    Toggle,
    Transition,
)
from appliance.mood import MoodTracker, Reaction
from appliance.music import Chooser


@dataclass(frozen=True)
class Habits:
    """The settings that the brain goes by."""

    reaction: Reaction
    away_after_s: float
    start_mood: str
    transition: Transition
    least_play_s: float
    hold_s: float


class Brain:
    """Decides what the box does."""

    def __init__(self, habits: Habits, now: float, chance: random.Random | None = None) -> None:
        self._habits = habits
        self._tracker = MoodTracker(habits.reaction, habits.away_after_s, now)
        self._chooser = Chooser(chance or random.Random())
        self._playing = Playing.MUSIC
        """What people want, also while MPD is away: the box boots to music."""
        self._player: PlayerChanged | None = None
        """What MPD last said; kept while it is away, to go on from there."""
        self._player_at = now
        self._connected = False
        self._asked_mood = habits.start_mood
        """The mood whose music was last asked for, whatever had to be borrowed for it."""
        self._hand: ChooseMood | None = None
        self._hand_until = 0.0
        self._looked: Look | None = None
        self._decided_by: Look | None = None
        self._pressed: Pressed | None = None
        self._degraded: dict[str, str] = {}

    # --- events ------------------------------------------------------------------------------------------

    def handle(self, event: Event, now: float) -> list[Action]:
        """What is to be done about the event. `now` is monotonic and never goes back."""
        if self._hand and now >= self._hand_until:
            self._hand = None
        match event:
            case Command():
                return self._obey(event, now)
            case PlayerChanged():
                return self._hear(event, now)
            case PlayerGone(reason):
                self._lose(reason, now)
                return []
            case LibraryChanged():
                return self._stock(event)
            case EdgeChanged(edge, reason):
                self._note(edge, reason)
                return []
            case Reading() | Nobody() | CameraGone():
                return self._look(event, now)
            case Pressed():
                self._pressed = event
                return []
            case Tick():
                return self._follow(now)

    def snapshot(self, now: float) -> Snapshot:
        """The box as it is; `now` as given to `handle`."""
        heard, looked = self._player, self._looked
        pick = heard.pick if heard else None
        seen = looked if isinstance(looked, Reading) else None
        return Snapshot(
            at=now,
            mood=self._tracker.mood,
            faces=seen.faces if seen else 0,
            box=seen.box if seen else None,
            playing=self._playing,
            song=heard.song if heard else None,
            song_id=heard.song_id if heard else None,
            song_mood=pick.mood if pick else "",
            why=pick.why if pick else "",
            elapsed_s=self._elapsed_s(now),
            volume=heard.volume if heard else None,
            by_hand=self._hand.mood if self._hand else None,
            hand_until=self._hand_until if self._hand else None,
            guest=self._is_guest(),
            pressed=self._pressed,
            degraded=dict(self._degraded),
            decided_by=self._decided_by,
            looked=looked,
        )

    # --- the face ----------------------------------------------------------------------------------------

    def _look(self, look: Look, now: float) -> list[Action]:
        self._looked = look
        self._note("camera", look.reason if isinstance(look, CameraGone) else None)
        self._tracker.see(look)
        return self._follow(now)

    def _follow(self, now: float) -> list[Action]:
        """Change the song when the mood asks for it, and nobody's hand or guest stands against it."""
        target = self._target()
        if target == self._asked_mood or not self._is_ours_playing():
            return []
        if self._hand is None and self._elapsed_s(now) < self._habits.least_play_s:
            return []
        self._decided_by = None if self._hand else self._looked
        return self._start(target, self._habits.transition)

    def _target(self) -> str:
        """The mood whose music should play now: a hand's choice, else what the face says, else as it was."""
        if self._hand:
            return self._hand.mood
        seen = self._tracker.mood.name
        return seen if seen in EMOTIONS else self._asked_mood

    # --- people ------------------------------------------------------------------------------------------

    def _obey(self, command: Command, now: float) -> list[Action]:
        match command:
            case ChooseMood():
                return self._choose(command, now)
            case Automatic():
                self._hand = None
                return self._follow(now)
            case SetVolume(percent=percent):
                return [ChangeVolume(percent)]
        rule = RULES.get((type(command), self._playing))
        return rule(self) if rule else []

    def _choose(self, command: ChooseMood, now: float) -> list[Action]:
        self._hand, self._hand_until = command, now + self._habits.hold_s
        if command.mood == self._asked_mood and self._is_ours_playing():
            return []
        self._decided_by = None
        return self._start(command.mood, Transition.CUT)

    def _pause(self) -> list[Action]:
        self._playing = Playing.PAUSED
        return [PauseMusic()]

    def _resume(self) -> list[Action]:
        if self._player and self._player.state is PlayState.STOP:  # MPD was restarted while paused
            return self._begin()
        self._playing = Playing.MUSIC
        return [ResumeMusic()]

    def _begin(self) -> list[Action]:
        return self._start(self._target(), Transition.CUT)

    def _stop(self) -> list[Action]:
        self._playing = Playing.STOPPED
        return [StopMusic()]

    def _skip(self) -> list[Action]:
        heard = self._player
        if heard and self._is_guest() and heard.has_next:
            return [NextInQueue()]
        self._decided_by = None
        return self._start(self._target(), Transition.CUT)

    def _previous(self) -> list[Action]:
        # The song gone back to is the hand's wish: only a new mood may take it away again.
        self._asked_mood = self._target()
        self._decided_by = None
        self._playing = Playing.MUSIC
        return [PreviousInQueue()]

    # --- MPD ---------------------------------------------------------------------------------------------

    def _hear(self, heard: PlayerChanged, now: float) -> list[Action]:
        before, elapsed_s = self._player, self._elapsed_s(now)
        self._player, self._player_at = heard, now
        self._connected = True
        self._note("player", None)
        if heard.failed:
            self._chooser.refuse(heard.failed)
            self._note_library()
        if heard.fresh:
            return self._come_back(heard, before, elapsed_s)
        if heard.state is PlayState.STOP and (heard.ran_out or heard.failed):
            return self._start(self._target(), Transition.CUT) if self._playing is Playing.MUSIC else []
        self._playing = PLAYING[heard.state]
        return self._keep_going()

    def _lose(self, reason: str, now: float) -> None:
        if self._player and self._connected:
            self._player = replace(self._player, elapsed_s=self._elapsed_s(now))
        self._connected = False
        self._note("player", reason)

    def _come_back(
        self, heard: PlayerChanged, before: PlayerChanged | None, elapsed_s: float
    ) -> list[Action]:
        """After connecting, make MPD do what people want, which it may have forgotten."""
        if heard.state is PlayState.PLAY:
            if self._playing is Playing.MUSIC:
                return self._keep_going()
            return [PauseMusic()] if self._playing is Playing.PAUSED else [StopMusic()]
        if self._playing is not Playing.MUSIC:
            return []
        if before and before.pick and before.state is PlayState.PLAY:
            return [StartSong(before.pick, Transition.CUT, elapsed_s)]
        if heard.state is PlayState.PAUSE:
            return [ResumeMusic()]
        return self._begin()

    def _keep_going(self) -> list[Action]:
        """Queue a song behind the one that plays, so that the music outlives this process."""
        if not self._player or self._player.state is not PlayState.PLAY or self._player.has_next:
            return []
        pick = self._chooser.pick(self._asked_mood, self._because())
        return [QueueSong(pick)] if pick else []

    def _stock(self, library: LibraryChanged) -> list[Action]:
        self._chooser.stock(library)
        self._note_library()
        silent = self._player is not None and self._player.state is PlayState.STOP
        if self._connected and silent and self._playing is Playing.MUSIC:
            return self._begin()
        return self._keep_going() if self._connected else []

    def _start(self, mood: str, transition: Transition) -> list[Action]:
        self._asked_mood = mood
        self._playing = Playing.MUSIC
        pick = self._chooser.pick(mood, self._because())
        return [StartSong(pick, transition)] if pick else []

    def _because(self) -> str:
        if self._hand:
            return f"You chose {self._hand.mood}"
        if self._tracker.mood.name == self._asked_mood:
            return f"You look {ADJECTIVES[self._asked_mood]}"
        return f"Music for {self._asked_mood} until your face says more"

    # --- what is so ---------------------------------------------------------------------------------------

    def _is_guest(self) -> bool:
        heard = self._player
        return heard is not None and heard.state is not PlayState.STOP and heard.pick is None

    def _is_ours_playing(self) -> bool:
        heard = self._player
        return (
            self._connected and heard is not None and heard.state is PlayState.PLAY and heard.pick is not None
        )

    def _elapsed_s(self, now: float) -> float:
        """Position in the song, as far as it can be known."""
        heard = self._player
        if heard is None:
            return 0.0
        running = self._connected and heard.state is PlayState.PLAY
        return heard.elapsed_s + (now - self._player_at if running else 0.0)

    def _note(self, edge: str, reason: str | None) -> None:
        if reason is None:
            self._degraded.pop(edge, None)
        else:
            self._degraded[edge] = reason

    def _note_library(self) -> None:
        missing = self._chooser.without_music()
        if self._chooser.is_empty():
            self._note("music", "MPD has no song that it can play; copy music into its music folder")
        elif missing:
            self._note(
                "music", f"no music for {', '.join(missing)}; borrowing from the nearest mood that has some"
            )
        else:
            self._note("music", None)


PLAYING: Mapping[PlayState, Playing] = {
    PlayState.PLAY: Playing.MUSIC,
    PlayState.PAUSE: Playing.PAUSED,
    PlayState.STOP: Playing.STOPPED,
}

ADJECTIVES: Mapping[str, str] = {
    "angry": "angry",
    "disgust": "disgusted",
    "fear": "afraid",
    "happy": "happy",
    "sad": "sad",
    "surprise": "surprised",
    "neutral": "neutral",
}

Rule: TypeAlias = Callable[[Brain], list[Action]]

# What each plain command does, by what people last wanted of the box. What is not listed changes nothing.
RULES: Mapping[tuple[type[Command], Playing], Rule] = {
    (Play, Playing.PAUSED): Brain._resume,
    (Play, Playing.STOPPED): Brain._begin,
    (Pause, Playing.MUSIC): Brain._pause,
    (Toggle, Playing.MUSIC): Brain._pause,
    (Toggle, Playing.PAUSED): Brain._resume,
    (Toggle, Playing.STOPPED): Brain._begin,
    (Skip, Playing.MUSIC): Brain._skip,
    (Skip, Playing.PAUSED): Brain._skip,
    (Skip, Playing.STOPPED): Brain._skip,
    (Previous, Playing.MUSIC): Brain._previous,
    (Previous, Playing.PAUSED): Brain._previous,
    (Stop, Playing.MUSIC): Brain._stop,
    (Stop, Playing.PAUSED): Brain._stop,
}

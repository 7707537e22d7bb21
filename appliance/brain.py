"""Events and state -> actions. No clock, no thread, no I/O: `service` brings events and times, and does
what comes back.

What a command does is the table `RULES`, at the end. Around it, four habits: the camera's mood is followed
while nobody's hand says otherwise; something is always queued behind the song that plays; other users of
MPD are guests, and are let be; music comes back after MPD was away.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from appliance import messages as msg
from appliance.heard import Heard
from appliance.messages import EMOTIONS, Action, CameraState, Event, Playing, PlayState, Snapshot, Transition
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
        self._heard = Heard()
        self._playing = Playing.MUSIC
        """What people want, also while MPD is away. The box boots to music."""
        self._asked_mood = habits.start_mood
        """The mood whose music was last asked for, whatever had to be borrowed for it."""
        self._hand: msg.ChooseMood | None = None
        self._hand_until = 0.0
        self._sleep_at: float | None = None
        self._camera = CameraState.ON
        self._looked: msg.Look | None = None
        self._decided_by: msg.Look | None = None
        self._pressed: msg.Pressed | None = None
        self._degraded: dict[str, str] = {}

    def handle(self, event: Event, now: float) -> list[Action]:
        """What is to be done about the event. `now` is monotonic and never goes back."""
        if self._hand and now >= self._hand_until:
            self._hand = None
        match event:
            case msg.Reading() | msg.Nobody() | msg.CameraGone():
                return self._look(event, now)
            case msg.Command():
                return self._obey(event, now)
            case msg.PlayerChanged():
                return self._hear(event, now)
            case msg.LibraryChanged():
                return self._stock(event)
            case msg.Tick():
                return self._fall_asleep(now) or self._follow(now)
            case msg.PlayerGone(reason):
                self._heard.lose(now)
                self._note("player", reason)
            case msg.EdgeChanged(edge, reason):
                self._note(edge, reason)
            case msg.Pressed():
                self._pressed = event
        return []

    def snapshot(self, now: float) -> Snapshot:
        """The box as it is; `now` as given to `handle`."""
        heard, pick = self._heard.last, self._heard.last.pick
        seen = self._looked if isinstance(self._looked, msg.Reading) else None
        return Snapshot(
            at=now,
            mood=self._tracker.mood,
            faces=seen.faces if seen else 0,
            box=seen.box if seen else None,
            playing=self._playing,
            song=heard.song,
            song_id=heard.song_id,
            song_mood=pick.mood if pick else "",
            why=pick.why if pick else "",
            elapsed_s=self._heard.elapsed_s(now),
            volume=heard.volume,
            by_hand=self._hand.mood if self._hand else None,
            hand_until=self._hand_until if self._hand else None,
            guest=self._heard.is_guest,
            camera=self._camera,
            sleep_at=self._sleep_at,
            pressed=self._pressed,
            degraded=dict(self._degraded),
            decided_by=self._decided_by,
            looked=self._looked,
        )

    # --- the face ----------------------------------------------------------------------------------------

    def _look(self, look: msg.Look, now: float) -> list[Action]:
        if self._camera is CameraState.OFF:
            return []  # a last look that was on its way when the camera was switched off
        lost = look.reason if isinstance(look, msg.CameraGone) else None
        self._camera = CameraState.LOST if lost else CameraState.ON
        self._note("camera", lost)
        self._looked = look
        self._tracker.see(look)
        return self._follow(now)

    def _follow(self, now: float) -> list[Action]:
        """Change the song when the mood asks for it, and nobody's hand or guest stands against it."""
        target = self._target()
        if target == self._asked_mood or not self._heard.is_ours_playing:
            return []
        if self._hand is None and self._heard.elapsed_s(now) < self._habits.least_play_s:
            return []
        return self._start(target, self._habits.transition, None if self._hand else self._looked)

    def _target(self) -> str:
        """The mood whose music should play now: a hand's choice, else what the face says, else as it was."""
        if self._hand:
            return self._hand.mood
        seen = self._tracker.mood.name
        return seen if seen in EMOTIONS else self._asked_mood

    def _switch_camera(self, on: bool, now: float) -> list[Action]:
        if on is (self._camera is not CameraState.OFF):
            return []
        self._camera = CameraState.ON if on else CameraState.OFF
        self._looked = None
        self._tracker.forget(now)
        self._note("camera", None)
        return [msg.OpenCamera() if on else msg.CloseCamera()]

    # --- people ------------------------------------------------------------------------------------------

    def _obey(self, command: msg.Command, now: float) -> list[Action]:
        match command:
            case msg.ChooseMood():
                return self._choose(command, now)
            case msg.Automatic():
                self._hand = None
                return self._follow(now)
            case msg.SetVolume(percent=percent):
                return [msg.ChangeVolume(percent)]
            case msg.StepVolume(by=by):
                return self._step_volume(by)
            case msg.SwitchCamera(on=on):
                return self._switch_camera(on, now)
            case msg.Sleep(after_s=after_s):
                self._sleep_at = now + after_s if after_s else None
                return []
            case msg.PowerOff():
                return [msg.ShutDown()]
        rule = RULES.get((type(command), self._playing))
        return rule(self) if rule else []

    def _choose(self, command: msg.ChooseMood, now: float) -> list[Action]:
        self._hand, self._hand_until = command, now + self._habits.hold_s
        if command.mood == self._asked_mood and self._heard.is_ours_playing:
            return []
        return self._start(command.mood, Transition.CUT)

    def _step_volume(self, by: int) -> list[Action]:
        volume = self._heard.last.volume
        return [] if volume is None else [msg.ChangeVolume(min(100, max(0, volume + by)))]

    def _fall_asleep(self, now: float) -> list[Action]:
        """The sleep timer's end."""
        if self._sleep_at is None or now < self._sleep_at:
            return []
        self._sleep_at = None
        if self._playing is not Playing.MUSIC:
            return []
        self._playing = Playing.PAUSED
        return [msg.PauseMusic(fade=True)]

    def _pause(self) -> list[Action]:
        self._playing = Playing.PAUSED
        return [msg.PauseMusic()]

    def _resume(self) -> list[Action]:
        if self._heard.is_silent:  # MPD was restarted while paused
            return self._begin()
        self._playing = Playing.MUSIC
        return [msg.ResumeMusic()]

    def _begin(self) -> list[Action]:
        return self._start(self._target(), Transition.CUT)

    def _stop(self) -> list[Action]:
        self._playing = Playing.STOPPED
        return [msg.StopMusic()]

    def _skip(self) -> list[Action]:
        if self._heard.is_guest and self._heard.last.has_next:
            return [msg.NextInQueue()]
        return self._begin()

    def _previous(self) -> list[Action]:
        # The song gone back to is the hand's wish: only a new mood may take it away again.
        self._asked_mood = self._target()
        self._decided_by = None
        self._playing = Playing.MUSIC
        return [msg.PreviousInQueue()]

    def _like(self) -> list[Action]:
        song = self._heard.last.song
        return [msg.LikeSong(song)] if song else []

    # --- MPD ---------------------------------------------------------------------------------------------

    def _hear(self, heard: msg.PlayerChanged, now: float) -> list[Action]:
        before = self._heard.take(heard, now)
        self._note("player", None)
        if heard.pick and heard.song_id != before.song_id:
            self._chooser.note_played(heard.pick)
        if heard.failed:
            self._chooser.refuse(heard.failed)
            self._note_library()
        if heard.fresh:
            return self._come_back(heard, before)
        if heard.state is PlayState.STOP and (heard.ran_out or heard.failed):
            return self._begin() if self._playing is Playing.MUSIC else []
        self._playing = PLAYING[heard.state]
        return self._keep_going()

    def _come_back(self, heard: msg.PlayerChanged, before: msg.PlayerChanged) -> list[Action]:
        """After connecting, make MPD do what people want, which it may have forgotten."""
        if heard.state is PlayState.PLAY:
            if self._playing is Playing.MUSIC:
                return self._keep_going()
            return [msg.PauseMusic()] if self._playing is Playing.PAUSED else [msg.StopMusic()]
        if self._playing is not Playing.MUSIC:
            return []
        if before.pick and before.state is PlayState.PLAY:
            return [msg.StartSong(before.pick, Transition.CUT, before.elapsed_s)]
        if heard.state is PlayState.PAUSE:
            return [msg.ResumeMusic()]
        return self._begin()

    def _keep_going(self) -> list[Action]:
        """Queue a song behind the one that plays, so that the music outlives this process."""
        if self._heard.last.state is not PlayState.PLAY or self._heard.last.has_next:
            return []
        pick = self._chooser.pick(self._asked_mood, self._because())
        return [msg.QueueSong(pick)] if pick else []

    def _start(self, mood: str, transition: Transition, decided_by: msg.Look | None = None) -> list[Action]:
        self._asked_mood = mood
        self._playing = Playing.MUSIC
        self._decided_by = decided_by
        pick = self._chooser.pick(mood, self._because())
        return [msg.StartSong(pick, transition)] if pick else []

    def _because(self) -> str:
        if self._hand:
            return f"You chose {self._hand.mood}"
        if self._tracker.mood.name == self._asked_mood:
            return f"You look {ADJECTIVES[self._asked_mood]}"
        return f"Music for {self._asked_mood} until your face says more"

    # --- the library -------------------------------------------------------------------------------------

    def _stock(self, library: msg.LibraryChanged) -> list[Action]:
        self._chooser.stock(library)
        self._note_library()
        if self._heard.is_silent and self._playing is Playing.MUSIC:
            return self._begin()
        return self._keep_going() if self._heard.is_connected else []

    def _note_library(self) -> None:
        missing = self._chooser.without_music()
        if self._chooser.is_empty():
            self._note("music", "MPD has no song that it can play; copy music into its music folder")
        elif missing:
            moods = ", ".join(missing)
            self._note("music", f"no music for {moods}; borrowing from the nearest mood that has some")
        else:
            self._note("music", None)

    def _note(self, edge: str, reason: str | None) -> None:
        """Remember why an edge is degraded, or that it is not."""
        if reason is None:
            self._degraded.pop(edge, None)
        else:
            self._degraded[edge] = reason


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
RULES: Mapping[tuple[type[msg.Command], Playing], Rule] = {
    (msg.Play, Playing.PAUSED): Brain._resume,
    (msg.Play, Playing.STOPPED): Brain._begin,
    (msg.Pause, Playing.MUSIC): Brain._pause,
    (msg.Toggle, Playing.MUSIC): Brain._pause,
    (msg.Toggle, Playing.PAUSED): Brain._resume,
    (msg.Toggle, Playing.STOPPED): Brain._begin,
    (msg.Skip, Playing.MUSIC): Brain._skip,
    (msg.Skip, Playing.PAUSED): Brain._skip,
    (msg.Skip, Playing.STOPPED): Brain._skip,
    (msg.Previous, Playing.MUSIC): Brain._previous,
    (msg.Previous, Playing.PAUSED): Brain._previous,
    (msg.Stop, Playing.MUSIC): Brain._stop,
    (msg.Stop, Playing.PAUSED): Brain._stop,
    (msg.Like, Playing.MUSIC): Brain._like,
    (msg.Like, Playing.PAUSED): Brain._like,
}

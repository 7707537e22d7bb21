"""A brain, and the simplest MPD: what most tests of what the box decides are made of."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from appliance.brain import Brain
from appliance.brain.mood import REACTIONS
from appliance.brain.settings import BrainSettings
from appliance.brain.tasting import Taste
from appliance.protocol.actions import (
    Action,
    ChangeVolume,
    LimitVolume,
    NoteTaste,
    PauseMusic,
    QueueSong,
    ResumeMusic,
    StartSong,
    StopMusic,
)
from appliance.protocol.emotions import EMOTIONS
from appliance.protocol.looks import Box, Reading
from appliance.protocol.memory import Memory
from appliance.protocol.messages import LibraryChanged, PlayerChanged, PlayState, Song, Tick, Transition
from appliance.protocol.rest import Margins
from appliance.protocol.snapshot import Snapshot

LIBRARY = LibraryChanged(
    by_mood={
        mood: tuple(Song(f"{mood}/{number}", artist=str(number)) for number in range(3)) for mood in EMOTIONS
    },
    everything=tuple(Song(f"{mood}/{number}") for mood in EMOTIONS for number in range(3)),
    playlists={"mixed": (Song("sad/1"), Song("happy/1"), Song("angry/2"))},
)


SETTINGS = BrainSettings(
    reaction=REACTIONS["instant"],
    away_after_s=20.0,
    start_mood="neutral",
    transition=Transition.FADE,
    least_play_s=10.0,
    hold_s=600.0,
)


class Room:
    """A brain, and an MPD as simple as can be that does what it is told at once."""

    def __init__(
        self,
        memory: Memory | None = None,
        taste: Taste | None = None,
        at_rest: Callable[[str], Margins | None] | None = None,
        **brain_settings: Any,
    ) -> None:
        self.now = 100.0
        self.clock: datetime | None = None
        settings = replace(SETTINGS, **brain_settings)
        self.brain = Brain(settings, self.now, random.Random(1), memory, taste, at_rest)
        self.mpd = PlayerChanged(PlayState.STOP)
        self.done: list[Action] = []
        self.noted: list[NoteTaste] = []
        self._next_id = 0

    def connect(self) -> Room:
        self.tell(LIBRARY)
        self.hear(fresh=True)
        return self

    def tell(self, event: Any) -> list[Action]:
        """Something happens; returns what the brain wants done about it. What it notes of tastes is apart."""
        wanted = self.brain.handle(event, self.now)
        self.noted += [action for action in wanted if isinstance(action, NoteTaste)]
        actions: list[Action] = [action for action in wanted if not isinstance(action, NoteTaste)]
        self.done += actions
        for action in actions:
            self._do(action)
        return actions

    def hear(self, **changes: Any) -> list[Action]:
        """MPD says what it does, after the changes."""
        heard = replace(self.mpd, **changes)
        self.mpd = replace(heard, fresh=False, failed=None, ran_out=False)  # each is told once
        return self.tell(heard)

    def see(self, emotion: str) -> list[Action]:
        shares = tuple(0.94 if name == emotion else 0.01 for name in EMOTIONS)
        return self.tell(Reading(shares, Box(0, 0, 9, 9), self.now))

    def wait(self, seconds: float) -> list[Action]:
        self.now += seconds
        if self.clock:
            self.clock += timedelta(seconds=seconds)
        return self.tell(Tick(self.clock))

    @property
    def snapshot(self) -> Snapshot:
        return self.brain.snapshot(self.now)

    def _do(self, action: Action) -> None:
        match action:
            case StartSong(pick, _, start_s):
                self._next_id += 1
                self.hear(
                    state=PlayState.PLAY,
                    song=pick.song,
                    song_id=self._next_id,
                    pick=pick,
                    elapsed_s=start_s,
                    has_next=False,
                )
            case QueueSong():
                self.hear(has_next=True, elapsed_s=self.snapshot.elapsed_s)
            case LimitVolume(percent):
                if percent is not None:
                    self.hear(volume=min(percent, self.mpd.volume or 0), elapsed_s=self.snapshot.elapsed_s)
            case PauseMusic():
                self.hear(state=PlayState.PAUSE, elapsed_s=self.snapshot.elapsed_s)
            case ResumeMusic():
                self.hear(state=PlayState.PLAY)
            case StopMusic():
                self.hear(state=PlayState.STOP, elapsed_s=0.0)
            case ChangeVolume(percent):
                self.hear(volume=percent, elapsed_s=self.snapshot.elapsed_s)


def queued(actions: list[Action]) -> list[str]:
    return [action.pick.song.uri for action in actions if isinstance(action, QueueSong)]


def started(actions: list[Action]) -> list[str]:
    return [action.pick.song.uri for action in actions if isinstance(action, StartSong)]


def play_on(room: Room) -> str:
    """The song ends, and what was queued plays."""
    pick = [action for action in room.done if isinstance(action, QueueSong)][-1].pick
    room.now += 180
    song_id = (room.mpd.song_id or 0) + 1000
    room.hear(song=pick.song, pick=pick, song_id=song_id, elapsed_s=0.0, has_next=False)
    return pick.song.uri

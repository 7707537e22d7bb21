"""Keeps who listens: whose taste is followed, which folders they may hear, what they do with each song."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from appliance.brain.attention import Attention
from appliance.brain.mpd_state import MpdState
from appliance.brain.music import Chooser
from appliance.protocol import actions as act
from appliance.protocol import commands as cmd
from appliance.protocol.actions import Action
from appliance.protocol.memory import Memory
from appliance.protocol.messages import PlayState, Song
from appliance.protocol.taste import EVERYBODY, Verdict


class Audience:
    """Knows who listens. Times are monotonic seconds."""

    def __init__(
        self, chooser: Chooser, persons: Mapping[str, Sequence[str] | None], memory: Memory, now: float
    ) -> None:
        """persons: name -> the folders that they may hear; None for all. memory: who listened before."""
        self._chooser, self._persons = chooser, persons
        self._attention = Attention(now)
        self._clock: datetime | None = None
        self._turned_away: int | None = None
        """MPD's id of the entry that had to give way because who listens may not hear it."""
        # Whom the settings name no more keeps to what held: a child's folders must outlast a broken file.
        folders = persons.get(memory.person, memory.folders)
        chooser.serve(memory.person, None if memory.person == EVERYBODY else folders)

    @property
    def person(self) -> str:
        """Who listens: a name of the settings, or `EVERYBODY`."""
        return self._chooser.person

    @property
    def persons(self) -> tuple[str, ...]:
        """Who can be chosen."""
        return EVERYBODY, *self._persons

    @property
    def folders(self) -> tuple[str, ...] | None:
        """The folders that they may hear; None for all."""
        folders = self._chooser.folders
        return None if folders is None else tuple(folders)

    def choose(self, person: str) -> bool:
        """Let this person be who listens. Returns whether there is such a one."""
        if person != EVERYBODY and person not in self._persons:
            return False
        self._chooser.serve(person, self._persons.get(person))
        return True

    def next(self) -> str:
        """The person after the one that listens; `EVERYBODY` after the last."""
        place = self.persons.index(self.person) if self.person in self.persons else -1
        return self.persons[(place + 1) % len(self.persons)]

    def note_clock(self, clock: datetime | None) -> None:
        """Take over the time of day; None while nobody knows it."""
        self._clock = clock

    def pass_time(self, heard: MpdState, is_seen: bool | None, now: float) -> None:
        """Let time pass up to now. is_seen: whether the camera sees somebody; None where none looks."""
        self._attention.pass_time(heard, is_seen, now)

    def judge(self, command: cmd.Command, heard: MpdState, mood: str, is_seen: bool | None) -> list[Action]:
        """Say what a hand's command, not yet obeyed, says of what plays. mood: of a song that is no pick."""
        self._attention.note_hand(goes_back=isinstance(command, cmd.Previous))
        song = None if heard.last.state is PlayState.STOP else heard.last.song
        pick = heard.last.pick
        match command:
            case cmd.Skip():
                skipped = self._attention.skip(is_seen)
                return [self._note(Verdict.SKIPPED, *skipped)] if skipped else []
            case cmd.Like() if song:
                return [self._note(Verdict.LIKED, song, pick.mood if pick else mood)]
            case cmd.Dislike() if song and "://" not in song.uri:
                self._chooser.turn_down(song)
                return [self._note(Verdict.DISLIKED, song, pick.mood if pick else mood)]
            case cmd.Undo():
                self._chooser.relent()
                return [act.TakeBack(self.person)]
        return []

    def follow(self, heard: MpdState, is_seen: bool | None) -> list[Action]:
        """Say which song has been heard by now, or was gone back to."""
        told = self._attention.follow(heard, is_seen)
        return [self._note(*told)] if told else []

    def has_to_give_way(self, heard: MpdState) -> bool:
        """Whether a song of ours plays that who listens may not hear; said once while it plays."""
        pick = heard.last.pick
        if pick is None or not heard.is_ours_playing or self._chooser.allows(pick.song):
            self._turned_away = None
            return False
        is_new, self._turned_away = self._turned_away != heard.last.song_id, heard.last.song_id
        return is_new

    def _note(self, verdict: Verdict, song: Song, mood: str, weight: float = 1.0) -> Action:
        at_s = None if self._clock is None else self._clock.timestamp()
        return act.NoteTaste(verdict, song, mood, self.person, weight, at_s)

"""Tells what a listener did with a song of ours: heard it, skipped it, went back to it.

Each time a song plays it gets one word at most. Only a hand's skip is one: a change by mood, policy, guest,
alarm, timer or a broken file says nothing of the song; nor does a phone's "next", which looks as a file does
that breaks off.
"""

from __future__ import annotations

import math

from appliance.brain.mpd_state import MpdState
from appliance.protocol.messages import Pick, Song
from appliance.protocol.taste import Verdict

ENOUGH_S = 240.0
"""Half a song is heard, or so much of it."""
EARLY_S, EARLY = 10.0, 0.5
"""A skip before that is as much about the moment as about the song, and counts so much."""
HAND_S = 7200.0
"""Without a camera that looks, somebody is there for so long after a hand: it is the only sign of people."""
BACK_S = 10.0
"""So soon after a hand went back, the song before plays again."""


class Attention:
    """Follows what plays, and how long somebody was there to hear it. Times are monotonic seconds."""

    def __init__(self, now: float) -> None:
        self._now = now
        self._song_id: int | None = None
        self._pick: Pick | None = None
        self._played_s = self._attended_s = 0.0
        """For how long the song has played, and somebody was there."""
        self._is_told = False
        """Whether this play has got its word."""
        self._hand_at = self._back_at = -math.inf

    def pass_time(self, heard: MpdState, is_seen: bool | None, now: float) -> None:
        """Let time pass up to now. is_seen: whether the camera sees somebody; None where none looks."""
        passed_s, self._now = now - self._now, now
        if heard.is_ours_playing and heard.last.song_id == self._song_id:
            self._played_s += passed_s
            self._attended_s += passed_s if self.is_somebody_there(is_seen) else 0.0

    def is_somebody_there(self, is_seen: bool | None) -> bool:
        """Whether there is anybody to hear the music."""
        return self._now - self._hand_at <= HAND_S if is_seen is None else is_seen

    def note_hand(self, goes_back: bool) -> None:
        """Note that a hand asks for something. goes_back: for the song before."""
        self._hand_at = self._now
        if goes_back:
            self._back_at = self._now

    def skip(self, is_seen: bool | None) -> tuple[Song, str, float] | None:
        """A hand skips what plays. Returns song, mood, and how much it counts; None where it says nothing."""
        if self._pick is None or self._is_told or not self.is_somebody_there(is_seen):
            return None
        self._is_told = True
        return self._pick.song, self._pick.mood, 1.0 if self._played_s >= EARLY_S else EARLY

    def follow(self, heard: MpdState, is_seen: bool | None) -> tuple[Verdict, Song, str] | None:
        """Look at what plays now. Returns the word that a song has just got, the song, and its mood."""
        is_again = False
        if heard.last.song_id != self._song_id or heard.last.pick is None:
            is_again = self._begin(heard)
        if self._pick is None or self._is_told:
            return None
        if is_again and self.is_somebody_there(is_seen):
            self._is_told = True
            return Verdict.AGAIN, self._pick.song, self._pick.mood
        enough_s = min(ENOUGH_S, self._pick.song.duration_s / 2 or ENOUGH_S)
        if self._attended_s < enough_s:
            return None
        self._is_told = True
        return Verdict.HEARD, self._pick.song, self._pick.mood

    def _begin(self, heard: MpdState) -> bool:
        """Begin to follow another song. Returns whether a hand went back to it."""
        self._song_id, self._pick = heard.last.song_id, heard.last.pick
        if self._pick and "://" in self._pick.song.uri:  # a web radio is no song
            self._pick = None
        self._played_s = self._attended_s = 0.0
        self._is_told = False
        is_again = self._pick is not None and self._now - self._back_at <= BACK_S
        self._back_at = -math.inf if is_again else self._back_at
        return is_again

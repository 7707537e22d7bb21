"""What plays: which song, when the next, and how it goes on after MPD or the box was away.

Something is always queued behind the song that plays, so that the music outlives us. Songs that others put
into MPD are guests', and are let be.
"""

from __future__ import annotations

from collections.abc import Mapping

from appliance import actions as act
from appliance import messages as msg
from appliance.actions import Action, StartSong
from appliance.brain.heard import Heard
from appliance.brain.wish import Wish
from appliance.messages import Look, Memory, Pick, Playing, PlayState, Transition
from appliance.music import IN_A_ROW, Chooser

HEARD_S = 30.0
"""A song that has played for so long is well: a web radio that does not answer stands still for less."""

ALL_FAIL = (
    "MPD can play none of the songs it has tried of late; it goes on trying. Is their network or share away?"
)


class Programme:
    """Keeps music on, as long as people want it."""

    def __init__(self, wish: Wish, chooser: Chooser, start_mood: str, memory: Memory) -> None:
        """memory: where to go on."""
        self._wish = wish
        self._chooser = chooser
        self.heard = Heard()
        self.playing = memory.playing
        """What people want, also while MPD is away."""
        self._is_fading_out = False
        """Whether MPD still plays on its way to the pause that is wanted."""
        self.asked_mood = memory.asked_mood or start_mood
        """The mood whose music was last asked for, whatever had to be borrowed for it."""
        self.decided_by: Look | None = None
        """The look that led to the present song, when one did."""
        self._unfinished = _unfinished(memory)
        """The song to go on with once music begins."""
        self._is_start_missed = False
        """Whether other music was asked for while MPD was away."""
        self._is_starting = False
        """Whether a song was started and MPD has not been heard since."""
        self._retry_at: float | None = None
        """When to try again after songs that failed (monotonic)."""
        self._plays_since = 0.0
        """Since when the song plays that plays now."""
        self._is_stocked = False

    # --- what a hand can ask for ---------------------------------------------------------------------------

    def pause(self, fade_s: float = 0.0) -> list[Action]:
        self._want(Playing.PAUSED)
        self._is_fading_out = fade_s > 0
        return [act.PauseMusic(fade_s)]

    def resume(self, fade_s: float = 0.0) -> list[Action]:
        if self.heard.is_silent:  # MPD was restarted while paused
            return self.begin()
        self._want(Playing.MUSIC)
        return [act.ResumeMusic(fade_s)]

    def begin(self) -> list[Action]:
        """Start music, with the song that was cut short if there is one."""
        unfinished, self._unfinished = self._unfinished, None
        if unfinished and self._wish.mood(self.asked_mood) == self.asked_mood:
            self._want(Playing.MUSIC)
            return self._start(unfinished)
        return self.another()

    def another(self) -> list[Action]:
        """Another song of the mood that is wanted, at once."""
        return self.start(self._wish.mood(self.asked_mood), Transition.CUT)

    def insist(self) -> list[Action]:
        """Somebody asks for the music that should be playing: where none is, what failed is tried again."""
        if not self.heard.is_silent:
            return []
        self._chooser.forgive()
        return self.begin()

    def has_better(self, mood: str) -> bool:
        """Whether other music than what plays now is nearer to the mood, once what failed is tried again."""
        self._chooser.forgive()
        pick = self.heard.last.pick
        return pick is None or pick.mood != self._chooser.source(mood)

    def skip(self) -> list[Action]:
        if self.heard.is_guest and self.heard.last.has_next:
            self._want(Playing.MUSIC)
            return [act.NextInQueue()]
        if self.heard.is_silent:
            self._chooser.forgive()
        return self.another()

    def previous(self) -> list[Action]:
        if self.heard.is_silent:  # MPD goes back only from a song that plays or is held
            return self.begin()
        # The song gone back to is the hand's wish: only a new mood may take it away again.
        self.asked_mood = self._wish.mood(self.asked_mood)
        self.decided_by = None
        self._want(Playing.MUSIC)
        return [act.PreviousInQueue()]

    def stop(self) -> list[Action]:
        self._want(Playing.STOPPED)
        return [act.StopMusic()]

    def like(self) -> list[Action]:
        song = self.heard.last.song
        return [act.LikeSong(song)] if song else []

    def step_volume(self, by: int) -> list[Action]:
        volume = self.heard.last.volume
        return [] if volume is None else [act.ChangeVolume(min(100, max(0, volume + by)))]

    def start(
        self,
        mood: str,
        transition: Transition,
        decided_by: Look | None = None,
        rise_s: float = 0.0,
        because: str = "",
    ) -> list[Action]:
        """Music of this mood. decided_by: the look that asks for it. because: why, if not for the wish."""
        self._want(Playing.MUSIC)
        self.asked_mood = mood
        self.decided_by = decided_by
        self._is_start_missed = not self.heard.is_connected
        pick = self._chooser.pick(mood, because or self._wish.because(mood))
        return self._start(StartSong(pick, transition, rise_s=rise_s)) if pick else []

    def _start(self, song: StartSong) -> list[Action]:
        self._is_starting = True
        return [song]

    def follow_guest(self, mood: str) -> list[Action]:
        """Music of this mood once the guest's songs are over."""
        self.asked_mood, self.decided_by = mood, None
        pick = self._chooser.pick(mood, self._wish.because(mood))
        return [act.QueueSong(pick)] if pick else []

    def _want(self, playing: Playing) -> None:
        self.playing, self._is_fading_out = playing, False

    # --- what MPD says -------------------------------------------------------------------------------------

    def hear(self, heard: msg.PlayerChanged, now: float) -> list[Action]:
        before = self.heard.take(heard, now)
        self._is_starting = False
        if heard.state is not before.state or heard.song_id != before.song_id:
            self._plays_since = now
        if heard.pick and heard.song_id != before.song_id:
            self._chooser.note_played(heard.pick)
        if heard.state is PlayState.PLAY:
            self._unfinished = None
        if heard.failed:
            self._chooser.refuse(heard.failed, heard.own_fault)
        elif before.pick and before.state is PlayState.PLAY and heard.song_id != before.song_id:
            self._chooser.note_heard(before.pick)
        if heard.fresh:
            return self._come_back(heard, before)
        if heard.state is PlayState.STOP and (heard.ran_out or heard.failed):
            return self._begin_again(now)
        if heard.state is PlayState.PLAY and heard.pick and heard.failed == heard.song:
            return self.begin()  # a web radio that is silent
        if heard.state is PlayState.PLAY and self._is_fading_out:
            return []
        self._want(PLAYING[heard.state])
        return self._keep_going()

    def stock(self, library: msg.LibraryChanged) -> list[Action]:
        self._chooser.stock(library)
        self._is_stocked = True
        if self.heard.is_silent and self.playing is Playing.MUSIC and not self._is_starting:
            return self.begin()
        return self._keep_going() if self.heard.is_connected else []

    def mind(self, now: float) -> list[Action]:
        """Time passes: a song that is heard is well, and after songs that failed others are tried."""
        heard = self.heard
        if heard.is_ours_playing and now - self._plays_since >= HEARD_S:
            had_failed, pick = self._chooser.failures > 0, heard.last.pick
            if pick:
                self._chooser.note_heard(pick)
            return self._keep_going() if had_failed else []
        is_due = self._retry_at is not None and now >= self._retry_at
        return self._begin_again(now) if is_due and heard.is_silent and not self._is_starting else []

    def _begin_again(self, now: float) -> list[Action]:
        """After an end or a failure: at once, unless one song after the other fails."""
        if self.playing is not Playing.MUSIC:
            return []
        if self._retry_at is None and (pause_s := self._chooser.pause_s()):
            self._retry_at = now + pause_s
        if self._retry_at is not None and now < self._retry_at:
            return []
        self._retry_at = None
        return self.begin()

    def _come_back(self, heard: msg.PlayerChanged, before: msg.PlayerChanged) -> list[Action]:
        """After connecting, make MPD do what people want, which it may have forgotten."""
        is_start_missed, self._is_start_missed = self._is_start_missed, False
        if is_start_missed:
            self._unfinished = None
            if self.playing is Playing.MUSIC:
                return self.another()
        if heard.state is PlayState.PLAY:
            if self.playing is Playing.MUSIC:
                return self._keep_going()
            return self.pause() if self.playing is Playing.PAUSED else self.stop()
        at_song = StartSong(before.pick, Transition.CUT, before.elapsed_s) if before.pick else None
        if self.playing is not Playing.MUSIC:
            if before.state is PlayState.PAUSE and heard.state is PlayState.STOP and not is_start_missed:
                self._unfinished = at_song
            return []
        if at_song and before.state is PlayState.PLAY:
            return self._start(at_song)
        if heard.state is PlayState.PAUSE and not self._unfinished:
            return self.resume()
        return self.begin()

    def _keep_going(self) -> list[Action]:
        """Queue a song behind the one that plays."""
        if self.heard.last.state is not PlayState.PLAY or self.heard.last.has_next:
            return []
        if self._chooser.pause_s():  # MPD would go from one song that fails to the next without a breath
            return []
        pick = self._chooser.pick(self.asked_mood, self._wish.because(self.asked_mood))
        return [act.QueueSong(pick)] if pick else []

    # --- what is missing, and what is remembered -----------------------------------------------------------

    def what_is_missing(self) -> str | None:
        """For people: what the library lacks; None when every mood has music of its own."""
        if not self._is_stocked:
            return None
        if self._chooser.is_empty():
            return "MPD has no song that it can play; copy music into its music folder"
        if self._chooser.failures >= IN_A_ROW and not self.heard.is_ours_playing:
            return ALL_FAIL
        missing = self._chooser.without_music()
        if not missing:
            return None
        return f"no music for {', '.join(missing)}; borrowing from the nearest mood that has some"

    def unfinished(self, now: float) -> StartSong | None:
        """The song to go on with after a power cut now, and where."""
        pick = self.heard.last.pick
        return StartSong(pick, Transition.CUT, self.heard.elapsed_s(now)) if pick else self._unfinished

    def played(self) -> dict[str, tuple[str, ...]]:
        """Mood -> what its present round has played."""
        return self._chooser.played()


def _unfinished(memory: Memory) -> StartSong | None:
    if memory.song is None:
        return None
    pick = Pick(memory.song, memory.song_mood, "It played when the box was switched off")
    return StartSong(pick, Transition.CUT, memory.elapsed_s)


PLAYING: Mapping[PlayState, Playing] = {
    PlayState.PLAY: Playing.MUSIC,
    PlayState.PAUSE: Playing.PAUSED,
    PlayState.STOP: Playing.STOPPED,
}

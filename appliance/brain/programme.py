"""The music that people want, and what is asked of MPD for it: which mood's, from which song on.

How it goes on after what MPD does by itself, or a guest does to it, is `continuity`; which song comes next is
`succession`; what waits while a guest has the word is `aside`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from appliance.brain.aside import Aside
from appliance.brain.course import Course
from appliance.brain.mpd_state import MpdState
from appliance.brain.music import Chooser
from appliance.brain.succession import Succession, chosen
from appliance.brain.wish import Wish
from appliance.protocol import actions as act
from appliance.protocol.actions import Action, StartSong
from appliance.protocol.looks import Look
from appliance.protocol.memory import Memory
from appliance.protocol.messages import Pick, PlayState, Transition
from appliance.protocol.snapshot import Playing

END_S = 1.0
"""Nobody seeks nearer to a song's end: beyond it MPD stops."""


class Programme:
    """Keeps music on as long as people want it. What must be done by MPD is returned, as actions."""

    def __init__(
        self,
        wish: Wish,
        chooser: Chooser,
        course: Course,
        start_mood: str,
        go_back_s: float,
        memory: Memory,
    ) -> None:
        """go_back_s: how long after guests took its place a song is gone back to. memory: where to go on."""
        self._wish = wish
        self._chooser = chooser
        self._course = course
        self.heard = MpdState()
        self.succession = Succession(wish, chooser, course, self.heard, memory)
        self.playing = memory.playing
        """What people want, also while MPD is away."""
        self.is_fading_out = False
        """Whether MPD still plays on its way to the pause that is wanted."""
        self.asked_mood = memory.asked_mood or start_mood
        """The mood whose music was last asked for, whatever had to be borrowed for it."""
        self.decided_by: Look | None = None
        """The look that led to the present song, when one did."""
        self.aside = Aside(go_back_s, _unfinished(memory))
        self.aside.silence = memory.silence
        """The song to go on with once music begins, or a guest's songs are over."""
        self.is_start_missed = False
        """Whether other music was asked for while MPD was away."""
        self.choose_until: float | None = None
        """When music goes on although a guest has cleared MPD's queue (monotonic); None when none has."""
        self.is_starting = False
        """Whether a song was started and MPD has not been heard since."""

    # --- what a hand can ask for ---------------------------------------------------------------------------

    def hand(self) -> None:
        """Note that a hand asks for something: the silence that a guest found is not to come back."""
        self.aside.end_hand()

    def pause(self, fade_s: float = 0.0) -> list[Action]:
        """Hold the song, at the end of a fade of so many seconds."""
        self.want(Playing.PAUSED)
        self.is_fading_out = fade_s > 0
        return [act.PauseMusic(fade_s)]

    def resume(self, fade_s: float = 0.0) -> list[Action]:
        """Let the song that is held go on, rising from silence for so many seconds."""
        if self.heard.is_silent:  # MPD was restarted while paused
            return self.begin()
        self.want(Playing.MUSIC)
        return [act.ResumeMusic(fade_s)]

    def begin(self) -> list[Action]:
        """Start music, with the song that was cut short if there is one."""
        unfinished = self._unfinished()
        self.aside.keep(None)
        if unfinished:
            self.want(Playing.MUSIC)
            return self.send(replace(unfinished, over_guests=True))  # the box's own beginning has the word
        return self.another()

    def another(self) -> list[Action]:
        """Start another song of the mood that is wanted, at once."""
        is_ours = self.heard.last.state is not PlayState.STOP and not self.heard.is_guest
        # In silence a stopped queue of a guest's would go on after one song of ours: it is passed over.
        if pick := self.succession.by_hand():
            self.want(Playing.MUSIC)
            return self.send(StartSong(pick, Transition.CUT, over_guests=not is_ours))
        return self.start(self.wanted_mood(), Transition.CUT, over_guests=not is_ours)

    def wanted_mood(self) -> str:
        """The mood whose music is wanted: what plays where a path or a policy holds to it, else the wish."""
        mood = self._wish.mood(self.asked_mood)
        is_kept = self._wish.hand is None and self._course.keeps(mood)
        return self.asked_mood if is_kept else mood

    def insist(self) -> list[Action]:
        """Try again what failed, for somebody who asks for the music that should be playing and is not."""
        if not self.heard.is_silent:
            return []
        self._chooser.failures.forgive()
        return self.begin()

    def has_better(self, mood: str) -> bool:
        """Whether other music than what plays now is nearer to the mood. Gives what failed another chance."""
        self._chooser.failures.forgive()
        pick = self.heard.last.pick
        return pick is None or pick.mood != self._chooser.source(mood)

    def skip(self) -> list[Action]:
        """Go to what a guest has queued behind his song, else to another song of the mood."""
        if self.heard.is_guest and self.heard.last.has_next:
            self.want(Playing.MUSIC)
            return [act.NextInQueue()]
        if self.heard.is_silent:
            self._chooser.failures.forgive()
        if not self.heard.is_guest:
            self._course.skip()
        return self.another()

    def turn_down(self) -> list[Action]:
        """Let a song of ours that was disliked give way to another; a guest's is the guest's business."""
        return self.another() if self.heard.is_ours_playing else []

    def give_way(self) -> list[Action]:
        """End a song that who listens may not hear; with another, if there is one that they may."""
        return self.another() if self._chooser.source(self.wanted_mood()) is not None else self.stop()

    def previous(self) -> list[Action]:
        """Go back to the song before, whatever its mood."""
        if self.heard.is_silent:  # MPD goes back only from a song that plays or is held
            return self.begin()
        # The song gone back to is the hand's wish: only a new mood may take it away again.
        self.asked_mood = self.wanted_mood()
        self.decided_by = None
        # The step of the song that plays, and that of the one gone back to, which takes it once more.
        self._course.go_back(2)
        self.want(Playing.MUSIC)
        return [act.PreviousInQueue()]

    def resume_guest(self) -> list[Action]:
        """Let the guest's songs go on that ours were put before."""
        if not self.heard.last.guest_waits:
            return []
        self.want(Playing.MUSIC)
        return [act.ResumeGuest()]

    def stop(self) -> list[Action]:
        """Stop the music, until a hand asks for some."""
        self.want(Playing.STOPPED)
        return [act.StopMusic()]

    def start(
        self,
        mood: str,
        transition: Transition,
        decided_by: Look | None = None,
        rise_s: float = 0.0,
        because: str = "",
        over_guests: bool = False,
    ) -> list[Action]:
        """Start music of this mood. decided_by: the look that asks for it. because: why, if not for the wish.

        rise_s: seconds in which it rises from silence. over_guests: as in `StartSong`.
        """
        self.want(Playing.MUSIC)
        self.asked_mood = mood
        self.decided_by = decided_by
        self.is_start_missed = not self.heard.is_connected
        pick = self.succession.pick(mood, because)
        song = pick and StartSong(pick, transition, rise_s=rise_s, over_guests=over_guests)
        return self.send(song) if song else []

    def send(self, song: StartSong) -> list[Action]:
        """Have MPD start this song; until it has been heard of, MPD's silence says nothing."""
        self.is_starting, self.succession.queued = True, None  # what was queued is taken back
        return [song]

    def turn(self) -> list[Action]:
        """Have what follows be as the policy wants it now; what plays is not cut."""
        self.succession.screen()
        is_on = self.heard.is_connected and self.heard.last.state is not PlayState.STOP
        is_silence_next = self.heard.is_guest and self.aside.silence
        return self.queue_next() if is_on and not is_silence_next else []

    def settle(self, mood: str) -> list[Action]:
        """Have the music be this mood's from now on, because the face has come where the music is."""
        self.asked_mood = mood
        return self.turn()

    def follow_guest(self, mood: str) -> list[Action]:
        """Have music of this mood play once the guest's songs are over."""
        self.asked_mood, self.decided_by = mood, None
        self.aside.keep(None)  # a song that was interrupted is not gone back to in another mood
        return [] if self.aside.silence else self.queue_next()

    def want(self, playing: Playing) -> None:
        """Note what people want; a fade towards another wish, and somebody's time to choose, are over."""
        self.playing, self.is_fading_out, self.choose_until = playing, False, None

    def stay_silent(self) -> list[Action]:
        """Let the silence in which somebody chooses be one for good: a stop, sleep timer or quiet hours."""
        self.choose_until = None
        return []

    def choose_s(self, now: float) -> float | None:
        """Seconds that somebody who has cleared the queue has left to choose; None where nobody has."""
        return None if self.choose_until is None else max(0.0, self.choose_until - now)

    # --- songs that a hand has chosen ---------------------------------------------------------------------

    def seek(self, to_s: float) -> list[Action]:
        """Go to a place in the song, also a guest's; a radio has none."""
        song = self.heard.last.song
        is_there = song and self.heard.last.state is not PlayState.STOP
        return (
            [act.SeekSong(min(to_s, song.duration_s - END_S))]
            if song and is_there and song.duration_s
            else []
        )

    def play_song(self, uri: str) -> list[Action]:
        """Play this song now; then the music of the mood goes on, and only a new mood cuts it short."""
        song = self._chooser.find(uri)
        if song is None:
            return []
        self.succession.playlist.end()
        return self._play_chosen(chosen(song))

    def play_playlist(self, name: str) -> list[Action]:
        """Play the songs of this playlist, from now on until they are over or a hand wants something else."""
        playlist = self.succession.playlist
        pick = playlist.next() if playlist.choose(name) else None
        return self._play_chosen(pick) if pick else []

    def end_playlist(self) -> list[Action]:
        """Let the mood's music follow this song, and not a playlist."""
        return self.turn() if self.succession.playlist.end() else []

    def _play_chosen(self, pick: Pick) -> list[Action]:
        self.want(Playing.MUSIC)
        self.asked_mood, self.decided_by = self.wanted_mood(), None
        return self.send(StartSong(pick, Transition.CUT, over_guests=True))

    def set_up_next(self, uris: Sequence[str], was: Sequence[str] | None) -> list[Action]:
        """Play these songs next, in this order. was: see there."""
        self.succession.choose(uris, was)
        return self.turn()

    def look_ahead(self) -> list[Action]:
        """Choose the songs that come if the mood stays, for people to see."""
        return self.turn() if self.succession.look_ahead(self.asked_mood) else []

    def set_coming(self, uris: Sequence[str], was: Sequence[str] | None) -> list[Action]:
        """Let those of the songs that come if the mood stays be these, in this order. was: see there."""
        self.succession.order(self.asked_mood, uris, was)
        return self.turn()

    # --- what MPD says -------------------------------------------------------------------------------------

    def keep_going(self) -> list[Action]:
        """Queue a song behind the one that plays, unless one is there, or silence is to follow a guest's."""
        if not self.heard.is_playing or self.heard.last.has_next:
            return []
        return [] if self.aside.silence else self.queue_next()

    def queue_next(self) -> list[Action]:
        """Queue what follows the song that plays, in place of what was queued for that before."""
        unfinished = self._unfinished() if self.heard.is_guest else None
        if unfinished:  # queued behind the guest's, so without a gap; `_go_back` seeks once it plays
            return [act.QueueSong(unfinished.pick)]
        if (
            self._chooser.failures.pause_s()
        ):  # MPD would go from one song that fails to the next without a breath
            return []
        pick = self.succession.to_queue(self.asked_mood)
        return [act.QueueSong(pick)] if pick else []

    def _unfinished(self) -> StartSong | None:
        """The song to go on with, if its mood is still the one that is wanted, and may be heard."""
        song = self.aside.song if self.wanted_mood() == self.asked_mood else None
        return song if song and self._chooser.allows(song.pick.song) else None

    # --- what is missing, and what is remembered -----------------------------------------------------------

    def unfinished(self, now: float) -> StartSong | None:
        """The song to go on with after a power cut now, and where."""
        pick = self.heard.last.pick
        return StartSong(pick, Transition.CUT, self.heard.elapsed_s(now)) if pick else self.aside.song

    def played(self) -> dict[str, tuple[str, ...]]:
        """Mood -> what its present round has played."""
        return self._chooser.played()


def _unfinished(memory: Memory) -> StartSong | None:
    if memory.song is None:
        return None
    pick = Pick(memory.song, memory.song_mood, "It played when the box was switched off")
    return StartSong(pick, Transition.CUT, memory.elapsed_s)

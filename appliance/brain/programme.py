"""Keeps the music going: which song, when the next, and how it goes on after MPD or the box was away.

The theory. Three things are so at any time, and who had the last word follows from them:

- what people want of the box (`playing`: music, paused, stopped), by our commands or a guest's hand on MPD,
- what MPD does (play, pause, stop), and whether it began anew since: then its state is nobody's hand,
- whose song it is (`pick`: ours, or None for a guest's), known by MPD's ids (`player.whose`).

| MPD does | ours | a guest's |
| --- | --- | --- |
| plays | something follows, by the mood; guests' modes are off | it is let be; ours follow its last song |
| pauses, stops | somebody's hand: it is so until a hand says otherwise | the same |
| is cleared | somebody wants to choose: ours go on if he does not | the same |
| ends, fails | the next song | back to ours: its place, or the silence that was wanted before |
| began anew | what people told us holds, at the place where it was | it goes on, if MPD still has it |

A guest who plays something has the word until his songs end. A hand that chooses a mood, an alarm, or the
box's own beginning takes it: what then lies in the queue is left over, stays there, and ours go before it,
until he plays it again or `Guest` lets it go on. What he adds later plays after our next song.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from appliance.brain.aside import Aside
from appliance.brain.course import Course
from appliance.brain.mpd_state import MpdState
from appliance.brain.music import IN_A_ROW, Chooser
from appliance.brain.wish import Wish
from appliance.protocol import actions as act
from appliance.protocol import messages as msg
from appliance.protocol.actions import Action, StartSong
from appliance.protocol.looks import Look
from appliance.protocol.memory import Memory
from appliance.protocol.messages import Pick, PlayState, Song, Transition
from appliance.protocol.snapshot import Playing

HEARD_S = 30.0
"""A song that has played for so long is well: a web radio that does not answer stands still for less."""
CHOOSE_S = 120.0
"""Who clears MPD's queue has so long to choose, and again with each song that he adds; then ours go on."""
WHOLE_S = 2.0
"""One that gave way to another after this, without having failed, was heard, too."""

END_S = 1.0
"""Nobody seeks nearer to a song's end: beyond it MPD stops."""
CHOSEN = "You chose this song"

ALL_FAIL = (
    "MPD can play none of the songs it has tried of late; it goes on trying. Are they damaged, or is their "
    "network or share away?"
)


NOTHING_ALLOWED = (
    "there is no song that {person} may hear, or that was not turned down; copy music into the folders that "
    "persons.who names, or choose another person"
)


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
        self.playing = memory.playing
        """What people want, also while MPD is away."""
        self._is_fading_out = False
        """Whether MPD still plays on its way to the pause that is wanted."""
        self.asked_mood = memory.asked_mood or start_mood
        """The mood whose music was last asked for, whatever had to be borrowed for it."""
        self.decided_by: Look | None = None
        """The look that led to the present song, when one did."""
        self._aside = Aside(go_back_s, _unfinished(memory))
        """The song to go on with once music begins, or a guest's songs are over."""
        self._is_new = True
        """Whether MPD has not been heard since we began."""
        self._is_start_missed = False
        """Whether other music was asked for while MPD was away."""
        self._choose_until: float | None = None
        """When music goes on although a guest has cleared MPD's queue (monotonic); None when none has."""
        self._is_starting = False
        """Whether a song was started and MPD has not been heard since."""
        self._retry_at: float | None = None
        """When to try again after songs that failed (monotonic)."""
        self._plays_since = 0.0
        """Since when the song plays that plays now."""
        self._is_stocked = False
        # By name alone until the library is there; the settings may keep who listens from more than before.
        self.up_next = [song for song in map(Song, memory.up_next) if chooser.allows(song)]
        """What a person chose to play next."""
        self._queued = ""
        """The song that was last queued behind another, as MPD names it."""

    # --- what a hand can ask for ---------------------------------------------------------------------------

    def hand(self) -> None:
        """Note that a hand asks for something: the silence that a guest found is not to come back."""
        self._aside.end_hand()

    def pause(self, fade_s: float = 0.0) -> list[Action]:
        """Hold the song, at the end of a fade of so many seconds."""
        self._want(Playing.PAUSED)
        self._is_fading_out = fade_s > 0
        return [act.PauseMusic(fade_s)]

    def resume(self, fade_s: float = 0.0) -> list[Action]:
        """Let the song that is held go on, rising from silence for so many seconds."""
        if self.heard.is_silent:  # MPD was restarted while paused
            return self.begin()
        self._want(Playing.MUSIC)
        return [act.ResumeMusic(fade_s)]

    def begin(self) -> list[Action]:
        """Start music, with the song that was cut short if there is one."""
        unfinished = self._unfinished()
        self._aside.keep(None)
        if unfinished:
            self._want(Playing.MUSIC)
            return self._start(replace(unfinished, over_guests=True))  # the box's own beginning has the word
        return self.another()

    def another(self) -> list[Action]:
        """Start another song of the mood that is wanted, at once."""
        is_ours = self.heard.last.state is not PlayState.STOP and not self.heard.is_guest
        # In silence a stopped queue of a guest's would go on after one song of ours: it is passed over.
        if self.up_next:
            self._want(Playing.MUSIC)
            return self._start(StartSong(_chosen(self.up_next[0]), Transition.CUT, over_guests=not is_ours))
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
        self._chooser.forgive()
        return self.begin()

    def has_better(self, mood: str) -> bool:
        """Whether other music than what plays now is nearer to the mood. Gives what failed another chance."""
        self._chooser.forgive()
        pick = self.heard.last.pick
        return pick is None or pick.mood != self._chooser.source(mood)

    def skip(self) -> list[Action]:
        """Go to what a guest has queued behind his song, else to another song of the mood."""
        if self.heard.is_guest and self.heard.last.has_next:
            self._want(Playing.MUSIC)
            return [act.NextInQueue()]
        if self.heard.is_silent:
            self._chooser.forgive()
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
        self._course.go_back(2)
        self._want(Playing.MUSIC)
        return [act.PreviousInQueue()]

    def resume_guest(self) -> list[Action]:
        """Let the guest's songs go on that ours were put before."""
        if not self.heard.last.guest_waits:
            return []
        self._want(Playing.MUSIC)
        return [act.ResumeGuest()]

    def stop(self) -> list[Action]:
        """Stop the music, until a hand asks for some."""
        self._want(Playing.STOPPED)
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
        self._want(Playing.MUSIC)
        self.asked_mood = mood
        self.decided_by = decided_by
        self._is_start_missed = not self.heard.is_connected
        pick = self._pick(mood, because)
        song = pick and StartSong(pick, transition, rise_s=rise_s, over_guests=over_guests)
        return self._start(song) if song else []

    def _pick(self, mood: str, because: str = "") -> Pick | None:
        aim = self._course.aim(mood)
        if aim is None or because:
            return self._chooser.pick(mood, because or self._wish.because(mood))
        return self._chooser.pick(aim.mood, f"{self._wish.because_led(mood)}; {aim.because}", near=aim.place)

    def _start(self, song: StartSong) -> list[Action]:
        self._is_starting, self._queued = True, ""  # what was queued is taken back
        return [song]

    def turn(self) -> list[Action]:
        """Have what follows be as the policy wants it now; what plays is not cut."""
        self.up_next = [song for song in self.up_next if self._chooser.allows(song)]  # a child may listen now
        is_on = self.heard.is_connected and self.heard.last.state is not PlayState.STOP
        is_silence_next = self.heard.is_guest and self._aside.silence
        return self._queue_next() if is_on and not is_silence_next else []

    def settle(self, mood: str) -> list[Action]:
        """Have the music be this mood's from now on, because the face has come where the music is."""
        self.asked_mood = mood
        return self.turn()

    def follow_guest(self, mood: str) -> list[Action]:
        """Have music of this mood play once the guest's songs are over."""
        self.asked_mood, self.decided_by = mood, None
        self._aside.keep(None)  # a song that was interrupted is not gone back to in another mood
        return [] if self._aside.silence else self._queue_next()

    def _want(self, playing: Playing) -> None:
        self.playing, self._is_fading_out, self._choose_until = playing, False, None

    def stay_silent(self) -> list[Action]:
        """Let the silence in which somebody chooses be one for good: a stop, sleep timer or quiet hours."""
        self._choose_until = None
        return []

    def choose_until(self, at: float) -> None:
        """Let music go on at this time (monotonic), as before a restart."""
        self._choose_until = at

    def choose_s(self, now: float) -> float | None:
        """Seconds that somebody who has cleared the queue has left to choose; None where nobody has."""
        return None if self._choose_until is None else max(0.0, self._choose_until - now)

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
        self._want(Playing.MUSIC)
        self.asked_mood, self.decided_by = self.wanted_mood(), None
        return self._start(StartSong(_chosen(song), Transition.CUT, over_guests=True))

    def set_up_next(self, uris: Sequence[str]) -> list[Action]:
        """Play these songs next, in this order."""
        found = (self._chooser.find(uri) for uri in uris)
        self.up_next = [song for song in found if song]
        return self.turn()

    def _mind_up_next(self, heard: msg.PlayerChanged, before: msg.PlayerChanged) -> None:
        """Let MPD's queue say what is to come: take from the list what plays, fails, or was taken out."""
        is_another = heard.song_id != before.song_id
        if heard.pick and is_another:
            self._pass_up_next(heard.pick.song)
        if heard.failed:
            self._pass_up_next(heard.failed)
        elif before.has_next and not heard.has_next and not is_another and self._is_queued(self.up_next):
            del self.up_next[0]  # a guest's hand, on a phone: queued anew, it could not be got rid of

    def _is_queued(self, songs: Sequence[Song]) -> bool:
        return bool(songs) and songs[0].uri == self._queued

    def _pass_up_next(self, song: Song) -> None:
        """Take the next of them from the list, if it is this song, which plays or has failed."""
        if self.up_next and song.uri == self.up_next[0].uri:
            del self.up_next[0]

    # --- what MPD says -------------------------------------------------------------------------------------

    def hear(self, heard: msg.PlayerChanged, now: float) -> list[Action]:
        """Take over what MPD does, and say what is to be done about it. now: monotonic seconds."""
        before, wanted = self.heard.take(heard, now), self.playing
        was_starting, self._is_starting = self._is_starting, False
        played_s, is_another = now - self._plays_since, heard.song_id != before.song_id
        if heard.state is not before.state or is_another:
            self._plays_since = now
        if heard.pick and heard.song_id != before.song_id:
            self._chooser.note_played(heard.pick)
            if heard.pick.why != CHOSEN:
                self._course.note_played(heard.pick.song.uri)
        self._mind_up_next(heard, before)
        if heard.failed:
            self._course.note_failed(heard.failed.uri)
            self._chooser.refuse(heard.failed, heard.own_fault)
        elif before.pick and before.state is PlayState.PLAY and is_another and played_s >= WHOLE_S:
            self._chooser.note_heard(before.pick)
        back = self._go_back(heard, before)
        if heard.pick and heard.state is PlayState.PLAY:
            self._aside.keep(None)
        # The order counts: each question takes away a reason for what MPD does (it began anew, an end, a
        # failure, our own fade), and only what none of them explains is taken for somebody's hand.
        if heard.fresh:
            self._aside.wait(now) if self._is_new and self.heard.is_guest else None
            return self._come_back(heard, before)
        if heard.state is PlayState.STOP and (heard.ran_out or heard.failed):
            return self._end(now)
        if heard.state is PlayState.PLAY and heard.pick and heard.failed == heard.song and not is_another:
            return self.begin()  # a web radio that is silent; not the same song once more behind itself
        if heard.state is PlayState.STOP and before.state is PlayState.STOP and not was_starting:
            if self._choose_until is not None and heard.queue_version != before.queue_version:
                self._choose_until = now + CHOOSE_S  # still choosing
            return []  # nobody has stopped anything
        if heard.state is PlayState.PLAY and self._is_fading_out:  # on its way to our pause: no hand's "play"
            return []
        self._want(PLAYING[heard.state])
        self._mind_hand(heard, before, wanted, now)
        if heard.state is PlayState.STOP and heard.song is None and wanted is Playing.MUSIC:
            self._choose_until = (
                now + CHOOSE_S
            )  # `clear`: somebody wants to choose, which is no wish for silence
        return [*back, *self._keep_going()]

    def _mind_hand(
        self, heard: msg.PlayerChanged, before: msg.PlayerChanged, wanted: Playing, now: float
    ) -> None:
        """Note what a guest's hand has interrupted, if this was one."""
        is_guest = heard.state is PlayState.PLAY and heard.pick is None
        is_taken_over = is_guest and (before.pick is not None or before.state is PlayState.STOP)
        if is_taken_over or self.playing is not wanted:
            self._aside.note_hand(before, before.elapsed_s, wanted, now)
        if is_taken_over:
            self._aside.give_way(now)
        elif heard.pick and heard.state is PlayState.PLAY:
            self._aside.end_hand()

    def _go_back(self, heard: msg.PlayerChanged, before: msg.PlayerChanged) -> list[Action]:
        """Seek to where our song was, if it is the one that a guest had interrupted and follows his now."""
        unfinished = self._aside.song
        is_after_guest = before.state is not PlayState.STOP and before.pick is None
        if not (heard.state is PlayState.PLAY and is_after_guest and unfinished and heard.pick):
            return []
        is_it = heard.pick.song.uri == unfinished.pick.song.uri and heard.elapsed_s < unfinished.start_s
        return [act.SeekSong(unfinished.start_s)] if is_it else []

    def _end(self, now: float) -> list[Action]:
        """Say what follows when the queue came to its end, or its last song failed."""
        silence, self._aside.silence = self._aside.silence, None
        if silence:
            self._want(silence)
            self._aside.keep(self._aside.song)
            return []
        if self.playing is not Playing.MUSIC and self._aside.undo(now):
            # `clear; add; play` of what is not there, or an MPD that took long to know of its queue's end.
            self._want(Playing.MUSIC)
        return self._begin_again(now)

    def stock(self, library: msg.LibraryChanged) -> list[Action]:
        """Take over the library, and begin the music that waited for it."""
        self._chooser.stock(library)
        self._is_stocked = True
        # With their tags; what a stick that is not there yet would bring keeps its place by its name.
        self.up_next = [self._chooser.find(song.uri) or song for song in self.up_next]
        # `_is_starting`: MPD is still silent with a first song on its way, and a second must not replace it.
        if self.heard.is_silent and self.playing is Playing.MUSIC and not self._is_starting:
            return self.begin()
        return self._keep_going() if self.heard.is_connected else []

    def mind(self, now: float) -> list[Action]:
        """Mind that time passes: a song that is heard is well, and after songs that failed others are tried.

        now: monotonic seconds.
        """
        heard = self.heard
        # What waits behind a guest's long songs is too old to be gone back to: another takes its place.
        if self._aside.is_too_long(now) and heard.is_guest and self._is_heard_playing():
            return self._queue_next()
        if heard.is_connected and self._is_heard_playing() and now - self._plays_since >= HEARD_S:
            had_failed = self._chooser.failures > 0
            self._chooser.note_heard(heard.last.pick)
            if heard.last.pick:
                self._course.note_heard()
            return self._keep_going() if had_failed else []
        if self._choose_until is not None and now >= self._choose_until:
            self._aside.keep(self._aside.interrupted)
            self._want(Playing.MUSIC)
            return self.begin() if heard.is_silent else []
        is_due = self._retry_at is not None and now >= self._retry_at
        return self._begin_again(now) if is_due and heard.is_silent and not self._is_starting else []

    def _begin_again(self, now: float) -> list[Action]:
        """Begin music after an end or a failure: at once, unless one song after the other fails."""
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
            self._aside.keep(None)
            if self.playing is Playing.MUSIC:  # a mood or a skip that MPD was not there to hear
                return self.another()
        is_new, self._is_new = self._is_new, False
        at_song = StartSong(before.pick, Transition.CUT, before.elapsed_s) if before.pick else None
        # What people want, what MPD did when last heard, what it does now: the first line that fits holds.
        match self.playing, before.state, heard.state:
            case Playing.MUSIC, _, PlayState.PLAY:
                # What we had queued before we began anew was for the mood and the settings of then.
                return self._queue_next() if is_new else self._keep_going()
            case Playing.PAUSED, _, PlayState.PLAY:
                return self.pause()
            case Playing.STOPPED, _, PlayState.PLAY:
                return self.stop()
            # It does not play, which after a restart is nobody's hand: what people told us holds.
            case Playing.MUSIC, PlayState.PLAY, _ if at_song:
                return self._start(at_song)
            case Playing.MUSIC, _, PlayState.PAUSE if (
                not self._aside.song
            ):  # it may come back so from a crash
                return self.resume()
            case Playing.MUSIC, _, _:
                return self.begin()
            case _, PlayState.PAUSE, PlayState.STOP if not is_start_missed:
                self._aside.keep(at_song)
        return []

    def _keep_going(self) -> list[Action]:
        """Queue a song behind the one that plays."""
        if not self._is_heard_playing() or self.heard.last.has_next:
            return []
        return [] if self._aside.silence else self._queue_next()

    def _queue_next(self) -> list[Action]:
        unfinished = self._unfinished() if self.heard.is_guest else None
        if unfinished:  # queued behind the guest's, so without a gap; `_go_back` seeks once it plays
            return [act.QueueSong(unfinished.pick)]
        if self._chooser.pause_s():  # MPD would go from one song that fails to the next without a breath
            return []
        pick = _chosen(self.up_next[0]) if self.up_next else self._continued() or self._pick(self.asked_mood)
        self._queued = pick.song.uri if pick else ""
        return [act.QueueSong(pick)] if pick else []

    def _continued(self) -> Pick | None:
        """The next movement of the work that plays, while its mood's music is wanted."""
        pick, mood = self.heard.last.pick, self.asked_mood
        if pick is None or self._course.aim(mood) or pick.mood != self._chooser.source(mood):
            return None
        song = self._chooser.next_movement(pick.song)
        return Pick(song, pick.mood, f"{self._wish.because(mood)}; the work goes on") if song else None

    def _is_heard_playing(self) -> bool:
        return self.heard.last.state is PlayState.PLAY

    def _unfinished(self) -> StartSong | None:
        """The song to go on with, if its mood is still the one that is wanted, and may be heard."""
        song = self._aside.song if self.wanted_mood() == self.asked_mood else None
        return song if song and self._chooser.allows(song.pick.song) else None

    # --- what is missing, and what is remembered -----------------------------------------------------------

    def what_is_missing(self) -> str | None:
        """Say for people what the library lacks; None when every mood has music of its own."""
        if not self._is_stocked:
            return None
        if self._chooser.is_empty():
            return "MPD has no song that it can play; copy music into its music folder"
        if self._chooser.is_empty_for_person():
            return NOTHING_ALLOWED.format(person=self._chooser.person)
        if self._chooser.failures >= IN_A_ROW and not self.heard.is_ours_playing:
            return ALL_FAIL
        missing = self._chooser.without_music()
        if not missing:
            return None
        return f"no music for {', '.join(missing)}; borrowing from the nearest mood that has some"

    def unfinished(self, now: float) -> StartSong | None:
        """The song to go on with after a power cut now, and where."""
        pick = self.heard.last.pick
        return StartSong(pick, Transition.CUT, self.heard.elapsed_s(now)) if pick else self._aside.song

    def played(self) -> dict[str, tuple[str, ...]]:
        """Mood -> what its present round has played."""
        return self._chooser.played()


def _unfinished(memory: Memory) -> StartSong | None:
    if memory.song is None:
        return None
    pick = Pick(memory.song, memory.song_mood, "It played when the box was switched off")
    return StartSong(pick, Transition.CUT, memory.elapsed_s)


def _chosen(song: Song) -> Pick:
    return Pick(song, "", CHOSEN)


PLAYING: Mapping[PlayState, Playing] = {
    PlayState.PLAY: Playing.MUSIC,
    PlayState.PAUSE: Playing.PAUSED,
    PlayState.STOP: Playing.STOPPED,
}

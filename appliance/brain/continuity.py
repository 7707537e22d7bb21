"""Keeps the music going, whatever MPD does: a song ends or fails, a guest plays, MPD or the box was away.

A hand is a person who asks for something; a guest is one who does so by another MPD client, such as a phone.

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

from collections.abc import Mapping

from appliance.brain.course import Course
from appliance.brain.music import Chooser
from appliance.brain.programme import Programme
from appliance.brain.succession import BY_HAND
from appliance.protocol import actions as act
from appliance.protocol import messages as msg
from appliance.protocol.actions import Action, StartSong
from appliance.protocol.messages import PlayState, Transition
from appliance.protocol.snapshot import Playing

HEARD_S = 30.0
"""A song that has played for so long is well: a web radio that does not answer stands still for less."""

CHOOSE_S = 120.0
"""Who clears MPD's queue has so long to choose, and again with each song that he adds; then ours go on."""

WHOLE_S = 2.0
"""One that gave way to another after this, without having failed, was heard, too."""

ALL_FAIL = (
    "MPD can play none of the songs it has tried of late; it goes on trying. Are they damaged, or is their "
    "network or share away?"
)

NOTHING_ALLOWED = (
    "there is no song that {person} may hear, or that was not turned down; copy music into the folders that "
    "persons.who names, or choose another person"
)

PLAYING: Mapping[PlayState, Playing] = {
    PlayState.PLAY: Playing.MUSIC,
    PlayState.PAUSE: Playing.PAUSED,
    PlayState.STOP: Playing.STOPPED,
}


class Continuity:
    """Says what is to be done about what MPD does, and as time passes. Times are monotonic seconds."""

    def __init__(self, programme: Programme, chooser: Chooser, course: Course) -> None:
        """All of these are the brain's own, which change beside it."""
        self._programme, self._chooser, self._course = programme, chooser, course
        self._is_new = True
        """Whether MPD has not been heard since we began."""
        self._retry_at: float | None = None
        """When to try again after songs that failed."""
        self._plays_since = 0.0
        """Since when the song plays that plays now."""
        self._is_stocked = False

    def hear(self, heard: msg.PlayerChanged, now: float) -> list[Action]:
        """Take over what MPD does, and say what is to be done about it. now: monotonic seconds."""
        programme = self._programme
        before, wanted = programme.heard.take(heard, now), programme.playing
        was_starting, programme.is_starting = programme.is_starting, False
        # A fade ends where MPD is silent, or was away: what plays then is somebody's hand.
        programme.is_fading_out &= heard.state is PlayState.PLAY and not heard.fresh
        is_another = heard.song_id != before.song_id
        self._note_song(heard, before, now)
        back = self._go_back(heard, before)
        if heard.pick and heard.state is PlayState.PLAY:
            programme.aside.keep(None)
        # The order counts: each question takes away a reason for what MPD does (it began anew, an end, a
        # failure, our own fade), and only what none of them explains is taken for somebody's hand.
        # MPD began anew, or we did: its state is the restart's doing, not a wish.
        if heard.fresh:
            programme.aside.wait(now) if self._is_new and programme.heard.is_guest else None
            return self._come_back(heard, before)
        if heard.state is PlayState.STOP and (heard.ran_out or heard.failed):
            return self._end(now)
        if heard.state is PlayState.PLAY and heard.pick and heard.failed == heard.song and not is_another:
            return programme.begin()  # a web radio that is silent; not the same song once more behind itself
        # A stop after a stop is no news, unless our own song was on its way: then somebody stopped that.
        if heard.state is PlayState.STOP and before.state is PlayState.STOP and not was_starting:
            if programme.choose_until is not None and heard.queue_version != before.queue_version:
                programme.choose_until = now + CHOOSE_S  # still choosing
            return []  # nobody has stopped anything
        if heard.state is PlayState.PLAY and programme.is_fading_out:
            return []  # on its way to our pause, which is no hand's "play"
        programme.want(PLAYING[heard.state])
        self._mind_hand(heard, before, wanted, now)
        if heard.state is PlayState.STOP and heard.song is None and wanted is Playing.MUSIC:
            programme.choose_until = now + CHOOSE_S  # `clear`: a wish to choose, which is none for silence
        return [*back, *programme.keep_going()]

    def _note_song(self, heard: msg.PlayerChanged, before: msg.PlayerChanged, now: float) -> None:
        """Tell chooser, course and list what was heard or has failed, whatever is done about it."""
        played_s, is_another = now - self._plays_since, heard.song_id != before.song_id
        if heard.state is not before.state or is_another:
            self._plays_since = now
        if heard.pick and is_another:
            self._chooser.note_played(heard.pick)
            if heard.pick.why not in BY_HAND:
                self._course.note_played(heard.pick.song.uri)
        self._programme.succession.hear(heard, before)
        if heard.failed:
            self._course.note_failed(heard.failed.uri)
            self._chooser.refuse(heard.failed, heard.own_fault)
        # One skipped after two seconds was heard, too: MPD could play it, so its failures are over.
        elif before.pick and before.state is PlayState.PLAY and is_another and played_s >= WHOLE_S:
            self._chooser.note_heard(before.pick)

    def _mind_hand(
        self, heard: msg.PlayerChanged, before: msg.PlayerChanged, wanted: Playing, now: float
    ) -> None:
        """Note what a guest's hand has interrupted, if this was one."""
        programme = self._programme
        is_guest = heard.state is PlayState.PLAY and heard.pick is None
        is_taken_over = is_guest and (before.pick is not None or before.state is PlayState.STOP)
        if is_taken_over or programme.playing is not wanted:
            programme.aside.note_hand(before, before.elapsed_s, wanted, now)
        if is_taken_over:
            programme.aside.give_way(now)
        elif heard.pick and heard.state is PlayState.PLAY:
            programme.aside.end_hand()

    def _go_back(self, heard: msg.PlayerChanged, before: msg.PlayerChanged) -> list[Action]:
        """Seek to where our song was, if it is the one that a guest had interrupted and follows his now."""
        programme = self._programme
        unfinished = programme.aside.song
        is_after_guest = before.state is not PlayState.STOP and before.pick is None
        if not (heard.state is PlayState.PLAY and is_after_guest and unfinished and heard.pick):
            return []
        is_it = heard.pick.song.uri == unfinished.pick.song.uri and heard.elapsed_s < unfinished.start_s
        return [act.SeekSong(unfinished.start_s)] if is_it else []

    def _end(self, now: float) -> list[Action]:
        """Say what follows when the queue came to its end, or its last song failed."""
        programme = self._programme
        silence, programme.aside.silence = programme.aside.silence, None
        if silence:
            programme.want(silence)
            programme.aside.keep(programme.aside.song)
            return []
        if programme.playing is not Playing.MUSIC and programme.aside.undo(now):
            # `clear; add; play` of what is not there, or an MPD that took long to know of its queue's end.
            programme.want(Playing.MUSIC)
        return self._begin_again(now)

    def stock(self, library: msg.LibraryChanged) -> list[Action]:
        """Take over the library, and begin the music that waited for it."""
        programme = self._programme
        self._chooser.stock(library)
        self._is_stocked = True
        programme.succession.stock(library)
        # `is_starting`: MPD is still silent with a first song on its way, and a second must not replace it.
        is_wanted = programme.heard.is_silent and programme.playing is Playing.MUSIC
        if is_wanted and not programme.is_starting:
            return programme.begin()
        return programme.keep_going() if programme.heard.is_connected else []

    def mind(self, now: float) -> list[Action]:
        """Mind that time passes: a song that is heard is well, and after songs that failed others are tried.

        now: monotonic seconds.
        """
        programme = self._programme
        heard = programme.heard
        # What waits behind a guest's long songs is too old to be gone back to: another takes its place.
        if programme.aside.is_too_long(now) and heard.is_guest and programme.heard.is_playing:
            return programme.queue_next()
        if heard.is_connected and programme.heard.is_playing and now - self._plays_since >= HEARD_S:
            had_failed = self._chooser.failures.in_a_row > 0
            self._chooser.note_heard(heard.last.pick)
            if heard.last.pick:
                self._course.note_heard()
            return programme.keep_going() if had_failed else []
        if programme.choose_until is not None and now >= programme.choose_until:
            programme.aside.keep(programme.aside.interrupted)
            programme.want(Playing.MUSIC)
            return programme.begin() if heard.is_silent else []
        is_due = self._retry_at is not None and now >= self._retry_at
        is_silent = heard.is_silent and not programme.is_starting
        return self._begin_again(now) if is_due and is_silent else []

    def _begin_again(self, now: float) -> list[Action]:
        """Begin music after an end or a failure: at once, unless one song after the other fails."""
        programme = self._programme
        if programme.playing is not Playing.MUSIC:
            return []
        if self._retry_at is None and (pause_s := self._chooser.failures.pause_s()):
            self._retry_at = now + pause_s
        if self._retry_at is not None and now < self._retry_at:
            return []
        self._retry_at = None
        return programme.begin()

    def _come_back(self, heard: msg.PlayerChanged, before: msg.PlayerChanged) -> list[Action]:
        """After connecting, make MPD do what people want, which it may have forgotten."""
        programme = self._programme
        is_start_missed, programme.is_start_missed = programme.is_start_missed, False
        if is_start_missed:
            programme.aside.keep(None)
            if programme.playing is Playing.MUSIC:  # a mood or a skip that MPD was not there to hear
                return programme.another()
        is_new, self._is_new = self._is_new, False
        silence = programme.aside.silence
        if silence and not (programme.heard.is_guest and heard.state is PlayState.PLAY):
            programme.want(silence)  # his songs ended while nobody heard
            programme.aside.silence = None
        at_song = StartSong(before.pick, Transition.CUT, before.elapsed_s) if before.pick else None
        # What people want, what MPD did when last heard, what it does now: the first line that fits holds.
        match programme.playing, before.state, heard.state:
            case Playing.MUSIC, _, PlayState.PLAY:
                # What we had queued before we began anew was for the mood and the settings of then.
                return programme.queue_next() if is_new and not silence else programme.keep_going()
            case Playing.PAUSED, _, PlayState.PLAY:
                return programme.pause()
            case Playing.STOPPED, _, PlayState.PLAY:
                return programme.stop()
            # It does not play, which after a restart is nobody's hand: what people told us holds.
            case Playing.MUSIC, PlayState.PLAY, _ if at_song:
                return programme.send(at_song)
            case Playing.MUSIC, _, PlayState.PAUSE if not programme.aside.song:
                # It may come back so from a crash.
                return programme.resume()
            case Playing.MUSIC, _, _:
                return programme.begin()
            case _, PlayState.PAUSE, PlayState.STOP if not is_start_missed:
                programme.aside.keep(at_song)
        return []

    def what_is_missing(self) -> str | None:
        """Say for people what the library lacks; None when every mood has music of its own."""
        programme = self._programme
        if not self._is_stocked:
            return None
        if self._chooser.is_empty():
            return "MPD has no song that it can play; copy music into its music folder"
        if self._chooser.is_empty_for_person():
            return NOTHING_ALLOWED.format(person=self._chooser.person)
        if self._chooser.failures.is_long and not programme.heard.is_ours_playing:
            return ALL_FAIL
        missing = self._chooser.without_music()
        if not missing:
            return None
        return f"no music for {', '.join(missing)}; borrowing from the nearest mood that has some"

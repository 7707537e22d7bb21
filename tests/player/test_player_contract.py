"""What the player does with MPD: the same on a real one and on the simulated one."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from conftest import SONG_S
from listening import RealListening, SimulatedListening
from simulated_mpd import SimulatedMpd

from appliance.demo.private_mpd import PrivateMpd
from appliance.player.faults import OVER_AT_ONCE_S
from appliance.player.stops import SETTLING_S
from appliance.protocol.actions import (
    ChangeVolume,
    LimitVolume,
    MarkSong,
    NextInQueue,
    NoteTaste,
    PauseMusic,
    PreviousInQueue,
    QueueSong,
    ResumeGuest,
    ResumeMusic,
    SeekSong,
    StartSong,
    StopMusic,
)
from appliance.protocol.emotions import EMOTIONS
from appliance.protocol.messages import Pick, PlayerChanged, PlayerEvent, Song, Transition
from appliance.protocol.taste import EVERYBODY, Verdict


def like(song: Song) -> NoteTaste:
    return NoteTaste(Verdict.LIKED, song, "happy", EVERYBODY)


BROKEN = "disgust/1.flac"
EMPTY = "surprise/1.flac"
CUT, FADE, AFTER_SONG = Transition.CUT, Transition.FADE, Transition.AFTER_SONG

Box: TypeAlias = RealListening | SimulatedListening
Open: TypeAlias = Callable[..., Box]


@pytest.fixture(scope="module")
def standing_mpd(music_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivateMpd]:
    """A real MPD for many tests; two of its songs have been damaged since it listed them."""
    folder = tmp_path_factory.mktemp("standing")
    music = Path(shutil.copytree(music_folder, folder / "music"))
    with PrivateMpd(folder / "mpd", music) as server:
        (music / BROKEN).write_bytes(b"no music" * 1000)
        (music / EMPTY).write_bytes((music / EMPTY).read_bytes()[:200])
        yield server


def _real(server: PrivateMpd) -> Open:
    guest = server.client()
    for mode in (guest.repeat, guest.random, guest.single, guest.consume):
        mode(0)
    guest.clear()
    guest.clearerror()
    guest.setvol(100)
    guest.disconnect()
    return lambda **settings: RealListening(server, **settings)


def _simulated(unkind: bool, settling_s: float = 0.1) -> Open:
    songs = [
        Song(f"{mood}/{number}.flac", f"{mood} {number}", f"Artist {number}", "Tones", SONG_S)
        for mood in EMOTIONS
        for number in range(2)
    ]
    box = SimulatedMpd(
        songs,
        undecodable={BROKEN},
        empty={EMPTY},
        empty_s=0.0 if unkind else 0.02,
        settling_s=settling_s if unkind else 0.0,
        minds_seeking=unkind,
    )
    return lambda **settings: SimulatedListening(box, **settings)


@pytest.fixture(params=["real", "simulated", "unkind"])
def listen(request: pytest.FixtureRequest) -> Iterator[Open]:
    """Opens a player, on a fresh MPD; settings as `Listening` takes them.

    A real MPD, too, says for a moment at the queue's end that it was stopped, and stops with an error where
    it is to seek beyond a song's end; it is rarely seen to do either.
    """
    if request.param == "real":
        make = _real(request.getfixturevalue("standing_mpd"))
    else:
        make = _simulated(unkind=request.param == "unkind")
    opened: list[Box] = []

    def opening(**settings: Any) -> Box:
        opened.append(make(**settings))
        opened[-1].until_ready()
        return opened[-1]

    yield opening
    for box in opened:
        box.close()


@pytest.fixture
def box(listen: Open) -> Box:
    return listen()


def near_the_end(box: Box) -> None:
    box.guest.seekcur(SONG_S - 0.3)


def queue_of(box: Box) -> list[str]:
    return [entry["file"] for entry in box.guest.playlistinfo()]


def ran_out(event: PlayerEvent) -> bool:
    return isinstance(event, PlayerChanged) and event.ran_out


# --- connecting ------------------------------------------------------------------------------------------


def test_the_first_look_is_fresh_and_the_start_volume_is_set(listen: Open) -> None:
    box = listen(start_volume=33)
    first = next(event for event in box.heard if isinstance(event, PlayerChanged))
    assert (first.fresh, first.state, first.volume, first.song) == (True, "stop", 33, None)
    assert box.guest.status()["volume"] == "33"


def test_without_a_start_volume_mpd_keeps_its_own(listen: Open) -> None:
    box = listen(start_volume=None, max_volume=100)
    assert box.volumes() == []
    first = next(event for event in box.heard if isinstance(event, PlayerChanged))
    assert first.volume == 100


def test_a_start_volume_above_the_maximum_is_the_maximum(listen: Open) -> None:
    """Phoniebox #1113: nobody is to be woken by a box that starts at 100 %."""
    assert listen(start_volume=90, max_volume=60).volumes() == [60]


def test_the_library_lists_each_moods_folder(box: Box) -> None:
    assert set(box.library.by_mood) == set(EMOTIONS)
    assert [song.uri for song in box.library.by_mood["happy"]] == ["happy/0.flac", "happy/1.flac"]
    assert len(box.library.everything) == 14
    assert box.library.by_mood["sad"][0] == Song("sad/0.flac", "sad 0", "Artist 0", "Tones", SONG_S)


def test_what_others_had_put_there_before_us_is_theirs(listen: Open) -> None:
    first = listen()
    for uri in ("sad/0.flac", "sad/1.flac"):
        first.guest.addid(uri)
    first.guest.play(0)
    first.until_playing(first.pick("sad").song)
    second = listen()
    heard = next(event for event in second.heard if isinstance(event, PlayerChanged))
    assert (heard.fresh, heard.song, heard.pick, heard.has_next) == (True, first.pick("sad").song, None, True)
    second.perform(StartSong(second.pick("happy"), CUT))
    assert queue_of(second) == ["sad/0.flac", "happy/0.flac", "sad/1.flac"]


def test_what_is_whose_survives_our_restart(listen: Open) -> None:
    """MPD plays on meanwhile, and so does the queue that a phone has filled."""
    first = listen()
    first.perform(StartSong(first.pick("happy"), CUT), QueueSong(first.pick("sad")))
    first.until_playing(first.pick("happy").song)
    first.guest.addid("fear/0.flac")
    second = listen(known=first.player.memory)
    heard = next(event for event in second.heard if isinstance(event, PlayerChanged))
    assert heard.pick
    assert (heard.pick.song, heard.pick.mood) == (first.pick("happy").song, "happy")
    assert heard.pick.why == "Chosen for happy before the box began anew"
    second.perform(StartSong(second.pick("angry"), CUT))
    assert queue_of(second) == ["happy/0.flac", "angry/0.flac", "fear/0.flac"]


# --- songs -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("transition", list(Transition))
def test_a_song_starts_from_silence_at_once(box: Box, transition: Transition) -> None:
    box.perform(StartSong(box.pick("happy"), transition))
    heard = box.until_playing(box.pick("happy").song)
    assert heard.pick == box.pick("happy")
    assert not heard.has_next
    assert not heard.fresh
    assert heard.volume == 50


def test_a_song_may_start_in_its_middle(box: Box) -> None:
    box.perform(StartSong(box.pick("happy"), CUT, start_s=9.0))
    assert box.until_playing(box.pick("happy").song).elapsed_s >= 8.9


def test_a_song_that_starts_in_its_middle_plays_though_mpd_was_paused(box: Box) -> None:
    box.perform(StartSong(box.pick("happy"), CUT))
    box.until_playing(box.pick("happy").song)
    box.guest.pause(1)
    box.until_state("pause")
    box.perform(StartSong(box.pick("sad"), CUT, start_s=9.0))
    assert box.until_playing(box.pick("sad").song).elapsed_s >= 8.9
    assert box.guest.status()["state"] == "play"


def test_a_start_beyond_the_end_is_the_beginning_or_the_end_but_never_an_error(box: Box) -> None:
    box.perform(StartSong(box.pick("happy"), CUT, start_s=1000.0))
    box.until(lambda event: ran_out(event) or getattr(event, "state", "") == "play")


def test_a_cut_changes_the_song_in_the_middle(box: Box) -> None:
    box.perform(StartSong(box.pick("happy"), CUT))
    box.until_playing(box.pick("happy").song)
    box.perform(StartSong(box.pick("sad"), CUT))
    assert box.until_playing(box.pick("sad").song).pick == box.pick("sad")


def test_the_same_song_queued_anew_has_another_id(box: Box) -> None:
    box.perform(StartSong(box.pick("happy"), CUT))
    before = box.until_playing(box.pick("happy").song)
    box.perform(StartSong(box.pick("happy"), CUT))
    assert box.until_playing(box.pick("happy").song).song_id != before.song_id


def test_a_queued_song_follows_by_itself(box: Box) -> None:
    box.perform(StartSong(box.pick("happy"), CUT), QueueSong(box.pick("happy", 1)))
    assert box.until_playing(box.pick("happy").song).has_next
    near_the_end(box)
    heard = box.until_playing(box.pick("happy", 1).song)
    assert heard.pick == box.pick("happy", 1)
    assert not heard.has_next


def test_only_one_song_of_ours_waits(box: Box) -> None:
    box.perform(StartSong(box.pick("happy"), CUT), QueueSong(box.pick("sad")), QueueSong(box.pick("angry")))
    assert queue_of(box) == ["happy/0.flac", "angry/0.flac"]


def test_what_a_guest_has_queued_waits_for_nothing_of_ours(box: Box) -> None:
    box.perform(StartSong(box.pick("happy"), CUT))
    box.guest.addid("fear/0.flac")
    box.perform(QueueSong(box.pick("sad")))
    assert queue_of(box) == ["happy/0.flac", "fear/0.flac"]


def test_a_new_song_takes_back_what_was_to_follow_the_old(box: Box) -> None:
    box.perform(StartSong(box.pick("happy"), CUT), QueueSong(box.pick("happy", 1)))
    box.perform(StartSong(box.pick("sad"), CUT))
    assert queue_of(box) == ["happy/0.flac", "sad/0.flac"]


@pytest.mark.parametrize("transition", [CUT, AFTER_SONG])
def test_a_new_song_takes_back_what_somebody_has_gone_back_from(box: Box, transition: Transition) -> None:
    box.perform(StartSong(box.pick("happy"), CUT))
    box.until_playing(box.pick("happy").song)
    box.perform(StartSong(box.pick("sad"), CUT), QueueSong(box.pick("sad", 1)))
    box.until_playing(box.pick("sad").song)
    box.guest.addid("fear/0.flac")
    box.perform(PreviousInQueue())
    box.until_playing(box.pick("happy").song)
    box.perform(StartSong(box.pick("angry"), transition))
    assert queue_of(box) == ["happy/0.flac", "angry/0.flac", "fear/0.flac"]


def test_after_song_replaces_what_was_to_follow(box: Box) -> None:
    box.perform(StartSong(box.pick("happy"), CUT), QueueSong(box.pick("happy", 1)))
    box.perform(StartSong(box.pick("sad"), AFTER_SONG))
    box.perform(StartSong(box.pick("angry"), AFTER_SONG))
    assert queue_of(box) == ["happy/0.flac", "angry/0.flac"]
    assert box.until_playing(box.pick("happy").song).pick == box.pick("happy")
    near_the_end(box)
    assert box.until_playing(box.pick("angry").song).pick == box.pick("angry")


def test_the_end_of_the_queue_is_told_apart_from_a_stop(box: Box) -> None:
    box.perform(StartSong(box.pick("happy"), CUT))
    box.until_playing(box.pick("happy").song)
    near_the_end(box)
    assert box.until_state("stop").ran_out
    box.perform(StartSong(box.pick("happy"), CUT))
    box.until_playing(box.pick("happy").song)
    box.perform(StopMusic())
    assert not box.until_state("stop").ran_out


def test_the_end_of_a_queue_that_consumes_itself_is_its_end_too(box: Box) -> None:
    box.guest.consume(1)
    box.perform(StartSong(box.pick("happy"), CUT))
    box.until_playing(box.pick("happy").song)
    box.guest.seekcur(SONG_S - 3)
    box.until(lambda event: isinstance(event, PlayerChanged) and event.elapsed_s > SONG_S - 5)
    assert box.until_state("stop").ran_out


def test_a_guests_clear_is_no_end_even_of_a_queue_that_consumes_itself(box: Box) -> None:
    box.guest.consume(1)
    box.perform(StartSong(box.pick("happy"), CUT))
    box.until_playing(box.pick("happy").song)
    box.guest.clear()
    assert not box.until_state("stop").ran_out


def test_going_back_and_forth_in_the_queue(box: Box) -> None:
    box.perform(StartSong(box.pick("happy"), CUT))
    box.perform(StartSong(box.pick("sad"), CUT))
    box.until_playing(box.pick("sad").song)
    box.perform(PreviousInQueue())
    assert box.until_playing(box.pick("happy").song).pick == box.pick("happy")
    box.perform(NextInQueue())
    assert box.until_playing(box.pick("sad").song).pick == box.pick("sad")


def test_going_back_or_forth_in_silence_does_nothing(box: Box) -> None:
    box.perform(PreviousInQueue(), NextInQueue(), ResumeMusic(), PauseMusic())
    assert box.guest.status()["state"] == "stop"


def test_twenty_songs_stay_to_go_back_to(box: Box) -> None:
    for number in range(30):
        box.perform(StartSong(box.pick("happy", number % 2), CUT))
        box.until_playing(box.pick("happy", number % 2).song)
    assert len(queue_of(box)) == 21


def test_pause_holds_the_song_and_resume_goes_on(box: Box) -> None:
    box.perform(StartSong(box.pick("happy"), CUT, start_s=1.0))
    box.until_playing(box.pick("happy").song)
    box.perform(PauseMusic())
    paused = box.until_state("pause")
    box.perform(ResumeMusic())
    resumed = box.until_state("play")
    assert resumed.song_id == paused.song_id
    assert resumed.elapsed_s >= paused.elapsed_s >= 0.9


# --- guests ----------------------------------------------------------------------------------------------


def test_a_guests_song_is_not_ours(box: Box) -> None:
    box.guest.playid(box.guest.addid("sad/0.flac"))
    heard = box.until_playing(box.pick("sad").song)
    assert heard.pick is None


def test_a_guests_queue_is_let_be(box: Box) -> None:
    box.guest.playid(box.guest.addid("sad/0.flac"))
    box.guest.addid("sad/1.flac")
    box.perform(QueueSong(box.pick("happy")))
    assert queue_of(box) == ["sad/0.flac", "sad/1.flac"]
    box.perform(StartSong(box.pick("happy"), CUT))
    assert queue_of(box) == ["sad/0.flac", "happy/0.flac", "sad/1.flac"]
    assert box.until_playing(box.pick("happy").song).has_next


def test_many_songs_of_a_guest_are_never_trimmed(box: Box) -> None:
    for _ in range(30):
        box.guest.addid("sad/0.flac")
    box.guest.play(29)
    box.until_playing(box.pick("sad").song)
    box.perform(StartSong(box.pick("happy"), CUT))
    box.until_playing(box.pick("happy").song)
    assert queue_of(box).count("sad/0.flac") == 30


@pytest.mark.parametrize("mode", ["repeat", "single"])
def test_a_guests_mode_means_that_his_songs_follow_by_themselves(box: Box, mode: str) -> None:
    box.guest.playid(box.guest.addid("happy/0.flac"))
    box.until_playing(box.pick("happy").song)
    getattr(box.guest, mode)(1)
    heard = box.until(lambda event: isinstance(event, PlayerChanged) and event.has_next)
    assert heard.modes == (mode,)
    box.perform(QueueSong(box.pick("sad")))
    assert queue_of(box) == ["happy/0.flac"]


@pytest.mark.parametrize("mode", ["repeat", "random", "single", "consume"])
def test_a_mode_that_a_guest_leaves_on_is_off_while_our_songs_play_and_put_back_for_his(
    box: Box, mode: str
) -> None:
    box.perform(StartSong(box.pick("happy"), CUT))
    box.until_playing(box.pick("happy").song)
    getattr(box.guest, mode)(1)
    box.until_so(lambda: box.guest.status()[mode] == "0")
    heard = box.until(lambda event: isinstance(event, PlayerChanged) and event.modes == (mode,))
    assert not heard.has_next
    box.perform(QueueSong(box.pick("sad")))
    assert queue_of(box) == ["happy/0.flac", "sad/0.flac"]
    box.guest.clear()
    box.guest.addid("fear/0.flac")
    box.guest.play()
    box.until_playing(box.pick("fear").song)
    assert box.guest.status()[mode] == "1"


def test_a_guests_clear_and_add_are_no_end_however_fast_they_are(box: Box) -> None:
    box.perform(StartSong(box.pick("happy"), CUT))
    box.until_playing(box.pick("happy").song)
    box.guest.clear()
    box.guest.addid("fear/0.flac")
    assert not box.until_state("stop").ran_out


def test_nor_do_they_condemn_the_song_that_we_had_just_begun(box: Box) -> None:
    box.perform(StartSong(box.pick("happy"), CUT))
    box.guest.clear()
    box.guest.addid("fear/0.flac")
    heard = box.until_state("stop")
    assert (heard.ran_out, heard.failed) == (False, None)


def test_nor_are_they_an_end_in_the_middle_of_a_fade(box: Box) -> None:
    fading(box)
    box.guest.clear()
    box.guest.addid("fear/0.flac")
    assert not box.until_state("stop").ran_out
    assert queue_of(box) == ["fear/0.flac"]


def play_album(box: Box) -> None:
    """A guest plays the second of three songs, from its tenth second."""
    for uri in ("fear/0.flac", "fear/1.flac", "angry/0.flac"):
        box.guest.addid(uri)
    box.guest.seek(1, 10)
    box.until_playing(box.pick("fear", 1).song)


def test_our_songs_pass_over_a_leftover_queue_one_after_another(box: Box) -> None:
    play_album(box)
    box.perform(StartSong(box.pick("happy"), CUT, over_guests=True))
    heard = box.until_playing(box.pick("happy").song)
    assert (heard.has_next, heard.guest_waits) == (False, True)
    box.perform(QueueSong(box.pick("happy", 1)))
    near_the_end(box)
    assert not box.until_playing(box.pick("happy", 1).song).has_next
    box.perform(QueueSong(box.pick("sad")))
    songs = ["fear/0.flac", "fear/1.flac", "angry/0.flac", "happy/0.flac", "happy/1.flac", "sad/0.flac"]
    assert queue_of(box) == songs


def test_a_leftover_queue_goes_on_where_it_was_and_as_it_was(box: Box) -> None:
    box.guest.consume(1)
    play_album(box)
    songs = queue_of(box)
    box.perform(StartSong(box.pick("happy"), CUT, over_guests=True), QueueSong(box.pick("sad")))
    box.until_playing(box.pick("happy").song)
    box.perform(ResumeGuest())
    heard = box.until_playing(box.pick("fear", 1).song)
    assert heard.elapsed_s >= 9.9
    assert (heard.pick, heard.has_next, heard.guest_waits, heard.modes) == (None, True, False, ("consume",))
    assert queue_of(box) == songs
    assert box.guest.status()["consume"] == "1"


def test_going_back_from_our_first_song_leads_to_the_guest_s_whose_place_it_took(box: Box) -> None:
    play_album(box)
    box.perform(StartSong(box.pick("happy"), CUT, over_guests=True))
    box.until_playing(box.pick("happy").song)
    box.perform(PreviousInQueue())
    assert box.until_playing(box.pick("fear", 1).song).elapsed_s >= 9.9


def test_an_old_song_that_a_guest_moves_behind_ours_plays_next(box: Box) -> None:
    play_album(box)
    box.perform(StartSong(box.pick("happy"), CUT, over_guests=True), QueueSong(box.pick("sad")))
    box.until_playing(box.pick("happy").song)
    box.guest.moveid(box.guest.playlistinfo()[0]["id"], 3)
    near_the_end(box)
    assert box.until_playing(box.pick("fear").song).pick is None


@pytest.mark.parametrize("place", ["", "+0"], ids=["last", "next"])
def test_what_a_guest_adds_to_a_leftover_queue_plays_next_and_then_ours(box: Box, place: str) -> None:
    play_album(box)
    box.perform(StartSong(box.pick("happy"), CUT, over_guests=True))
    box.until_playing(box.pick("happy").song)
    box.guest.addid("neutral/0.flac", *filter(None, [place]))
    box.until(lambda event: isinstance(event, PlayerChanged) and event.has_next)
    box.perform(QueueSong(box.pick("sad")))
    near_the_end(box)
    heard = box.until_playing(box.pick("neutral").song)
    assert (heard.pick, heard.has_next) == (None, False)
    box.perform(QueueSong(box.pick("sad")))
    assert queue_of(box)[-3:] == ["happy/0.flac", "neutral/0.flac", "sad/0.flac"]


def test_a_leftover_song_that_is_gone_is_waited_for_no_more(box: Box) -> None:
    play_album(box)
    box.perform(StartSong(box.pick("happy"), CUT, over_guests=True))
    assert box.until_playing(box.pick("happy").song).guest_waits
    box.guest.deleteid(box.guest.playlistinfo()[1]["id"])
    box.until(lambda event: isinstance(event, PlayerChanged) and not event.guest_waits)
    box.perform(ResumeGuest())
    assert box.guest.currentsong()["file"] == "happy/0.flac"


def test_a_song_that_follows_a_guests_can_go_on_in_its_middle(box: Box) -> None:
    box.guest.playid(box.guest.addid("fear/0.flac"))
    box.until_playing(box.pick("fear").song)
    box.perform(QueueSong(box.pick("happy")))
    near_the_end(box)
    box.until_playing(box.pick("happy").song)
    box.perform(SeekSong(12.0))
    box.until(lambda event: isinstance(event, PlayerChanged) and event.elapsed_s >= 11.9)


def test_a_guests_pause_stop_and_clear_are_heard(box: Box) -> None:
    box.perform(StartSong(box.pick("happy"), CUT))
    box.until_playing(box.pick("happy").song)
    box.guest.pause(1)
    assert not box.until_state("pause").ran_out
    box.guest.pause(0)
    box.until_state("play")
    box.guest.stop()
    assert not box.until_state("stop").ran_out
    box.guest.play()
    box.until_state("play")
    box.guest.clear()
    assert not box.until_state("stop").ran_out


def test_a_guest_seeking_is_heard(box: Box) -> None:
    box.perform(StartSong(box.pick("happy"), CUT))
    before = box.until_playing(box.pick("happy").song)
    box.guest.seekcur(20)
    assert box.until_playing(box.pick("happy").song).elapsed_s > before.elapsed_s + 1.0


def test_a_guest_who_takes_our_next_song_away_does_no_harm(box: Box) -> None:
    box.perform(StartSong(box.pick("happy"), CUT), QueueSong(box.pick("sad")))
    box.guest.deleteid(box.guest.playlistinfo()[1]["id"])
    box.perform(QueueSong(box.pick("angry")))
    assert queue_of(box) == ["happy/0.flac", "angry/0.flac"]
    box.guest.deleteid(box.guest.playlistinfo()[1]["id"])
    box.perform(StartSong(box.pick("neutral"), CUT))
    assert box.until_playing(box.pick("neutral").song).pick == box.pick("neutral")


# --- volume ----------------------------------------------------------------------------------------------


def test_the_volume_is_set_and_told(box: Box) -> None:
    box.perform(ChangeVolume(20))
    box.until(lambda event: isinstance(event, PlayerChanged) and event.volume == 20)
    assert box.guest.status()["volume"] == "20"


@pytest.mark.parametrize(("asked", "given"), [(200, "80"), (-5, "0"), (81, "80")])
def test_the_volume_stays_within_its_bounds(box: Box, asked: int, given: str) -> None:
    box.perform(ChangeVolume(asked))
    assert box.guest.status()["volume"] == given


def test_a_guests_volume_is_taken_over(box: Box) -> None:
    box.guest.setvol(12)
    box.until(lambda event: isinstance(event, PlayerChanged) and event.volume == 12)
    assert box.volumes() == [50]


def test_a_guests_volume_above_the_maximum_comes_back_down(box: Box) -> None:
    """Phoniebox #952, #1742: the maximum holds whatever way the volume is set."""
    for _ in range(2):
        box.guest.setvol(95)
        box.until_so(lambda: box.guest.status()["volume"] == "80")
    assert box.volumes() == [50, 80, 80]


# --- fades -----------------------------------------------------------------------------------------------


def fading(box: Box) -> None:
    """Be in the middle of a fade's way down."""
    box.perform(StartSong(box.pick("happy"), CUT))
    box.until_playing(box.pick("happy").song)
    box.wire.clear()
    box.perform(StartSong(box.pick("sad"), FADE))
    box.until_so(lambda: bool(box.volumes()))
    assert box.guest.currentsong()["file"] == "happy/0.flac"


def after_the_fade(box: Box) -> None:
    box.until_so(lambda: box.guest.status()["volume"] == "50" and box.volumes()[-1] == 50)


def test_a_fade_goes_down_changes_at_the_bottom_and_comes_up(box: Box) -> None:
    fading(box)
    box.until_playing(box.pick("sad").song)
    after_the_fade(box)
    names = [(name, *arguments) for name, arguments in box.wire if name in ("setvol", "playid")]
    change = next(place for place, (name, *_) in enumerate(names) if name == "playid")
    down = [volume for _, volume in names[:change]]
    up = [volume for _, volume in names[change + 1 :]]
    assert down == sorted(down, reverse=True)
    assert down[-1] == 0
    assert up == sorted(up)
    assert up[-1] == max(down + up) == 50
    assert len(down) > 2
    assert len(up) > 2


def test_no_step_of_a_fade_is_told_as_the_volume(box: Box) -> None:
    fading(box)
    box.until_playing(box.pick("sad").song)
    after_the_fade(box)
    told = {event.volume for event in box.heard if isinstance(event, PlayerChanged)}
    assert told == {50}


def test_another_song_in_the_middle_of_a_fade_replaces_its_target(box: Box) -> None:
    fading(box)
    box.perform(StartSong(box.pick("angry"), FADE))
    box.until_playing(box.pick("angry").song)
    after_the_fade(box)
    assert queue_of(box) == ["happy/0.flac", "angry/0.flac"]
    assert max(box.volumes()) == 50


def test_another_fade_on_the_way_up_goes_down_from_there(box: Box) -> None:
    fading(box)
    box.until_playing(box.pick("sad").song)
    box.until_so(lambda: len(box.volumes()) > 2 and box.volumes()[-1] > box.volumes()[-2])
    turned_at = len(box.volumes())
    box.perform(StartSong(box.pick("angry"), FADE))
    box.until_playing(box.pick("angry").song)
    down = box.volumes()[turned_at:]
    assert down[0] < 50
    assert down[: down.index(0) + 1] == sorted(down[: down.index(0) + 1], reverse=True)
    after_the_fade(box)


def test_a_cut_in_the_middle_of_a_fade_is_a_cut(box: Box) -> None:
    fading(box)
    box.perform(StartSong(box.pick("angry"), CUT))
    box.until_playing(box.pick("angry").song)
    assert box.guest.status()["volume"] == "50"
    assert queue_of(box) == ["happy/0.flac", "angry/0.flac"]


def test_what_is_to_follow_the_target_of_a_fade_follows_it(box: Box) -> None:
    fading(box)
    box.perform(QueueSong(box.pick("sad", 1)))
    box.until_playing(box.pick("sad").song)
    assert queue_of(box) == ["happy/0.flac", "sad/0.flac", "sad/1.flac"]


@pytest.mark.parametrize(("action", "state"), [(PauseMusic(), "pause"), (StopMusic(), "stop")])
def test_pause_and_stop_in_the_middle_of_a_fade_leave_the_full_volume(
    box: Box, action: PauseMusic | StopMusic, state: str
) -> None:
    fading(box)
    box.perform(action)
    assert box.until_state(state).song == box.pick("happy").song
    assert box.guest.status()["volume"] == "50"


def test_a_guests_pause_in_the_middle_of_a_fade_ends_it(box: Box) -> None:
    fading(box)
    box.guest.pause(1)
    assert box.until_state("pause").song == box.pick("happy").song
    box.until_so(lambda: box.guest.status()["volume"] == "50")
    assert queue_of(box) == ["happy/0.flac"]


def test_a_guests_song_in_the_middle_of_a_fade_stays(box: Box) -> None:
    fading(box)
    box.guest.playid(box.guest.addid("neutral/0.flac"))
    assert box.until_playing(box.pick("neutral").song).pick is None
    box.until_so(lambda: box.guest.status()["volume"] == "50")
    assert box.guest.currentsong()["file"] == "neutral/0.flac"


def test_a_guests_volume_in_the_middle_of_a_fade_holds(box: Box) -> None:
    fading(box)
    box.guest.setvol(77)
    heard = box.until_playing(box.pick("sad").song)
    assert heard.volume == 77
    assert box.guest.status()["volume"] == "77"
    assert max(box.volumes()) < 50


def test_the_volume_set_in_the_middle_of_a_fade_is_where_it_ends(box: Box) -> None:
    fading(box)
    box.perform(ChangeVolume(30))
    box.until_playing(box.pick("sad").song)
    box.until_so(lambda: box.guest.status()["volume"] == "30")
    assert max(box.volumes()) < 50


def test_a_song_that_ends_in_the_middle_of_a_fade_gives_way_at_once(box: Box) -> None:
    fading(box)
    box.guest.seekcur(SONG_S - 0.12)
    box.until_playing(box.pick("sad").song)
    assert not any(map(ran_out, box.heard))
    after_the_fade(box)


def test_a_muted_box_has_nothing_to_fade(box: Box) -> None:
    box.perform(StartSong(box.pick("happy"), CUT), ChangeVolume(0))
    box.until_playing(box.pick("happy").song)
    box.perform(StartSong(box.pick("sad"), FADE))
    assert box.guest.currentsong()["file"] == "sad/0.flac"


def test_closing_in_the_middle_of_a_fade_leaves_the_full_volume(listen: Open) -> None:
    box = listen()
    fading(box)
    box.player.close()
    assert box.guest.status()["volume"] == "50"


# --- into silence and out of it --------------------------------------------------------------------------


def test_a_pause_with_a_fade_goes_down_first_and_leaves_the_full_volume(box: Box) -> None:
    box.perform(StartSong(box.pick("happy"), CUT))
    box.until_playing(box.pick("happy").song)
    box.wire.clear()
    box.perform(PauseMusic(fade_s=0.3))
    assert box.guest.status()["state"] == "play"
    assert box.until_state("pause").volume == 50
    *down, last = box.volumes()
    assert down == sorted(down, reverse=True)
    assert (down[-1], last) == (0, 50)


def test_a_guest_who_turns_it_up_during_a_pauses_fade_still_gets_the_pause(box: Box) -> None:
    box.perform(StartSong(box.pick("happy"), CUT))
    box.until_playing(box.pick("happy").song)
    box.perform(PauseMusic(fade_s=5.0))
    box.until_so(lambda: len(box.volumes()) > 2)
    box.guest.setvol(77)
    assert box.until_state("pause").volume == 77


@pytest.mark.parametrize("beginning", ["a song", "the paused song"])
def test_music_that_rises_from_silence_comes_up_to_the_volume(box: Box, beginning: str) -> None:
    if beginning == "a song":
        box.perform(StartSong(box.pick("happy"), CUT, rise_s=0.3))
    else:
        box.perform(StartSong(box.pick("happy"), CUT))
        box.until_playing(box.pick("happy").song)
        box.perform(PauseMusic())
        box.until_state("pause")
        box.wire.clear()
        box.perform(ResumeMusic(fade_s=0.3))
    assert box.until_playing(box.pick("happy").song).volume == 50
    after_the_fade(box)
    begins = next(place for place, (name, _) in enumerate(box.wire) if name in ("playid", "play"))
    assert [arguments[0] for name, arguments in box.wire[:begins] if name == "setvol"][-1] == 0
    rise = box.volumes()[box.volumes().index(0) :]
    assert rise == sorted(rise)
    assert rise[-1] == 50
    assert len(rise) > 3


def test_an_alarm_over_soft_music_reaches_its_volume_by_its_rise_alone(box: Box) -> None:
    box.perform(StartSong(box.pick("happy"), CUT), ChangeVolume(8))
    box.until_playing(box.pick("happy").song)
    box.wire.clear()
    box.perform(StartSong(box.pick("sad"), CUT, rise_s=0.3), ChangeVolume(60))
    box.until_so(lambda: box.guest.status()["volume"] == "60")
    assert box.volumes()[0] == 0
    assert box.volumes() == sorted(box.volumes())


def test_a_limit_brings_the_volume_down_even_in_the_middle_of_a_fade(box: Box) -> None:
    fading(box)
    box.perform(LimitVolume(20))
    heard = box.until_playing(box.pick("sad").song)
    assert heard.volume == 20
    box.until_so(lambda: box.guest.status()["volume"] == "20")
    box.guest.setvol(60)
    box.until_so(lambda: box.guest.status()["volume"] == "20")
    box.perform(LimitVolume(None))
    box.guest.setvol(60)
    box.until(lambda event: isinstance(event, PlayerChanged) and event.volume == 60)


def test_a_liked_song_gets_mpds_sticker(box: Box) -> None:
    box.perform(like(box.pick("happy").song))
    assert box.guest.sticker_get("song", "happy/0.flac", "like") == "2"


def test_what_is_heard_and_skipped_is_counted_as_mympd_counts_it(box: Box) -> None:
    song = box.pick("happy").song
    box.guest.sticker_set("song", song.uri, "playCount", "7")  # by another program, before
    for verdict in (Verdict.HEARD, Verdict.HEARD, Verdict.SKIPPED):
        box.perform(NoteTaste(verdict, song, "happy", EVERYBODY, at_s=1_800_000_000.4))
    box.perform(NoteTaste(Verdict.SKIPPED, song, "happy", EVERYBODY, at_s=None))  # no clock: no date
    stickers = box.guest.sticker_list("song", song.uri)
    assert stickers["playCount"] == "9"
    assert stickers["lastPlayed"] == "1800000000"
    assert stickers["skipCount"] == "2"
    assert stickers["lastSkipped"] == "1800000000"


def test_a_like_that_was_taken_back_leaves_no_sticker(box: Box) -> None:
    song = box.pick("happy").song
    for verdict, sticker in ((Verdict.LIKED, "2"), (Verdict.DISLIKED, "0")):
        box.perform(NoteTaste(verdict, song, "happy", EVERYBODY))
        assert box.guest.sticker_get("song", song.uri, "like") == sticker
    for _ in range(2):
        box.perform(MarkSong(song.uri, None))
        assert "like" not in box.guest.sticker_list("song", song.uri)
    box.perform(MarkSong(song.uri, Verdict.LIKED))
    assert box.guest.sticker_get("song", song.uri, "like") == "2"


def test_a_song_is_liked_when_mpds_sticker_says_so(box: Box) -> None:
    def liked(now: bool) -> Callable[[PlayerEvent], bool]:
        return lambda event: isinstance(event, PlayerChanged) and event.liked is now

    box.guest.sticker_set("song", "sad/0.flac", "like", "1")
    box.perform(StartSong(box.pick("sad"), CUT))
    assert box.until_playing(box.pick("sad").song).liked is False
    box.perform(like(box.pick("sad").song))
    box.until(liked(True))
    box.guest.sticker_set("song", "sad/0.flac", "like", "0")
    box.until(liked(False))
    box.guest.sticker_set("song", "sad/0.flac", "like", "2")
    box.until(liked(True))


@pytest.mark.parametrize("kind", ["real", "simulated"])
def test_where_mpd_keeps_no_likes_no_song_is_shown_as_liked(
    kind: str, music_folder: Path, tmp_path: Path
) -> None:
    class Forgetful(PrivateMpd):
        def _config(self) -> str:
            return "\n".join(line for line in super()._config().splitlines() if "sticker" not in line)

    with contextlib.ExitStack() as running:
        if kind == "real":
            box: Box = RealListening(running.enter_context(Forgetful(tmp_path / "mpd", music_folder)))
        else:
            simulated = SimulatedMpd([Song("happy/0.flac", "happy 0", "Artist 0", "Tones", SONG_S)])
            simulated.stickers = None
            box = SimulatedListening(simulated)
        running.callback(box.close)
        box.until_ready()
        box.perform(StartSong(box.pick("happy"), CUT))
        assert box.until_playing(box.pick("happy").song).liked is None
        box.perform(like(box.pick("happy").song))
        box.perform(PauseMusic())
        event = box.until(lambda event: isinstance(event, PlayerChanged) and event.state == "pause")
        assert isinstance(event, PlayerChanged)
        assert event.liked is None


def test_a_queue_that_anybody_changes_is_told_as_another_one(box: Box) -> None:
    box.perform(StartSong(box.pick("happy"), CUT))
    before = box.until_playing(box.pick("happy").song).queue_version
    box.guest.addid("sad/0.flac")
    after = box.until(lambda event: isinstance(event, PlayerChanged) and event.queue_version != before)
    assert after.song == box.pick("happy").song


# --- what cannot be played -------------------------------------------------------------------------------


def failed(event: PlayerEvent) -> bool:
    return isinstance(event, PlayerChanged) and event.failed is not None


def test_a_song_that_mpd_cannot_decode_is_told_once(box: Box) -> None:
    broken = box.pick("disgust", 1)
    box.perform(StartSong(broken, CUT))
    heard = box.until(failed)
    assert heard.failed.uri == BROKEN
    assert heard.ran_out
    box.perform(StartSong(box.pick("happy"), CUT))
    box.until_playing(box.pick("happy").song)
    assert len([event for event in box.heard if failed(event)]) == 1
    assert "error" not in box.guest.status()


def test_a_song_without_sound_is_told_each_time_it_is_started(box: Box) -> None:
    told = 0
    while told < 3:
        began = box.now()
        box.perform(StartSong(box.pick("surprise", 1), CUT))
        ended = box.until(ran_out)
        if box.now() - began < OVER_AT_ONCE_S:  # else the machine stood still, and saw it play
            assert ended.failed == box.pick("surprise", 1).song
            told += 1


def test_a_song_that_mpd_passes_over_is_told_though_music_goes_on(box: Box) -> None:
    """MPD keeps no error where another song follows: nobody would know, and it would be offered for ever."""
    box.guest.addid("sad/0.flac")
    box.perform(StartSong(box.pick("surprise", 1), CUT))
    assert box.until(failed).failed == box.pick("surprise", 1).song


def test_a_song_that_is_passed_over_unseen_is_told_when_the_queue_is_at_its_end(box: Box) -> None:
    box.perform(StartSong(box.pick("happy"), CUT), QueueSong(box.pick("surprise", 1)))
    box.until_playing(box.pick("happy").song)
    near_the_end(box)
    assert box.until(failed).failed == box.pick("surprise", 1).song


def test_such_a_song_is_told_by_an_mpd_on_a_busy_machine_too() -> None:
    """It stops on the song that it passes over, and is so slow to leave it that the stop is believed."""
    box = _simulated(unkind=True, settling_s=3 * SETTLING_S)()
    box.until_ready()
    box.perform(StartSong(box.pick("happy"), CUT), QueueSong(box.pick("surprise", 1)))
    box.until_playing(box.pick("happy").song)
    near_the_end(box)
    assert box.until(failed).failed == box.pick("surprise", 1).song
    box.close()


def test_songs_that_a_guest_goes_past_in_haste_have_not_failed_for_good(box: Box) -> None:
    box.perform(StartSong(box.pick("happy"), CUT), QueueSong(box.pick("sad")))
    box.until_playing(box.pick("happy").song)
    box.guest.next()
    assert not box.until_playing(box.pick("sad").song).own_fault


@pytest.mark.parametrize("way", ["clear", "delete"])
def test_a_song_that_a_guest_takes_away_has_not_failed(box: Box, way: str) -> None:
    box.perform(StartSong(box.pick("happy"), CUT))
    playing = box.until_playing(box.pick("happy").song)
    box.guest.addid("sad/0.flac")
    if way == "clear":
        box.guest.clear()
        box.guest.addid("sad/0.flac")
        box.guest.play()
    else:
        box.guest.deleteid(playing.song_id or 0)
    assert box.until_playing(box.pick("sad").song).failed is None


def test_silence_after_a_song_that_cannot_be_decoded_never_becomes_a_deliberate_stop(box: Box) -> None:
    box.perform(StartSong(box.pick("disgust", 1), CUT))
    box.until(failed)
    box.guest.setvol(12)
    assert box.until(lambda event: isinstance(event, PlayerChanged) and event.volume == 12).ran_out


def test_a_next_song_that_cannot_be_decoded_never_means_silence_unheard(box: Box) -> None:
    box.perform(StartSong(box.pick("happy"), CUT), QueueSong(box.pick("disgust", 1)))
    box.until_playing(box.pick("happy").song)
    box.guest.addid("sad/0.flac")
    near_the_end(box)
    # MPD, which decodes ahead, either stops on it or has gone past it already.
    heard = box.until(lambda event: failed(event) or getattr(event, "song", None) == box.pick("sad").song)
    assert heard.state == "play" or (heard.failed.uri == BROKEN and heard.ran_out)


def test_a_song_that_is_gone_from_mpd_is_refused_and_the_old_one_plays_on(box: Box) -> None:
    box.perform(StartSong(box.pick("happy"), CUT))
    box.until_playing(box.pick("happy").song)
    gone = Song("happy/gone.flac", "Gone")
    box.perform(StartSong(Pick(gone, "happy", "test"), FADE))
    heard = box.until(failed)
    assert heard.failed == gone
    assert heard.song == box.pick("happy").song
    box.until_so(lambda: box.guest.status()["volume"] == "50")


def test_a_name_with_a_line_break_cannot_smuggle_in_a_command(box: Box) -> None:
    song = Song("happy/0.flac\nsetvol 77\nping", "Trojan")
    box.perform(StartSong(Pick(song, "happy", "test"), CUT))
    assert box.until(failed).failed == song
    assert not [said for said in box.wire if any("\n" in str(argument) for argument in said[1])]


def test_after_a_clear_there_is_no_song_and_nothing_has_run_out(box: Box) -> None:
    """By this the brain tells somebody who wants to choose from one who wants silence."""
    pick = box.pick("happy")
    box.perform(StartSong(pick, CUT))
    box.until_playing(pick.song)
    box.guest.clear()
    cleared = box.until_state("stop")
    assert (cleared.song, cleared.ran_out, cleared.failed) == (None, False, None)
    box.perform(StartSong(pick, CUT))
    box.until_playing(pick.song)
    box.guest.stop()
    assert box.until_state("stop").song == pick.song, "which a stop is not"

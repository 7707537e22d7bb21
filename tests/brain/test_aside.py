"""What is kept aside while a guest has the word: to the second."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from appliance.brain.aside import Aside
from appliance.protocol.messages import Pick, PlayerChanged, PlayState, Song
from appliance.protocol.snapshot import Playing

PICK = Pick(Song("ours", duration_s=180.0), "sad", "")
OURS = PlayerChanged(PlayState.PLAY, song=PICK.song, song_id=1, pick=PICK)
CLEARED = PlayerChanged(PlayState.STOP)


def interrupted(before: PlayerChanged = OURS, elapsed_s: float = 33.0) -> Aside:
    aside = Aside(60.0, None)
    aside.note_hand(before, elapsed_s, Playing.MUSIC, 100.0)
    return aside


@pytest.mark.parametrize(
    ("elapsed_s", "is_cut_short"), [(0.0, True), (178.0, True), (178.1, False), (180.0, False)]
)
def test_a_song_is_cut_short_until_two_seconds_before_its_end(elapsed_s: float, is_cut_short: bool) -> None:
    song = interrupted(elapsed_s=elapsed_s).interrupted
    assert (song and (song.pick, song.start_s)) == ((PICK, elapsed_s) if is_cut_short else None)


def test_a_radio_is_never_at_its_end_and_what_was_stopped_or_a_guests_is_not_cut_short() -> None:
    radio = replace(PICK, song=Song("http://radio"))
    assert interrupted(replace(OURS, song=radio.song, pick=radio), 9e9).interrupted
    assert interrupted(replace(OURS, state=PlayState.PAUSE)).interrupted
    assert interrupted(replace(OURS, state=PlayState.STOP)).interrupted is None
    assert interrupted(replace(OURS, pick=None)).interrupted is None


@pytest.mark.parametrize(("after_s", "is_one_act"), [(0.0, True), (10.0, True), (10.1, False)])
def test_words_within_ten_seconds_of_the_last_one_are_one_act_of_which_the_first_counts(
    after_s: float, is_one_act: bool
) -> None:
    aside = interrupted()
    aside.note_hand(CLEARED, 0.0, Playing.STOPPED, 110.0)  # and so is what follows that word soon
    aside.note_hand(CLEARED, 0.0, Playing.STOPPED, 110.0 + after_s)
    assert (aside.interrupted is not None) is is_one_act
    aside.give_way(130.0)
    assert aside.silence is (None if is_one_act else Playing.STOPPED)


@pytest.mark.parametrize(("after_s", "is_undone"), [(0.0, True), (10.0, True), (10.1, False)])
def test_an_act_that_was_no_stop_is_undone_within_ten_seconds(after_s: float, is_undone: bool) -> None:
    aside = interrupted()
    assert aside.undo(100.0 + after_s) is is_undone
    assert (aside.song is not None) is is_undone
    assert not aside.is_too_long(1e9), "however long that takes"


@pytest.mark.parametrize("wanted", [Playing.PAUSED, Playing.STOPPED])
def test_an_act_in_silence_is_not_undone_into_music(wanted: Playing) -> None:
    aside = Aside(60.0, None)
    aside.note_hand(OURS, 33.0, wanted, 100.0)
    assert not aside.undo(100.0)
    assert aside.song is None


def test_what_waits_behind_a_guest_is_dropped_once_its_time_is_over() -> None:
    aside = interrupted()
    aside.give_way(105.0)
    assert aside.song
    assert not aside.is_too_long(164.9)
    assert aside.is_too_long(165.0)
    assert aside.song is None
    assert not aside.is_too_long(166.0), "there is nothing left to drop"


def test_silence_that_waits_is_dropped_too_and_said_once() -> None:
    aside = Aside(60.0, None)
    aside.note_hand(CLEARED, 0.0, Playing.PAUSED, 100.0)
    aside.give_way(100.0)
    assert aside.silence is Playing.PAUSED
    assert [aside.is_too_long(at) for at in (159.9, 160.0, 160.1)] == [False, True, False]
    assert aside.silence is None


def test_a_song_from_before_the_box_began_waits_until_a_guest_is_heard_and_then_its_time() -> None:
    aside = interrupted()
    song = aside.interrupted
    aside = Aside(60.0, song)
    assert not aside.is_too_long(1e9)
    aside.wait(100.0)
    assert [aside.is_too_long(at) for at in (159.9, 160.0)] == [False, True]


def test_a_hand_at_the_box_ends_the_act_of_a_guest() -> None:
    aside = interrupted()
    aside.silence = Playing.PAUSED
    aside.end_hand()
    assert aside.silence is None
    assert not aside.undo(100.0)
    aside.note_hand(CLEARED, 0.0, Playing.STOPPED, 100.0)
    assert aside.interrupted is None, "a new act, which found silence"
    assert not aside.undo(math.inf)

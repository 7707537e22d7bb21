"""What the music does about a mood: match, lift, calm, steady."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from brain_room import LIBRARY, Room

from appliance.brain import policy as policies
from appliance.brain.circumplex import CIRCUMPLEX
from appliance.brain.policy import HAPPY, LASTS_S, REST, calm, lift, path
from appliance.protocol.actions import Action, QueueSong, StartSong
from appliance.protocol.commands import Automatic, ChooseMood, ChoosePolicy, Previous, Skip
from appliance.protocol.emotions import EMOTIONS
from appliance.protocol.looks import Nobody
from appliance.protocol.messages import Pick, PlayState, Song, Tick
from appliance.protocol.policies import Path, Policy

LIFT: dict[str, Any] = {"policies": {"sad": Policy.LIFT}}


# --- the ways themselves -------------------------------------------------------------------------------


def test_a_lift_begins_with_two_songs_near_the_mood_and_goes_on_in_four_to_six_equal_steps_to_happy() -> None:
    for mood in set(EMOTIONS) - {"happy"}:
        first, second, *steps = lift(mood)
        assert first == second == CIRCUMPLEX[mood]
        assert 4 <= len(steps) <= 6
        strides = [math.dist(here, there) for here, there in pairwise([second, *steps])]
        assert strides == pytest.approx([strides[0]] * len(strides))
        assert steps[-1] == pytest.approx(HAPPY)


def test_who_is_happy_needs_no_lift() -> None:
    assert path(Policy.LIFT, "happy") is None


@pytest.mark.parametrize("mood", EMOTIONS)
def test_calm_lets_the_arousal_fall_before_it_moves_the_valence(mood: str) -> None:
    places = calm(mood)
    assert places[0] == CIRCUMPLEX[mood]
    assert places[-1] == pytest.approx(REST)
    arousal = [place[1] for place in places]
    low = next(number for number, each in enumerate(arousal) if each <= REST[1] + 1e-9)
    assert all(valence == pytest.approx(places[0][0]) for valence, _ in places[: low + 1])


@pytest.mark.parametrize("policy", [Policy.MATCH, Policy.STEADY])
@pytest.mark.parametrize("mood", EMOTIONS)
def test_match_and_steady_play_the_moods_own_music(policy: Policy, mood: str) -> None:
    assert path(policy, mood) is None


@pytest.mark.parametrize("mood", ["fear", "disgust", "sad", "surprise"])
@pytest.mark.parametrize("policy", [Policy.LIFT, Policy.CALM])
def test_nobody_is_led_through_anger_or_another_bad_mood(policy: Policy, mood: str) -> None:
    way = path(policy, mood)
    assert way is not None
    assert {*way.steps} <= {mood, "neutral", "happy"}


# --- a box that lifts who is sad -------------------------------------------------------------------------


def lifted() -> Room:
    """A box that has just seen a sad face, and lifts it."""
    room = Room(**LIFT).connect()
    room.now += 30
    room.see("sad")
    return room


def queued(room: Room) -> Pick:
    return [action for action in room.done if isinstance(action, QueueSong)][-1].pick


def play_on(room: Room) -> Pick:
    """The song comes to its end, and what was queued plays."""
    pick, room.now = queued(room), room.now + 180
    song_id = (room.mpd.song_id or 0) + 1000  # far from those of songs that the box starts
    room.hear(song=pick.song, pick=pick, song_id=song_id, elapsed_s=0.0, has_next=False)
    return pick


def way(room: Room) -> Path:
    assert room.snapshot.path
    return room.snapshot.path


def starts(actions: list[Action]) -> list[StartSong]:
    return [action for action in actions if isinstance(action, StartSong)]


def test_a_sad_face_is_led_to_happy_a_song_a_step() -> None:
    room = lifted()
    heard = [room.snapshot.song_mood, *(play_on(room).mood for _ in range(7))]
    assert heard == ["sad"] * 3 + ["neutral"] * 3 + ["happy"] * 2
    assert way(room).is_through
    assert str(way(room)) == "lift: sad (3 songs) → neutral (3 songs) → happy (2 songs)"


def test_it_stays_where_it_has_led_while_the_face_is_the_same() -> None:
    room = lifted()
    assert [play_on(room).mood for _ in range(12)][-5:] == ["happy"] * 5
    assert room.snapshot.why == "You look sad; this is happy, where the music has led"
    assert not room.see("sad")


def test_a_face_that_rests_at_its_end_cuts_nothing_and_is_matched_from_the_next_song_on() -> None:
    room = lifted()
    for _ in range(7):
        play_on(room)
    room.now += 30
    assert not starts(room.see("neutral"))
    assert room.snapshot.path is None
    assert play_on(room).mood == "neutral"


def test_a_face_that_rests_is_not_led_once_more_to_where_the_music_is() -> None:
    room = Room(policies=dict.fromkeys(EMOTIONS, Policy.LIFT)).connect()
    room.now += 30
    room.see("sad")
    for _ in range(7):
        play_on(room)
    room.now += 30
    assert not room.see("neutral")
    assert [play_on(room).mood for _ in range(3)] == ["happy"] * 3


def test_each_song_says_what_was_seen_what_plays_and_why() -> None:
    room = lifted()
    assert room.snapshot.why == "You look sad; this is sad, song 1 of 8 on the way to happy"
    for _ in range(3):
        play_on(room)
    assert room.snapshot.why == "You look sad; this is neutral, song 4 of 8 on the way to happy"


def test_a_face_that_has_gone_says_nothing_against_the_path() -> None:
    room = lifted()
    for _ in range(2):
        room.now += 30
        room.tell(Nobody(room.now))
    assert room.snapshot.mood.name == "away"
    for _ in range(3):
        play_on(room)
    assert room.snapshot.why.startswith("It began at sad; ")  # the one before it was chosen at the last look


def test_a_face_that_rests_lets_the_music_go_on_its_way() -> None:
    room = lifted()
    room.now += 30
    assert not room.see("neutral")
    assert [play_on(room).mood for _ in range(7)][-1] == "happy"


def test_a_face_that_disagrees_ends_it() -> None:
    room = lifted()
    play_on(room)
    (start,) = starts(room.see("angry") or room.wait(30))
    assert start.pick.mood == "angry"
    assert room.snapshot.path is None


def test_a_face_that_is_happy_already_does_not_wait_for_the_music() -> None:
    room = lifted()
    play_on(room)
    (start,) = starts(room.see("happy") or room.wait(30))
    assert start.pick.mood == "happy"
    assert room.snapshot.path is None


def test_a_face_that_has_come_where_the_music_is_cuts_nothing() -> None:
    room = lifted()
    for _ in range(7):
        play_on(room)
    room.now += 30
    assert not starts(room.see("happy"))
    assert room.snapshot.path is None
    assert play_on(room).mood == "happy"


@pytest.mark.parametrize("mood", ["sad", "neutral", "happy"])
def test_a_mood_chosen_by_hand_ends_it_and_is_simply_played(mood: str) -> None:
    room = lifted()
    for _ in range(4):
        play_on(room)
    room.tell(ChooseMood(mood))
    assert room.snapshot.path is None
    assert room.snapshot.song_mood == mood
    assert play_on(room).mood == mood


def test_the_cameras_word_after_the_hands_sets_out_again() -> None:
    room = lifted()
    room.tell(ChooseMood("sad"))
    room.tell(Automatic())
    assert way(room).mood == "sad"


def test_a_skipped_song_is_replaced_on_its_step_and_two_in_a_row_end_the_path() -> None:
    room = lifted()
    for _ in range(3):
        play_on(room)
    room.now += 10
    room.tell(Skip())
    assert room.snapshot.why.endswith("song 4 of 8 on the way to happy")
    room.now += 10
    room.tell(Skip())
    assert room.snapshot.path is None
    assert room.snapshot.song_mood == "sad"
    assert not room.see("sad")  # it does not begin again for the same face
    assert room.snapshot.path is None


def test_songs_skipped_with_one_heard_between_end_nothing() -> None:
    room = lifted()
    for _ in range(2):
        room.now += 10
        room.tell(Skip())
        room.wait(31)
    assert way(room).played == 1


def test_the_song_before_is_a_step_back() -> None:
    room = lifted()
    first = room.mpd
    for _ in range(3):
        play_on(room)
    room.tell(Previous())
    room.hear(song=Song("sad/x"), pick=Pick(Song("sad/x"), "sad", ""), song_id=first.song_id, has_next=False)
    assert way(room).played == 3


def test_a_song_that_fails_takes_no_step() -> None:
    room = lifted()
    play_on(room)
    failing = room.mpd.song
    room.hear(state=PlayState.STOP, failed=failing, own_fault=True, has_next=False)
    assert way(room).played == 2  # another one has taken its place
    assert room.snapshot.song != failing


def test_a_path_survives_a_power_cut() -> None:
    room = lifted()
    for _ in range(3):
        play_on(room)
    memory = room.brain.memory(room.now)
    again = Room(memory, **LIFT).connect()
    assert again.snapshot.song_mood == "neutral"
    assert way(again).played == 4
    assert [play_on(again).mood for _ in range(4)] == ["neutral", "neutral", "happy", "happy"]


def test_a_path_of_settings_that_have_changed_is_not_gone_on() -> None:
    memory = lifted().brain.memory(130.0)
    assert Room(memory).connect().snapshot.path is None


@pytest.mark.parametrize("mood", ["", "joy"])
def test_a_damaged_path_is_none(mood: str) -> None:
    assert policies.again(Path(Policy.LIFT, mood, ("sad",) * 3, 2)) is None


def test_without_a_word_every_mood_is_matched_as_ever() -> None:
    room = Room().connect()
    for mood in EMOTIONS:
        room.now += 30
        room.see(mood)
        assert room.snapshot.song_mood == mood
        assert room.snapshot.path is None
        assert ";" not in room.snapshot.why


# --- by hand ---------------------------------------------------------------------------------------------


def test_a_policy_chosen_by_hand_begins_with_what_plays_and_cuts_nothing() -> None:
    room = Room().connect()
    room.now += 30
    room.see("sad")
    assert not starts(room.tell(ChoosePolicy("lift")))
    assert way(room).played == 0
    assert [play_on(room).mood for _ in range(8)][-1] == "happy"
    assert room.brain.memory(room.now).policy is Policy.LIFT


def test_a_policy_after_a_mood_by_hand_leads_from_that_mood() -> None:
    room = Room().connect()
    room.tell(ChooseMood("sad"))
    room.tell(ChoosePolicy("lift"))
    assert play_on(room).why == "You chose sad; this is sad, song 1 of 8 on the way to happy"


def test_match_by_hand_brings_the_moods_own_music_back_at_once() -> None:
    room = lifted()
    for _ in range(4):
        play_on(room)
    (start,) = starts(room.tell(ChoosePolicy("match")))
    assert start.pick.mood == "sad"


def test_another_path_chosen_by_hand_on_one_cuts_nothing() -> None:
    room = lifted()
    for _ in range(7):
        play_on(room)
    assert room.snapshot.song_mood == "happy"
    assert not starts(room.tell(ChoosePolicy("calm")))
    assert way(room).policy is Policy.CALM


def test_by_mood_goes_by_the_settings_again() -> None:
    room = lifted()
    room.tell(ChoosePolicy("match"))
    room.tell(ChoosePolicy("by_mood"))
    assert room.snapshot.policy_by_hand is None
    assert way(room).policy is Policy.LIFT


# --- steady ----------------------------------------------------------------------------------------------


def test_steady_ignores_what_lasts_for_less_than_ten_minutes() -> None:
    room = Room(policies=dict.fromkeys(EMOTIONS, Policy.STEADY), least_play_s=0.0).connect()
    for _ in range(int(LASTS_S / 30) - 1):
        room.now += 30
        assert not starts(room.see("sad"))
    for _ in range(2):
        room.now += 30
        room.see("sad")
    assert room.snapshot.song_mood == "sad"


def test_a_moments_other_face_does_not_begin_the_ten_minutes_anew() -> None:
    room = Room(policies=dict.fromkeys(EMOTIONS, Policy.STEADY), least_play_s=0.0).connect()
    for turn in range(int(LASTS_S / 20) + 2):
        room.now += 20
        room.see("happy" if turn % 5 == 4 else "sad")
    assert room.snapshot.song_mood == "sad"


def test_a_skip_meanwhile_stays_with_the_music_that_is_on() -> None:
    room = Room(policies={"sad": Policy.STEADY}).connect()
    room.now += 30
    room.see("sad")
    (start,) = starts(room.tell(Skip()))
    assert start.pick.mood == "neutral"


# --- where songs lie -----------------------------------------------------------------------------------


def test_of_songs_that_the_box_has_heard_those_near_the_target_are_played() -> None:
    sad = tuple(Song(f"sad/{number}", artist=str(number)) for number in range(40))
    places = {song.uri: (-0.9 if number % 4 else -0.3, -0.4) for number, song in enumerate(sad)}
    room = Room(**LIFT)
    room.tell(replace(LIBRARY, by_mood={**LIBRARY.by_mood, "sad": sad}, places=places))
    room.hear(fresh=True)
    room.now += 30
    room.see("sad")
    heard = [room.mpd.song, play_on(room).song, play_on(room).song]
    valences = [places[song.uri][0] for song in heard if song]
    assert valences == [-0.9, -0.9, -0.3]


def test_a_guests_songs_take_no_step() -> None:
    room = lifted()
    before = way(room).played
    room.hear(song=Song("guest"), pick=None, song_id=900)
    room.tell(Tick(None))
    assert way(room).played == before


@pytest.mark.parametrize(
    ("played", "arrived"),
    [
        (0, set()),
        (1, {"sad"}),
        (3, {"sad"}),
        (4, {"neutral"}),
        (6, {"neutral"}),
        (7, {"happy"}),
        (8, {"happy", "neutral"}),
    ],
)
def test_a_face_has_arrived_that_shows_the_step_that_plays_or_rests_at_the_end(
    played: int, arrived: set[str]
) -> None:
    way = path(Policy.LIFT, "sad")
    assert way
    assert {mood for mood in EMOTIONS if policies.has_arrived(replace(way, played=played), mood)} == arrived

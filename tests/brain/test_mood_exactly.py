"""Where exactly a mood begins, holds and ends: its arithmetic, and its times to the look."""

from __future__ import annotations

import math

import pytest
from brain_room import SETTINGS

from appliance.brain.mood import REACTIONS, MoodTracker, Reaction
from appliance.protocol.emotions import EMOTIONS
from appliance.protocol.looks import AWAY, UNSURE, Box, CameraGone, Look, Nobody, Reading

AT_ONCE = Reaction(time_constant_s=0.0, enter=0.5, leave=0.35, dwell_s=0.0)


def face(emotion: str, at: float, share: float = 0.9) -> Reading:
    rest = (1 - share) / (len(EMOTIONS) - 1)
    return Reading(tuple(share if name == emotion else rest for name in EMOTIONS), Box(0, 0, 9, 9), at)


def tracker(reaction: Reaction = AT_ONCE, away_after_s: float = 20.0) -> MoodTracker:
    return MoodTracker(reaction, away_after_s, now=0.0)


def share_of(mood: MoodTracker, emotion: str) -> float:
    return mood.mood.probabilities[EMOTIONS.index(emotion)]


def names(mood: MoodTracker, *looks: Look) -> list[str]:
    return [mood.see(look).name for look in looks]


@pytest.mark.parametrize("tau_s", [0.1, 0.8, 10.0])
def test_after_one_time_constant_a_new_expression_weighs_63_percent(tau_s: float) -> None:
    mood = tracker(Reaction(tau_s, 0.5, 0.35, 1.0))
    mood.see(face("neutral", 5.0))
    assert share_of(mood, "neutral") == pytest.approx(0.9), "nothing was known before the first look"
    mood.see(face("happy", 5.0 + tau_s))
    before, weight = 0.1 / 6, 1 - 1 / math.e
    assert share_of(mood, "happy") == pytest.approx(before + weight * (0.9 - before))
    assert share_of(mood, "neutral") == pytest.approx(0.9 - weight * (0.9 - before))


def test_what_is_seen_at_the_same_moment_or_before_it_weighs_nothing() -> None:
    mood = tracker(REACTIONS["steady"])
    mood.see(face("neutral", 5.0))
    mood.see(face("happy", 5.0))
    mood.see(face("happy", 4.0))
    assert share_of(mood, "neutral") == pytest.approx(0.9)


def test_without_a_time_constant_each_look_is_the_whole_truth() -> None:
    mood = tracker()
    names(mood, face("neutral", 1.0), face("happy", 1.01))
    assert share_of(mood, "happy") == pytest.approx(0.9)


@pytest.mark.parametrize("name", REACTIONS)
def test_a_mood_begins_at_its_upper_threshold_and_ends_below_its_lower_one(name: str) -> None:
    """Looks far apart, each of which is nearly the whole truth."""
    reaction = Reaction(0.0, REACTIONS[name].enter, REACTIONS[name].leave, 0.0)
    assert names(tracker(reaction), face("sad", 1.0, 0.499), face("sad", 2.0, 0.5)) == [UNSURE, "sad"]
    mood = tracker(reaction)
    shares = [0.9, 0.4, 0.35, 0.349]
    told = names(mood, *(face("sad", float(at), share) for at, share in enumerate(shares)))
    assert told == ["sad", "sad", "sad", UNSURE]


def test_the_reactions_are_what_the_settings_say_of_them() -> None:
    times = {name: (each.time_constant_s, each.dwell_s) for name, each in REACTIONS.items()}
    assert times == {"instant": (0.0, 0.0), "steady": (0.8, 1.0), "slow": (10.0, 15.0)}
    assert SETTINGS.reaction is REACTIONS["instant"]


def test_a_new_mood_has_held_long_enough_at_the_end_of_its_dwell_and_not_before() -> None:
    reaction = Reaction(0.0, 0.5, 0.35, 1.0)
    mood = tracker(reaction)
    told = names(mood, *(face("happy", at) for at in (3.0, 3.5, 3.99, 4.0)))
    assert told == [UNSURE, UNSURE, UNSURE, "happy"]
    assert mood.mood.since == 4.0


def test_another_expression_in_between_begins_the_dwell_anew() -> None:
    mood = tracker(Reaction(0.0, 0.5, 0.35, 1.0))
    seen = [("happy", 1.0), ("happy", 1.9), ("sad", 1.95), ("happy", 2.0), ("happy", 2.9), ("happy", 3.0)]
    assert names(mood, *(face(name, at) for name, at in seen)) == [*[UNSURE] * 5, "happy"]


@pytest.mark.parametrize(
    ("gap_s", "looks"),
    [(1.0, 2), (1.01, 3), (10.0, 3), (10.01, None)],
    ids=["quick", "slow", "slowest", "too slow"],
)
def test_a_dwell_takes_two_looks_a_second_apart_or_three_further_apart(
    gap_s: float, looks: int | None
) -> None:
    mood = tracker(Reaction(0.0, 0.5, 0.35, 1.0))
    told = names(mood, *(face("happy", 64.0 + gap_s * number) for number in range(6)))
    assert told == ([UNSURE] * 6 if looks is None else [*[UNSURE] * (looks - 1), *["happy"] * (7 - looks)])


def test_a_miss_between_looks_far_apart_begins_the_dwell_anew_and_between_near_ones_does_not() -> None:
    reaction = Reaction(0.0, 0.5, 0.35, 1.0)
    far: list[Look] = [
        face("happy", 10.0),
        Nobody(11.0),
        face("happy", 12.0),
        face("happy", 14.0),
        face("happy", 16.0),
    ]
    assert names(tracker(reaction), *far)[-2:] == [UNSURE, "happy"]
    near: list[Look] = [face("happy", 10.0), Nobody(10.5), face("happy", 11.0)]
    assert names(tracker(reaction), *near)[-1] == "happy"


def test_without_a_dwell_looks_however_far_apart_are_believed() -> None:
    assert names(tracker(), face("happy", 10.0), face("sad", 15.0)) == ["happy", "sad"]


@pytest.mark.parametrize(
    ("times", "is_there"), [((0.0, 0.5, 1.0), True), ((0.0, 0.5, 0.9), False), ((0.0, 2.0), False)]
)
def test_somebody_is_there_after_three_looks_over_a_second(times: tuple[float, ...], is_there: bool) -> None:
    mood = tracker()
    names(mood, *(face("happy", 7.0 + at) for at in times))
    assert mood.is_there is is_there


def test_three_misses_end_even_a_long_presence_and_two_do_not() -> None:
    mood = tracker()
    names(mood, *(face("happy", at / 2) for at in range(20)))
    names(mood, Nobody(10.0), Nobody(10.1))
    assert mood.is_there
    mood.see(Nobody(10.2))
    assert not mood.is_there
    names(mood, face("happy", 11.0), face("happy", 11.5), face("happy", 11.9))
    assert not mood.is_there, "that is a new presence, and it is young"
    mood.see(face("happy", 12.0))
    assert mood.is_there


def test_more_misses_than_looks_are_not_owed() -> None:
    mood = tracker()
    names(mood, *(Nobody(at / 10) for at in range(50)))
    names(mood, face("happy", 6.0), face("happy", 6.5), face("happy", 7.0))
    assert mood.is_there


def test_a_camera_that_is_gone_ends_the_presence_and_the_dwell() -> None:
    mood = tracker(Reaction(0.0, 0.5, 0.35, 1.0))
    names(mood, *(face("happy", at / 2) for at in range(4)))
    assert mood.is_there
    told = names(mood, CameraGone("", 2.0), face("happy", 2.5), face("happy", 3.0), face("happy", 3.5))
    assert told == [UNSURE, UNSURE, UNSURE, "happy"]
    assert mood.is_there, "three looks over a second are enough, as at the first time"
    mood.see(CameraGone("", 4.0))
    assert not mood.is_there


def test_absence_counts_from_the_first_miss_and_lasts_since_it_was_told() -> None:
    mood = tracker(away_after_s=20.0)
    assert names(mood, Nobody(3.0), Nobody(22.9), Nobody(23.0), Nobody(60.0)) == [UNSURE, UNSURE, AWAY, AWAY]
    assert mood.mood.since == 23.0


def test_after_a_presence_the_absence_is_counted_anew() -> None:
    mood = tracker(away_after_s=20.0)
    names(mood, Nobody(0.0), *(face("happy", 10 + at / 2) for at in range(3)))
    assert names(mood, Nobody(25.0), Nobody(44.9), Nobody(45.0)) == ["happy", "happy", AWAY]


def test_a_dwell_of_many_looks_far_apart_ends_when_its_time_is_over() -> None:
    mood = tracker(Reaction(0.0, 0.5, 0.35, 15.0))
    told = names(mood, *(face("happy", 5.0 * number) for number in range(1, 6)))
    assert told == [UNSURE, UNSURE, UNSURE, "happy", "happy"]

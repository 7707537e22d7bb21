"""Whose policy holds: each person's own, for each mood and by hand, else everybody's."""

from __future__ import annotations

from typing import Any

import pytest
from brain_room import Room, play_on

from appliance import config
from appliance.brain.policy_of import Policies
from appliance.errors import ConfigError
from appliance.protocol.commands import ChooseMood, ChooseMoodPolicy, ChoosePerson, ChoosePolicy, NextPerson
from appliance.protocol.memory import Memory
from appliance.protocol.policies import Policy
from appliance.protocol.taste import EVERYBODY

HOME: dict[str, Any] = {
    "policies": {"angry": Policy.CALM},
    "policies_of": {"Ann": {"sad": Policy.LIFT}},
    "persons": {"Ann": None, "Bob": None, "Tim": ("happy",)},
}


def looking(mood: str, memory: Memory | None = None) -> Room:
    room = Room(memory, **HOME).connect()
    room.now += 30
    room.see(mood)
    return room


def holds(room: Room) -> Policy:
    return room.snapshot.policy


# --- in the settings ---------------------------------------------------------------------------------------


def test_a_person_has_their_own_for_a_mood_and_everybodys_for_others() -> None:
    room = looking("sad")
    assert holds(room) is Policy.MATCH
    room.tell(ChoosePerson("Ann"))
    assert holds(room) is Policy.LIFT
    room.now += 30
    room.see("angry")
    assert holds(room) is Policy.CALM


def test_settings_name_one_policy_for_each_mood_or_for_all() -> None:
    own = config.check(
        {"persons": {"who": ["Ann", "Tim: kids"], "policies": ["Ann: sad lift, angry calm", "Tim: steady"]}},
        "test",
    )
    policies = own.persons.own_policies()
    assert policies["Ann"] == {"sad": Policy.LIFT, "angry": Policy.CALM}
    assert set(policies["Tim"].values()) == {Policy.STEADY}
    assert len(policies["Tim"]) == 7


@pytest.mark.parametrize(
    "entry",
    ["Ann", "Ann:", "Ann: joy lift", "Ann: sad", "Ann: sad loud", "Ann: sad lift calm", "Bob: lift", ""],
)
def test_a_policy_that_makes_no_sense_is_told(entry: str) -> None:
    with pytest.raises(ConfigError, match=r"persons\.policies"):
        config.check({"persons": {"who": ["Ann"], "policies": [entry]}}, "test")


def test_two_lines_for_one_person_are_told() -> None:
    with pytest.raises(ConfigError, match="twice"):
        config.check({"persons": {"who": ["Ann"], "policies": ["Ann: lift", "Ann: calm"]}}, "test")


# --- by hand -----------------------------------------------------------------------------------------------


def test_what_one_person_chooses_does_not_hold_for_another() -> None:
    room = looking("sad")
    room.tell(ChoosePerson("Bob"))
    room.tell(ChoosePolicy("calm"))
    assert (holds(room), room.snapshot.policy_by_hand) == (Policy.CALM, Policy.CALM)
    room.tell(ChoosePerson(EVERYBODY))
    assert (holds(room), room.snapshot.policy_by_hand) == (Policy.MATCH, None)
    room.tell(ChoosePerson("Bob"))
    assert holds(room) is Policy.CALM


def test_who_never_chose_has_everybodys_and_who_did_does_not() -> None:
    room = looking("sad")
    room.tell(ChoosePolicy("steady", "Bob"))
    room.tell(ChoosePolicy("calm"))
    for person, policy in (("Bob", Policy.STEADY), ("Tim", Policy.CALM), ("Ann", Policy.LIFT)):
        room.tell(ChoosePerson(person))
        assert holds(room) is policy, person


def test_by_mood_is_a_choice_of_ones_own() -> None:
    room = looking("sad")
    room.tell(ChoosePolicy("calm"))
    room.tell(ChoosePolicy("by_mood", "Bob"))
    room.tell(ChoosePerson("Bob"))
    assert (holds(room), room.snapshot.policy_by_hand) == (Policy.MATCH, None)


def test_a_policy_for_somebody_who_does_not_listen_changes_nothing_now() -> None:
    room = looking("sad")
    assert not room.tell(ChoosePolicy("lift", "Bob"))
    assert room.snapshot.path is None


@pytest.mark.parametrize(("listener", "other"), [("Ann", "Bob"), ("Bob", "Ann")])
def test_a_policy_for_somebody_who_does_not_listen_lets_the_path_of_who_does_go_on(
    listener: str, other: str
) -> None:
    room = looking("sad")
    room.tell(ChoosePerson(listener))
    room.tell(ChoosePolicy("lift"))
    for _ in range(3):
        play_on(room)
    path = room.snapshot.path
    assert path
    assert path.played == 3
    assert not room.tell(ChoosePolicy("calm", other))
    assert room.snapshot.path == path


def test_each_persons_choice_outlives_a_power_cut() -> None:
    room = looking("sad")
    room.tell(ChoosePolicy("calm"))
    room.tell(ChoosePolicy("steady", "Bob"))
    room.tell(ChoosePolicy("by_mood", "Tim"))
    memory = room.brain.memory(room.now)
    assert memory.policies == {"Bob": Policy.STEADY, "Tim": None}
    again = looking("sad", memory)
    for person, policy in ((EVERYBODY, Policy.CALM), ("Bob", Policy.STEADY), ("Tim", Policy.MATCH)):
        again.tell(ChoosePerson(person))
        assert holds(again) is policy, person


def test_a_memory_of_before_has_everybodys_policy() -> None:
    room = looking("sad", Memory(policy=Policy.CALM))
    assert holds(room) is Policy.CALM
    room.tell(ChoosePerson("Bob"))
    assert holds(room) is Policy.CALM


# --- by hand, for one mood alone ----------------------------------------------------------------------------


def test_a_policy_for_one_mood_alone_holds_for_that_mood_and_its_person() -> None:
    room = looking("sad")
    room.tell(ChooseMoodPolicy("calm"))
    assert (holds(room), room.snapshot.mood_policies) == (Policy.CALM, {"sad": Policy.CALM})
    assert not room.tell(ChooseMoodPolicy("match", "angry"))  # which is not what plays
    room.tell(ChooseMoodPolicy("by_mood"))
    room.now += 30
    room.see("angry")
    assert holds(room) is Policy.MATCH
    room.tell(ChoosePerson("Ann"))  # who has her own in the settings
    assert room.snapshot.mood_policies == {}


def test_it_goes_before_the_one_for_every_mood_until_that_is_chosen_anew() -> None:
    room = looking("sad")
    room.tell(ChoosePolicy("steady"))
    room.tell(ChooseMoodPolicy("calm", "sad"))
    assert (holds(room), room.snapshot.policy_by_hand) == (Policy.CALM, Policy.STEADY)
    room.tell(ChooseMoodPolicy("by_mood", "sad"))
    assert holds(room) is Policy.STEADY
    room.tell(ChooseMoodPolicy("calm", "sad"))
    room.tell(ChoosePolicy("by_mood"))
    assert (holds(room), room.snapshot.mood_policies) == (Policy.MATCH, {})


def test_everybodys_holds_for_who_has_none_beside_their_own_for_another_mood() -> None:
    room = looking("sad")
    room.tell(ChooseMoodPolicy("calm", "sad"))
    room.tell(ChoosePerson("Bob"))
    room.tell(ChooseMoodPolicy("lift", "angry"))
    assert room.snapshot.mood_policies == {"sad": Policy.CALM, "angry": Policy.LIFT}
    room.tell(ChoosePerson(EVERYBODY))
    assert room.snapshot.mood_policies == {"sad": Policy.CALM}


def test_its_path_begins_and_ends_with_it() -> None:
    room = looking("sad")
    room.tell(ChooseMoodPolicy("lift"))
    assert room.snapshot.path
    room.tell(ChooseMoodPolicy("by_mood", "sad"))
    assert room.snapshot.path is None


def test_it_outlives_a_power_cut() -> None:
    room = looking("sad")
    room.tell(ChoosePerson("Bob"))
    room.tell(ChooseMoodPolicy("calm", "sad"))
    memory = room.brain.memory(room.now)
    assert memory.mood_policies == {"Bob": {"sad": Policy.CALM}}
    assert looking("sad", memory).snapshot.mood_policies == {"sad": Policy.CALM}


# --- the path ----------------------------------------------------------------------------------------------


def test_a_path_begins_with_the_person_who_wants_it_and_ends_with_one_who_does_not() -> None:
    room = looking("sad")
    room.tell(ChoosePerson("Ann"))
    path = room.snapshot.path
    assert path
    assert path.policy is Policy.LIFT
    room.tell(NextPerson())
    assert (room.snapshot.person, room.snapshot.path) == ("Bob", None)


def test_a_mood_chosen_by_hand_is_simply_played_for_whoever_comes() -> None:
    room = Room(**HOME).connect()
    room.tell(ChooseMood("sad"))
    room.tell(ChoosePerson("Ann"))
    assert room.snapshot.path is None


def test_a_child_keeps_its_folders_on_its_path() -> None:
    room = looking("sad")
    room.tell(ChoosePolicy("lift", "Tim"))
    room.tell(ChoosePerson("Tim"))
    assert room.snapshot.song
    assert room.snapshot.song.uri.startswith("happy/")


def test_a_person_without_any_settings_is_as_everybody() -> None:
    policies = Policies({"sad": Policy.CALM}, {}, {EVERYBODY: None}, "Bob")
    assert (policies.of("sad"), policies.of("happy"), policies.by_hand) == (Policy.CALM, Policy.MATCH, None)

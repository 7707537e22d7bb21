"""How a face at rest is measured, and what is taken off each look of it."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from brain_room import Room

from appliance.brain.face_at_rest import FaceAtRest
from appliance.brain.sitting import GONE_S, LONGEST_S, SITTING_S
from appliance.protocol import commands as cmd
from appliance.protocol.actions import Action, KeepRest
from appliance.protocol.emotions import EMOTIONS
from appliance.protocol.looks import Box, CameraGone, Look, Nobody, Reading
from appliance.protocol.rest import (
    CLEAR,
    FELT,
    MOST,
    REASONS,
    Margins,
    RestStep,
    Unmeasured,
    corrected,
    margins,
)
from appliance.protocol.taste import EVERYBODY

SAD = FELT.index("sad")
PERIOD_S = 0.25


def face(sad: float = 0.6, happy: float = 0.01) -> tuple[float, ...]:
    """What is read of a face that is mostly sad and neutral."""
    shares = dict.fromkeys(EMOTIONS, 0.01) | {"sad": sad, "happy": happy}
    shares["neutral"] = 1 - sum(share for name, share in shares.items() if name != "neutral")
    return tuple(shares[name] for name in EMOTIONS)


class Studio:
    """Somebody sits before a box that keeps what it measures, and nothing plays."""

    def __init__(self) -> None:
        self.kept: dict[str, Margins] = {}
        self.rest = FaceAtRest(self.kept.get)
        self.now = 0.0
        self.person = EVERYBODY
        self.is_camera_off = False

    def ask(self, step: RestStep) -> None:
        self._do(self.rest.obey(step, self.person, self.now))

    def looks(self, seconds: float, look: Callable[[float], Look]) -> None:
        for _ in range(round(seconds / PERIOD_S)):
            self.now += PERIOD_S
            self._do(self.rest.see(look(self.now)))
            self.rest.pass_time(self.person, self.is_camera_off, self.now)

    def sits(self, seconds: float, sad: float = 0.6, faces: int = 1, happy: float = 0.01) -> None:
        self.looks(seconds, lambda at: Reading(face(sad, happy), Box(0, 0, 9, 9), at, faces))

    def waits(self, seconds: float) -> None:
        self.looks(seconds, Nobody)

    def _do(self, actions: list[Action]) -> None:
        for action in actions:
            assert isinstance(action, KeepRest)
            if action.margins is None:
                self.kept.pop(action.person, None)
            else:
                self.kept[action.person] = action.margins


@pytest.fixture
def studio() -> Studio:
    studio = Studio()
    studio.ask(RestStep.MEASURE)
    return studio


# --- what is taken off -------------------------------------------------------------------------------------


def test_a_face_that_rests_as_neutral_is_read_as_before() -> None:
    read = face(sad=0.1)
    assert corrected(read, margins(read)) is read
    assert corrected(read, None) is read


def test_a_face_that_rests_as_sad_is_read_as_neutral_and_a_sad_one_as_sad() -> None:
    rest = margins(face(sad=0.6))
    at_rest = corrected(face(sad=0.6), rest)
    assert EMOTIONS[at_rest.index(max(at_rest))] == "neutral"
    assert math.log(at_rest[-1] / at_rest[SAD]) == pytest.approx(CLEAR)
    shown = corrected(face(sad=0.93), rest)
    assert EMOTIONS[shown.index(max(shown))] == "sad"
    assert sum(at_rest) == pytest.approx(1) == sum(shown)


def test_no_emotion_is_ever_taken_off_whole() -> None:
    rest = margins(face(sad=0.94))
    read = face(sad=0.9)
    off = math.log(read[SAD] / read[-1]) - math.log(corrected(read, rest)[SAD] / corrected(read, rest)[-1])
    assert off == pytest.approx(MOST)


def test_a_look_of_nothing_but_zeros_is_let_be() -> None:
    assert corrected((0.0,) * 7, (1.0,) * 6) == (0.0,) * 7


# --- how it is measured ------------------------------------------------------------------------------------


def test_thirty_seconds_of_rest_are_measured_with_true_progress(studio: Studio) -> None:
    shares = []
    for _ in range(int(SITTING_S)):
        studio.sits(1.0)
        shares.append(studio.rest.measuring.share if studio.rest.measuring else 1.0)
    assert shares == sorted(shares)
    assert shares[14] == pytest.approx(0.5, abs=0.02)
    studio.sits(PERIOD_S)  # as long as the first look had none before it
    assert studio.rest.measuring is None
    assert studio.rest.failed is None
    assert studio.kept == {EVERYBODY: pytest.approx(margins(face()))}


def test_a_blink_and_a_twitch_change_nothing(studio: Studio) -> None:
    for _ in range(10):
        studio.sits(3.0)
        studio.sits(PERIOD_S, sad=0.02, happy=0.9)
    studio.sits(2.0)
    assert studio.kept[EVERYBODY] == pytest.approx(margins(face()))


@pytest.mark.parametrize(
    ("low", "high", "is_rest"),
    [(-1.0, 2.9, True), (-1.0, 3.1, False), (-9.0, -2.1, True), (-9.0, -1.9, False), (1.9, 9.0, False)],
)
def test_a_face_rests_while_no_margin_moves_by_more_than_four_of_the_twelve_that_count(
    studio: Studio, low: float, high: float, is_rest: bool
) -> None:
    """In nats, from -6 to 6: 4 is fifty to one."""

    def look(at: float) -> Reading:
        odds = [math.exp(low if at % (2 * PERIOD_S) else high), *[math.exp(-3.0)] * 5, 1.0]
        return Reading(tuple(each / sum(odds) for each in odds), Box(0, 0, 9, 9), at)

    studio.looks(30.25, look)
    assert (studio.rest.failed is None) is is_rest
    assert (EVERYBODY in studio.kept) is is_rest


@pytest.mark.parametrize(("grins", "is_rest"), [(11, True), (13, False)])
def test_a_tenth_of_the_looks_on_either_side_may_be_of_another_face(grins: int, is_rest: bool) -> None:
    studio = Studio()
    studio.ask(RestStep.MEASURE)
    studio.sits(grins * PERIOD_S, sad=0.02, happy=0.9)
    studio.sits((121 - grins) * PERIOD_S)  # 120 times between 121 looks are thirty seconds
    assert (EVERYBODY in studio.kept) is is_rest
    assert (studio.rest.failed is None) is is_rest


def test_looks_whose_times_add_up_to_a_little_more_than_thirty_seconds_are_enough(studio: Studio) -> None:
    for _ in range(45):
        studio.now += 0.7 - PERIOD_S
        studio.sits(PERIOD_S)
    assert studio.kept == {EVERYBODY: pytest.approx(margins(face()))}


def test_a_grin_is_not_taken_for_rest(studio: Studio) -> None:
    studio.sits(20.0)
    studio.sits(12.0, sad=0.01, happy=0.9)
    assert studio.rest.failed is Unmeasured.RESTLESS
    assert studio.kept == {}


def test_time_without_a_face_does_not_count_and_a_long_one_ends_it(studio: Studio) -> None:
    studio.sits(20.0)
    studio.waits(GONE_S - 1)
    assert studio.rest.measuring
    assert studio.rest.measuring.waits_for == "face"
    assert studio.rest.measuring.left_s == pytest.approx(10, abs=0.5)
    studio.waits(2.0)
    assert studio.rest.measuring is None
    assert studio.rest.failed is Unmeasured.AWAY


def test_a_face_has_ten_seconds_to_come_and_five_to_come_back(studio: Studio) -> None:
    studio.waits(9.75)
    assert studio.rest.failed is None
    studio.waits(PERIOD_S)
    assert studio.rest.failed is Unmeasured.AWAY
    studio.ask(RestStep.MEASURE)
    studio.waits(9.75)
    for faces in (1, 2, 1):  # two faces are somebody, too
        studio.sits(PERIOD_S, faces=faces)
        studio.waits(4.75)
    assert studio.rest.failed is None
    studio.waits(PERIOD_S)
    assert studio.rest.failed is Unmeasured.AWAY


@pytest.mark.parametrize("sat_s", [0.0, 10.0])
def test_a_face_that_is_long_gone_by_the_next_look_is_gone(studio: Studio, sat_s: float) -> None:
    studio.sits(sat_s)
    studio.now += 60.0
    studio.waits(PERIOD_S)
    assert studio.rest.failed is Unmeasured.AWAY


def test_two_faces_alone_are_no_face_that_was_measured_and_went(studio: Studio) -> None:
    studio.sits(PERIOD_S, faces=2)
    studio.waits(9.75)
    assert studio.rest.failed is None
    studio.waits(PERIOD_S)
    assert studio.rest.failed is Unmeasured.AWAY


def test_looks_at_two_faces_do_not_count(studio: Studio) -> None:
    studio.sits(20.0)
    studio.sits(8.0, sad=0.02, faces=2)
    assert studio.rest.measuring
    assert studio.rest.measuring.waits_for == "alone"
    studio.sits(11.0)
    assert studio.kept[EVERYBODY] == pytest.approx(margins(face()))


def test_two_faces_for_a_minute_and_a_half_end_it(studio: Studio) -> None:
    studio.sits(89.75, faces=2)
    assert studio.rest.failed is None
    studio.sits(PERIOD_S, faces=2)
    assert studio.rest.failed is Unmeasured.FEW


def test_pictures_that_come_too_seldom_end_it(studio: Studio) -> None:
    for _ in range(round(LONGEST_S / 4) + 1):
        studio.now += 4.0 - PERIOD_S
        studio.sits(PERIOD_S)
    assert studio.rest.failed is Unmeasured.FEW


def test_a_camera_that_is_switched_off_ends_it(studio: Studio) -> None:
    studio.sits(20.0)
    studio.is_camera_off = True
    studio.rest.pass_time(studio.person, True, studio.now)
    assert studio.rest.failed is Unmeasured.OFF


def test_a_camera_that_goes_away_ends_it(studio: Studio) -> None:
    studio.looks(PERIOD_S, lambda at: CameraGone("unplugged", at))
    assert studio.rest.failed is Unmeasured.LOST


@pytest.mark.parametrize("name", ["Ann", "tim"])
def test_another_person_ends_it_and_neither_gets_it(studio: Studio, name: str) -> None:
    studio.sits(29.0)
    studio.person = name
    studio.sits(5.0)
    assert studio.rest.failed is Unmeasured.OTHER
    assert studio.kept == {}


def test_a_hand_ends_it_and_forgets_it(studio: Studio) -> None:
    studio.sits(29.0)
    studio.ask(RestStep.CANCEL)
    studio.sits(5.0)
    assert (studio.kept, studio.rest.failed, studio.rest.measuring) == ({}, None, None)
    studio.kept[EVERYBODY] = (0.0,) * 6
    studio.ask(RestStep.FORGET)
    assert studio.kept == {}


def test_a_box_that_keeps_nothing_measures_nothing() -> None:
    rest = FaceAtRest(None)
    rest.obey(RestStep.MEASURE, EVERYBODY, 0.0)
    assert rest.failed is Unmeasured.UNKEPT
    assert not rest.is_known(EVERYBODY)


def test_each_reason_has_words_for_people() -> None:
    assert set(REASONS) == set(Unmeasured)


# --- in the box --------------------------------------------------------------------------------------------


def test_a_resting_face_makes_no_mood_while_its_person_listens() -> None:
    kept = {"Ann": margins(face(sad=0.6))}
    room = Room(at_rest=kept.get, persons={"Ann": None}).connect()

    def mood() -> str:
        room.wait(1.0)
        room.tell(Reading(face(sad=0.6), Box(0, 0, 9, 9), room.now))
        return room.snapshot.mood.name

    assert mood() == "sad"
    room.tell(cmd.ChoosePerson("Ann"))
    assert room.snapshot.rest_known
    assert mood() == "neutral"
    looked = room.snapshot.looked
    assert isinstance(looked, Reading)
    assert max(looked.probabilities) == looked.probabilities[-1]
    room.tell(cmd.ChoosePerson(EVERYBODY))
    assert not room.snapshot.rest_known
    assert mood() == "sad"


def test_what_is_measured_is_the_face_itself_though_something_is_taken_off_already() -> None:
    kept = {EVERYBODY: margins(face(sad=0.6))}
    room = Room(at_rest=kept.get).connect()
    room.tell(cmd.MindRest(RestStep.MEASURE))
    for _ in range(130):
        room.now += PERIOD_S
        room.tell(Reading(face(sad=0.6), Box(0, 0, 9, 9), room.now))
    measured = [action for action in room.done if isinstance(action, KeepRest)]
    assert [each.person for each in measured] == [EVERYBODY]
    assert measured[0].margins == pytest.approx(kept[EVERYBODY])


def test_quiet_hours_that_close_the_camera_end_a_measurement() -> None:
    room = Room(at_rest=lambda person: None).connect()
    room.tell(cmd.MindRest(RestStep.MEASURE))
    room.see("neutral")
    room.tell(cmd.SwitchCamera(False))
    assert room.snapshot.rest_failed is Unmeasured.OFF
    room.tell(cmd.MindRest(RestStep.MEASURE))
    assert room.snapshot.rest is None

"""When a look is believed, worth it, or too old: to the last score, grey level and second."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pytest

from appliance.errors import CameraLost
from appliance.protocol.looks import Box, Face, Frame
from appliance.vision.alive import Lives
from appliance.vision.doubt import Doubt
from appliance.vision.frozen import Frozen
from appliance.vision.listener import Listener, tiles
from appliance.vision.motion import MotionGate
from appliance.vision.view import View

FLAT = np.full((240, 320), 90, np.uint8)
CHECKED = np.indices((48, 64)).sum(axis=0).astype(np.uint8) % 2 * 40
"""Seen by a sensor: it is not the same everywhere."""


def frame(at: float, grey: np.ndarray = FLAT) -> Frame:
    return Frame(grey, grey, lambda: grey, at)


def face(score: float = 0.7, left: float = 0.0, side: float = 50.0) -> Face:
    return Face(Box(left, 0.0, side, side), score)


def person(x: float, side: float = 100.0, y: float = 240.0) -> Face:
    return Face(Box(x - side / 2, y - side / 2, side, side), 0.9)


def at_place(face: Face, faces: Iterable[Face]) -> Face | None:
    return next((each for each in faces if each.box.left == face.box.left), None)


# --- doubt -------------------------------------------------------------------------------------------------


class Second:
    """What a second look says."""

    def __init__(self, score: float) -> None:
        self.score, self.looks = score, 0
        self.doubt = Doubt(self._look, at_place)

    def _look(self, face: Face) -> float:
        self.looks += 1
        return self.score

    def believed(self, *faces: Face, known: Iterable[Face] = ()) -> list[Face]:
        return self.doubt.believed(faces, known)


def test_a_sure_face_takes_no_second_look() -> None:
    second = Second(0.0)
    assert second.believed(face(0.8)) == [face(0.8)]
    assert second.looks == 0
    assert second.believed(face(0.79)) == []
    assert second.looks == 1


def test_a_second_look_that_is_sure_is_enough() -> None:
    assert Second(0.73).believed(face()) == [face()]
    assert Second(0.72).believed(face()) == []


@pytest.mark.parametrize(("score", "looks"), [(0.6, [False] * 6 + [True, False]), (0.59, [False] * 8)])
def test_a_likely_face_is_believed_in_its_seventh_look(score: float, looks: list[bool]) -> None:
    second = Second(score)
    assert [bool(second.believed(face())) for _ in range(8)] == looks


def test_a_likely_face_that_is_elsewhere_begins_anew() -> None:
    second = Second(0.65)
    places = [0.0] * 6 + [100.0] * 7
    assert [bool(second.believed(face(left=left))) for left in places] == [False] * 12 + [True]


def test_of_two_likely_faces_the_larger_waits_and_the_one_that_waited_goes_on() -> None:
    second = Second(0.65)
    small, large = face(left=0.0), face(left=100.0, side=60.0)
    second.believed(small, large)
    assert second.doubt.waiting == large
    second.believed(small)
    second.believed(large, small)
    assert second.doubt.waiting == small


def test_a_known_face_falls_with_its_second_unsure_look_in_a_row() -> None:
    second, known = Second(0.59), [face()]
    assert [bool(second.believed(face(), known=known)) for _ in range(3)] == [True, False, False]
    for score in (0.6, 0.7):
        second = Second(score)
        assert [bool(second.believed(face(), known=known)) for _ in range(3)] == [True] * 3


def test_a_second_look_that_is_sure_ends_the_row_of_unsure_ones() -> None:
    second, known = Second(0.59), [face()]
    for score in (0.7, 0.59, 0.7, 0.59, 0.6, 0.59):
        second.score = score
        assert second.believed(face(), known=known)


def test_each_face_in_a_frame_is_judged_for_itself() -> None:
    second, known = Second(0.59), face(left=200.0)
    surely, likely = face(0.9), face(0.7, left=100.0)
    assert second.believed(surely, likely, known, known=[known]) == [surely, known]
    second.score = 0.75
    assert second.believed(surely, known, likely, known=[known]) == [surely, known, likely]


def test_a_known_face_that_was_not_found_meanwhile_has_fallen_all_the_same() -> None:
    second, known = Second(0.5), [face()]
    assert second.believed(face(), known=known)
    assert second.believed(known=known) == []
    assert second.believed(face(), known=known) == []


# --- life --------------------------------------------------------------------------------------------------

PLACE = Box(208.7, 117.93, 102.6, 102.6)
"""A face: what is compared of it are 12 by 12 cells of ten pixels, from (200, 100) on."""
WALL = np.kron(np.random.default_rng(1).integers(60, 200, (48, 64), np.uint8), np.ones((10, 10), np.uint8))


def sees(grey: np.ndarray, at: float) -> Frame:
    """With a grain of noise, lest it be a camera that repeats its picture."""
    grey = grey.copy()
    grey[0, 0] = round(2 * at) % 2
    return Frame(grey, grey[::2, ::2], lambda: grey, at)


def cells(levels: int, count: int = 2) -> np.ndarray:
    """The wall, of which so many cells in the face's place have another level."""
    picture = WALL.copy()
    picture[150:160, 250 : 250 + 10 * count] += np.uint8(levels)
    return picture


def watched(*frames: Frame) -> Lives:
    """Who is known after these frames, in each of which a face was found."""
    lives = Lives()
    for each in frames:
        lives.observe(each)
        lives.living([Face(PLACE, 0.9)], each, is_full=True)
    return lives


@pytest.mark.parametrize(("levels", "count", "lives"), [(3, 2, True), (2, 2, False), (40, 1, False)])
def test_two_cells_of_a_face_that_change_by_two_levels_and_a_half_are_life(
    levels: int, count: int, lives: bool
) -> None:
    seen = watched(sees(WALL, 0.0), sees(cells(1), 1.0), sees(cells(1 + levels, count), 2.0))
    assert seen.has_lived(Face(PLACE, 0.9)) is lives


def test_daylight_that_wanders_over_a_poster_is_no_life() -> None:
    """Twenty levels in a minute: a cell is compared with what it was in the last seconds."""
    frames = [sees(cells(int(now / 3)), now) for now in np.arange(0.0, 60.0, 0.5).tolist()]
    assert not watched(*frames).has_lived(Face(PLACE, 0.9))


def test_a_flicker_that_is_none_in_cells_as_large_as_the_face_s_hides_no_blink() -> None:
    """Of ten pixels: in smaller ones it would be much noise, and eight times that be asked of a blink."""
    flicker = np.tile(np.repeat([8, 8, 0, -8, -8], 2), (480, 64)).astype(np.int16)
    seen = watched(
        *(
            sees((cells(3 if now == 4 else 0) + flicker * (-1) ** now).astype(np.uint8), now)
            for now in range(5)
        )
    )
    assert seen.has_lived(Face(PLACE, 0.9))


@pytest.mark.parametrize(("moves", "until_s"), [(False, 30.0), (True, 152.0)])
def test_a_still_face_is_nobody_after_half_a_minute_and_one_that_has_lived_after_two_and_a_half(
    moves: bool, until_s: float
) -> None:
    lives, seen = Lives(), list[float]()
    for now in np.arange(0.0, 170.0, 0.5).tolist():
        picture = sees(cells(3 if moves and now == 2 else 0), now)
        lives.observe(picture)
        seen += [now] if lives.living([Face(PLACE, 0.9)], picture, is_full=True) else []
    assert seen == np.arange(0.0, until_s, 0.5).tolist()


@pytest.mark.parametrize(("levels", "lives"), [(6, False), (10, True)])
def test_where_most_of_the_picture_flickers_by_a_level_life_is_eight_levels(levels: int, lives: bool) -> None:
    flicker = np.tile(np.repeat([1, 0, -1], 10), (480, 22))[:, :640]
    seen = watched(
        *(sees((cells(now // 4 * levels) + flicker * (now % 2)).astype(np.uint8), now) for now in range(5))
    )
    assert seen.has_lived(Face(PLACE, 0.9)) is lives


def test_the_grain_of_a_sensor_lets_no_far_poster_live() -> None:
    """Of 26 pixels, so that its cells are as small as the grain."""
    grain, far = np.tile(np.repeat([8, -8], 2), (480, 160)).astype(np.int16), Face(Box(200, 100, 26, 26), 0.9)
    lives = Lives()
    for now in range(5):
        picture = sees((WALL + grain * (-1) ** now).astype(np.uint8), now)
        lives.observe(picture)
        lives.living([far], picture, is_full=True)
    assert not lives.has_lived(far)


def test_while_the_same_picture_comes_again_and_again_nobody_s_half_minute_passes() -> None:
    lives, still = Lives(), sees(WALL, 0.0)
    seen = list[float]()
    for now in np.arange(0.0, 100.0, 0.5).tolist():
        picture = Frame(still.grey, still.small, still.colour, now) if now <= 60 else sees(WALL, now)
        lives.observe(picture)
        seen += [now] if lives.living([Face(PLACE, 0.9)], picture, is_full=True) else []
    assert seen[-1] == 60 + 30 - 0.5


@pytest.mark.parametrize(
    ("face", "is_same"),
    [
        (person(349), True), (person(350), False), (person(300, y=191), True), (person(300, y=190), False),
        (person(300, side=158), True), (person(300, side=159), False),
        (person(300, side=64), True), (person(300, side=63), False),
    ],
)  # fmt: skip
def test_who_has_moved_is_known_by_half_a_face_s_width_and_two_and_a_half_times_its_size(
    face: Face, is_same: bool
) -> None:
    lives = Lives()
    for now, x in ((0.0, 270), (1.0, 300)):
        lives.living([person(x)], sees(WALL, now), is_full=True)
    assert lives.has_lived(face) is is_same


# --- movement ----------------------------------------------------------------------------------------------


def changed(levels: int, column: int = 5, row: int = 5) -> np.ndarray:
    """A room in which one cell of ten by ten pixels has another level."""
    picture = FLAT.copy()
    picture[10 * row : 10 * row + 10, 10 * column : 10 * column + 10] += np.uint8(levels)
    return picture


def closed() -> MotionGate:
    """A gate that has seen a still room since 0, and was last open at 4."""
    gate = MotionGate()
    for now in (0.0, 2.0, 4.0):
        gate.is_open(FLAT, now)
    return gate


@pytest.mark.parametrize(("levels", "is_open"), [(5, False), (6, True)])
def test_a_cell_that_changes_by_six_levels_has_moved(levels: int, is_open: bool) -> None:
    assert closed().is_open(changed(levels), 4.1) is is_open


def test_after_a_movement_looking_goes_on_for_three_seconds_and_then_every_two() -> None:
    gate, seen = MotionGate(), []
    for now in np.arange(0.0, 9.0, 0.5).tolist():
        seen.append((now, gate.is_open(FLAT, now), gate.is_still))
    assert [now for now, is_open, _ in seen if is_open] == [0, 0.5, 1, 1.5, 2, 2.5, 3, 5, 7]
    assert [now for now, _, is_still in seen if not is_still] == [0, 0.5, 1, 1.5, 2, 2.5, 3]


def test_slow_movement_adds_up() -> None:
    gate = closed()
    assert not gate.is_open(changed(4), 4.1)
    assert gate.is_open(changed(7), 4.2)


def test_only_the_listeners_own_movement_does_not_count() -> None:
    beside = Box(51.0, 62.0, 18.0, 7.0)  # in the cells 5 and 6 of row 6
    for row in range(4, 9):
        for column in range(3, 9):
            gate = closed()
            is_own = row == 6 and column in (5, 6)
            assert gate.is_open(changed(50, column, row), 4.1, beside) is not is_own, (column, row)


def test_a_listener_at_the_edge_hides_nothing_at_the_other() -> None:
    assert closed().is_open(changed(50, 31, 23), 4.1, Box(-15.0, -15.0, 30.0, 30.0))
    assert not closed().is_open(changed(50, 0, 0), 4.1, Box(-15.0, -15.0, 30.0, 30.0))


# --- a camera that has frozen ------------------------------------------------------------------------------


def frozen_at(grey: np.ndarray, every_s: float, until_s: float = 200.0) -> float | None:
    frozen = Frozen()
    for now in np.arange(0.0, until_s, every_s).tolist():
        try:
            frozen.mind(frame(now, grey))
        except CameraLost:
            return float(now)
    return None


def test_the_same_picture_for_a_minute_in_ten_looks_is_no_room() -> None:
    assert frozen_at(CHECKED, 0.5) == 60.0
    assert frozen_at(CHECKED, 10.0) == 90.0


@pytest.mark.parametrize(("levels", "is_frozen"), [(3, False), (4, True)])
def test_the_dark_may_be_the_same_for_ever(levels: int, is_frozen: bool) -> None:
    """Half of the pixels are so much brighter: the deviation is half of it."""
    assert (frozen_at(CHECKED // 40 * np.uint8(levels), 1.0) is not None) is is_frozen


def test_after_another_picture_the_minute_begins_anew() -> None:
    frozen = Frozen()
    for now in range(60):
        frozen.mind(frame(now, CHECKED))
    frozen.mind(frame(59.5, FLAT))
    for now in range(60, 120):
        frozen.mind(frame(now, CHECKED))
    with pytest.raises(CameraLost, match="same picture"):
        frozen.mind(frame(120.0, CHECKED))


# --- how the camera hangs ----------------------------------------------------------------------------------


class Sides:
    """A detector that finds faces of these scores on the four sides of each frame, and counts the frames."""

    def __init__(self, *scores: float) -> None:
        self.scores, self.looks = scores, 0

    def find(self, frame: Frame, region: Box | None = None) -> list[Face]:
        self.looks += 1
        return [face(score) for score in [self.scores[(self.looks - 1) % 4]] if score]

    def again(self, frame: Frame, face: Face) -> float:
        return face.score


def judged(
    view: View, *scores: float, times: int = 1, since: float = 0.0, is_still: bool = False
) -> list[float]:
    """Frames four times a second until so many were looked at from all sides. Returns when they were."""
    sides, seen, now = Sides(*scores), list[float](), since
    while len(seen) < times:
        before = sides.looks
        view.judge(frame(now), sides, is_still)
        seen += [now] if sides.looks > before else []
        now += 0.25
    return seen


def test_a_view_that_is_upside_down_five_times_in_a_row_is_turned() -> None:
    view = View()
    assert judged(view, 0.5, 0, 0.8, 0, times=4) == [0.0, 2.0, 4.0, 6.0]
    assert view.trouble() is None
    judged(view, 0.5, 0, 0.8, 0, since=8.0)
    assert "upside down" in (view.trouble() or "")
    assert "camera.rotation = 180" in (view.trouble() or "")


def test_another_side_between_them_begins_the_row_anew() -> None:
    view = View()
    judged(view, 0.5, 0, 0.8, 0, times=4)
    judged(view, 0.8, 0, 0.5, 0, since=8.0)
    judged(view, 0.5, 0, 0.8, 0, times=4, since=10.0)
    assert view.trouble() is None
    judged(view, 0.5, 0, 0.8, 0, since=18.0)
    assert view.trouble() is not None


@pytest.mark.parametrize(
    ("scores", "is_turned"),
    [
        ((0, 0, 0.75, 0), True),
        ((0, 0, 0.74, 0), False),
        ((0.8, 0, 0.85, 0), True),
        ((0.8, 0, 0.83, 0), False),
    ],
)
def test_a_side_needs_a_sure_face_and_a_lead_over_the_cameras_own(
    scores: tuple[float, ...], is_turned: bool
) -> None:
    view = View()
    judged(view, *scores, times=7)
    assert (view.trouble() is not None) is is_turned


@pytest.mark.parametrize(
    ("side", "rotation", "mirror", "right"),
    [(1, 0, False, 90), (3, 0, False, 270), (1, 0, True, 270), (2, 180, False, 0), (1, 270, False, 0)],
)
def test_the_setting_that_helps_is_told(side: int, rotation: int, mirror: bool, right: int) -> None:
    view = View(rotation, mirror)
    judged(view, *[0.8 * (each == side) for each in range(4)], times=5)
    assert (view.trouble() or "").endswith(f"camera.rotation = {right}")


@pytest.mark.parametrize(("upright", "is_turned"), [(4, True), (5, False)])
def test_who_has_been_seen_upright_five_times_lies_down_and_turns_no_camera(
    upright: int, is_turned: bool
) -> None:
    view = View()
    judged(view, 0.8, 0, 0, 0, times=upright)
    judged(view, 0, 0.8, 0, 0, times=8, since=100.0)
    assert (view.trouble() is not None) is is_turned


def test_an_upright_view_is_judged_every_two_seconds_and_once_it_is_sure_every_ten() -> None:
    assert judged(View(), 0.8, 0, 0, 0, times=8) == [0, 2, 4, 6, 8, 10, 20, 30]


def test_a_still_room_in_which_nobody_is_found_is_judged_every_ten_seconds() -> None:
    view = View()
    assert judged(view, 0, 0, 0, 0, times=3, is_still=True) == [0, 10, 20]
    assert judged(view, 0, 0, 0, 0, times=2, since=22.0) == [22, 24]  # somebody moves
    assert judged(View(), 0.8, 0, 0, 0, times=3, is_still=True) == [0, 2, 4]


@pytest.mark.parametrize(
    ("steps", "is_told"),
    [([4.0] * 4, True), ([4.0] * 3, False), ([4.0, 4.0, 3.9, 4.0], False), ([9, 9, 9, 5], True)],
)
def test_pictures_of_four_seconds_apart_and_more_are_told(steps: list[float], is_told: bool) -> None:
    view, now = View(), 100.0
    view.arrive(frame(now))
    for step in steps:
        now += step
        view.arrive(frame(now))
    assert (f"only every {min(steps):.0f} s" in (view.trouble() or "")) is is_told


def test_slow_pictures_of_before_are_forgotten() -> None:
    view = View()
    for now in (0.0, 5.0, 10.0, 15.0, 20.0, 20.1):
        view.arrive(frame(now))
    assert view.trouble() is None


# --- the listener ------------------------------------------------------------------------------------------


class Room:
    """A detector that finds who is there wherever it looks."""

    def __init__(self, *faces: Face) -> None:
        self.faces, self.regions = list(faces), list[Box | None]()

    def find(self, frame: Frame, region: Box | None = None) -> list[Face]:
        self.regions.append(region)
        return self.faces

    def again(self, frame: Frame, face: Face) -> float:
        return face.score


BIG = np.zeros((480, 640), np.uint8)


@pytest.mark.parametrize(
    ("moved", "is_same"),
    [
        (person(401), False), (person(400), True), (person(300, side=201), False),
        (person(300, side=199), True), (person(300, side=51), True), (person(300, side=49), False),
    ],
)  # fmt: skip
def test_the_same_person_is_within_a_face_s_width_and_of_like_size(moved: Face, is_same: bool) -> None:
    room = Room(person(300))
    listener = Listener(room)
    assert listener.look(frame(0.0, BIG)).listener == person(300)
    room.faces = [moved]
    assert (listener.look(frame(0.1, BIG)).listener == moved) is is_same


@pytest.mark.parametrize(("side", "becomes"), [(122.0, False), (123.0, True)])
def test_a_face_one_and_a_half_times_as_large_becomes_the_listener_after_three_seconds(
    side: float, becomes: bool
) -> None:
    known, rival = person(150), person(500, side)
    room = Room(known)
    listener = Listener(room)
    listener.look(frame(0.0, BIG))
    room.faces = [known, rival]
    seen = {now: listener.look(frame(now, BIG)).listener for now in (1.0, 2.0, 3.0, 3.9, 4.0, 5.0)}
    assert [now for now, who in seen.items() if who == rival] == ([4.0, 5.0] if becomes else [])


def test_a_listener_is_waited_for_for_a_second() -> None:
    room = Room(person(150))
    listener = Listener(room)
    listener.look(frame(100.0, BIG))
    room.faces = [person(500)]
    seen = [listener.look(frame(now, BIG)).listener is not None for now in (100.5, 100.9, 101.1)]
    assert seen == [False, False, True]


def test_who_stands_on_somebody_s_place_in_two_looks_is_counted_once() -> None:
    """The same face, found near the listener and in the whole frame a little beside."""
    room = Room(person(300), person(349), person(351, y=241))
    assert Listener(room).look(frame(0.0, BIG)).faces == 2


def test_a_known_listener_is_looked_for_in_a_square_three_times_the_face() -> None:
    for side, wanted in ((100.0, Box(150.0, 90.0, 300.0, 300.0)), (300.0, Box(-20.0, -80.0, 640.0, 640.0))):
        room = Room(person(300, side))
        listener = Listener(room)
        listener.look(frame(0.0, BIG))
        room.regions.clear()
        listener.look(frame(0.5, BIG))
        assert room.regions == [wanted]


def test_tiles_overlap_by_a_quarter_and_reach_every_edge() -> None:
    every = tiles(frame(0.0, BIG))
    assert len(every) == 12
    assert {tile.width for tile in every} == {240.0}
    assert sorted({tile.left for tile in every}) == pytest.approx([0.0, 400 / 3, 800 / 3, 400.0])
    assert sorted({tile.top for tile in every}) == [0.0, 120.0, 240.0]
    large = tiles(frame(0.0, np.zeros((720, 1280), np.uint8)))
    assert {tile.width for tile in large} == {480.0, 192.0}


def test_a_sweep_looks_at_the_next_two_tiles_each_time_and_begins_anew() -> None:
    room = Room()
    listener = Listener(room)
    for number in range(7):
        listener.look(frame(number / 10, BIG))
    swept = [region for region in room.regions if region is not None]
    every = tiles(frame(0.0, BIG))
    assert swept == [*every, *every[:2]]

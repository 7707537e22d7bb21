"""Who the listener is among the faces in view, and where they are looked for."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from appliance.protocol.looks import Box, Face, Frame
from appliance.vision import Listener
from appliance.vision.listener import FULL_LOOK_S, LOST_S, TAKEOVER_S, looks_needed, tiles

GREY = np.zeros((480, 640), np.uint8)


def frame(at: float) -> Frame:
    return Frame(GREY, GREY[::2, ::2], lambda: GREY, at)


def face(x: float, y: float, side: float) -> Face:
    """A face about (x, y)."""
    return Face(Box(x - side / 2, y - side / 2, side, side), 0.9)


class Room:
    """A detector that knows who is there: it finds the faces in the region that are large enough in it."""

    def __init__(self, *faces: Face) -> None:
        self.faces = list(faces)
        self.regions: list[Box | None] = []

    def find(self, frame: Frame, region: Box | None = None) -> list[Face]:
        self.regions.append(region)
        where = region or Box(0, 0, 640, 640)
        return [each for each in self.faces if inside(each.box, where) and each.box.width > where.width / 5]

    def again(self, frame: Frame, face: Face) -> float:
        return face.score


def inside(box: Box, where: Box) -> bool:
    x, y = box.left + box.width / 2, box.top + box.height / 2
    return where.left <= x <= where.left + where.width and where.top <= y <= where.top + where.height


def looks(
    listener: Listener, times: list[float], before: Callable[[float], None] = lambda at: None
) -> list[Face | None]:
    seen = []
    for at in times:
        before(at)
        seen.append(listener.look(frame(at)).listener)
    return seen


def every(step_s: float, until_s: float, start_s: float = 0.0) -> list[float]:
    return [start_s + step_s * count for count in range(round((until_s - start_s) / step_s) + 1)]


def test_the_largest_of_several_faces_is_the_listener_and_all_are_counted() -> None:
    large = face(450, 200, 180)
    sighting = Listener(Room(face(100, 200, 150), large, face(280, 300, 140))).look(frame(0))
    assert sighting.listener == large
    assert sighting.faces == 3


def test_nobody_is_nobody() -> None:
    listener = Listener(Room())
    sighting = listener.look(frame(0))
    assert (sighting.listener, sighting.faces) == (None, 0)
    assert listener.nobody


def test_a_known_listener_is_looked_for_only_around_where_they_were() -> None:
    room = Room(face(300, 200, 150))
    listener = Listener(room)
    listener.look(frame(0.0))
    room.regions.clear()
    listener.look(frame(0.1))
    assert room.regions == [Box(75, -25, 450, 450)]


def test_a_moving_listener_is_followed() -> None:
    room = Room(face(100, 200, 140))
    listener = Listener(room)

    def move(at: float) -> None:
        room.faces = [face(100 + 150 * at, 200, 140)]

    seen = looks(listener, every(0.1, 2.5), move)
    assert None not in seen
    assert seen[-1] == room.faces[0]


def test_the_whole_frame_is_looked_at_now_and_then_to_count_the_others() -> None:
    room = Room(face(100, 200, 140))
    listener = Listener(room)
    listener.look(frame(0.0))
    room.faces.append(face(500, 200, 139))
    assert listener.look(frame(FULL_LOOK_S / 2)).faces == 1
    assert listener.look(frame(FULL_LOOK_S)).faces == 2
    assert listener.look(frame(FULL_LOOK_S + 0.1)).faces == 2  # remembered between full looks


def test_a_small_face_far_away_is_found_within_six_frames_and_then_followed() -> None:
    far = face(520, 130, 60)
    room = Room(far)
    listener = Listener(room)
    seen = looks(listener, every(0.1, 0.5))
    assert far in seen
    room.regions.clear()
    assert listener.look(frame(0.6)).listener == far
    assert room.regions == [Box(430, 40, 180, 180)]


def test_a_face_in_a_tile_counts_only_if_it_is_found_again_by_itself() -> None:
    ghost = face(520, 130, 60)

    class Fooled(Room):
        def find(self, frame: Frame, region: Box | None = None) -> list[Face]:
            return super().find(frame, region) if region and region.width > 200 else []

        def again(self, frame: Frame, face: Face) -> float:
            return face.score

    assert looks(Listener(Fooled(ghost)), every(0.1, 1.0)) == [None] * 11


def test_the_tiles_cover_the_whole_frame() -> None:
    covered = np.zeros_like(GREY)
    for tile in tiles(frame(0)):
        covered[
            round(tile.top) : round(tile.top + tile.height), round(tile.left) : round(tile.left + tile.width)
        ] = 1
    assert covered.all()


@pytest.mark.parametrize("shape", [(1, 1), (1, 640), (480, 1), (7, 3)])
def test_frames_of_any_shape_have_tiles(shape: tuple[int, int]) -> None:
    picture = np.zeros(shape, np.uint8)
    assert tiles(Frame(picture, picture, lambda: picture, 0.0))


def test_somebody_a_little_larger_does_not_become_the_listener() -> None:
    known = face(150, 200, 150)
    room = Room(known)
    listener = Listener(room)
    listener.look(frame(0.0))
    room.faces.append(face(480, 200, 170))
    assert set(looks(listener, every(0.1, 10.0, 0.1))) == {known}


def test_somebody_much_larger_becomes_the_listener_after_a_while() -> None:
    known, nearer = face(150, 200, 140), face(480, 200, 200)
    room = Room(known)
    listener = Listener(room)
    listener.look(frame(0.0))
    room.faces.append(nearer)
    seen = looks(listener, every(0.1, 6.0, 0.1))
    changed = 0.1 + 0.1 * seen.index(nearer)
    assert TAKEOVER_S <= changed - 0.1 <= TAKEOVER_S + 2 * FULL_LOOK_S
    assert set(seen[seen.index(nearer) :]) == {nearer}


def test_somebody_who_only_passes_by_close_to_the_camera_does_not_become_the_listener() -> None:
    known, passing = face(150, 200, 140), face(480, 200, 220)
    room = Room(known)
    listener = Listener(room)

    def pass_by(at: float) -> None:
        room.faces = [known, passing] if 1.0 < at < 3.0 or 5.0 < at < 7.0 else [known]

    assert set(looks(listener, every(0.1, 10.0), pass_by)) == {known}


def test_a_listener_who_turns_away_for_a_moment_is_waited_for() -> None:
    known, other = face(150, 200, 150), face(480, 200, 149)
    room = Room(known, other)
    listener = Listener(room)
    listener.look(frame(0.0))
    room.faces.remove(known)
    sighting = listener.look(frame(LOST_S / 2))
    assert (sighting.listener, sighting.faces) == (None, 1)
    room.faces.append(known)
    assert listener.look(frame(LOST_S * 0.9)).listener == known


def test_a_listener_who_left_is_succeeded_by_whoever_is_there() -> None:
    known, other = face(150, 200, 150), face(480, 200, 149)
    room = Room(known, other)
    listener = Listener(room)
    listener.look(frame(0.0))
    room.faces.remove(known)
    seen = looks(listener, every(0.1, LOST_S + 0.3, 0.1))
    assert seen[-1] == other
    assert listener.look(frame(LOST_S + 0.4)).faces == 1


def test_an_empty_room_has_no_listener_soon_after_they_left() -> None:
    room = Room(face(150, 200, 150))
    listener = Listener(room)
    listener.look(frame(0.0))
    room.faces.clear()
    looks(listener, every(0.1, LOST_S + 0.2, 0.1))
    assert listener.nobody


@pytest.mark.parametrize(
    ("width", "height", "looks"),
    [(640, 480, 6 + 7), (1280, 720, 9 + 7), (1920, 1080, 28 + 7)],
    ids=["12 tiles, two a look", "53 tiles, six a look", "165 tiles, six a look"],
)
def test_a_sweep_takes_as_many_looks_as_its_tiles_and_the_doubt_after_it(
    width: int, height: int, looks: int
) -> None:
    grey = np.zeros((height, width), np.uint8)
    assert looks_needed(Frame(grey, grey, lambda: grey, 0.0)) == looks


def test_a_face_is_followed_in_the_middle_of_its_region_to_the_half_pixel() -> None:
    room = Room(Face(Box(301.0, 157.0, 131.0, 140.0), 0.9))
    listener = Listener(room)
    looks(listener, every(0.1, 2.0))
    assert Box(301.0 - 144.5, 157.0 - 140.0, 420.0, 420.0) in room.regions

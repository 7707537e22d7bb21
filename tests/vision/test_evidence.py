"""One look is no proof: noise, posters and frozen pictures are nobody."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
import pytest

from appliance.camera import Shape, to_frame
from appliance.demo.face.drawing import EXPRESSIONS, PEOPLE, Pose, scene
from appliance.demo.face.drawing import Listener as Drawn
from appliance.errors import CameraLost
from appliance.protocol.looks import Box, Face, Frame, Reading
from appliance.vision import Eyes, Listener, emotion, faces
from appliance.vision.alive import NEVER_ALIVE_S, STILL_S, Life, Lives
from appliance.vision.doubt import LIKELY, SURE_AGAIN, Doubt
from appliance.vision.frozen import FROZEN_S, Frozen
from appliance.vision.view import View


@pytest.fixture(scope="module")
def detector() -> faces.BlazeFace:
    return faces.BlazeFace(faces.located("auto"))


def room(at: float, *people: tuple[str, float, float, float], size: tuple[int, int] = (640, 480)) -> Frame:
    """people: expression, centre, width of the face in pixels; each frame has noise of its own."""
    drawn = [
        Drawn(EXPRESSIONS[face], Pose(x, y, width / 1.9), PEOPLE[number % 2])
        for number, (face, x, y, width) in enumerate(people)
    ]
    return to_frame(scene(drawn, size, 1.0, round(at * 10)), Shape(*size), at)


def blotches(blur: float, levels: float, seed: int, looks: int) -> Iterator[Frame]:
    """A dark room as a denoising night camera shows it."""
    rng = np.random.default_rng(seed)
    field = np.zeros((480, 640))
    for look in range(looks):
        noise = cv2.resize(cv2.GaussianBlur(rng.normal(0, 1, (240, 320)), (0, 0), blur / 2), (640, 480))
        field = 0.9 * field + 0.44 * noise * levels / noise.std()
        grey = np.clip(field + 45 + rng.normal(0, 3, field.shape), 0, 255).astype(np.uint8)
        yield to_frame(cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR), Shape(), look * 0.1)


@pytest.mark.parametrize(("blur", "levels", "seed"), [(12, 5, 1), (16, 8, 2)])
def test_the_noise_of_a_dark_room_is_nobody(
    detector: faces.BlazeFace, blur: float, levels: float, seed: int
) -> None:
    eyes = Eyes(detector, emotion.Classifier(emotion.located("main")), lambda: 0.0)
    looks = [eyes.look(frame) for frame in blotches(blur, levels, seed, 80)]
    assert not any(isinstance(look, Reading) for look in looks)


def test_a_drawn_face_is_believed_at_its_first_look(detector: faces.BlazeFace) -> None:
    for expression in ("happy", "sad", "surprise", "angry"):
        assert Listener(detector).look(room(0.0, (expression, 320, 240, 180))).listener is not None


def test_a_second_look_at_a_face_agrees_and_at_a_wall_does_not(detector: faces.BlazeFace) -> None:
    frame = room(0.0, ("happy", 320, 240, 180))
    (face,) = detector.find(frame)
    assert detector.again(frame, face) >= SURE_AGAIN
    assert detector.again(room(0.0), face) < LIKELY


def watch(listener: Listener, frames: Iterator[Frame]) -> list[bool]:
    return [listener.look(frame).listener is not None for frame in frames]


def test_a_small_face_in_a_dim_room_is_believed_within_one_sweep(detector: faces.BlazeFace) -> None:
    """Its first look gives 0.73, which noise gives, too: only the second is sure."""
    noise = np.random.default_rng(1).normal(0, 4, (480, 640))
    frames = []
    for look in range(6):
        grey = np.clip(room(0.0, ("angry", 320, 240, 60)).grey * 0.3 + noise, 0, 255).astype(np.uint8)
        frames.append(to_frame(cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR), Shape(), look * 0.1))
    assert watch(Listener(detector), iter(frames))[-1]


def test_a_poster_is_nobody_once_it_has_never_moved(detector: faces.BlazeFace) -> None:
    seen = watch(
        Listener(detector), (room(at, ("sad", 470, 150, 130)) for at in np.arange(0, NEVER_ALIVE_S + 6, 0.5))
    )
    assert seen[0]
    assert not any(seen[-8:])


def test_somebody_who_only_blinks_now_and_then_stays(detector: faces.BlazeFace) -> None:
    listener = Listener(detector)
    seen = []
    for look in range(120):
        frame = room(look * 0.5, ("neutral", 320, 240, 160))
        if look % 24 == 5:  # eyelids: a band of skin over both eyes, for one look
            grey = frame.grey.copy()
            (face,) = detector.find(frame)
            for x, y in face.points[:2]:
                cv2.ellipse(
                    grey, (round(x), round(y)), (16, 8), 0, 0, 360, float(grey[round(y) + 14, round(x)]), -1
                )
            frame = Frame(
                grey, cv2.resize(grey, (320, 240), interpolation=cv2.INTER_AREA), frame.colour, frame.taken_at
            )
        seen.append(listener.look(frame).listener is not None)
    assert all(seen)


def test_a_still_that_is_the_same_bit_for_bit_proves_nothing_and_stays_legal(
    detector: faces.BlazeFace,
) -> None:
    still = room(0.0, ("happy", 320, 240, 180))
    listener = Listener(detector)
    for at in np.arange(0, STILL_S + 20, 1.0):
        sighting = listener.look(Frame(still.grey, still.small, still.colour, float(at)))
    assert sighting.listener is not None


def test_whoever_moves_is_the_listener_although_a_poster_is_larger(detector: faces.BlazeFace) -> None:
    listener = Listener(detector)
    for at in np.arange(0, 10, 0.25):
        sighting = listener.look(
            room(float(at), ("sad", 470, 150, 130), ("happy", 150 + 4 * (at % 9), 280 + at % 7, 110))
        )
    assert sighting.listener is not None
    assert sighting.listener.box.left < 250


def test_four_metres_from_a_camera_of_1280_pixels_a_face_is_found(detector: faces.BlazeFace) -> None:
    """15 cm of 4.8 m are 40 pixels."""
    listener = Listener(detector)
    seen = [
        listener.look(room(look * 0.1, ("happy", 880, 300, 40), size=(1280, 720))).listener
        for look in range(12)
    ]
    assert seen[-1] is not None
    assert seen[-1].box.width < 60


# --- who is remembered ------------------------------------------------------------------------------------


def grain(at: float) -> Frame:
    """A grey wall in the grain of a sensor."""
    grey = (np.random.default_rng(round(at * 100)).normal(100, 3, (480, 640))).astype(np.uint8)
    return Frame(grey, cv2.resize(grey, (320, 240), interpolation=cv2.INTER_AREA), lambda: grey, at)


def still(grey: np.ndarray, at: float) -> Frame:
    return Frame(grey, grey[::2, ::2], lambda: grey, at)


def at(left: float, top: float, score: float = 0.9) -> Face:
    return Face(Box(left, top, 100, 100), score)


def test_blotches_that_come_and_go_do_not_make_a_poster_somebody_new() -> None:
    """With eight of them beside it, it was forgotten, came anew, and had thirty seconds more to move."""
    lives, poster = Lives(), at(400, 300)
    for look in range(round(NEVER_ALIVE_S) + 10):
        frame = grain(float(look))
        noise = [at(50 * (look + n) % 500, 0 if n % 2 else 120) for n in range(8)]
        lives.observe(frame)
        alive = lives.living([poster, *noise], frame, is_full=True)
    assert poster not in alive


def test_blotches_do_not_make_a_listener_one_who_never_moved() -> None:
    lives = Lives()
    lives.living([at(400, 300)], grain(0.0), is_full=True)
    lives.living([at(430, 300)], grain(1.0), is_full=True)  # moved
    for look in range(2, 6):
        lives.living([at(430, 300), *(at(110 * n % 500, 20 * look) for n in range(9))], grain(look), True)
    assert lives.has_lived(at(430, 300))


def test_a_passing_shadow_is_no_level_to_compare_with_after_a_face_has_moved() -> None:
    """The time since it was looked at elsewhere counted: one look outweighed all before, and so came life."""
    wall = cv2.resize(np.random.default_rng(1).integers(100, 200, (24, 32), np.uint8), (640, 480))
    shadow = wall.copy()
    shadow[120:160, 320:360] -= 30
    life = Life(at(100, 100), still(wall, 0.0))
    life.found(at(300, 100), still(wall, 60.0))
    life.observe(still(shadow, 60.25), 0.1)
    life.observe(still(wall, 60.5), 0.1)
    assert life.stirred_at == 60.25


def test_each_known_face_falls_for_itself() -> None:
    """Two heads together: that each was unsure once counted as one of them unsure twice."""
    doubt = Doubt(lambda face: 0.4, lambda face, others: next((o for o in others if o.box == face.box), None))
    one, other = at(100, 100, 0.7), at(160, 100, 0.7)
    assert doubt.believed([one, other], [one, other]) == [one, other]
    assert doubt.believed([other], [one, other]) == []
    assert doubt.believed([one], [one, other]) == []


def test_a_sure_look_between_two_unsure_ones_ends_their_row() -> None:
    doubt = Doubt(lambda face: 0.4, lambda face, others: next((o for o in others if o.box == face.box), None))
    for _ in range(5):
        for score in (0.7, 0.9):
            assert doubt.believed([at(100, 100, score)], [at(100, 100)])


# --- a frozen camera ----------------------------------------------------------------------------------------


def frame(at: float, grey: np.ndarray) -> Frame:
    return Frame(grey, grey[::2, ::2], lambda: grey, at)


NOISE = np.random.default_rng(1).integers(0, 255, (48, 64), dtype=np.uint8)


def test_the_same_picture_bit_for_bit_is_a_frozen_camera_until_another_comes() -> None:
    frozen = Frozen()
    for look in range(20):
        frozen.mind(frame(look * FROZEN_S / 20, NOISE))
    with pytest.raises(CameraLost, match=r"frozen.*unplug it"):
        frozen.mind(frame(FROZEN_S, NOISE.copy()))
    with pytest.raises(CameraLost, match="frozen"):  # opened again, and no better
        frozen.mind(frame(FROZEN_S + 5, NOISE.copy()))
    frozen.mind(frame(FROZEN_S + 6, NOISE + 1))


def test_the_black_of_a_dark_room_may_well_be_the_same() -> None:
    frozen = Frozen()
    for look in range(100):
        frozen.mind(frame(float(look), np.full((48, 64), 16, np.uint8)))


# --- the view -----------------------------------------------------------------------------------------------


def hung(at: float, quarters: int, mirror: bool = False) -> Frame:
    """A room whose picture is turned clockwise by so many quarters, and then mirrored."""
    seen = room(at, ("happy", 300 + at, 240, 200))

    def turn(picture: np.ndarray) -> np.ndarray:
        turned = np.rot90(picture, -quarters)
        return np.ascontiguousarray(turned[:, ::-1] if mirror else turned)

    return Frame(turn(seen.grey), turn(seen.small), lambda: turn(seen.colour()), at)


@pytest.mark.parametrize(
    ("quarters", "mirror", "remedy"),
    [(2, False, 180), (1, False, 270), (3, False, 90), (2, True, 180), (1, True, 270), (3, True, 90)],
)
def test_a_camera_mounted_upside_down_or_on_its_side_is_told_and_read_all_the_same(
    detector: faces.BlazeFace, quarters: int, mirror: bool, remedy: int
) -> None:
    view = View(mirror=mirror)
    for at in range(0, 12, 2):
        view.judge(hung(at, quarters, mirror), detector)
    assert f"set camera.rotation = {remedy}" in (view.trouble() or "")
    upright, expected = view.upright(hung(12, quarters, mirror)), hung(12, 0, mirror)
    assert np.array_equal(upright.grey, expected.grey)
    assert np.array_equal(upright.colour(), expected.colour())


def test_who_lay_there_first_turns_the_picture_only_until_somebody_sits(detector: faces.BlazeFace) -> None:
    view = View()
    for at in range(0, 12, 2):
        view.judge(hung(at, 1), detector)
    for at in range(12, 24, 2):
        view.judge(hung(at, 0), detector)
    assert view.trouble() is None
    sits = hung(24, 0)
    assert view.upright(sits) is sits


def test_an_upright_face_and_an_empty_room_are_no_trouble(detector: faces.BlazeFace) -> None:
    view = View()
    for at in range(0, 12, 2):
        view.judge(room(float(at), *([("sad", 300, 240, 160)] if at < 8 else [])), detector)
    assert view.trouble() is None


def test_an_upright_view_is_judged_more_seldom_and_a_camera_turned_round_later_is_told_all_the_same(
    detector: faces.BlazeFace,
) -> None:
    class Counting(faces.BlazeFace):
        finds = 0

        def find(self, frame: Frame, region: Box | None = None) -> list[Face]:
            self.finds += 1
            return detector.find(frame, region)

    view, counting = View(), Counting(faces.located("auto"))
    for at in range(0, 60, 2):
        view.judge(hung(at, 0), counting)
    assert counting.finds <= 4 * 11, "five tries at first, then one in ten seconds"
    for at in range(60, 60 + 22, 2):
        view.judge(hung(at, 2), counting)
    assert "set camera.rotation = 180" in (view.trouble() or "")


def test_the_view_of_a_still_empty_room_is_judged_seldom_but_not_that_of_a_face_in_it(
    detector: faces.BlazeFace,
) -> None:
    view, tries = View(), []

    class Counting(faces.BlazeFace):
        def find(self, frame: Frame, region: Box | None = None) -> list[Face]:
            tries.append(frame.taken_at)
            return detector.find(frame, region)

    counting = Counting(faces.located("auto"))
    for at in range(0, 60, 2):
        view.judge(room(float(at)), counting, is_still=True)
    assert len(tries) == 4 * 6, "every ten seconds"
    view.judge(room(60.0), counting)
    assert len(tries) == 4 * 7, "and at once where something has moved"
    for at in range(70, 82, 2):
        view.judge(hung(at, 2), counting, is_still=True)
    assert "set camera.rotation = 180" in (view.trouble() or "")


def test_somebody_who_lies_on_the_sofa_turns_no_camera(detector: faces.BlazeFace) -> None:
    view = View()
    for at in range(0, 40, 2):
        seen = room(float(at), ("happy", 320, 240, 200))
        quarters = -1 if at >= 12 else 0
        grey, small = (np.ascontiguousarray(np.rot90(each, quarters)) for each in (seen.grey, seen.small))
        view.judge(Frame(grey, small, seen.colour, float(at)), detector)
    assert view.trouble() is None


def test_a_room_too_dark_for_a_mood_is_told() -> None:
    view = View()
    for at in range(0, 30, 5):
        view.arrive(frame(float(at), NOISE))
    assert "every 5 s" in (view.trouble() or "")
    view.arrive(frame(26.0, NOISE))
    assert view.trouble() is None

"""A listener at rest is hardly looked at, and loses nothing by it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache

import cv2
import numpy as np
import pytest

from appliance.brain.mood import REACTIONS, MoodTracker
from appliance.demo.face.drawing import EXPRESSIONS, Listener, Pose, blend, scene
from appliance.demo.face.expression import Expression
from appliance.protocol.emotions import EMOTIONS
from appliance.protocol.looks import Box, Face, Frame, Nobody, Reading
from appliance.vision import Eyes
from appliance.vision.pace import CHANGED, FOLLOWED, SETTLED
from appliance.vision.place import Place

FACE = Face(Box(270, 190, 100, 100), 0.9)
FPS = 10
LONGEST_S = 2.0
"""Nobody rests longer without a look."""


def drawn(face: str | Expression, x: float = 320.0) -> np.ndarray:
    """A listener where `FACE` is. uint8 (480, 640)."""
    shown = EXPRESSIONS[face] if isinstance(face, str) else face
    return grey(scene([Listener(shown, Pose(x, 240, 100 / 1.9))]))


def grey(picture: np.ndarray) -> np.ndarray:
    return cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)


def framed(picture: np.ndarray, at: float = 0.0) -> Frame:
    small = cv2.resize(picture, (320, 240), interpolation=cv2.INTER_AREA)
    return Frame(picture, small, lambda: picture, at)


@cache
def noises(sigma: float) -> list[np.ndarray]:
    """A sensor's: int16 (480, 640) each."""
    random = np.random.default_rng(1)
    return [np.rint(random.normal(0, sigma, (480, 640))).astype(np.int16) for _ in range(9)]


@pytest.fixture(scope="module")
def neutral() -> np.ndarray:
    return drawn("neutral")


@pytest.fixture(scope="module")
def happy() -> np.ndarray:
    return drawn("happy")


def likely(emotion: str, share: float = 0.94) -> tuple[float, ...]:
    rest = (1 - share) / (len(EMOTIONS) - 1)
    return tuple(share if name == emotion else rest for name in EMOTIONS)


class Watched:
    """Eyes whose networks are scripted and count what they are asked; each frame has a sensor's noise."""

    def __init__(self, sigma: float = 2.0) -> None:
        self.faces, self.answer = [FACE], likely("neutral")
        self.finds = self.reads = self.frames = 0
        self._sigma = sigma
        self._eyes = Eyes(self, self, lambda: 0.0)

    def find(self, frame: Frame, region: Box | None = None) -> list[Face]:
        self.finds += 1
        return list(self.faces)

    def again(self, frame: Frame, face: Face) -> float:
        return face.score

    def probabilities(self, face: np.ndarray) -> tuple[float, ...]:
        self.reads += 1
        return self.answer

    def look(self, picture: np.ndarray) -> Reading | Nobody | None:
        noise = noises(self._sigma)[self.frames % 9]
        noisy = np.clip(picture + noise, 0, 255).astype(np.uint8)
        self.frames += 1
        return self._eyes.look(framed(noisy, self.frames / FPS))

    def rest(self, picture: np.ndarray, seconds: float = 2.0) -> list[Reading]:
        """Look at the same picture for so long."""
        looks = [self.look(picture) for _ in range(round(seconds * FPS))]
        assert all(isinstance(look, Reading) for look in looks)
        return [look for look in looks if isinstance(look, Reading)]

    def until_read(self, picture: np.ndarray) -> Reading:
        """Look until a look is no held one any more, but a fresh one."""
        before = self.reads
        while self.reads == before:
            look = self.look(picture)
        assert isinstance(look, Reading)
        return look


def resting(picture: np.ndarray, sigma: float = 2.0) -> Watched:
    watched = Watched(sigma)
    watched.rest(picture)
    return watched


@pytest.mark.parametrize("sigma", [0.0, 1.0, 4.0, 8.0])
def test_a_face_at_rest_is_hardly_looked_for_or_read(neutral: np.ndarray, sigma: float) -> None:
    watched = resting(neutral, sigma)
    finds, reads = watched.finds, watched.reads
    watched.rest(neutral, 10.0)
    assert watched.reads - reads <= 10
    assert watched.finds - finds <= 20


def test_every_frame_says_all_the_same_what_holds(neutral: np.ndarray) -> None:
    looks = Watched().rest(neutral, 4.0)
    assert [look.taken_at for look in looks] == [number / FPS for number in range(1, 41)]
    assert all(set(look.stages_s) == {"capture", "detect", "classify"} for look in looks)
    assert looks[-1].stages_s["classify"] == 0.0, "what is held took no network"
    assert all(look.probabilities == pytest.approx(likely("neutral")) for look in looks)


def test_for_the_mood_a_second_of_what_holds_weighs_as_a_second(neutral: np.ndarray) -> None:
    """The same moods at the same times as by reading every frame."""
    held, read = (MoodTracker(REACTIONS["steady"], 20.0, 0.0) for _ in range(2))
    watched = Watched()
    for look in watched.rest(neutral, 4.0):
        whole = Reading(likely("neutral"), look.box, look.taken_at, 1)
        one, other = held.see(look), read.see(whole)
        assert (one.name, one.since) == (other.name, other.since)
        assert one.probabilities == pytest.approx(other.probabilities)


def test_another_expression_is_read_in_its_first_frame(neutral: np.ndarray, happy: np.ndarray) -> None:
    watched = resting(neutral)
    watched.answer = likely("happy")
    look = watched.look(happy)
    assert isinstance(look, Reading)
    assert look.probabilities == likely("happy")


@pytest.mark.parametrize("share", [0.15, 0.3])
def test_the_beginning_of_a_smile_is_enough(neutral: np.ndarray, share: float) -> None:
    watched = resting(neutral)
    before = watched.reads
    watched.look(drawn(blend(EXPRESSIONS["neutral"], EXPRESSIONS["happy"], share)))
    assert watched.reads == before + 1


def test_a_face_that_stays_otherwise_is_found_anew(neutral: np.ndarray, happy: np.ndarray) -> None:
    watched = resting(neutral)
    before = watched.finds
    for _ in range(FOLLOWED):
        watched.look(happy)
    assert watched.finds <= before + 2  # no more than the whole frame's turn
    before = watched.finds
    watched.look(happy)
    assert watched.finds > before


def test_the_new_expression_comes_to_rest_too(neutral: np.ndarray, happy: np.ndarray) -> None:
    watched = resting(neutral)
    watched.answer = likely("happy")
    watched.rest(happy, (CHANGED + SETTLED + 1) / FPS)
    before = watched.reads
    looks = watched.rest(happy, LONGEST_S)
    assert watched.reads - before <= 2
    assert all(look.probabilities == pytest.approx(likely("happy")) for look in looks)


def test_after_a_blink_the_rest_goes_on_at_once(neutral: np.ndarray) -> None:
    shut = drawn(replace(EXPRESSIONS["neutral"], eyes_close=1.0))
    watched = resting(neutral)
    watched.answer = likely("sad")
    blink = watched.look(shut)
    assert isinstance(blink, Reading)
    assert blink.probabilities == likely("sad"), "a blink is looked at"
    watched.look(shut)
    before = watched.reads
    after = watched.rest(neutral, 0.3)
    assert watched.reads - before <= 1
    assert after[-1].probabilities == pytest.approx(likely("neutral"))


def moved(picture: np.ndarray, x: float, y: float) -> np.ndarray:
    shift = np.array([[1, 0, x], [0, 1, y]], np.float32)
    size = (picture.shape[1], picture.shape[0])
    return cv2.warpAffine(picture, shift, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)


@pytest.mark.parametrize(
    "change",
    [
        lambda picture: moved(picture, 0.6, -0.4),
        lambda picture: (picture * 0.9).astype(np.uint8),
        lambda picture: np.clip(picture - 12.0, 0, 255).astype(np.uint8),
    ],
    ids=["half a pixel", "less light", "a shade"],
)
def test_what_is_no_change_of_the_face_ends_no_rest(
    neutral: np.ndarray, change: Callable[[np.ndarray], np.ndarray]
) -> None:
    watched = resting(neutral)
    before = watched.reads
    watched.rest(change(neutral), 1.0)
    assert watched.reads - before <= 2


def test_a_look_that_says_something_else_is_doubt_and_ends_the_rest(neutral: np.ndarray) -> None:
    """What no comparison of pictures shows, the next look at the resting face does."""
    watched = resting(neutral)
    watched.answer = likely("sad")
    watched.until_read(neutral)
    before = watched.reads
    watched.rest(neutral, (SETTLED - 1) / FPS)
    assert watched.reads - before == SETTLED - 1


def test_a_face_that_is_read_now_so_and_now_so_does_not_rest(neutral: np.ndarray) -> None:
    watched = Watched()
    for number in range(30):
        watched.answer = likely("sad" if number % 2 else "neutral", 0.4)
        watched.look(neutral)
    assert watched.reads == 30


@pytest.mark.parametrize(("first", "then"), [("neutral", "sad"), ("sad", "neutral")])
def test_after_a_look_that_says_another_emotion_it_takes_five_that_agree(
    neutral: np.ndarray, first: str, then: str
) -> None:
    """However little the shares differ."""
    watched = Watched()
    for emotion in (first, *[then] * 7):
        watched.answer = likely(emotion, 0.3)
        watched.look(neutral)
    assert watched.reads == 1 + SETTLED


@pytest.mark.parametrize(("share", "is_doubt"), [(0.7, False), (0.68, True)])
def test_a_look_is_doubt_that_differs_by_a_half_in_all_seven_together(
    neutral: np.ndarray, share: float, is_doubt: bool
) -> None:
    """Though it says the same emotion: of 0.94 a quarter is gone, and all of it is with the others."""
    watched = resting(neutral)
    watched.answer = likely("neutral", share)
    watched.until_read(neutral)
    before = watched.reads
    watched.rest(neutral, (SETTLED - 1) / FPS)
    assert watched.reads - before == (SETTLED - 1 if is_doubt else 0)


def test_a_face_that_changes_is_followed_for_two_frames_and_its_new_look_held_after_five_and_five(
    neutral: np.ndarray, happy: np.ndarray
) -> None:
    watched, reads, finds = Watched(), list[int](), list[int]()
    watched.rest(neutral, 3.2)  # the whole frame has just had its turn
    for _ in range(15):
        before = watched.reads, watched.finds
        watched.look(happy)
        reads.append(watched.reads - before[0])
        finds.append(watched.finds - before[1])
    assert finds[:2] == [0, 0]
    assert all(finds[2:9])
    assert reads == [1] * 9 + [0] * 6


def test_a_held_reading_is_the_mean_of_several(neutral: np.ndarray) -> None:
    """One alone has noise, and would weigh as much as ten."""
    watched = Watched()
    for share in (0.9, 0.8, 0.9, 0.8, 0.9, 0.8, 0.9, 0.8):
        watched.answer = likely("neutral", share)
        look = watched.look(neutral)
    assert isinstance(look, Reading)
    assert look.probabilities[EMOTIONS.index("neutral")] == pytest.approx(0.86, abs=0.011)


def test_whoever_comes_is_counted_while_the_listener_rests(neutral: np.ndarray) -> None:
    watched = resting(neutral)
    other = Face(Box(60, 190, 100, 100), 0.9)
    watched.faces.append(other)
    both = neutral.copy()
    both[190:290, 60:160] = neutral[190:290, 270:370]
    assert any(look.faces == 2 for look in watched.rest(both, 1.3))


def test_a_body_that_moves_beneath_the_face_has_nobody_else_looked_for_sooner(neutral: np.ndarray) -> None:
    """Head and body are the listener's own; what moves beside may be somebody who comes."""
    finds = {}
    for x in (300, 560):
        watched = Watched()
        watched.rest(neutral, 4.0)
        before = watched.finds
        for number in range(100):
            picture = neutral.copy()
            picture[400:460, x : x + 40] += np.uint8(number % 2 * 30)
            watched.look(picture)
        finds[x] = watched.finds - before
    assert finds == {300: 2 * 5, 560: 2 * 10}  # near the listener, and the whole frame


def test_who_goes_is_missed_at_once(neutral: np.ndarray) -> None:
    watched = resting(neutral)
    watched.faces = []
    assert not isinstance(watched.look(grey(scene([]))), Reading)


def test_who_looks_away_for_a_moment_after_a_rest_is_waited_for(neutral: np.ndarray) -> None:
    watched = resting(neutral)
    watched.faces = [Face(Box(20, 20, 90, 90), 0.9)]
    assert watched.look(grey(scene([]))) is None, "somebody else is not taken for the listener"


def test_a_hand_before_the_face_is_looked_at(neutral: np.ndarray) -> None:
    watched = resting(neutral)
    before = watched.finds
    hidden = neutral.copy()
    hidden[200:320, 250:390] = 150
    watched.look(hidden)
    assert watched.finds > before


# --- a place in a picture -----------------------------------------------------------------------------------


def frames(*pictures: np.ndarray) -> Iterator[Frame]:
    return map(framed, pictures)


@pytest.mark.parametrize(("x", "y"), [(1.0, 0.0), (-1.5, 2.0), (0.3, -0.7)])
def test_a_face_is_followed_to_parts_of_a_pixel(neutral: np.ndarray, x: float, y: float) -> None:
    before, after = frames(neutral, moved(neutral, x, y))
    found = Place(before, FACE.box).find(after)
    assert found is not None
    assert (found.box.left - FACE.box.left, found.box.top - FACE.box.top) == pytest.approx((x, y), abs=0.6)


@pytest.mark.parametrize(
    ("zoom", "degrees", "is_same"),
    [(1.005, 0, True), (1.01, 0, True), (1.02, 0, False), (1, 0.8, True), (1, -0.8, True), (1, 2, False)],
)
def test_a_face_that_comes_a_hair_nearer_or_tilts_a_little_looks_as_it_did(
    neutral: np.ndarray, zoom: float, degrees: float, is_same: bool
) -> None:
    turn = cv2.getRotationMatrix2D((320, 240), degrees, zoom)
    after = cv2.warpAffine(neutral, turn, (640, 480), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    found = Place(framed(neutral), FACE.box).find(framed(after))
    assert found is not None
    assert found.is_same is is_same


def test_what_changes_in_the_face_is_another_look_and_at_its_sides_it_is_the_wall(
    neutral: np.ndarray,
) -> None:
    """Of eight columns the outer ones do not count."""
    seen = []
    for left in np.arange(267.0, 370.0, 13.75).tolist():
        after = neutral.copy()
        after[230:240, round(left) : round(left) + 10] = np.clip(
            after[230:240, round(left) : round(left) + 10] + 30.0, 0, 255
        )
        found = Place(framed(neutral), FACE.box).find(framed(after))
        seen.append(found is not None and found.is_same)
    assert seen == [True, *[False] * 6, True]


def test_what_moves_step_by_step_is_followed_far(neutral: np.ndarray) -> None:
    first, *others = frames(*(moved(neutral, 3.0 * step, 0.0) for step in range(8)))
    place = Place(first, FACE.box)
    for step, each in enumerate(others, 1):
        found = place.find(each)
        assert found is not None
        assert found.box.left - FACE.box.left == pytest.approx(3.0 * step, abs=1.0)


def test_another_picture_is_not_followed(neutral: np.ndarray) -> None:
    before, after = frames(neutral, grey(scene([])))
    assert Place(before, FACE.box).find(after) is None


def test_the_dark_tells_nothing() -> None:
    black = np.zeros((480, 640), np.uint8)
    before, after = frames(black, black)
    assert Place(before, FACE.box).find(after) is None


def test_a_face_at_the_edge_is_followed_and_one_outside_is_not(neutral: np.ndarray) -> None:
    before, after = frames(neutral, neutral)
    assert Place(before, Box(270, 420, 100, 100)).find(after) is not None
    place = Place(before, FACE.box)
    small = replace(after, grey=after.grey[:100, :100], small=after.small[:50, :50])
    assert place.find(small) is None

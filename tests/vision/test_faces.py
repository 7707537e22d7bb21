"""Frame -> face boxes, by the real networks, on faces drawn by code."""

from __future__ import annotations

import logging
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from appliance.camera import Shape, to_frame
from appliance.demo.face.drawing import EXPRESSIONS, Listener, Pose, portrait, scene
from appliance.errors import ModelError
from appliance.protocol.looks import Box, Face, Frame
from appliance.vision.faces import (
    GLANCES,
    NO_ODDS,
    BlazeFace,
    Glance,
    Haar,
    anchors,
    best_odds,
    decode,
    merge,
    open_detector,
)
from appliance.vision.preprocess import crop

MODEL = Path(__file__).resolve().parents[2] / "models" / "face_detector.tflite"


@pytest.fixture(scope="module")
def blazeface() -> BlazeFace:
    return BlazeFace(MODEL)


def frame(picture: np.ndarray) -> Frame:
    return to_frame(picture, Shape(), 0.0)


def centre(face: Face) -> tuple[float, float]:
    return face.box.left + face.box.width / 2, face.box.top + face.box.height / 2


def overlap(one: Box, other: Box) -> float:
    """Intersection over union."""
    width = min(one.left + one.width, other.left + other.width) - max(one.left, other.left)
    height = min(one.top + one.height, other.top + other.height) - max(one.top, other.top)
    common = max(width, 0) * max(height, 0)
    return common / (one.area + other.area - common)


@pytest.mark.parametrize("expression", sorted(EXPRESSIONS))
def test_a_face_is_found_whatever_it_expresses(blazeface: BlazeFace, expression: str) -> None:
    (face,) = blazeface.find(frame(portrait(expression)))
    assert face.score > 0.7
    assert centre(face) == pytest.approx((320, 275), abs=25)
    assert 150 < face.box.width < 260


def test_the_six_key_points_lie_where_a_face_has_them(blazeface: BlazeFace) -> None:
    (face,) = blazeface.find(frame(portrait("neutral")))
    right_eye, left_eye, nose, mouth, right_ear, left_ear = face.points
    assert right_ear[0] < right_eye[0] < nose[0] < left_eye[0] < left_ear[0]
    assert right_eye[1] == pytest.approx(left_eye[1], abs=10)
    assert right_eye[1] < nose[1] < mouth[1]


def test_three_faces_are_found_each_once(blazeface: BlazeFace) -> None:
    people = [Listener(pose=Pose(x, 230, 75)) for x in (110, 320, 530)]
    faces = blazeface.find(frame(scene(people)))
    assert sorted(round(centre(face)[0] / 10) * 10 for face in faces) == pytest.approx(
        [110, 320, 530], abs=20
    )


@pytest.mark.parametrize(
    "picture",
    [
        np.zeros((480, 640, 3), np.uint8),
        np.full((480, 640, 3), 255, np.uint8),
        np.random.default_rng(3).integers(0, 256, (480, 640, 3)).astype(np.uint8),
        scene([]),
    ],
    ids=["black", "white", "noise", "an empty room"],
)
def test_a_picture_of_no_face_has_none(blazeface: BlazeFace, picture: np.ndarray) -> None:
    assert blazeface.find(frame(picture)) == []


def test_a_picture_of_one_pixel_has_no_face(blazeface: BlazeFace) -> None:
    assert blazeface.find(frame(np.zeros((1, 1, 3), np.uint8))) == []
    assert Haar().find(frame(np.zeros((1, 1, 3), np.uint8))) == []


def test_a_12_megapixel_picture_is_scaled_down_and_its_face_found(blazeface: BlazeFace) -> None:
    large = cv2.resize(portrait("happy"), (4000, 3000))
    small = frame(large)
    assert small.grey.shape == (480, 640)
    assert len(blazeface.find(small)) == 1


def test_a_small_face_is_missed_in_the_whole_frame_and_found_in_its_region(blazeface: BlazeFace) -> None:
    picture = frame(scene([Listener(pose=Pose(500, 150, 30))]))
    assert blazeface.find(picture) == []
    (face,) = blazeface.find(picture, Box(400, 50, 200, 200))
    assert centre(face) == pytest.approx((500, 160), abs=12)


def test_the_same_face_is_found_in_the_same_place_in_the_whole_and_in_a_region(blazeface: BlazeFace) -> None:
    picture = frame(portrait("neutral"))
    (whole,) = blazeface.find(picture)
    (near,) = blazeface.find(picture, Box(120, 60, 400, 400))
    assert overlap(whole.box, near.box) > 0.8


@pytest.mark.parametrize(
    "region", [Box(-500, -500, 100, 100), Box(900, 0, 50, 50), Box(-510, 0, 480, 480), Box(0, 0, 0, 0)]
)
def test_a_region_outside_the_frame_holds_no_face(blazeface: BlazeFace, region: Box) -> None:
    assert blazeface.find(frame(portrait("happy")), region) == []
    assert Haar().find(frame(portrait("happy")), region) == []


def test_a_face_at_the_edge_is_found_and_may_reach_beyond_it(blazeface: BlazeFace) -> None:
    (face,) = blazeface.find(frame(scene([Listener(pose=Pose(30, 240, 100))])))
    assert face.box.left < 0


def test_the_crop_shows_a_face_as_the_training_data_does(blazeface: BlazeFace) -> None:
    """In FER-2013's crops BlazeFace sees the eyes in row 19 and the mouth in row 37 of 48 (medians)."""
    picture = frame(portrait("neutral"))
    (face,) = blazeface.find(picture)
    padded = cv2.copyMakeBorder(crop(picture.grey, face.box), 16, 16, 16, 16, cv2.BORDER_REPLICATE)
    (again,) = blazeface.find(frame(cv2.cvtColor(cv2.resize(padded, (320, 320)), cv2.COLOR_GRAY2BGR)))
    points = [(x / 4 - 16, y / 4 - 16) for x, y in again.points]
    assert points[0] == pytest.approx((15, 19), abs=3.5)
    assert points[1] == pytest.approx((33, 19), abs=3.5)
    assert points[3] == pytest.approx((24, 37), abs=3.5)


def test_there_are_896_anchors_within_the_picture() -> None:
    centres = anchors()
    assert centres.shape == (896, 2)
    assert (centres > 0).all()
    assert (centres < 1).all()
    assert centres[0].tolist() == [1 / 32, 1 / 32]
    assert centres[-1].tolist() == [15 / 16, 15 / 16]


def test_decoding_places_boxes_and_points_about_their_anchor() -> None:
    raw = np.zeros((896, 16), np.float32)
    raw[0] = [64 - 4, 64 - 4, 32, 16, *([0, 0] * 6)]
    scores = np.full(896, -200, np.float32)  # far below what exp() can bear in float32
    scores[0] = 200
    points, sure = decode(raw, scores, anchors())
    assert sure.tolist() == [1.0]
    assert points[0, :2].tolist() == [[0.375, 0.4375], [0.625, 0.5625]]
    assert points[0, 2].tolist() == [1 / 32, 1 / 32]


@pytest.mark.parametrize("size", [np.nan, -5.0, 0.0])
def test_a_box_without_a_size_is_no_face_and_spoils_no_other(size: float) -> None:
    raw, scores = np.full((896, 16), np.nan, np.float32), np.full(896, -9, np.float32)
    raw[:, 2:4] = size
    raw[100] = [0, 0, 30, 30, *([0] * 12)]
    scores[98:102] = 9

    class Nonsense(BlazeFace):
        def _detect(self, patch: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            return decode(raw, scores, anchors())

    (face,) = Nonsense(MODEL).find(frame(np.zeros((480, 640, 3), np.uint8)))
    assert face.box.width == pytest.approx(30 / 128 * 640)


@pytest.mark.parametrize("size", [(30, -5), (-5, 30), (30, 0), (0, 30)])
def test_a_box_of_which_one_side_is_none_is_no_face(size: tuple[float, float]) -> None:
    raw, scores = np.zeros((896, 16), np.float32), np.full(896, -9, np.float32)
    raw[100, 2:4], scores[100] = size, 9

    class Nonsense(BlazeFace):
        def _detect(self, patch: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            return decode(raw, scores, anchors())

    assert Nonsense(MODEL).find(frame(np.zeros((480, 640, 3), np.uint8))) == []


def boxes(*corners: tuple[float, float, float, float]) -> np.ndarray:
    points = np.zeros((len(corners), 8, 2), np.float32)
    points[:, :2] = np.array(corners, np.float32).reshape(-1, 2, 2)
    return points


def test_boxes_of_one_face_become_their_mean_weighted_by_score() -> None:
    points = boxes((0.0, 0.0, 0.4, 0.4), (0.04, 0.0, 0.44, 0.4), (0.6, 0.6, 0.9, 0.9))
    faces = merge(points, np.array([0.6, 0.9, 0.7], np.float32))
    assert [round(score, 3) for _, score in faces] == [0.9, 0.7]
    assert faces[0][0][0].tolist() == pytest.approx([0.024, 0.0])


@pytest.mark.parametrize("glance", GLANCES)
def test_a_glance_takes_the_best_of_all_faces_in_its_middle_and_of_no_other(glance: Glance) -> None:
    at = anchors()
    across = 0.5 + (glance.across if glance.is_mirrored else -glance.across) / glance.share
    middle = np.array([across, 0.5 - glance.down / glance.share])
    near = np.argsort(np.abs(at - middle).max(axis=1))
    raw = np.zeros((896, 16), np.float32)
    raw[:, 2:4] = 128 / glance.share  # each box is as wide as the face
    scores = np.full(896, -9.0, np.float32)
    assert best_odds(raw, scores, at, glance) == NO_ODDS
    scores[near[-400:]] = np.linspace(1, 9, 400)  # many, and better, elsewhere
    assert best_odds(raw, scores, at, glance) == NO_ODDS
    scores[near[:2]] = 0.5, 0.25
    assert best_odds(raw, scores, at, glance) == 0.5


@pytest.mark.parametrize(("beside", "is_same"), [(0.21, True), (0.22, False)])
def test_boxes_are_one_face_that_share_three_tenths_of_what_both_cover(beside: float, is_same: bool) -> None:
    """Of 0.4 wide: 0.19 of 0.61, and 0.18 of 0.62."""
    for x, y in ((beside, 0.0), (0.0, beside)):
        points = boxes((0.2, 0.3, 0.6, 0.7), (0.2 + x, 0.3 + y, 0.6 + x, 0.7 + y))
        assert (len(merge(points, np.array([0.9, 0.8], np.float32))) == 1) is is_same


class Shown(BlazeFace):
    """Keeps what its network was shown."""

    def _invoke(self, patch: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        self.patch = patch
        return super()._invoke(patch)


@pytest.mark.parametrize("glance", GLANCES)
def test_a_glance_shows_the_face_beside_the_middle_by_its_share_of_the_face(glance: Glance) -> None:
    grey = np.zeros((480, 640), np.uint8)
    grey[236:244, 296:304] = 255  # in the middle of the face
    detector = Shown(MODEL)
    detector._glance(Frame(grey, grey[::2, ::2], lambda: grey, 0.0), Box(240, 180, 120, 120), glance)
    y, x = (places.mean() + 0.5 for places in np.nonzero(detector.patch > 100))
    across = -glance.across if glance.is_mirrored else glance.across
    assert x == pytest.approx(64 - across / glance.share * 128, abs=0.6)
    assert y == pytest.approx(64 - glance.down / glance.share * 128, abs=0.6)


@pytest.mark.parametrize(("side", "level"), [(None, 200), (255, 50), (256, 200)])
def test_a_face_is_looked_for_in_the_smallest_picture_that_has_the_networks_pixels(
    side: int | None, level: int
) -> None:
    """128 of them; the small picture, here the bright one, has half as many as the whole one."""
    grey, detector = np.full((480, 640), 50, np.uint8), Shown(MODEL)
    small = np.full((240, 320), 200, np.uint8)
    detector.find(Frame(grey, small, lambda: grey, 0.0), Box(100, 100, side, side) if side else None)
    assert detector.patch[60, 60] == level


def test_a_box_without_area_is_a_face_by_itself_and_ends() -> None:
    points = boxes((0.5, 0.5, 0.5, 0.5), (0.1, 0.1, 0.3, 0.3))
    assert len(merge(points, np.array([0.9, 0.8], np.float32))) == 2


def test_without_its_file_haar_finds_faces_and_the_log_says_so_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        detector = open_detector(tmp_path / "face_detector.tflite")
        for _ in range(3):
            detector.find(frame(portrait("neutral")))
    assert isinstance(detector, Haar)
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert str(tmp_path / "face_detector.tflite") in caplog.text
    assert "python models/fetch.py" in caplog.text


@pytest.mark.parametrize(
    "content",
    [b"", b"not a network", MODEL.read_bytes()[:100_000], MODEL.with_name("emotion.tflite").read_bytes()],
    ids=["empty", "foreign", "cut short", "another network"],
)
def test_a_damaged_detector_file_is_as_good_as_none(tmp_path: Path, content: bytes) -> None:
    damaged = tmp_path / "face_detector.tflite"
    damaged.write_bytes(content)
    with pytest.raises(ModelError, match=str(damaged)):
        BlazeFace(damaged)
    assert isinstance(open_detector(damaged), Haar)


def test_haar_draws_its_box_where_blazeface_does(blazeface: BlazeFace) -> None:
    picture = frame(portrait("neutral"))
    (by_haar,), (by_blazeface,) = Haar().find(picture), blazeface.find(picture)
    assert overlap(by_haar.box, by_blazeface.box) > 0.7
    (near,) = Haar().find(picture, Box(120, 60, 400, 400))
    assert overlap(near.box, by_haar.box) > 0.7


@pytest.mark.parametrize("width", [60, 90, 115, 130, 190])
def test_haar_finds_faces_of_any_size(width: float) -> None:
    assert len(Haar().find(frame(scene([Listener(pose=Pose(320, 240, width))])))) == 1


def test_an_opencv_without_cascades_says_what_to_install(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"OpenCV 5\.0.*fetch\.py.*opencv-python-headless 4"):
        Haar(SimpleNamespace(__version__="5.0.0", data=SimpleNamespace(haarcascades=str(tmp_path))))

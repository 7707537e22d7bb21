"""Face box -> the network's input."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.errors import EmptyCrop
from appliance.protocol.looks import Box
from appliance.vision.preprocess import LIFT, MARGIN, crop, square, to_input

COORDINATE = st.floats(-1e7, 1e7) | st.sampled_from([math.nan, math.inf, -math.inf, 0.0])


def marked(x: int, y: int) -> np.ndarray:
    """A black frame with a bright spot about (x, y)."""
    frame = np.zeros((480, 640), np.uint8)
    frame[y - 6 : y + 7, x - 6 : x + 7] = 255
    return frame


def test_the_crop_is_centred_a_little_above_the_box_to_show_the_forehead() -> None:
    box = Box(200, 150, 100, 100)
    face = crop(marked(250, round(200 - LIFT * 100)), box)
    rows, columns = np.nonzero(face > 200)
    assert abs(rows.mean() - 23.5) < 1
    assert abs(columns.mean() - 23.5) < 1


def test_the_crop_is_larger_than_the_box_by_the_margin() -> None:
    frame = np.tile(np.arange(640, dtype=np.float32) / 640 * 255, (480, 1)).astype(np.uint8)
    face = crop(frame, Box(200, 150, 200, 200)).astype(float)
    shown = (face[0, -1] - face[0, 0]) / 255 * 640 * 48 / 47
    assert shown == pytest.approx(200 * MARGIN, rel=0.05)


def test_an_oblong_box_is_cut_square_so_that_the_face_keeps_its_proportions() -> None:
    frame = cv2.circle(np.zeros((480, 640), np.uint8), (300, 200), 40, 255, -1)
    rows, columns = np.nonzero(crop(frame, Box(270, 155, 60, 90)) > 127)
    assert np.ptp(rows) == pytest.approx(np.ptp(columns), abs=1)


def test_a_face_at_the_edge_is_filled_up_with_the_edges_own_pixels() -> None:
    frame = np.full((480, 640), 50, np.uint8)
    frame[:, :10] = 200
    face = crop(frame, Box(-60, 200, 100, 100))
    assert (face[:, :20] == 200).all()
    assert (face[:, -5:] == 50).all()


@pytest.mark.parametrize(
    "box", [Box(700, 100, 50, 50), Box(100, -200, 80, 80), Box(5, 5, 0, 40), Box(5, 5, -9, 40)]
)
def test_a_box_outside_the_frame_or_without_area_is_an_empty_crop(box: Box) -> None:
    with pytest.raises(EmptyCrop):
        crop(np.zeros((480, 640), np.uint8), box)


@given(COORDINATE, COORDINATE, COORDINATE, COORDINATE, st.sampled_from([(1, 1), (480, 640), (3, 200)]))
def test_whatever_the_detector_says_the_crop_is_48_by_48_or_empty(
    left: float, top: float, width: float, height: float, shape: tuple[int, int]
) -> None:
    try:
        face = crop(np.zeros(shape, np.uint8), Box(left, top, width, height))
    except EmptyCrop:
        return
    assert face.shape == (48, 48)
    assert face.dtype == np.uint8


def test_a_box_of_a_million_pixels_does_not_fill_the_memory() -> None:
    huge = Box(-1e6, (LIFT * 2 - 1) * 1e6, 2e6, 2e6)
    assert crop(np.zeros((480, 640), np.uint8), huge).shape == (48, 48)


def test_a_face_of_one_pixel_is_enlarged() -> None:
    assert crop(np.full((1, 1), 7, np.uint8), Box(0, 0, 1, 1)).tolist() == [[7] * 48] * 48


def test_a_fine_pattern_shrinks_to_its_mean_instead_of_a_moire() -> None:
    frame = np.indices((480, 480)).sum(axis=0) % 2 * 200
    patch = crop(frame.astype(np.uint8), Box(140, 160, 200, 200))
    assert abs(int(patch.min()) - 100) <= 20
    assert abs(int(patch.max()) - 100) <= 20


def test_outside_the_frame_is_black_for_the_detector() -> None:
    frame = np.full((100, 200), 90, np.uint8)
    patch = square(frame, Box(0, 0, 200, 100), 40, cv2.INTER_LINEAR, cv2.BORDER_CONSTANT)
    assert patch[:9].max() == 0
    assert patch[11:29].min() == 90


def test_with_a_scale_of_1_in_255_quantizing_loses_nothing() -> None:
    face = np.arange(48 * 48).reshape(48, 48).astype(np.uint8)
    given_in = to_input(face, 1 / 255, -128)
    assert given_in.shape == (1, 48, 48, 1)
    assert given_in.dtype == np.int8
    assert (given_in[0, :, :, 0].astype(int) + 128 == face).all()


def test_values_beyond_the_tensors_range_are_clipped_not_wrapped() -> None:
    white = np.full((48, 48), 255, np.uint8)
    assert to_input(white, 1 / 510, 0).max() == 127
    assert to_input(white, 1 / 510, 0).min() == 127

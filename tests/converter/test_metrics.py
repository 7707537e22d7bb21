"""How good predictions are, on numbers that one can check by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from converter.measuring import metrics
from converter.measuring.protocol import LEFT_OUT

TRUTH = np.array([0, 0, 0, 3, 3, LEFT_OUT])
GUESS = np.array([0, 0, 3, 3, 3, 0])


def sure(*top: tuple[int, float]) -> np.ndarray:
    """Probabilities with these top classes, the rest shared evenly: float (n, 7)."""
    rows = np.array([[(1 - p) / 6] * 7 for _, p in top])
    for row, (emotion, p) in zip(rows, top, strict=True):
        row[emotion] = p
    return rows


def test_faces_left_out_do_not_count() -> None:
    assert metrics.accuracy(GUESS, TRUTH) == pytest.approx(4 / 5)


def test_nothing_to_count_is_not_a_number() -> None:
    nobody = np.array([LEFT_OUT])
    assert math.isnan(metrics.accuracy(np.array([0]), nobody))
    assert math.isnan(metrics.macro_recall(np.array([0]), nobody))
    assert math.isnan(metrics.macro_f1(np.array([0]), nobody))
    assert math.isnan(metrics.ece(sure((0, 0.9)), nobody))


def test_recall_and_f1_are_means_over_the_classes_there_are() -> None:
    assert metrics.macro_recall(GUESS, TRUTH) == pytest.approx((2 / 3 + 1) / 2)
    assert metrics.macro_f1(GUESS, TRUTH) == pytest.approx((4 / 5 + 4 / 5) / 2)


def test_the_confusion_has_truths_in_rows() -> None:
    table = metrics.confusion(GUESS, TRUTH)
    assert table[0, 0] == 2
    assert table[0, 3] == 1
    assert table.sum() == 5


def test_calibration_error_is_the_gap_between_confidence_and_being_right() -> None:
    answers = sure((0, 0.9), (0, 0.9), (0, 0.9), (0, 0.9))
    assert metrics.ece(answers, np.array([0, 0, 0, 0])) == pytest.approx(0.1)
    assert metrics.ece(answers, np.array([0, 0, 1, 1])) == pytest.approx(0.4)


def test_full_confidence_falls_into_the_last_bin() -> None:
    assert metrics.reliability(sure((0, 1.0)), np.array([0]))[-1] == (1, 1.0, 1.0)


def test_selective_keeps_as_many_as_are_right_often_enough() -> None:
    answers = sure((0, 0.9), (0, 0.8), (0, 0.7), (0, 0.6))
    assert metrics.selective(answers, np.array([0, 0, 1, 1]), wanted=0.6) == pytest.approx(0.75)
    assert metrics.selective(answers, np.array([1, 1, 1, 1]), wanted=0.6) == 0


def test_a_handful_of_faces_gives_a_wide_interval() -> None:
    low, high = metrics.interval(8, 24)
    assert low == pytest.approx(0.180, abs=0.002)
    assert high == pytest.approx(0.533, abs=0.002)
    assert metrics.interval(0, 0) == (0, 1)

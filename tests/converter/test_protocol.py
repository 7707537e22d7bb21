"""Who is right about a face."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from appliance.protocol.emotions import EMOTIONS
from converter.measuring import faces_file, protocol
from converter.measuring.protocol import LEFT_OUT

DATA = Path(os.environ.get("MOODBOX_DATA") or Path(__file__).resolve().parents[3] / "shared" / "data")
COUNTS = {"orig": (3563, 3285), "plur7": (3529, 3257), "maj7": (3186, 2938), "clear": (2045, 1906)}
"""Faces of the validation set that each protocol covers: all of them, and without repeated ones."""


def votes(**given: int) -> np.ndarray:
    """One face's votes, uint8 (1, 10)."""
    return np.array([[given.get(name, 0) for name in protocol.VOTE_NAMES]], np.uint8)


def named(truth: np.ndarray) -> str:
    return "left out" if truth[0] == LEFT_OUT else EMOTIONS[truth[0]]


def test_most_votes_win() -> None:
    assert named(protocol.plur7(votes(fear=4, surprise=3, neutral=3))) == "fear"


def test_a_tie_goes_to_the_lowest_column() -> None:
    assert named(protocol.plur7(votes(sadness=5, neutral=5))) == "neutral"
    assert named(protocol.plur7(votes(sadness=5, surprise=5))) == "surprise"


@pytest.mark.parametrize("winner", ["contempt", "unknown", "NF"])
def test_faces_won_by_none_of_the_seven_are_left_out(winner: str) -> None:
    face = votes(**{winner: 6, "anger": 4})
    assert (
        named(protocol.plur7(face)) == named(protocol.maj7(face)) == named(protocol.clear(face)) == "left out"
    )


def test_a_majority_is_more_than_half() -> None:
    assert named(protocol.maj7(votes(anger=5, sadness=5))) == "left out"
    assert named(protocol.maj7(votes(anger=6, sadness=4))) == "angry"


def test_single_votes_do_not_count_against_a_majority() -> None:
    assert named(protocol.maj7(votes(anger=5, sadness=4, fear=1))) == "angry"
    assert named(protocol.maj7(votes(anger=4, sadness=3, fear=1, disgust=1, neutral=1))) == "angry"


def test_a_face_of_single_votes_has_no_majority() -> None:
    face = votes(anger=1, sadness=1, fear=1, disgust=1, neutral=1, happiness=1, surprise=1)
    assert named(protocol.maj7(face)) == "left out"


def test_a_clear_face_has_eight_votes() -> None:
    assert named(protocol.clear(votes(disgust=7, anger=3))) == "left out"
    assert named(protocol.clear(votes(disgust=8, anger=2))) == "disgust"


def test_unknown_labels_are_left_out() -> None:
    assert protocol.orig(np.array([0, 6, 255], np.uint8)).tolist() == [0, 6, LEFT_OUT]


def test_soft_targets_are_shares_of_the_seven_without_single_votes() -> None:
    target = protocol.soft_targets(votes(happiness=6, neutral=2, contempt=1, sadness=1))
    assert target[0].tolist() == [0, 0, 0, 0.75, 0, 0, 0.25]


def test_a_face_that_is_none_of_the_seven_teaches_nothing() -> None:
    assert not protocol.soft_targets(votes(NF=6, neutral=4)).any()


def test_protocols_without_their_array_are_none() -> None:
    truths = protocol.truths(None, np.array([3], np.uint8))
    assert [name for name, truth in truths.items() if truth is not None] == ["orig"]


@pytest.fixture(scope="module")
def valid() -> faces_file.Faces:
    path = DATA / "fer_valid.npz"
    if not path.exists():
        pytest.skip(f"no {path.name}: set MOODBOX_DATA to the folder that 'python -m converter data' made")
    return faces_file.load(path)


@pytest.mark.parametrize("name", protocol.NAMES)
def test_the_validation_set_is_covered_as_its_readme_says(name: str, valid: faces_file.Faces) -> None:
    truth = protocol.truths(valid.votes, valid.label)[name]
    assert truth is not None
    assert valid.repeated is not None
    counts = truth != LEFT_OUT
    assert (int(counts.sum()), int((counts & ~valid.repeated).sum())) == COUNTS[name]


def test_the_validation_set_has_the_classes_that_its_readme_says(valid: faces_file.Faces) -> None:
    assert valid.votes is not None
    truth = protocol.maj7(valid.votes)
    assert np.bincount(truth[truth != LEFT_OUT]).tolist() == [287, 24, 62, 865, 351, 415, 1182]

"""What a training run learns from, and how the operating point is chosen."""

from __future__ import annotations

import numpy as np
import pytest

from appliance.protocol.emotions import EMOTIONS
from converter.measuring import drawing, drops, operating, protocol
from converter.measuring.compare import gain
from converter.measuring.faces_file import Faces
from converter.measuring.protocol import LEFT_OUT, SEVEN
from converter.training import recipe
from converter.training.recipe import Recipe


def faces_of(*classes: int, votes: int = 10) -> Faces:
    """A face for each class, all raters agreed, labelled likewise."""
    given = np.zeros((len(classes), 10), np.uint8)
    given[np.arange(len(classes)), SEVEN[list(classes)]] = votes
    blank = np.zeros((len(classes), 48, 48), np.uint8)
    return Faces(faces=blank, votes=given, label=np.array(classes, np.uint8))


COMMON_AND_RARE = faces_of(*[6] * 90, *[1] * 10, *range(7))


def test_rare_emotions_are_drawn_more_often() -> None:
    rate = recipe.targets(COMMON_AND_RARE, Recipe(balance=0.5)).rate
    assert rate.mean() == pytest.approx(1)
    assert rate[95] > 1 > rate[0]
    assert rate[95] / rate[0] == pytest.approx((91 / 11) ** 0.5, rel=0.01)


def test_without_balance_all_are_drawn_alike() -> None:
    assert recipe.targets(COMMON_AND_RARE, Recipe(balance=0)).rate == pytest.approx(1)


def test_no_face_is_drawn_without_end() -> None:
    rate = recipe.targets(COMMON_AND_RARE, Recipe(balance=1, balance_limit=3)).rate
    assert rate.max() / rate[0] < 20


def test_unknown_labels_teach_nothing() -> None:
    faces = faces_of(0, 3)
    assert faces.label is not None
    faces.label[1] = 255
    labels = recipe.targets(faces, Recipe()).labels
    assert labels[0].sum() == pytest.approx(1)
    assert not labels[1].any()


def test_the_prior_is_the_share_of_votes() -> None:
    assert np.exp(recipe.log_prior(COMMON_AND_RARE)).sum() == pytest.approx(1)
    assert EMOTIONS[int(recipe.log_prior(COMMON_AND_RARE).argmax())] == "neutral"


def test_an_epoch_is_the_same_for_the_same_seed_and_draws_by_rate() -> None:
    rate = np.array([0.5, 0.5, 2.0] * 100)
    once, again, other = recipe.order(rate, 10, 1), recipe.order(rate, 10, 1), recipe.order(rate, 10, 2)
    assert once.shape == (30, 10)
    assert (once == again).all()
    assert (once != other).any()
    assert np.bincount(once.ravel() % 3)[2] > 150


def test_the_operating_point_lifts_rare_emotions_when_that_is_cheap() -> None:
    random = np.random.default_rng(1)
    truth = np.array([6] * 300 + [1] * 30)
    votes = faces_of(*truth).votes
    assert votes is not None
    logits = random.normal(0, 0.3, (330, 7))
    logits[np.arange(330), truth] += 2
    logits[:, 6] += 1.5  # the net says neutral too readily
    prior = np.log(np.full(7, 0.02))
    prior[6] = np.log(0.88)
    point = operating.choose(logits, np.zeros((330, 7)), votes, prior)
    assert point.shift > 0
    assert point.maj7 > 0.99
    assert point.macro_recall > 0.99


def test_what_may_be_luck_does_not_move_the_operating_point() -> None:
    truth = np.array([6] * 500 + [3] * 500)
    votes = faces_of(*truth).votes
    assert votes is not None
    logits = np.zeros((1000, 7))
    logits[np.arange(1000), truth] = 1
    logits[:100, 3] = 2  # a hundred that no shift mends,
    logits[998:, 6] = 1.05  # and two that a small one does
    prior = np.full(7, -3.0)
    prior[6] = -0.5
    point = operating.choose(logits, np.zeros((1000, 7)), votes, prior)
    assert (point.blend, point.shift) == (0.0, 0.0)
    assert operating._point(logits, truth, prior, 0.0, 0.05).worth > point.worth


def test_rare_emotions_that_are_found_often_enough_are_lifted_no_further() -> None:
    few, enough, more = (operating.Point(0, 0, 0.9, recall) for recall in (0.6, 0.8, 0.9))
    assert few.worth < enough.worth == more.worth
    assert operating.Point(0, 0, 0.91, 0.8).worth > more.worth


TRUTH = np.arange(700) % 7
WRONG = (TRUTH + 1) % 7


def misread(*spans: tuple[int, int]) -> np.ndarray:
    """Answers that are right but for these faces."""
    answers = TRUTH.copy()
    for begin, end in spans:
        answers[begin:end] = WRONG[begin:end]
    return answers


def test_a_network_is_worth_no_more_than_itself() -> None:
    found = gain(misread((0, 70)), misread((0, 70)), TRUTH)
    assert (found.worth, found.error, found.won, found.lost) == (0, 0, 0, 0)


def test_the_error_of_a_gain_is_that_of_the_faces_read_otherwise() -> None:
    both_miss = (0, 49)
    found = gain(misread(both_miss, (49, 84)), misread(both_miss, (49, 56)), TRUTH)
    # Recall is past what counts, so that the worth is the share read right: 28 more of 700.
    assert found.worth == pytest.approx(28 / 700)
    assert (found.won, found.lost) == (28, 0)
    share = 28 / 700
    assert found.error == pytest.approx((share * (1 - share) / 700) ** 0.5, rel=0.1)
    assert found.error < (0.88 * 0.12 / 700) ** 0.5  # the first network's own


def test_a_worse_network_is_worth_less_and_faces_left_out_do_not_count() -> None:
    truth = np.where(np.arange(700) < 350, LEFT_OUT, TRUTH)
    found = gain(misread((0, 70)), misread((350, 420)), truth)
    assert (found.won, found.lost) == (0, 70)
    assert found.worth < -found.error < 0


def test_without_a_face_that_counts_there_is_no_gain() -> None:
    with pytest.raises(ValueError, match="no face"):
        gain(TRUTH, TRUTH, np.full(700, LEFT_OUT))


def test_the_temperature_makes_confidence_honest() -> None:
    random = np.random.default_rng(1)
    truth = random.integers(0, 7, 4000)
    votes = faces_of(*truth).votes
    assert votes is not None
    right = random.random(4000) < 0.8
    said = np.where(right, truth, (truth + random.integers(1, 7, 4000)) % 7)
    logits = np.zeros((4000, 7))
    logits[np.arange(4000), said] = 12.0  # far too sure
    sure = operating.softmax(logits / operating.fit_temperature(logits, votes)).max(axis=1)
    assert sure.mean() == pytest.approx(0.8, abs=0.02)


def test_raters_who_disagree_do_not_make_it_less_sure() -> None:
    truth = np.arange(700) % 7
    votes = faces_of(*truth).votes
    assert votes is not None
    split = votes.copy()
    split[:, 1] += 4  # some saw happiness, never the most
    logits = np.eye(7)[truth] * 3.0
    assert operating.fit_temperature(logits, split) == operating.fit_temperature(logits, votes)


@pytest.mark.parametrize("name", drops.DROPS)
def test_each_change_of_light_gives_faces_again_and_the_same_ones(name: str) -> None:
    faces = np.random.default_rng(1).integers(0, 256, (3, 48, 48)).astype(np.uint8)
    once, again = drops.DROPS[name](faces), drops.DROPS[name](faces)
    assert once.shape == faces.shape
    assert once.dtype == np.uint8
    assert (once == again).all()
    assert (once != faces).any()


def test_dark_is_darker() -> None:
    faces = np.full((1, 48, 48), 200, np.uint8)
    assert drops.gamma(faces, 2)[0, 0, 0] == round(255 * (200 / 255) ** 2)
    assert drops.light(faces, 0.25).mean() == pytest.approx(200 * 0.25 ** (1 / 2.2), abs=1)
    assert drops.dark_sensor(faces, 0.1).mean() < 100


def test_drawings_are_svg_with_the_numbers_in_them() -> None:
    table = [[3, 1], [0, 2]]
    drawn = drawing.confusion(table, ("happy", "sad & co"))
    assert drawn.startswith("<svg")
    assert ">75<" in drawn
    assert "sad &amp; co" in drawn
    assert drawing.reliability([(0, 0.0, 0.0), (5, 0.9, 0.8)]).count("<circle") == 1
    assert drawing.curve([("ours", [(0, 1), (1, 0.5)])], "kept", "right").count("<polyline") == 1


@pytest.mark.parametrize("free", [0.2, 0.7])
def test_neutral_is_said_as_often_as_raters_say_it_and_more_where_that_is_free(free: float) -> None:
    """This network says an emotion of all who rest by 2, and of others by so much more."""
    assert COMMON_AND_RARE.votes is not None
    truth = protocol.maj7(COMMON_AND_RARE.votes)
    logits = 2.0 * np.eye(7)[np.where(truth == operating.NEUTRAL, 0, truth)]
    logits[truth != operating.NEUTRAL] *= 1 + free / 2
    rest = operating.rest(logits, COMMON_AND_RARE.votes)
    assert rest == pytest.approx(2 + free, abs=0.02)
    said = (logits + operating.offset(0, rest, np.zeros(7))).argmax(1)
    assert (said == operating.NEUTRAL).tolist() == (truth == operating.NEUTRAL).tolist()


def test_an_operating_point_shifts_by_the_prior() -> None:
    assert operating.offset(0.5, 0, np.full(7, -2.0)).tolist() == [1.0] * 7

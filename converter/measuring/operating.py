"""The operating point: how the two heads are blended, how often neutral is said, the temperature.

Everything here is chosen on held-out training rows, never on the validation set.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from appliance.protocol.emotions import EMOTIONS
from converter.measuring import metrics, protocol

NEUTRAL = EMOTIONS.index("neutral")
BLENDS = tuple(round(0.1 * step, 1) for step in range(11))
SHIFTS = tuple(round(0.05 * step, 2) for step in range(-4, 17))
MORE_REST = tuple(round(0.01 * step, 2) for step in range(101))
BALANCE_WORTH, ENOUGH_RECALL = 0.25, 0.78
"""A point of macro-recall is worth this many points of `maj7`: a box that says neutral all day is what owners
complain of. Enough is two points above the 76 that are asked of the network; more is worth nothing, since the
rarest class has a dozen held-out faces, whose recall is mostly luck."""


@dataclass(frozen=True)
class Point:
    """One choice and what it gives on the rows it was chosen on."""

    blend: float
    """Weight of the labels head beside the votes head's 1."""
    shift: float
    """So many times the log prior is taken from the logits: what is rare is then answered more often."""
    maj7: float
    macro_recall: float

    @property
    def worth(self) -> float:
        """See the function of that name."""
        return worth(self.maj7, self.macro_recall)


def worth(maj7: float, macro_recall: float) -> float:
    """Put accuracy and balance, both as shares, into the one figure by which networks are chosen."""
    return maj7 + BALANCE_WORTH * min(macro_recall, ENOUGH_RECALL)


def choose(by_votes: np.ndarray, by_labels: np.ndarray, votes: np.ndarray, log_prior: np.ndarray) -> Point:
    """Choose the blend and shift that held-out faces speak for.

    by_votes, by_labels: logits of the two heads, float (n, 7). votes: uint8 (n, 10). log_prior: float (7,).
    The best of two hundred is half luck. So of all whose worth is within a standard error of the best one's,
    the one that changes the network's own answer least (Breiman et al., 1984: the one-standard-error rule).
    """
    truth = protocol.maj7(votes)
    points = [
        _point(by_votes + blend * by_labels, truth, log_prior, blend, shift)
        for blend in BLENDS
        for shift in SHIFTS
    ]
    best = max(points, key=lambda point: point.worth)
    error = math.sqrt(best.maj7 * (1 - best.maj7) / (truth != protocol.LEFT_OUT).sum())
    as_good = [point for point in points if point.worth >= best.worth - error]
    return min(as_good, key=lambda point: (point.blend + abs(point.shift), -point.worth))


def _point(logits: np.ndarray, truth: np.ndarray, log_prior: np.ndarray, blend: float, shift: float) -> Point:
    guess = (logits - shift * log_prior).argmax(axis=1)
    return Point(blend, shift, metrics.accuracy(guess, truth), metrics.macro_recall(guess, truth))


def rest(logits: np.ndarray, votes: np.ndarray) -> float:
    """What to add to neutral's logit: as much as lets it be said as often as raters do, and what is free.

    A network that saw faces drawn with an emotion expects one more often than photographs show it; and who
    listens mostly rests. Free is what costs no `worth`. logits: float (n, 7). votes: uint8 (n, 10).
    """
    truth = protocol.maj7(votes)
    counts = truth != protocol.LEFT_OUT
    lead = logits[counts, NEUTRAL] - np.delete(logits[counts], NEUTRAL, axis=1).max(axis=1)
    least = -float(np.quantile(lead, 1 - (truth[counts] == NEUTRAL).mean()))

    def worth_of(added: float) -> float:
        guess = (logits + offset(0.0, added, np.zeros(len(EMOTIONS)))).argmax(axis=1)
        return worth(metrics.accuracy(guess, truth), metrics.macro_recall(guess, truth))

    return round(max(least + more for more in MORE_REST if worth_of(least + more) >= worth_of(least)), 3)


def offset(shift: float, rest: float, log_prior: np.ndarray) -> np.ndarray:
    """All that an operating point adds to the logits: float (7,). log_prior: float (7,)."""
    added: np.ndarray = -shift * np.asarray(log_prior, np.float64)
    added[NEUTRAL] += rest
    return added


def softmax(logits: np.ndarray) -> np.ndarray:
    """Probabilities from logits, over the last axis: float (..., 7) to the same shape."""
    raised = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return raised / raised.sum(axis=-1, keepdims=True)


TEMPERATURES = np.round(np.exp(np.linspace(np.log(0.2), np.log(5), 161)), 4)


def fit_temperature(logits: np.ndarray, votes: np.ndarray) -> float:
    """The temperature at which 0.8 means right four times in five, right being what most raters voted.

    The least cross-entropy against the winners of `maj7`. Against the shares of the votes it would tell how
    much the raters disagree: on those very faces five points less than the share that is right.
    logits: float (n, 7). votes: uint8 (n, 10).
    """
    truth = protocol.maj7(votes)
    counts = truth != protocol.LEFT_OUT
    used, winner = logits[counts], truth[counts][:, None]
    losses = [-np.log(np.take_along_axis(softmax(used / t), winner, 1) + 1e-12).mean() for t in TEMPERATURES]
    return float(TEMPERATURES[int(np.argmin(losses))])

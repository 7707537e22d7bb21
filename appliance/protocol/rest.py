"""How a face looks at rest, in numbers, and what a look says of one that rests so: docs/face-at-rest.md."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeAlias

from appliance.protocol.emotions import EMOTIONS
from appliance.protocol.looks import Look, Reading

Margins: TypeAlias = tuple[float, ...]
"""For each of `FELT`, how much likelier than neutral a face at rest is read as it, in log odds (nats)."""

FELT = EMOTIONS[:-1]
"""The emotions that a face at rest does not show: all but neutral, which is the last."""
assert EMOTIONS[-1] == "neutral"
CLEAR = 1.25
"""By so much a face at rest is to be read as neutral rather than as any emotion: 3.5 to 1."""
MOST = 3.0
"""No emotion loses more than this, 20 to 1: it must still be seen on a face that shows it whole."""
LEAST_SHARE = 1e-5
"""A smaller share of the network's answer counts as this: below it is only the rounding of int8."""

NOT_KEPT = "the box keeps nothing of listeners: name a file in state.music"
"""Why no face can be measured where there is no such file."""


class Unmeasured(StrEnum):
    """Why a measurement came to nothing."""

    AWAY = "away"
    FEW = "few"
    RESTLESS = "restless"
    OFF = "off"
    LOST = "lost"
    OTHER = "other"
    UNKEPT = "unkept"


REASONS: Mapping[Unmeasured, str] = {
    Unmeasured.AWAY: "it was not seen for a while; sit where the camera sees you, look into it, begin again",
    Unmeasured.FEW: "too few looks at it alone; sit nearer, in more light, with nobody else, begin again",
    Unmeasured.RESTLESS: "it did not rest; look at nothing in particular, as when you read, begin again",
    Unmeasured.OFF: "the camera was switched off; switch it on, begin again",
    Unmeasured.LOST: "the camera went away; see what is wrong with it, begin again",
    Unmeasured.OTHER: "another person was chosen meanwhile; begin again for whoever sits there",
    Unmeasured.UNKEPT: NOT_KEPT,
}
"""The same for people, and what to do."""


class RestStep(StrEnum):
    """A hand's wish about the measuring of a face at rest."""

    MEASURE = "measure"
    CANCEL = "cancel"
    FORGET = "forget"


@dataclass(frozen=True)
class Measuring:
    """A face at rest that is being measured."""

    person: str
    share: float
    """How much of the time of looking has passed, 0 to 1."""
    left_s: float
    """Seconds of looking that are still needed."""
    waits_for: str = ""
    """What the box waits for: "face", or "alone" while several are in view; "" while it looks."""


def margins(probabilities: Sequence[float]) -> Margins:
    """One look as margins. probabilities: one per `EMOTIONS`."""
    logs = [math.log(max(share, LEAST_SHARE)) for share in probabilities]
    return tuple(each - logs[-1] for each in logs[:-1])


def taken_off(rest: Margins) -> tuple[float, ...]:
    """Return the nats each of `FELT` loses on a face that rests so: what it lacks for rest to be `CLEAR`."""
    return tuple(min(MOST, max(0.0, margin + CLEAR)) for margin in rest)


def corrected(probabilities: tuple[float, ...], rest: Margins | None) -> tuple[float, ...]:
    """Correct a look at a face that rests so: `rest` shifts each emotion's prior, and so its threshold.

    Returns probabilities that sum to 1; the same ones where nothing is known of the face at rest.
    """
    off = taken_off(rest) if rest else ()
    if not any(off):
        return probabilities
    shares = [share * math.exp(-less) for share, less in zip(probabilities, (*off, 0.0), strict=True)]
    whole = sum(shares)
    return tuple(share / whole for share in shares) if whole > 0 else probabilities


def understood(look: Look, rest: Margins | None) -> Look:
    """The look as it is to be understood of a face that rests so."""
    if rest is None or not isinstance(look, Reading):
        return look
    return replace(look, probabilities=corrected(look.probabilities, rest))

"""The four policies: from a mood, what was heard and the time to a target in valence and arousal, and a path.

`lift` is the iso principle of music therapy: meet the mood before you lead away from it (Altshuler 1948).
Starcke, Mayr and von Georgi (2021, "Emotion modulation through music after sadness induction") found music
that goes from sad to happy the best of their orders, not always significantly. Hunter, Schellenberg and
Griffith (2011, "Misery loves company") found that the wish for happy music vanishes in a sad mood: so nobody
is lifted who has not asked for it. None of this is a therapy.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import TypeAlias

from appliance.brain.circumplex import CIRCUMPLEX
from appliance.protocol.policies import Path, Policy

Place: TypeAlias = tuple[float, float]
"""Valence and arousal, each from -1 to 1."""

HAPPY: Place = CIRCUMPLEX["happy"]
REST: Place = (0.4, -0.4)
"""Where `calm` leads: half way to what Russell calls "at ease"; further lies sleep."""
NEAR = 0.5
"""Who is so near to where a path leads needs none."""
FIRST = 2
"""Songs near the mood with which `lift` begins."""
LASTS_S = 600.0
"""`steady` follows a mood that has lasted for so long."""
STRIDE = 0.45
"""How far a step of `calm` goes, at most."""
MIDDLE = "neutral"


def lift(mood: str) -> list[Place]:
    """Two songs near the mood, then four to six equal steps to happy, by how far that is."""
    here = CIRCUMPLEX[mood]
    far = math.dist(here, HAPPY)
    return [] if far < NEAR else [*[here] * FIRST, *_steps(here, HAPPY, min(6, max(4, round(3 * far))))]


def calm(mood: str) -> list[Place]:
    """One song near the mood, then steps to less arousal, then some to a mild valence."""
    here = CIRCUMPLEX[mood]
    valence, arousal = here
    low = (valence, min(arousal, REST[1]))
    if math.dist(here, REST) < NEAR:
        return []
    return [here, *_steps(here, low, _strides(here, low)), *_steps(low, REST, _strides(low, REST))]


def _strides(here: Place, there: Place) -> int:
    return math.ceil(math.dist(here, there) / STRIDE)


def _steps(here: Place, there: Place, count: int) -> Iterator[Place]:
    """The ends of so many equal steps."""
    for step in range(1, count + 1):
        yield tuple(a + (b - a) * step / count for a, b in zip(here, there, strict=True))  # type: ignore[misc]


WAYS: Mapping[Policy, Callable[[str], list[Place]]] = {
    Policy.MATCH: lambda mood: [],
    Policy.LIFT: lift,
    Policy.CALM: calm,
    Policy.STEADY: lambda mood: [],
}
"""Policy -> the targets on the way from a mood; none where the music is to be the mood's own."""


def path(policy: Policy, mood: str) -> Path | None:
    """The way on which the policy leads from the mood; None where the music is the mood's own."""
    places = WAYS[policy](mood)
    return Path(policy, mood, tuple(_nearest(mood, place) for place in places)) if places else None


def again(remembered: Path | None) -> Path | None:
    """The same way as it was before the box was off, whatever the file says of its steps."""
    if remembered is None or remembered.mood not in CIRCUMPLEX:
        return None
    way = path(remembered.policy, remembered.mood)
    return way and replace(way, played=min(remembered.played, len(way.steps)), last=remembered.last)


def target(way: Path) -> Place:
    """Where the next song is to lie; at its end a path stays where it has led."""
    places = WAYS[way.policy](way.mood)
    return places[min(way.played, len(places) - 1)]


def step(way: Path) -> str:
    """The mood whose music the next song is."""
    return way.steps[min(way.played, len(way.steps) - 1)]


def follows(policy: Policy, lasts_s: float) -> bool:
    """Whether the music follows a mood that is seen, once it has lasted for so many seconds."""
    return policy is not Policy.STEADY or lasts_s >= LASTS_S


def agrees(way: Path, mood: str) -> bool:
    """Whether a face that shows this mood lets the music go on its way.

    It is where the music came from; or, while that is on its way, at rest, which says nothing against a song.
    One that is ahead of the music, such as happy already, does not wait for it.
    """
    return mood == way.mood or (mood == MIDDLE and not way.is_through)


def has_arrived(way: Path, mood: str) -> bool:
    """Whether the face has come where the music is that plays, or rests at the path's end."""
    return way.played > 0 and (mood == way.steps[way.played - 1] or (mood == MIDDLE and way.is_through))


def _nearest(mood: str, place: Place) -> str:
    """Whose music lies nearest. Nobody who is afraid is led through anger: only the mood itself, the middle
    and happy count."""
    return min((mood, MIDDLE, "happy"), key=lambda name: math.dist(CIRCUMPLEX[name], place))

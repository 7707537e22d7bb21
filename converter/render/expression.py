"""How an emotion is posed: actions of the face by the Facial Action Coding System, drawn at random.

The combinations are the prototypes and major variants of the FACS Investigator's Guide (Ekman, Friesen and
Hager, 2002, table 10-1) and the partial forms that people show more often than whole ones (Matsumoto et al.,
2008, "Facial expressions of emotion"). An action is a number as in that system: 12 pulls the lip corners up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from appliance.protocol.emotions import EMOTIONS

NEUTRAL = EMOTIONS.index("neutral")

ACTIONS: Mapping[int, Mapping[str, float]] = {
    1: {"browInnerUp": 1.0},
    2: {"browOuterUp": 1.0},
    4: {"browDown": 1.0},
    5: {"eyeWide": 1.0},
    6: {"cheekRaiser": 0.8, "cheekSquint": 0.6, "eyeSquint": 0.2},
    7: {"eyeSquint": 0.9},
    9: {"noseSneer": 1.0, "mouthUpperUp": 0.25, "browDown": 0.25},
    10: {"mouthUpperUp": 0.9, "noseSneer": 0.2},
    12: {"mouthSmile": 0.9},
    14: {"mouthDimple": 0.8},
    15: {"mouthFrown": 0.95},
    16: {"mouthLowerDown": 0.9},
    17: {"mouthShrugLower": 0.8, "mouthShrugUpper": 0.25},
    20: {"mouthStretch": 0.9},
    22: {"mouthFunnel": 0.6},
    23: {"mouthRollLower": 0.45, "mouthRollUpper": 0.45, "mouthPress": 0.3},
    24: {"mouthPress": 0.9, "mouthRollLower": 0.2, "mouthRollUpper": 0.2},
    25: {"jawOpen": 0.12, "mouthLowerDown": 0.32, "mouthUpperUp": 0.3},
    26: {"jawOpen": 0.35},
    27: {"jawOpen": 0.8},
    43: {"eyeBlink": 0.45},
    64: {"eyeLookDown": 0.6},
}
"""Action -> the mesh's shapes (without their side) and how far each goes when the action is strongest."""

POSES: Mapping[str, tuple[tuple[int, ...], ...]] = {
    "angry": (
        (4, 5, 7, 23),
        (4, 5, 7, 24),
        (4, 7, 24),
        (4, 7, 17, 24),
        (4, 7, 17, 23),
        (4, 7, 10, 22, 25),
        (4, 5, 7, 10, 16, 25),
        (4, 7, 10, 16, 25),
        (4, 7, 10, 23, 25),
        (4, 7, 16, 25),
        (4, 7),
        (4, 5),
        (4, 23),
        (4, 17, 24),
        (4, 9, 7, 24),
    ),
    "disgust": (
        (9,),
        (10,),
        (9, 17),
        (10, 17),
        (9, 16, 25),
        (10, 16, 25, 26),
        (4, 7, 9, 17),
        (4, 7, 10, 17),
        (6, 9, 10, 25),
        (7, 9, 10, 16, 25),
        (4, 6, 7, 9, 10, 17),
        (9, 20, 25, 26),
        (9, 15, 17),
    ),
    "fear": (
        (1, 2, 4, 5, 20, 25),
        (1, 2, 4, 5, 20, 26),
        (1, 2, 4, 5, 20, 25, 27),
        (1, 2, 4, 5, 25, 26),
        (1, 2, 4, 5),
        (1, 4, 5, 20, 25),
        (1, 4, 5, 25),
        (5, 20, 25, 26),
        (1, 2, 4, 20, 25),
        (1, 4, 20, 25),
        (1, 4, 5, 16, 20, 25),
    ),
    "happy": (
        (6, 12),
        (12,),
        (6, 12, 25),
        (6, 12, 25, 26),
        (12, 25),
        (6, 7, 12, 25, 26),
        (6, 12, 25, 27),
        (1, 2, 12, 25, 26),
    ),
    "sad": (
        (1, 4, 15, 17),
        (1, 4, 15),
        (1, 4, 17),
        (1, 4),
        (1, 15),
        (6, 15, 17),
        (15, 17),
        (1, 4, 15, 43, 64),
        (1, 15, 43),
        (15, 43, 64),
        (1, 4, 6, 15, 25),
        (4, 6, 7, 15, 20, 25),
        (1, 4, 7, 15, 17),
        (1, 4, 24, 64),
    ),
    "surprise": (
        (1, 2, 5, 26),
        (1, 2, 5, 27),
        (1, 2, 5, 25, 26),
        (1, 2, 5),
        (1, 2, 26),
        (1, 2, 27),
        (5, 27),
        (1, 2, 5, 22, 26),
    ),
}
"""Emotion -> combinations of actions; each is drawn as often as the others."""

SHOWN, CLEAR = 0.12, 0.5
"""An emotion this strong begins to be seen, and at that strength is seen by all."""
BLENDED = 0.12
"""Share of faces that show a second emotion beside the first."""
ONE_SIDED = 0.2
"""Spread of the difference between left and right."""


@dataclass(frozen=True, eq=False)
class Expression:
    """The expression of one face."""

    units: np.ndarray
    """float32 (shapes,), 0 to 1, in the order of the mesh's shapes."""
    shares: np.ndarray
    """float64 (7,), how ten raters would divide themselves between the emotions; sums to 1."""


class Poser:
    """Draws expressions for a mesh whose shapes have these names."""

    def __init__(self, names: tuple[str, ...]) -> None:
        """names: of the mesh's shapes, `_L` and `_R` at the end of those with a side."""
        self._at = {name: index for index, name in enumerate(names)}

    def draw(self, emotion: str, random: np.random.Generator) -> Expression:
        """One of the emotion's poses, from faint to full."""
        units, shares = self._rest(random), np.zeros(len(EMOTIONS))
        seen = 0.0
        if emotion != "neutral":
            seen = self._pose(units, emotion, random.beta(2.4, 1.2), random)
            shares[EMOTIONS.index(emotion)] = seen
            if random.random() < BLENDED:
                second = str(random.choice([name for name in POSES if name != emotion]))
                also = self._pose(units, second, random.uniform(0.1, 0.45), random)
                shares *= 1 - also / 2
                shares[EMOTIONS.index(second)] += also / 2
        shares[NEUTRAL] += max(0.0, 1 - shares.sum())
        return Expression(np.clip(units, 0, 1).astype(np.float32), shares / shares.sum())

    def _rest(self, random: np.random.Generator) -> np.ndarray:
        """A face at rest: no two rest alike, and few are symmetrical."""
        units = np.zeros(len(self._at))
        for action, most in RESTING.items():
            if random.random() < 0.4:
                self._act(units, action, random.uniform(0, most), random)
        for side in "LR":
            units[self._at[f"eyeBlink_{side}"]] = random.beta(1.2, 8) * 0.6
        across, down = random.normal(0, 0.25), random.normal(0, 0.15)
        for side, inwards in (("L", -1), ("R", 1)):
            look = "eyeLookIn" if across * inwards > 0 else "eyeLookOut"
            units[self._at[f"{look}_{side}"]] = abs(across)
            units[self._at[f"eyeLook{'Down' if down > 0 else 'Up'}_{side}"]] = abs(down)
        return units

    def _pose(self, units: np.ndarray, emotion: str, strength: float, random: np.random.Generator) -> float:
        """Add one of the emotion's poses. Returns how clearly it is seen, 0 to 1."""
        poses = POSES[emotion]
        pose = poses[random.integers(len(poses))]
        for action in pose:
            self._act(units, action, strength * random.uniform(0.65, 1.25), random)
        # A pose of a single action, or of two, says less than a whole one.
        whole = min(1.0, 0.7 + 0.1 * len(pose))
        return float(np.clip((strength - SHOWN) / (CLEAR - SHOWN), 0, 1)) * whole

    def _act(self, units: np.ndarray, action: int, strength: float, random: np.random.Generator) -> None:
        lean = random.normal(0, ONE_SIDED)
        for name, most in ACTIONS[action].items():
            if name in self._at:
                self._add(units, name, strength * most)
            for side, sign in (("_L", 1), ("_R", -1)):
                if name + side in self._at:
                    self._add(units, name + side, strength * most * float(np.clip(1 + sign * lean, 0, 2)))

    def _add(self, units: np.ndarray, name: str, amount: float) -> None:
        """The stronger of what is there and this: two actions that share a shape do not do it twice."""
        units[self._at[name]] = max(units[self._at[name]], amount)


RESTING: Mapping[int, float] = {
    4: 0.22,
    1: 0.12,
    2: 0.15,
    7: 0.25,
    15: 0.25,
    12: 0.12,
    17: 0.2,
    24: 0.25,
    14: 0.2,
    26: 0.2,
    25: 0.3,
    5: 0.12,
}
"""Action -> how strong it may be in a face that shows nothing."""

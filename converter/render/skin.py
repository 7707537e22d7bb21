"""The colour of each point of the head: skin and its lines, brows, lips, beard, eyes, teeth.

It is painted on the mean face at rest (`Points.home`), so that it moves with the face. Places are in the
mesh's units: eyes at (±3.1, 3.6), brows over them at 5.4, the mouth from -2.5 to 2.5 at -3.25.
"""

from __future__ import annotations

import cv2
import numpy as np

from converter.render.mesh import Points
from converter.render.person import Person

TEETH, GUMS, MOUTH, WHITE_OF_EYE = 0.62, 0.12, 0.03, 0.65
PATTERN = 256


def paint(points: Points, person: Person, units: dict[str, float], random: np.random.Generator) -> np.ndarray:
    """Reflectance of every point: float32 (n,).

    units: weights of the mesh's shapes, the mean of both sides, for the lines that they draw in a skin.
    """
    x, y = points.home[:, 0], points.home[:, 1]
    skin = np.full(len(x), person.skin, np.float32)
    skin *= 1 + person.blotches * _pattern(x, y, random)
    skin *= 1 - 0.12 * _spot(x, y, 3.1, 2.2, 1.6, 0.9) * (0.4 + person.age)  # below the eyes
    skin *= 1 - _lines(x, y, person.age, units)
    skin = _lips(skin, x, y, person)
    skin = _brows(skin, x, y, person, random)
    skin = _beard(skin, points.home, person, random)
    skin *= 1 - 0.55 * person.liner * _lids(x, y)
    part = points.part
    other = {2: MOUTH, 3: person.skin * 0.5, 4: GUMS, 5: TEETH, 7: person.skin * (0.6 - 0.5 * person.liner)}
    for number, tone in other.items():
        skin[part == number] = tone
    skin[part == 6] = _eyes(points.home[part == 6], person)
    result: np.ndarray = np.clip(skin, 0.005, 1).astype(np.float32)
    return result


def _spot(x: np.ndarray, y: np.ndarray, at: float, height: float, wide: float, high: float) -> np.ndarray:
    """1 in the middle of a soft ellipse on both sides of the face, 0 outside."""
    return np.exp(-(((np.abs(x) - at) / wide) ** 2 + ((y - height) / high) ** 2))


def _pattern(x: np.ndarray, y: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Blotches and pores: about -1 to 1, at each point."""
    noise = np.zeros((PATTERN, PATTERN), np.float32)
    for size, weight in ((6, 0.6), (16, 0.5), (64, 0.35), (PATTERN, 0.2)):
        layer = random.normal(0, weight, (size, size)).astype(np.float32)
        noise += cv2.resize(layer, (PATTERN, PATTERN), interpolation=cv2.INTER_CUBIC)
    return noise[_cell(y), _cell(x)]


def _cell(values: np.ndarray) -> np.ndarray:
    return np.clip((values + 20) / 40 * PATTERN, 0, PATTERN - 1).astype(int)


def _lines(x: np.ndarray, y: np.ndarray, age: float, units: dict[str, float]) -> np.ndarray:
    """Folds, as the share of light that they take: lasting ones grow with age, others come with an action."""
    side = np.abs(x)
    raised = max(units["browInnerUp"], units["browOuterUp"])
    forehead = _ridge(y - 0.03 * x**2, 1.15) * _spot(x, y, 0, 8.3, 4.2, 1.8)
    frown = np.exp(-(((side - 0.75) / 0.22) ** 2)) * np.exp(-(((y - 5.6) / 1.1) ** 2))
    smile = np.exp(-(((side - 2.3 - 0.32 * (0.2 - y)) / 0.33) ** 2)) * np.exp(-(((y + 1.4) / 1.7) ** 2))
    corner = _ridge(y - 0.4 * (side - 5), 0.9) * _spot(x, y, 5.6, 3.6, 0.9, 1.3)
    nose = _ridge(y, 0.8) * np.exp(-((side / 0.9) ** 2)) * np.exp(-(((y - 3.9) / 0.9) ** 2))
    squeezed = max(units["cheekSquint"], units["eyeSquint"])
    lifted = max(units["mouthSmile"], units["noseSneer"], 0.7 * units["mouthUpperUp"])
    depth = 0.35 + 0.65 * age
    total = (
        forehead * (0.5 * age**2 + 0.6 * depth * raised)
        + frown * (0.25 * age + 0.7 * depth * units["browDown"])
        + smile * (0.3 * age + 0.45 * depth * lifted)
        + corner * (0.3 * age**2 + 0.5 * age * squeezed)
        + nose * 0.6 * depth * units["noseSneer"]
    )
    return np.clip(total, 0, 0.75)


def _ridge(along: np.ndarray, period: float) -> np.ndarray:
    """Thin dark lines a period apart: 0 to 1."""
    return np.clip(np.cos(along * 2 * np.pi / period), 0, 1) ** 4


def _lips(skin: np.ndarray, x: np.ndarray, y: np.ndarray, person: Person) -> np.ndarray:
    half = np.clip(1 - (np.abs(x) / 2.6) ** 2.2, 0, 1)
    upper, lower = -3.25 + 0.85 * half - 0.12 * np.exp(-((x / 0.4) ** 2)), -3.25 - 1.15 * half
    inside = (
        1
        / (1 + np.exp(np.clip(-(upper - y) / 0.07, -30, 30)))
        / (1 + np.exp(np.clip(-(y - lower) / 0.07, -30, 30)))
    )
    inside *= np.abs(x) < 2.6
    return skin * (1 - (1 - person.lips) * inside)


def _brows(
    skin: np.ndarray, x: np.ndarray, y: np.ndarray, person: Person, random: np.random.Generator
) -> np.ndarray:
    side = np.abs(x)
    along = np.clip((side - 1.2) / 4.0, 0, 1)
    middle = 5.15 + person.brow_height + 1.1 * along - 1.3 * along**2.6
    thick = person.brow_width * (1.1 - 0.75 * along**1.5)
    here = np.exp(-np.square(np.square((y - middle) / np.maximum(thick, 0.05)))) * (side > 0.9) * (side < 5.5)
    here *= np.clip((side - 0.9) / 0.5, 0, 1) * np.clip((5.5 - side) / 0.6, 0, 1)
    hairs = 0.8 + 0.2 * random.random(len(x))
    return _covered(skin, here * person.brow_depth * hairs, min(person.hair_tone, person.skin * 0.5))


def _beard(skin: np.ndarray, home: np.ndarray, person: Person, random: np.random.Generator) -> np.ndarray:
    if person.beard == "none":
        return skin
    x, y, z = home.T
    side = np.abs(x)
    moustache = _spot(x, y, 0.9, -1.75, 1.8, 0.62)
    chin = np.exp(-((side / 2.6) ** 4)) * np.clip((-4.7 - y) / 0.5, 0, 1)
    cheek = np.clip((-1.6 - 0.28 * side - y) / 0.8 + np.clip((side - 5.5) / 1.5, 0, 2), 0, 1) * (y < 1.5)
    full = np.clip(cheek - _spot(x, y, 0, -3.3, 2.9, 1.0) * 1.2, 0, 1)
    low = np.clip((y + 11) / 2, 0, 1)  # it ends on the neck
    where = {
        "stubble": np.maximum(full, moustache),
        "moustache": moustache,
        "chin": np.maximum(chin, moustache),
        "full": np.maximum(full, moustache),
    }
    share = {"stubble": 0.45, "moustache": 0.9, "chin": 0.85, "full": 0.92}[person.beard]
    here = where[person.beard] * low * (z > -2) * share * (0.7 + 0.3 * random.random(len(x)))
    return _covered(skin, here, person.hair_tone)


def _covered(skin: np.ndarray, share: np.ndarray, tone: float) -> np.ndarray:
    return skin * (1 - share) + tone * share


def _lids(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Along the rims of the eyes: 0 to 1."""
    out = np.hypot((np.abs(x) - 3.1) / 1.75, (y - 3.6) / 0.85)
    return np.exp(-(((out - 1) / 0.2) ** 2))


def _eyes(home: np.ndarray, person: Person) -> np.ndarray:
    out = np.hypot(np.abs(home[:, 0]) - 3.1, home[:, 1] - 3.6)
    tone = np.where(out < 0.72, person.eyes, WHITE_OF_EYE * (0.8 if person.age > 0.6 else 1.0))
    tone = np.where((out > 0.6) & (out < 0.75), person.eyes * 0.4, tone)
    front = home[:, 2] > 8.0
    return np.where(front & (out < 0.3), 0.004, tone)

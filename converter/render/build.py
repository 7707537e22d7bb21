"""A file of drawn faces to learn from, and sheets of them to look at."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import cv2
import numpy as np

from appliance.protocol.emotions import EMOTIONS
from converter.measuring.protocol import SEVEN, VOTE_NAMES
from converter.render import face
from converter.render.expression import Expression, Poser
from converter.render.mesh import Mesh

FILE = "rendered.npz"
SHARES: Mapping[str, float] = {
    "angry": 0.16,
    "disgust": 0.13,
    "fear": 0.13,
    "happy": 0.08,
    "sad": 0.13,
    "surprise": 0.09,
    "neutral": 0.28,
}
"""How often each emotion is drawn: those that photographs of the web lack, and many faces at rest."""
RATERS = 10
SAID_EVERY = 500
SHEET = 12
"""Faces in a row of a sheet; each row is an emotion."""


def build(mesh: Mesh, count: int, seed: int, to: Path, say: Callable[[str], None]) -> None:
    """Draw `count` faces into `to`: an .npz file as `faces_file` reads it, and what drew them.

    `units`, float16 (n, shapes), and `unit_names` tell the weight of each of the mesh's shapes. A face
    depends on the seed and on its number alone, so that a longer file begins with a shorter one's faces.
    """
    poser = Poser(mesh.names)
    faces, expressions = [], []
    for number in range(count):
        random = np.random.default_rng((seed, number))
        expression = poser.draw(meant(random), random)
        faces.append(face.anybody(mesh, expression, random))
        expressions.append(expression)
        if (number + 1) % SAID_EVERY == 0:
            say(f"{number + 1} of {count} faces drawn")
    to.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(to, **arrays(np.stack(faces), expressions, mesh.names))  # type: ignore[arg-type]
    say(f"{to}: {count} faces")


def meant(random: np.random.Generator) -> str:
    """The emotion that the next face is to show: the first thing that is drawn from a face's generator."""
    return str(random.choice(EMOTIONS, p=[SHARES[name] for name in EMOTIONS]))


def arrays(faces: np.ndarray, expressions: list[Expression], names: tuple[str, ...]) -> dict[str, np.ndarray]:
    """Return the file's arrays. faces: uint8 (n, 48, 48)."""
    shares = np.stack([expression.shares for expression in expressions])
    votes = np.zeros((len(faces), len(VOTE_NAMES)), np.uint8)
    votes[:, SEVEN] = np.rint(shares * RATERS)
    return {
        "faces": faces,
        "votes": votes,
        "label": shares.argmax(1).astype(np.uint8),
        "units": np.stack([expression.units for expression in expressions]).astype(np.float16),
        "unit_names": np.array(names),
    }


def sheet(mesh: Mesh, seed: int, to: Path) -> None:
    """Write a picture with a row of faces for each emotion. Only to be looked at."""
    poser, rows = Poser(mesh.names), []
    for row, emotion in enumerate(EMOTIONS):
        random = np.random.default_rng((seed, row))
        drawn = (face.anybody(mesh, poser.draw(emotion, random), random) for _ in range(SHEET))
        rows.append(np.hstack(list(drawn)))
    cv2.imwrite(str(to), np.vstack(rows))

"""One drawn face, as the emotion network gets it."""

from __future__ import annotations

import cv2
import numpy as np

from converter.render import hair, person, picture, skin
from converter.render.expression import Expression
from converter.render.mesh import Mesh
from converter.render.person import Person
from converter.render.picture import View

SIDE = 48
HOLLOW = (2, 3, 4, 5)
"""Parts of the mesh that are seen from within: mouth, eye sockets, gums, teeth."""
GAMMA = 2.2
"""Pixels are linear light to the power of 1 / this."""


def draw(
    mesh: Mesh, who: Person, expression: Expression, seen: View, random: np.random.Generator
) -> np.ndarray:
    """Draw one face as the emotion network gets it: uint8 (48, 48), grey."""
    solid = built(mesh, who, expression.units, random)
    return developed(picture.shoot(*solid, seen, picture.background(random)), random)


def built(
    mesh: Mesh, who: Person, units: np.ndarray, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """A person's head as points, hair and glasses included: what `picture.shoot` takes first.

    units: float32 (shapes,). random: of pores and locks; the same one gives the same person again.
    """
    vertices = mesh.shaped(who.identity, units)
    normals = mesh.normals(vertices)
    tone = skin.paint(mesh.points, who, means(mesh.names, units), random)
    extra = hair.worn(mesh, who, vertices, normals, random)
    at = np.concatenate((mesh.points.of(vertices), extra.at))
    normal = np.concatenate((mesh.points.of(normals), extra.normal))
    shine = np.concatenate((_shine(mesh, who), np.full(len(extra.at), 0.05 * who.shine)))
    is_hollow = np.concatenate((np.isin(mesh.points.part, HOLLOW), np.zeros(len(extra.at), bool)))
    return at, normal, np.concatenate((tone, extra.tone)), shine, is_hollow


def _shine(mesh: Mesh, who: Person) -> np.ndarray:
    """Skin shines a little, eyes and teeth more: float32 (n,)."""
    table = np.array([who.shine, who.shine, 0.1, 0.05, 0.1, 0.15, 0.25, 0.0], np.float32)
    shine: np.ndarray = table[mesh.points.part]
    return shine


def means(names: tuple[str, ...], units: np.ndarray) -> dict[str, float]:
    """Each shape's weight without its side: the mean of both."""
    sides: dict[str, list[float]] = {}
    for name, unit in zip(names, units, strict=True):
        sides.setdefault(name.removesuffix("_L").removesuffix("_R"), []).append(float(unit))
    return {name: sum(both) / len(both) for name, both in sides.items()}


def developed(light: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Linear light to pixels: exposure and contrast as cameras and people set them, lens, size."""
    middle = light[WINDOW, WINDOW]
    exposed = light * (0.22 * np.exp(random.normal(0, 0.3)) / max(float(np.median(middle)), 1e-4))
    grey = np.clip(exposed, 0, 1) ** (1 / GAMMA)
    grey = np.clip((grey - grey.mean()) * np.exp(random.normal(0.05, 0.2)) + grey.mean(), 0, 1)
    small = cv2.resize(
        cv2.GaussianBlur(grey, (0, 0), random.uniform(0.4, 1.6)), (SIDE, SIDE), interpolation=cv2.INTER_AREA
    )
    small = small + random.normal(0, abs(random.normal(0, 0.012)), small.shape)
    return np.clip(np.rint(small * 255), 0, 255).astype(np.uint8)


WINDOW = slice(picture.WIDE // 4, 3 * picture.WIDE // 4)


def anybody(mesh: Mesh, expression: Expression, random: np.random.Generator) -> np.ndarray:
    """Somebody, somewhere, with this expression: uint8 (48, 48)."""
    return draw(mesh, person.draw(random), expression, picture.view(random), random)

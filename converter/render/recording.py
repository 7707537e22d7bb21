"""A drawn listener before a camera, with exact truth: where the face is, and what it does when.

The listener rests, and may pose an emotion for a while. A face at rest is never still: it blinks, looks
about, sways, and its resting look wanders a little. Frames are 640x480, as small cameras deliver.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import cv2
import numpy as np

from appliance.protocol.emotions import EMOTIONS
from appliance.protocol.looks import Box
from converter.render import face, person, picture
from converter.render.expression import Expression, Poser
from converter.render.mesh import FACE_END, Mesh
from converter.render.picture import View

SIZE = (480, 640)
"""Rows and columns of a frame."""
FACE_CM = 15.0
"""Width of a face, units of the mesh."""
WIDTHS = (50, 110)
"""Of a face, pixels of 640: two metres to 75 centimetres away, for a lens that sees 65 degrees. A nearer
one would have holes between the mesh's points."""
CLEAR = 0.8
"""Share of the raters who see what a recording's listener poses."""
ONSET_S = 0.5
"""From rest to the whole pose, and back."""
BLINK_EVERY_S, BLINK_S = 4.0, 0.25
WANDERS_S = 3.0
"""How long the resting look takes to another one that is a little different,"""
WANDERS = 0.3
"""and how different that is, as a share of what two people's are."""


@dataclass(frozen=True)
class Act:
    """The listener's poses, each with its time: seconds from the recording's beginning."""

    emotion: str
    begins_s: float
    ends_s: float

    def strength(self, at_s: float) -> float:
        """0 at rest to 1 for the whole pose."""
        return float(np.clip(min(at_s - self.begins_s, self.ends_s + ONSET_S - at_s) / ONSET_S, 0, 1))


@dataclass(frozen=True, eq=False)
class Shot:
    """One frame, and the truth about it."""

    grey: np.ndarray
    """uint8 (480, 640)."""
    at_s: float
    box: Box
    """From temple to temple, brows to chin."""
    strength: float
    """Of what is posed, 0 to 1."""


class Sitter:
    """Somebody who sits somewhere, for one recording. All that is random comes from the seed."""

    def __init__(self, mesh: Mesh, seed: int, act: Act | None = None) -> None:
        self._mesh, self._act, self._seed = mesh, act, seed
        random = np.random.default_rng(seed)
        poser = Poser(mesh.names)
        self._who = person.draw(random)
        self._rest = poser.draw("neutral", random).units
        self._posed = clearly(poser, act.emotion, random).units if act else self._rest
        self._others = [poser.draw("neutral", random).units for _ in range(8)]
        self._seen = _seated(random)
        self._sway = random.uniform(0, 2 * np.pi, 3), random.uniform(0.15, 0.5, 3)
        self._blinks = np.cumsum(random.exponential(BLINK_EVERY_S, 200)) + BLINK_S
        self._room = _room(self._seen, random)
        self._exposure = 0.16 * float(np.exp(random.normal(0, 0.25)))
        self._noise = float(random.uniform(1.0, 4.0))

    def shots(self, seconds: float, fps: float, drawn_every: int = 1) -> Iterator[Shot]:
        """The recording. drawn_every: so many frames show one drawing, each with noise of its own."""
        random = np.random.default_rng((self._seed, 1))
        clean, box, strength = np.zeros(SIZE, np.float32), Box(0, 0, 0, 0), 0.0
        for number in range(round(seconds * fps)):
            at_s = number / fps
            if number % drawn_every == 0:
                strength = self._act.strength(at_s) if self._act else 0.0
                clean, box = self._drawn(at_s, strength)
            noisy = clean + random.normal(0, self._noise, SIZE)
            yield Shot(np.clip(np.rint(noisy), 0, 255).astype(np.uint8), at_s, box, strength)

    def _drawn(self, at_s: float, strength: float) -> tuple[np.ndarray, Box]:
        """One drawing, float32 (480, 640) in grey levels, and where its face is."""
        units = self._units(at_s, strength)
        phase, speed = self._sway
        swayed = picture.rotation(*(0.05 * np.sin(phase + speed * 2 * np.pi * at_s)))
        seen = replace(self._seen, turn=swayed @ self._seen.turn)
        solid = face.built(self._mesh, self._who, units, np.random.default_rng(self._seed))
        light = picture.shoot(*solid, seen, self._room)
        grey = np.clip(light * (self._exposure / float(light.mean())), 0, 1) ** (1 / face.GAMMA)
        vertices = self._mesh.shaped(self._who.identity, units)[:FACE_END]
        soft: np.ndarray = cv2.GaussianBlur(grey.astype(np.float32), (0, 0), 0.7) * 255
        return soft, _box(vertices[_between(self._mesh.mean[:FACE_END])], seen)

    def _units(self, at_s: float, strength: float) -> np.ndarray:
        """Weights of the mesh's shapes at a time: float32 (shapes,)."""
        step, share = divmod(at_s / WANDERS_S, 1)
        before, after = (self._others[int(step + more) % len(self._others)] for more in (0, 1))
        other = before + share * (after - before)
        rest = self._rest + WANDERS * (other - self._rest)
        units: np.ndarray = rest + strength * (self._posed - rest)
        if np.any((self._blinks <= at_s) & (at_s < self._blinks + BLINK_S)):
            for name in ("eyeBlink_L", "eyeBlink_R"):
                units[self._mesh.names.index(name)] = 1
        return units.astype(np.float32)


def clearly(poser: Poser, emotion: str, random: np.random.Generator) -> Expression:
    """A pose of an emotion that nearly everybody sees."""
    while True:
        posed = poser.draw(emotion, random)
        if posed.shares[EMOTIONS.index(emotion)] >= CLEAR:
            return posed


def _seated(random: np.random.Generator) -> View:
    """A head somewhere in the picture, looking about where the camera is."""
    wide = float(np.exp(random.uniform(*np.log(WIDTHS))))
    usual, width = picture.view(random), FACE_CM * SIZE[1] / wide
    return replace(
        usual,
        turn=picture.rotation(*random.normal(0, [0.2, 0.12, 0.06])),
        distance=width / 1.27,  # of a lens that sees 65 degrees
        width=width,
        shift=random.uniform([-0.33, -0.15], [0.33, 0.1]),
    )


def _room(seen: View, random: np.random.Generator) -> np.ndarray:
    """Draw the room behind the listener, with his shoulders: float32 (480, 640), linear light."""
    room = picture.background(random, SIZE)
    pixels = SIZE[1] / seen.width
    x = SIZE[1] * (0.5 + seen.shift[0])
    y = SIZE[0] * 0.5 + SIZE[1] * seen.shift[1] + 27 * pixels
    at, axes = (round(x), round(y)), (round(21 * pixels), round(13 * pixels))
    tone = float(random.uniform(0.02, 0.5) * (seen.ambient + 0.5 * seen.key))
    cv2.ellipse(room, at, axes, 0, 0, 360, tone, -1, cv2.LINE_AA)
    cv2.rectangle(room, (at[0] - axes[0], at[1]), (at[0] + axes[0], SIZE[0]), tone, -1)
    return room


def _between(mean: np.ndarray) -> np.ndarray:
    """The vertices of the face between temples, brows and chin: bool (n,). mean: float (n, 3)."""
    x, y, z = mean.T
    return (np.abs(x) < FACE_CM / 2) & (y < 7.2) & (y > -8.3) & (z > 0)


def _box(vertices: np.ndarray, seen: View) -> Box:
    column, row, _ = picture.projected(vertices, seen, SIZE)
    left, top = float(column.min()), float(row.min())
    return Box(left, top, float(column.max()) - left, float(row.max()) - top)

"""Draws people for `tests/bench/rest.py`: each at rest, and posing the six emotions, in several rooms."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from appliance.protocol.emotions import EMOTIONS
from converter.render import face, person, picture
from converter.render.expression import Expression, Poser
from converter.render.mesh import Mesh, load
from converter.render.person import Person
from converter.render.picture import View
from converter.render.recording import WANDERS, clearly

MEASURED, JUDGED = 3, 3
"""Faces at rest: in the room in which the face is measured, and each in another room."""
HELD = (4, 15, 7, 24, 17, 1, 9, 12, 10, 5)
"""Actions of which a face with a marked resting look holds two all its life: as FACS numbers them."""
HELD_FROM, HELD_TO = 0.3, 0.7
FELT = tuple(name for name in EMOTIONS if name != "neutral")


def drawn(mesh_file: Path, seed: int, is_marked: bool) -> tuple[np.ndarray, np.ndarray]:
    """Draw one person. is_marked: whether the resting look shows, as it does in some.

    Returns uint8 (faces, 48, 48), the first `MEASURED` of which are for measuring; and int (faces,), the
    class that each shows.
    """
    mesh = load(mesh_file)
    sitter = _Sitter(mesh, np.random.default_rng((seed, is_marked)), is_marked)
    shown, shows = zip(*sitter.faces(), strict=True)
    return np.stack(shown), np.array(shows)


class _Sitter:
    def __init__(self, mesh: Mesh, random: np.random.Generator, is_marked: bool) -> None:
        self._mesh, self._random, self._poser = mesh, random, Poser(mesh.names)
        self._who: Person = person.draw(random)
        self._rest = self._poser.draw("neutral", random).units
        for name in random.choice(HELD, size=2, replace=False) if is_marked else ():
            self._poser._act(self._rest, int(name), random.uniform(HELD_FROM, HELD_TO), random)

    def faces(self) -> Iterator[tuple[np.ndarray, int]]:
        room = picture.view(self._random)
        for _ in range(MEASURED):
            yield self._face(self._resting(), room), EMOTIONS.index("neutral")
        for _ in range(JUDGED):
            yield self._face(self._resting(), picture.view(self._random)), EMOTIONS.index("neutral")
        for name in FELT:
            posed = clearly(self._poser, name, self._random).units
            shown = np.maximum(posed, self._resting())  # what is held at rest stays while one poses
            yield self._face(shown, picture.view(self._random)), EMOTIONS.index(name)

    def _resting(self) -> np.ndarray:
        other = self._poser.draw("neutral", self._random).units
        units: np.ndarray = self._rest + WANDERS * (other - self._rest)
        return units

    def _face(self, units: np.ndarray, room: View) -> np.ndarray:
        shows = Expression(np.clip(units, 0, 1).astype(np.float32), np.zeros(len(EMOTIONS)))
        return face.draw(self._mesh, self._who, shows, room, self._random)

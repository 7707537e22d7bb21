"""Where songs lie on six axes of sound: what tells songs apart before anybody has heard one of them.

The axes are the principal components of what the library coach has heard (`appliance/coach`), over this very
library: what distinguishes the songs of a collection of piano music is not what does in one of everything.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from appliance.files.database import Database

if TYPE_CHECKING:
    import numpy as np

AXES = 6
FEATURES = 84
"""Of each song, the first so many are our own ear's, in every version of them. What follows, newer ones and
those of the second ear, not every song has."""
LEAST = 2 * AXES
"""Songs that must have been heard for axes to mean anything."""
FAR = 3.0
"""Deviations beyond which a song is an outlier on an axis, and lies no farther."""


class Sound:
    """Places of songs on the axes, each with a variance of 1; an unheard song lies in the middle."""

    def __init__(self, uris: Sequence[str] = (), places: np.ndarray | None = None) -> None:
        """places: (songs, AXES), in the order of the names."""
        self._rows = {uri: row for row, uri in enumerate(uris, start=1)}
        self._places = places

    def __bool__(self) -> bool:
        return bool(self._rows)

    def place(self, uri: str) -> Sequence[float]:
        row = self._rows.get(uri)
        if row is None or self._places is None:
            return NOWHERE
        return self._places[row - 1].tolist()

    def places(self, uris: Sequence[str]) -> np.ndarray:
        """(songs, AXES) of these songs."""
        import numpy as np

        rows = np.array([self._rows.get(uri, 0) for uri in uris])
        found = np.zeros((len(rows), AXES))
        if self._places is not None:
            found[rows > 0] = self._places[rows[rows > 0] - 1]
        return found


NOWHERE = (0.0,) * AXES


def read(database: Database) -> Sound:
    """Read what the coach has heard, if anything, and lay axes through it. Raises DatabaseUnusable."""
    import numpy as np

    if not database.read("SELECT 1 FROM sqlite_master WHERE name = 'sound'"):
        return Sound()
    uris, features = [], []
    for uri, heard in database.read("SELECT uri, features FROM sound"):
        numbers = np.frombuffer(heard, np.float16, count=min(FEATURES, len(heard) // 2))
        if len(numbers) == FEATURES and np.isfinite(numbers).all():
            uris.append(uri)
            features.append(numbers)
    return Sound(uris, on_axes(np.array(features))) if len(uris) >= LEAST else Sound()


def on_axes(features: np.ndarray) -> np.ndarray:
    """Lay axes through (songs, features). Returns (songs, AXES), float32."""
    import numpy as np

    spread = features.std(axis=0, dtype=np.float64)
    alike = (features - features.mean(axis=0, dtype=np.float64)) / np.where(spread > 0, spread, 1.0)
    _, directions = np.linalg.eigh(alike.T @ alike)  # their variances ascend
    places = alike @ directions[:, : -AXES - 1 : -1]
    spread = places.std(axis=0)
    return np.clip(places / np.where(spread > 1e-6, spread, 1.0), -FAR, FAR).astype(np.float32)

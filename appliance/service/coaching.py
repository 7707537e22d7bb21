"""The library coach as the page asks it, with the songs as the player has listed them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

from appliance.coach.coach import Coach
from appliance.coach.report import points
from appliance.errors import PlayerLost
from appliance.protocol.messages import LibraryChanged


@dataclass(frozen=True)
class Coaching:
    """The coach, for any thread; it raises CoachUnable, and PlayerLost before MPD's songs are listed."""

    coach: Coach
    listed: Callable[[], LibraryChanged | None]
    """The songs of each mood, as the player has them."""
    placed_anew: Callable[[], None]
    """Has the player take over new places at once."""

    def report(self) -> dict[str, object]:
        """Return what is known of the library, as JSON has it."""
        return self.coach.report(self._library()).as_json()

    def points(self, folders: Sequence[str] | None) -> list[dict[str, object]]:
        """The songs on a map of valence and arousal, as JSON has them. folders: those of a child, or None."""
        return [asdict(point) for point in points(self._library(), self.coach.placed(), folders)]

    def correct(self, uri: str, mood: str) -> None:
        """Take a person's word for a song's mood. Raises CommandRejected."""
        self.coach.correct(uri, mood, self._library())
        self.placed_anew()

    def move(self, uri: str, valence: float, arousal: float) -> dict[str, object]:
        """Take a person's word for a song's place on the map, -1 to 1. Raises CommandRejected.

        Returns the mood that it has there, and `before`: what was said of it before, or None.
        """
        said, before = self.coach.move(uri, valence, arousal, self._library())
        self.placed_anew()
        return {"mood": said.mood, "before": before and asdict(before)}

    def keepsake(self) -> bytes:
        """Return people's corrections, for a backup."""
        return self.coach.keepsake()

    def scan(self) -> None:
        """Begin to hear the library, and do not wait for it."""
        self.coach.start_scan()

    def _library(self) -> LibraryChanged:
        library = self.listed()
        if library is None:
            raise PlayerLost("MPD's songs are not listed yet; try again in a moment")
        return library

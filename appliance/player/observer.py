"""What MPD says of itself -> what the brain hears: `PlayerChanged`, once for each change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from appliance.messages import Pick, PlayerChanged, PlayState, Song
from appliance.player.queue import has_next
from appliance.player.stops import has_ended

SEEK_S = 1.0
"""The song's position is told when it is this far from where it should be."""


class Observer:
    """Keeps what was told last."""

    def __init__(self) -> None:
        self._said: PlayerChanged | None = None
        self._said_at = 0.0

    def read(
        self,
        status: Mapping[str, str],
        song: Song | None,
        pick: Pick | None,
        volume: int | None,
        failed: Song | None,
        fresh: bool,
        now: float,
    ) -> PlayerChanged:
        """Put MPD's status into the brain's words.

        pick: what we queued the current song for. volume: percent, as intended.
        failed: a song that could not be played since the last look. fresh: the first look after connecting.
        """
        seen = PlayerChanged(
            state=PlayState(status["state"]),
            song=song,
            song_id=int(status["songid"]) if song else None,
            pick=pick,
            elapsed_s=float(status.get("elapsed", 0.0)),
            volume=volume,
            has_next=has_next(status),
            failed=failed,
            fresh=fresh,
        )
        return replace(seen, ran_out=self._has_run_out(seen, status, now))

    def is_news(self, seen: PlayerChanged, now: float) -> bool:
        """Whether this is to be told; then it counts as told."""
        said = self._said
        if said and not (seen.fresh or seen.failed) and abs(self._elapsed_s(now) - seen.elapsed_s) <= SEEK_S:
            same = replace(said, elapsed_s=0.0, fresh=False, failed=None) == replace(seen, elapsed_s=0.0)
            if same:
                return False
        self._said, self._said_at = seen, now
        return True

    def _has_run_out(self, seen: PlayerChanged, status: Mapping[str, str], now: float) -> bool:
        """Whether music stopped without anybody's stopping it."""
        said = self._said
        if seen.state is not PlayState.STOP:
            return False
        if has_ended(status) or seen.failed or said is None:
            return has_ended(status) or seen.failed is not None
        if said.state is PlayState.STOP and said.song_id == seen.song_id:
            return said.ran_out
        # A guest's `consume` leaves an empty queue at the end, like `clear`, but only at the song's end.
        is_at_end = said.song is not None and self._elapsed_s(now) > said.song.duration_s - 1.0
        return status.get("consume", "0") != "0" and status["playlistlength"] == "0" and is_at_end

    def _elapsed_s(self, now: float) -> float:
        """Where the song should be, by what was told last."""
        said = self._said
        if said is None:
            return 0.0
        return said.elapsed_s + (now - self._said_at if said.state is PlayState.PLAY else 0.0)


def named_in(error: str, songs: Iterable[Song]) -> Song | None:
    """The song that MPD's error speaks of, if any: the longest name, for one may be part of another."""
    return max((song for song in songs if song.uri in error), key=lambda song: len(song.uri), default=None)

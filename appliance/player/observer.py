"""Looks at MPD, and says in the brain's words what is new: each thing once."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from appliance.messages import PlayerChanged, PlayerEvent, PlayerGone, PlayState, Song
from appliance.player.changeover import Changeover
from appliance.player.fade import Volume
from appliance.player.queue import Queue, Start, has_next
from appliance.player.songs import song_from
from appliance.player.stops import SETTLING_S, Stops, has_ended

HEARTBEAT_S = 10.0
"""MPD closes a connection for commands that is silent for a minute; a look also finds out that it hangs."""
SEEK_S = 1.0
"""The song's position is told when it is this far from where it should be."""
OVER_AT_ONCE_S = 1.0
"""A song of ours that has run out so soon holds no music."""
RETRY_S = 2.0
"""Between two tries to open the sound output."""

log = logging.getLogger(__name__)


class Observer:
    """Keeps what was told last. `look` raises what the client raises."""

    def __init__(self, queue: Queue, volume: Volume, stops: Stops, changeover: Changeover) -> None:
        self.due = 0.0
        """When to look next (monotonic)."""
        self.version = 0
        """Of MPD's queue, as last seen; it only grows while MPD runs."""
        self._queue, self._volume, self._stops, self._changeover = queue, volume, stops, changeover
        self._news: list[PlayerEvent] = []
        self._said: PlayerChanged | None = None
        self._said_at = 0.0
        self._gone: str | None = None
        """Why there is no music to be had, as last told."""
        self._is_fresh = False
        """Whether the next look is to be told whatever it shows."""
        self._retry_at = 0.0
        self._start: Start | None = None
        """The last start of ours that was looked at, and when that was."""
        self._start_at = 0.0

    def begin(self, at: float) -> None:
        """Look then (monotonic), as if for the first time: what it shows is told in any case."""
        self._is_fresh, self.due = True, at
        self._start = self._queue.started = None

    def tell(self, event: PlayerEvent) -> None:
        """Let the brain know this, unless it is a loss that it knows of."""
        if isinstance(event, PlayerGone):
            if event.reason == self._gone:
                return
            self._gone = event.reason
        self._news.append(event)

    def take(self) -> list[PlayerEvent]:
        """What is new since the last call."""
        news, self._news = self._news, []
        return news

    def look(self, client: Any, now: float) -> None:
        """See what MPD does, and tell if that is new."""
        self.due = now + HEARTBEAT_S
        status, tags = client.status(), client.currentsong()
        if tags.get("id") != status.get("songid"):
            self.due = now  # it changed in between
            return
        if not self._is_fresh and self._stops.is_unclear(status, now):
            self.due = now + SETTLING_S
            return
        if self._changeover.due is not None and has_ended(status):
            self.due = now  # since the last step: the next one goes on from there, and nobody ran out
            return
        self.version = int(status["playlist"])
        if self._changeover.due is None:
            self._changeover.mind_volume(client, status)
        song = song_from(tags) if tags else None
        if self._is_without_sound(client, status, song, now):
            return
        if self._queue.started:
            self._start, self._start_at = self._queue.started, now
        seen = self._read(client, status, song, now)
        if self._queue.started or self._is_news(seen, now):
            self._said, self._said_at = seen, now
            self.tell(seen)
            if seen.pick and seen.state is PlayState.PLAY:
                self._queue.trim(client, int(status["song"]))
        self._is_fresh, self._gone, self._queue.started = False, None, None

    def _read(self, client: Any, status: Mapping[str, str], song: Song | None, now: float) -> PlayerChanged:
        """Put MPD's status into the brain's words."""
        seen = PlayerChanged(
            state=PlayState(status["state"]),
            song=song,
            song_id=int(status["songid"]) if song else None,
            pick=self._queue.pick_of(int(status["songid"]), song) if song else None,
            elapsed_s=float(status.get("elapsed", 0.0)),
            volume=self._volume.intended if self._volume.is_there else None,
            has_next=has_next(status),
            failed=self._failed(client, status, song),
            fresh=self._is_fresh,
        )
        if not self._has_run_out(seen, status, now):
            return seen
        start, self._start = self._start, None
        if start and start.from_s == 0.0 and now - self._start_at < OVER_AT_ONCE_S:
            # Begun again and again it would only be silence.
            seen = replace(seen, failed=seen.failed or start.song)
        return replace(seen, ran_out=True)

    def _is_news(self, seen: PlayerChanged, now: float) -> bool:
        said = self._said
        if not said or seen.fresh or seen.failed or abs(self._elapsed_s(now) - seen.elapsed_s) > SEEK_S:
            return True
        return replace(said, elapsed_s=0.0, fresh=False, failed=None) != replace(seen, elapsed_s=0.0)

    def _has_run_out(self, seen: PlayerChanged, status: Mapping[str, str], now: float) -> bool:
        """Whether music stopped without anybody's stopping it."""
        said, is_unheard = self._said, self._queue.started is not None
        if seen.state is not PlayState.STOP:
            return False
        if has_ended(status) or seen.failed or "error" in status:  # which names no song where seeking failed
            return True
        if said is None:
            return False
        if said.state is PlayState.STOP and said.song_id == seen.song_id and not is_unheard:
            return said.ran_out
        # A guest's `consume` leaves an empty queue at the end, like `clear`, but only at the song's end.
        is_at_end = said.song is not None and self._elapsed_s(now) > said.song.duration_s - 1.0
        is_consumed = status.get("consume", "0") != "0" and status["playlistlength"] == "0"
        return is_consumed and (is_at_end or is_unheard)

    def _elapsed_s(self, now: float) -> float:
        """Where the song should be, by what was told last."""
        said = self._said
        if said is None:
            return 0.0
        return said.elapsed_s + (now - self._said_at if said.state is PlayState.PLAY else 0.0)

    def _failed(self, client: Any, status: Mapping[str, str], song: Song | None) -> Song | None:
        """The song that MPD could not play since the last look, if any."""
        failed, self._queue.refused = self._queue.refused, None
        error = status.get("error")
        if not error:
            return failed
        client.clearerror()
        log.debug("MPD: %s", error)
        return failed or _named_in(error, self._known(song))

    def _is_without_sound(
        self, client: Any, status: Mapping[str, str], song: Song | None, now: float
    ) -> bool:
        """Whether MPD holds the music because no output opens; then try again, and tell.

        A sound card may come long after MPD at boot (raspberrypi/linux #7344).
        """
        error = status.get("error")
        if not error or status["state"] != "pause" or _named_in(error, self._known(song)):
            return False
        if now >= self._retry_at:
            self._retry_at = now + RETRY_S
            client.pause(0)
        self.begin(self._retry_at)  # whoever was told that it is gone is told of its coming back
        reason = f"MPD has no sound output ({error}); see `aplay -l` and audio_output in mpd.conf"
        self.tell(PlayerGone(reason))
        return True

    def _known(self, song: Song | None) -> list[Song]:
        return [*self._queue.songs(), *([song] if song else [])]


def _named_in(error: str, songs: Iterable[Song]) -> Song | None:
    """The song that MPD's error speaks of, if any: the longest name, for one may be part of another."""
    return max((song for song in songs if song.uri in error), key=lambda song: len(song.uri), default=None)

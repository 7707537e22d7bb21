"""Looks at what MPD does, and tells the brain in its own words what is new: each thing once."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from appliance.machine.machine import sound_card_again
from appliance.player.changeover import Changeover
from appliance.player.fade import Volume
from appliance.player.faults import is_at, is_own_fault, is_stream, named_in, soon_s
from appliance.player.likes import Likes
from appliance.player.queue import Queue
from appliance.player.standstill import RESTART_S, STANDS_S, Rescue, Standstill, blame, switch_off_and_on
from appliance.player.stops import SETTLING_S, Stops
from appliance.player.telling import song_from
from appliance.protocol.messages import PlayerChanged, PlayerEvent, PlayerGone, PlayState, Song

HEARTBEAT_S = 10.0
"""MPD closes a connection for commands that is silent for a minute; a look also finds out that it hangs."""
STOPPED_S = 1.0
"""While it is stopped: MPD does not tell that it begins a web radio or a spoken text until that sounds."""
SEEK_S = 1.0
"""The song's position is told when it is this far from where it should be."""
RETRY_S = 2.0
"""Between two tries to open the sound output."""

log = logging.getLogger(__name__)


class Observer:
    """Looks at MPD when `due`, and keeps what it told last. `look` raises what the client raises."""

    def __init__(
        self,
        queue: Queue,
        volume: Volume,
        stops: Stops,
        changeover: Changeover,
        likes: Likes,
        rescue: Rescue,
        clock: Callable[[], float],
    ) -> None:
        """clock: monotonic seconds."""
        self.due = 0.0
        """When to look next (monotonic)."""
        self._queue, self._volume, self._stops, self._changeover = queue, volume, stops, changeover
        self._likes = likes
        self._news: list[PlayerEvent] = []
        self._said: PlayerChanged | None = None
        self._said_at = 0.0
        self._gone: str | None = None
        """Why there is no music to be had, as last told."""
        self._is_fresh = False
        """Whether the next look is to be told whatever it shows."""
        self._retry_at = 0.0
        self._now_playing: PlayerChanged | None = None
        """The song that plays, as first seen, and when that was."""
        self._playing_since = 0.0
        self._clock = clock
        self._answered_at = 0.0
        """When MPD had answered the newest look."""
        self._standstill, self._rescue = Standstill(), rescue
        self._is_switched = False
        """Whether the outputs have been switched off and on since the position stands."""

    def begin(self, at: float) -> None:
        """Look at that time (monotonic) as if for the first time: what it shows is told in any case."""
        self._is_fresh, self.due = True, at
        self._queue.started = self._now_playing = None

    @property
    def has_told(self) -> bool:
        """Whether the brain knows what plays: after connecting it takes a look."""
        return self._said is not None and not self._is_fresh

    def tell_announcing(self, now: float) -> None:
        """Tell that an announcement begins. Until it is over nobody looks: what is heard then is no music."""
        if self._said:
            elapsed_s = self._elapsed_s(now)
            self._said = replace(self._said, elapsed_s=elapsed_s, fresh=False, failed=None, announcing=True)
            self._said_at = now
            self.tell(self._said)

    def tell(self, event: PlayerEvent) -> None:
        """Let the brain know this, unless it is a loss that it knows of."""
        if isinstance(event, PlayerGone):
            if event.reason == self._gone:
                return
            self._gone = event.reason
        self._news.append(event)

    def take(self) -> list[PlayerEvent]:
        """Take the events that are new since the last call."""
        news, self._news = self._news, []
        return news

    def poll(self, client: Any, now: float) -> None:
        """See what MPD does, and tell what is new of it. now: monotonic seconds."""
        self.due = now + HEARTBEAT_S
        status, tags = client.status(), client.currentsong()
        self._answered_at = self._clock()
        if tags.get("id") != status.get("songid"):
            self.due = now  # it changed in between
            return
        # A stop may be a hand's, an end, or a song passed over; a moment later MPD shows which.
        if not self._is_fresh and self._stops.is_unclear(status, now):
            self.due = now + SETTLING_S
            return
        if self._changeover.due is not None and self._stops.has_ended(client, status, now):
            self.due = now  # since the last step: the next one goes on from there, and nobody ran out
            return
        if status["state"] == "stop":
            self.due = now + STOPPED_S
        song = song_from(tags) if tags else None
        status = self._mind_whose(client, status)
        if tags.get("id") != status.get("songid"):
            self.due = now  # it changed once more, perhaps because we have put the queue in order
            return
        # During a fade the volume is ours: taken for a listener's it would stay low for good.
        if self._changeover.due is None:
            self._changeover.mind_volume(client, status)
        if self._is_without_sound(client, status, song, now) or self._stands_still(client, status, song, now):
            return
        seen = self._read(client, status, song, now)
        if self._queue.started or self._is_news(seen, now):
            self._said, self._said_at = seen, now
            self.tell(seen)
            if seen.pick and seen.state is PlayState.PLAY:
                self._queue.trim(client, status)
        if song:
            self._stops.saw(status, song, now)
        self._is_fresh, self._gone, self._queue.started = False, None, None

    def _mind_whose(self, client: Any, status: Mapping[str, str]) -> Mapping[str, str]:
        """Put the queue and its modes in order, by whose song plays. Returns MPD's status after that."""
        queue, version = self._queue, int(status["playlist"])
        if version != queue.whose.version:
            queue.whose.version = version
            queue.mind_place(client)
        if status["state"] != "play":
            return status
        if queue.whose.is_ours(int(status["songid"])):
            queue.modes.set_aside(client, status)
        elif not self._said or int(status["songid"]) != self._said.song_id or self._said.state != "play":
            queue.give_way(client, status)
        else:
            return status
        return client.status()

    def _read(self, client: Any, status: Mapping[str, str], song: Song | None, now: float) -> PlayerChanged:
        """Put MPD's status into the brain's words."""
        seen = PlayerChanged(
            state=PlayState(status["state"]),
            song=song,
            song_id=int(status["songid"]) if song else None,
            queue_version=int(status["playlist"]),
            pick=self._queue.whose.pick_of(int(status["songid"]), song) if song else None,
            elapsed_s=float(status.get("elapsed", 0.0)),
            volume=self._volume.intended if self._volume.is_there else None,
            has_next=self._queue.has_next(status),
            liked=self._likes.has(client, song) if song else None,
            fresh=self._is_fresh,
            guest_waits=self._queue.whose.place is not None,
            modes=self._queue.modes.names(status),
        )
        failed, own_fault = self._failed(client, status, song)
        if song and is_stream(song) and self._standstill.lasts_s(status, now) >= STANDS_S:
            failed, self._standstill = (
                failed or song,
                Standstill(),
            )  # told once; the next song has its own time
        seen = replace(seen, failed=failed, own_fault=own_fault)
        seen = replace(seen, ran_out=self._has_run_out(client, seen, status, now))
        if not seen.failed:
            seen = replace(seen, failed=self._passed_over(client, status, seen, now))
        self._note_playing(seen, now)
        return seen

    def _note_playing(self, seen: PlayerChanged, now: float) -> None:
        if seen.state is not PlayState.PLAY:
            # A busy MPD stops on a song that it passes over before it comes to the queue's end. Until then
            # what played is remembered, or nobody would be to blame.
            if seen.state is PlayState.PAUSE or seen.song is None:
                self._now_playing = None
            return
        last = self._now_playing
        is_same = last is not None and last.song_id == seen.song_id and not self._queue.started
        if not last or not is_same or seen.elapsed_s - last.elapsed_s > now - self._playing_since + SEEK_S:
            self._now_playing, self._playing_since = seen, now

    def _passed_over(
        self, client: Any, status: Mapping[str, str], seen: PlayerChanged, now: float
    ) -> Song | None:
        """The song of ours that was over as soon as it was begun, or before anybody could see it, if any.

        MPD says nothing of a file that it cannot play where another follows, or that holds no sound.
        Begun again and again it would only be silence. Where the machine stood still a song may have played
        to its end unseen: nobody is blamed whom the time from before its beginning until MPD's answer allows
        to have played.
        """
        # MPD keeps no error of a song behind which another follows: only the time that it took tells.
        last, newest, start = self._now_playing, self._queue.newest(), self._queue.started
        before = int(status["song"] if seen.song else status["playlistlength"]) - 1
        since_start_s = self._answered_at - start.at if start else 0.0
        if start and seen.ran_out:  # begun in its middle, it may just have ended
            return start.song if start.from_s == 0.0 and since_start_s < soon_s(start.song) else None
        if newest and newest[0] not in (seen.song_id, last and last.song_id):
            song = newest[1].song
            if start:
                is_due = start.from_s == 0.0 and since_start_s < soon_s(song)
            else:
                is_due = bool(seen.ran_out and last) and self._unseen_s() < soon_s(song)
            return song if is_due and is_at(client, before, newest[0]) else None
        if start or not last or not last.pick or not last.song or seen.song_id == last.song_id:
            return None
        if last.elapsed_s > 1.0 or self._answered_at - self._playing_since >= soon_s(last.song):
            return None
        went_on = seen.state is PlayState.PLAY and is_at(client, before, last.song_id)
        return last.song if seen.ran_out or went_on else None

    def _unseen_s(self) -> float:
        """For how long, at the most, something may have played since the song that was told last was over."""
        said = self._said
        left_s = said.song.duration_s - said.elapsed_s if said and said.song and said.song.duration_s else 0.0
        return self._answered_at - self._said_at - left_s

    def _is_news(self, seen: PlayerChanged, now: float) -> bool:
        said = self._said
        if not said or seen.fresh or seen.failed or abs(self._elapsed_s(now) - seen.elapsed_s) > SEEK_S:
            return True
        return replace(said, elapsed_s=0.0, fresh=False, failed=None) != replace(seen, elapsed_s=0.0)

    def _has_run_out(self, client: Any, seen: PlayerChanged, status: Mapping[str, str], now: float) -> bool:
        """Whether the music stopped although nobody has stopped it: taken for a hand's stop, it would stay
        silent for good."""
        said, is_unheard = self._said, self._queue.started is not None
        if seen.state is not PlayState.STOP:
            return False
        if seen.failed or "error" in status:  # which names no song where seeking failed
            return True
        if said and said.state is PlayState.STOP and said.song_id == seen.song_id and not is_unheard:
            return said.ran_out  # the same stop as before: what was said of it holds
        newest = self._queue.newest()
        if is_unheard and newest and seen.song_id == newest[0]:  # nobody stops what was never heard
            return True
        return self._stops.has_ended(client, status, now)

    def _elapsed_s(self, now: float) -> float:
        """Where the song should be, by what was told last."""
        said = self._said
        if said is None:
            return 0.0
        return said.elapsed_s + (now - self._said_at if said.state is PlayState.PLAY else 0.0)

    def _failed(self, client: Any, status: Mapping[str, str], song: Song | None) -> tuple[Song | None, bool]:
        """The song that MPD could not play since the last look, if any, and whether that is its own fault."""
        failed, self._queue.refused = self._queue.refused, None
        error = status.get("error")
        if not error:
            return failed, False
        client.clearerror()
        log.debug("MPD reports an error")  # in its own words, with the path of a song, which tells the mood
        if failed:
            return failed, False
        named = named_in(error, self._known(song))
        return named, bool(named and is_own_fault(error, named))

    def _is_without_sound(
        self, client: Any, status: Mapping[str, str], song: Song | None, now: float
    ) -> bool:
        """Whether MPD holds the music because no output opens; then try again, and tell.

        A sound card may come long after MPD at boot (raspberrypi/linux #7344).
        """
        error = status.get("error")
        if not error or status["state"] != "pause" or named_in(error, self._known(song)):
            return False
        if now >= self._retry_at:
            self._retry_at = now + RETRY_S
            client.pause(0)
        self.begin(self._retry_at)  # whoever was told that it is gone is told of its coming back
        is_off = not any(output.get("outputenabled") == "1" for output in client.outputs())
        reason = f"MPD has no sound output ({error}); {sound_card_again()}"
        self.tell(PlayerGone(blame(client) if is_off else reason))
        return True

    def _stands_still(self, client: Any, status: Mapping[str, str], song: Song | None, now: float) -> bool:
        """Whether a sound output hangs; then tell, switch it off and on, and at last have MPD restarted."""
        stands_s = self._standstill.lasts_s(status, now)
        if stands_s > 0:
            self.due = now + RETRY_S
        elif status["state"] == "play":
            self._is_switched = False
            self._rescue.note_well()
        if stands_s < STANDS_S or song is None or is_stream(song):
            return False
        self.begin(now + RETRY_S)
        self.tell(PlayerGone(blame(client)))
        if stands_s >= self._rescue.switch_s + RESTART_S:
            self._rescue.call(now)
        elif stands_s >= self._rescue.switch_s and not self._is_switched:
            self._is_switched = True
            switch_off_and_on(client)
        return True

    def _known(self, song: Song | None) -> list[Song]:
        return [*self._queue.songs(), *([song] if song else [])]

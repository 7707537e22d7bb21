"""Plays an announcement over what plays, and has that go on where it was.

The announcement is put at the end of MPD's queue, where nothing follows it, and its entry is removed again;
`single` keeps MPD from going on behind it where somebody has random on. Music that played fades out, waits,
and rises from silence at the very place; what was paused or stopped is so again. Whoever pauses, stops or
chooses something meanwhile ends it: that is what they want then.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any, NamedTuple

from appliance.player import leftovers
from appliance.player.fade import STEP_S, Fade, Volume
from appliance.player.mixer import volume_in, write_volume
from appliance.player.modes import set_mode
from appliance.player.stops import SETTLING_S
from appliance.protocol.actions import Speak
from appliance.protocol.memory import Interrupted
from appliance.protocol.messages import AnnouncementEnded

FADE_S = 0.3
"""For the music to go down, and to come back: nobody who speaks waits for long."""
LONGEST_S = 60.0
"""An announcement is cut off after this, whatever it is."""
STANDS_S = 5.0
"""One whose position has not moved for so long hangs."""
MOST_WAITING = 5
"""Announcements that wait for their turn; what comes beyond is dropped."""

ALONE = {"repeat": "0", "single": "1", "consume": "0"}
"""The modes in which MPD plays an announcement, and nothing behind it, and keeps the song that waits."""
REFUSED = "MPD cannot play it; is it there, and is it sound?"
HANGS = "it came to a standstill"

log = logging.getLogger(__name__)


class _Place(NamedTuple):
    """MPD's state from before an announcement, to be brought back after it."""

    state: str
    song_id: str | None
    elapsed_s: str


class Announcer:
    """Holds the announcement that is under way. Methods that take a client raise what it raises."""

    def __init__(
        self,
        volume: Volume,
        tell: Callable[[AnnouncementEnded], None],
        left: Interrupted | None = None,
    ) -> None:
        """tell: hears of each announcement when it is over. left: by one in which the box has ended."""
        self.interrupted = left
        """What MPD is to do again after what is under way now; None while there is no announcement."""
        self._is_left = left is not None
        """Whether that is still to be cleared up after a box that has ended."""
        self.due: float | None = None
        """When the next step is to be taken (monotonic); None while there is no announcement under way."""
        self._volume, self._tell = volume, tell
        self._waiting: deque[Speak] = deque()
        self._fade: Fade | None = None
        self._place: _Place | None = None
        self._modes: dict[str, str] = {}
        """The listener's, as they were."""
        self._speaks: Speak | None = None
        self._entry: str | None = None
        """MPD's id of what speaks."""
        self._ends_at = 0.0
        self._seen, self._seen_at = "", 0.0
        """Its position, and since when it is there."""
        self.is_by_hand = False
        """Whether somebody has ended the last one by another wish."""

    @property
    def is_waiting(self) -> bool:
        """Whether one waits to begin."""
        return self.due is None and bool(self._waiting)

    def add(self, wish: Speak) -> None:
        """Have this announced, after those that wait already."""
        if len(self._waiting) < MOST_WAITING:
            self._waiting.append(wish)
        else:
            self._tell(AnnouncementEnded(wish.uri, f"{MOST_WAITING} others wait already"))

    def begin(self, client: Any, now: float) -> None:
        """Begin with the first that waits: the music fades out, where it plays and has a mixer."""
        status = client.status()
        self.due, self.is_by_hand = now, False
        can_fade = status["state"] == "play" and bool(volume_in(status))
        self._fade = Fade(now, FADE_S) if can_fade else None
        self.interrupted = leftovers.note(client, status, self._waiting[0].uri, ALONE)

    def step(self, client: Any, now: float) -> bool:
        """Take the step that is due. Returns whether all is over, and MPD does again what it did before."""
        self.due = now + STEP_S
        status = client.status()
        if self._volume.see(volume_in(status)) and self._fade:
            self._fade = replace(self._fade, seconds=0.0)  # somebody's volume ends a fade
        if self._speaks:
            self._listen(client, self._speaks, status, now)
        elif self._fade and self._fade.rising:
            self._rise(self._fade, status, now)
        elif self._fade and status["state"] == "play" and not self._fade.is_over(now):
            self._volume.level = self._fade.level(now)
        else:
            self._speak(client, now)
        write_volume(client, self._volume)
        return self.due is None

    def cut(self, client: Any) -> None:
        """End it now, because a hand wants something else; music that played is held where it was."""
        self._drop_waiting()
        self._stop_speaking(client, is_held=True)

    def leave(self, client: Any) -> None:
        """End it now, because we end; the music goes on."""
        self._waiting.clear()
        self._stop_speaking(client, is_held=False)

    def meet(self, client: Any) -> None:
        """Take over a new connection: an MPD that began anew knows nothing of an announcement any more."""
        if self._is_left and self.interrupted:
            write_volume(client, self._volume)
            leftovers.clear_up(client, self.interrupted)
            self._is_left = False
        if self._speaks and not self._is_there(client, self._speaks):
            self._tell(AnnouncementEnded(self._speaks.uri, "MPD began anew meanwhile"))
            self._speaks, self._modes = None, {}
        if not self._speaks:
            self._finish()

    # --- the steps -----------------------------------------------------------------------------------------

    def _speak(self, client: Any, now: float) -> None:
        """Have MPD play the next that waits; go back to the music if it will not."""
        from mpd import CommandError

        if self._place is None:
            self._place = self._hold(client)
        self._fade, self._speaks = None, self._waiting.popleft()
        if self.interrupted:
            self.interrupted = replace(self.interrupted, by=self._speaks.uri)
        self._ends_at, self._seen, self._seen_at = now + LONGEST_S, "", now
        self._volume.level, self._volume.instead = 1.0, self._speaks.percent
        write_volume(client, self._volume)
        try:
            self._entry = client.addid(self._speaks.uri)
            client.playid(self._entry)
        except CommandError:
            self._end(client, REFUSED, now)

    def _hold(self, client: Any) -> _Place:
        """Hold the music, note where it is, and have MPD play nothing behind an announcement."""
        status = client.status()
        state = status["state"]
        if state == "play":
            self._volume.level = 0.0
            write_volume(client, self._volume)
            client.pause(1)
            status = client.status()
        self._modes = {mode: status.get(mode, "0") for mode in ALONE}
        for mode, value in ALONE.items():
            set_mode(client, mode, value)
        return _Place(state, status.get("songid"), status.get("elapsed", "0"))

    def _listen(self, client: Any, speaks: Speak, status: Mapping[str, str], now: float) -> None:
        """See how far the announcement has come, and end it when it is over."""
        state, is_it = status["state"], status.get("songid") == self._entry
        # At its end MPD says for a moment that it is held or stopped, or that the next song plays.
        position = f"{state} {status.get('elapsed')}" if is_it else f"{state} {status.get('songid')}"
        stands_s = self._stands_s(position, now)
        if "error" in status:
            client.clearerror()
            self._end(client, REFUSED, now)
        elif not is_it and state == "play":
            if stands_s >= SETTLING_S:  # somebody has chosen a song, which plays on
                self._by_hand()
                self._place = None
                self._end(client, None, now)
        elif not is_it:
            self._end(client, None, now)
        elif state == "play":
            if now >= self._ends_at or stands_s >= STANDS_S:
                self._end(client, None if now >= self._ends_at else HANGS, now)
        elif stands_s >= SETTLING_S:  # held or stopped by somebody's hand on MPD
            self._by_hand()
            self._end(client, None, now, is_held=True)
            if state == "stop":
                client.stop()

    def _stands_s(self, position: str, now: float) -> float:
        """Return for how many seconds MPD has been at this position."""
        if position != self._seen:
            self._seen, self._seen_at = position, now
        return now - self._seen_at

    def _end(self, client: Any, failed: str | None, now: float, is_held: bool = False) -> None:
        """End the one that speaks; the next follows at once, else what was before."""
        self._tell_ended(failed)
        if self._waiting:
            self._remove(client)
            self._speak(client, now)
        elif self._go_back(client, is_held):
            self._fade = Fade(now, FADE_S, start=0.0, rising=True)
        else:
            self._finish()

    def _tell_ended(self, failed: str | None) -> None:
        if failed:
            log.warning("an announcement was not heard: %s", failed)
        if self._speaks:
            self._tell(AnnouncementEnded(self._speaks.uri, failed))
        self._speaks = None

    def _stop_speaking(self, client: Any, is_held: bool) -> None:
        if self._speaks:
            self._tell_ended(None)
            self._go_back(client, is_held)
        self._finish()
        write_volume(client, self._volume)

    def _go_back(self, client: Any, is_held: bool) -> bool:
        """Have MPD do again what it did before, as yet in silence; is_held: but hold music that played.

        Returns whether music plays that is to rise.
        """
        place, self._place = self._place, None
        self._volume.level, self._volume.instead = (0.0 if place else 1.0), None
        write_volume(client, self._volume)
        plays = _return_to(client, place, is_held) if place else False
        self._remove(client)
        for mode, value in self._modes.items():
            set_mode(client, mode, value)
        self._modes = {}
        return plays

    def _remove(self, client: Any) -> None:
        """Remove the announcement from the queue."""
        from mpd import CommandError

        if self._entry is not None:  # else it never got there
            with suppress(CommandError):  # somebody else has
                client.deleteid(self._entry)
        self._entry = None

    def _rise(self, fade: Fade, status: Mapping[str, str], now: float) -> None:
        if fade.is_over(now) or status["state"] != "play":
            self._finish()
        else:
            self._volume.level = fade.level(now)

    def _finish(self) -> None:
        self._fade = self._place = self.due = self.interrupted = None
        self._volume.level, self._volume.instead = 1.0, None

    def _by_hand(self) -> None:
        self.is_by_hand = True
        self._drop_waiting()

    def _drop_waiting(self) -> None:
        while self._waiting:
            self._tell(AnnouncementEnded(self._waiting.popleft().uri, "somebody wanted something else"))

    def _is_there(self, client: Any, speaks: Speak) -> bool:
        from mpd import CommandError

        try:
            return bool(client.playlistid(self._entry)[0]["file"] == speaks.uri)
        except CommandError:
            return False


def _return_to(client: Any, place: _Place, is_held: bool) -> bool:
    """Have MPD play or hold the song of that place. Returns whether it plays."""
    from mpd import CommandError

    if place.state == "stop":
        client.stop()
        return False
    try:
        client.seekid(place.song_id, place.elapsed_s)
    except CommandError:
        try:
            client.playid(place.song_id)  # a radio, in which there are no places
        except CommandError:  # gone from the queue; what is to follow is for others to say
            client.stop()
            return False
    is_held |= place.state == "pause"
    client.pause(1 if is_held else 0)
    return not is_held

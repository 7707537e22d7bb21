"""Changes from one song to the next, by a cut, a fade or after the song, and moves the volume on the way.

A fade goes by steps that `step` takes when they are due, so that nothing waits for it. Whatever somebody
else does in the middle of one (pause, stop, another song, another volume) ends it: theirs is what holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from appliance.player.fade import STEP_S, Fade, Volume
from appliance.player.mixer import volume_in, write_volume
from appliance.player.queue import Queue
from appliance.player.stops import Stops
from appliance.protocol.actions import PauseMusic, ResumeMusic, StartSong
from appliance.protocol.messages import Pick, Transition


class Changeover:
    """Holds the change of song that is under way. Methods that take a client raise what it raises."""

    def __init__(self, queue: Queue, volume: Volume, stops: Stops, fade_s: float) -> None:
        """fade_s: seconds for a whole fade, down and up."""
        self.due: float | None = None
        """When the next step is to be taken (monotonic); None when no fade is under way."""
        self._queue, self._volume, self._stops, self._half_s = queue, volume, stops, fade_s / 2
        self._fade: Fade | None = None
        self._target: StartSong | PauseMusic | None = None
        """What the fade leads to, while it goes down."""
        self._follower: Pick | None = None
        """What is to follow the target."""
        self._leaving: str | None = None
        """MPD's id of the song that is faded out."""

    def start(self, client: Any, wish: StartSong, now: float) -> None:
        """Change to a song; a change that is under way is replaced."""
        status = client.status()
        if wish.transition is Transition.AFTER_SONG and status["state"] != "stop":
            self.end(client)
            self._queue.replace_next(client, wish.pick)
        elif wish.transition in (Transition.FADE, Transition.BLEND) and self._can_fade(status):
            self._leaving = status.get("songid")
            self._lead_to(wish, self._half_s, now)
        else:
            self._target = None
            rises = self._begin_silent(client, status, wish.rise_s, now)  # first: no note of it is loud
            self._begin(client, wish, now)
            if not rises:
                self.end(client)

    def pause(self, client: Any, wish: PauseMusic, now: float) -> None:
        """Hold the song, at the end of a fade where that is wished."""
        if wish.fade_s and self._can_fade(client.status()):
            self._lead_to(wish, wish.fade_s, now)
        else:
            client.pause(1)
            self.end(client)

    def resume(self, client: Any, wish: ResumeMusic, now: float) -> None:
        """Go on, rising from silence where that is wished."""
        rises = self._begin_silent(client, client.status(), wish.fade_s, now)
        client.play()
        if not rises:
            self.end(client)

    def follow(self, client: Any, pick: Pick) -> None:
        """Let a song follow the one that plays, or the one that a fade leads to."""
        if isinstance(self._target, StartSong):
            self._follower = pick
        else:
            self._queue.follow(client, pick, client.status())

    def step(self, client: Any, now: float) -> None:
        """Take the step that is due: a little less or more volume, or the change itself."""
        self.due = now + STEP_S
        status = client.status()
        if self._stops.is_unclear(status, now):
            return
        has_ended = self._stops.has_ended(client, status, now)
        if not has_ended and self._is_disturbed(status):  # what somebody else has done meanwhile holds
            self.end(client)
        elif self.mind_volume(client, status) or has_ended:
            self._change(client, now)
            self.end(client)
        elif self._fade:
            self._volume.level = self._fade.level(now)
            write_volume(client, self._volume)
            if self._fade.is_over(now):
                self._turn_round(client, self._fade, now)

    def finish(self, client: Any, now: float) -> None:
        """Take all steps of a change that is under way at once."""
        if self._target:
            self._change(client, now)
        if self.due is not None:
            self.end(client)

    def end(self, client: Any) -> None:
        """Drop a change that is under way, and have the volume as it is meant to be."""
        self.forget()
        self.mind_volume(client, client.status())

    def forget(self) -> None:
        """Drop a change that is under way, without a word to MPD."""
        self._fade = self._target = self._follower = self.due = None
        self._volume.level = 1.0

    def mind_volume(self, client: Any, status: Mapping[str, str]) -> bool:
        """Take over what others have set, at most the maximum. Returns whether they have."""
        is_changed = self._volume.see(volume_in(status))
        write_volume(client, self._volume)
        return is_changed

    def _lead_to(self, target: StartSong | PauseMusic, seconds: float, now: float) -> None:
        """Begin to fade out; where a fade is under way, from the level that it has reached."""
        level = self._fade.level(now) if self._fade else 1.0
        self._target, self._follower = target, None
        self._fade = Fade(now, seconds, start=level)
        self.due = now

    def _begin_silent(self, client: Any, status: Mapping[str, str], seconds: float, now: float) -> bool:
        """Begin to rise from silence before the music starts. Returns whether that can be."""
        if not seconds or volume_in(status) is None:
            return False
        self.forget()
        self.mind_volume(client, status)
        self._fade, self._volume.level, self.due = Fade(now, seconds, start=0.0, rising=True), 0.0, now
        write_volume(client, self._volume)
        return True

    def _can_fade(self, status: Mapping[str, str]) -> bool:
        return status["state"] == "play" and bool(volume_in(status)) and self._half_s > 0

    def _is_disturbed(self, status: Mapping[str, str]) -> bool:
        """Whether somebody else has paused, stopped or chosen another song."""
        if status["state"] != "play":
            return True
        if not isinstance(self._target, StartSong):
            return False
        # Ours may have followed by itself; any other is somebody's choice.
        song_id = status["songid"]
        return song_id != self._leaving and not self._queue.whose.is_ours(int(song_id))

    def _turn_round(self, client: Any, fade: Fade, now: float) -> None:
        if fade.rising:
            self.forget()
        elif isinstance(self._target, PauseMusic):
            self._change(client, now)
            self.end(client)
        else:
            self._fade = fade.turned(now, rising=True)
            self._change(client, now)

    def _change(self, client: Any, now: float) -> None:
        target, follower = self._target, self._follower
        self._target = self._follower = None
        if isinstance(target, StartSong):
            self._begin(client, target, now)
        elif target:
            client.pause(1)
        if follower:
            self._queue.follow(client, follower, client.status())

    def _begin(self, client: Any, wish: StartSong, now: float) -> None:
        self._queue.start(client, wish.pick, wish.start_s, wish.over_guests, now)
        if self._queue.started:
            self._stops.began(self._queue.started.id)

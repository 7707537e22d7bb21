"""The last word of MPD, and what follows from it as time passes, such as the position in the song."""

from __future__ import annotations

from dataclasses import replace

from appliance.protocol.messages import PlayerChanged, PlayState


class MpdState:
    """Holds the brain's knowledge of MPD, also while MPD is away, to go on from there."""

    def __init__(self) -> None:
        self.last = PlayerChanged(PlayState.STOP)
        self.is_connected = False
        self._at = 0.0

    def take(self, changed: PlayerChanged, now: float) -> PlayerChanged:
        """Take over what MPD said. Returns what was known of it until now."""
        before, self.last = replace(self.last, elapsed_s=self.elapsed_s(now)), changed
        self._at = now
        self.is_connected = True
        return before

    def lose(self, now: float) -> None:
        """Note that MPD does not answer any more; where it was is remembered."""
        self.last = replace(self.last, elapsed_s=self.elapsed_s(now))
        self.is_connected = False

    def elapsed_s(self, now: float) -> float:
        """Seconds into the song: what MPD said last and, while it plays, the time that has passed since."""
        runs = self.is_connected and self.last.state is PlayState.PLAY and not self.last.announcing
        return self.last.elapsed_s + (now - self._at if runs else 0.0)

    @property
    def is_playing(self) -> bool:
        """Whether MPD plays, or played when it was heard last."""
        return self.last.state is PlayState.PLAY

    @property
    def is_guest(self) -> bool:
        """Whether a song that plays or is held is somebody else's."""
        return self.last.state is not PlayState.STOP and self.last.pick is None

    @property
    def is_ours_playing(self) -> bool:
        """Whether MPD plays a song of ours now."""
        is_playing = self.is_connected and self.last.state is PlayState.PLAY and not self.last.announcing
        return is_playing and self.last.pick is not None

    @property
    def is_silent(self) -> bool:
        """Whether MPD is there, and neither plays a song nor holds one."""
        return self.is_connected and self.last.state is PlayState.STOP

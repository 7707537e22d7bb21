"""What MPD last said, and what follows from it as time passes."""

from __future__ import annotations

from dataclasses import replace

from appliance.protocol.messages import PlayerChanged, PlayState


class MpdState:
    """The brain's knowledge of MPD; kept while it is away, to go on from there."""

    def __init__(self) -> None:
        self.last = PlayerChanged(PlayState.STOP)
        self.is_connected = False
        self._at = 0.0

    def take(self, changed: PlayerChanged, now: float) -> PlayerChanged:
        """MPD said this. Returns what was known of it until now."""
        before, self.last = replace(self.last, elapsed_s=self.elapsed_s(now)), changed
        self._at = now
        self.is_connected = True
        return before

    def lose(self, now: float) -> None:
        """MPD does not answer any more; where it was is remembered."""
        self.last = replace(self.last, elapsed_s=self.elapsed_s(now))
        self.is_connected = False

    def elapsed_s(self, now: float) -> float:
        """Position in the song, as far as it can be known."""
        runs = self.is_connected and self.last.state is PlayState.PLAY
        return self.last.elapsed_s + (now - self._at if runs else 0.0)

    @property
    def is_guest(self) -> bool:
        """Whether a song that plays or is held is somebody else's."""
        return self.last.state is not PlayState.STOP and self.last.pick is None

    @property
    def is_ours_playing(self) -> bool:
        return self.is_connected and self.last.state is PlayState.PLAY and self.last.pick is not None

    @property
    def is_silent(self) -> bool:
        """Connected, and neither playing nor held."""
        return self.is_connected and self.last.state is PlayState.STOP

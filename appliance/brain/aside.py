"""Our song and the place in it, or the wanted silence, kept aside while a guest's songs play.

A guest is somebody who plays songs by another MPD client, such as a phone. His hand is often several words to
MPD (`stop`, `clear`, `add`, `play`), each of which may be seen by itself. What was so before the first of
them counts.
"""

from __future__ import annotations

import math

from appliance.protocol.actions import StartSong
from appliance.protocol.messages import PlayerChanged, PlayState, Transition
from appliance.protocol.snapshot import Playing

ONE_HAND_S = 10.0
"""Words to MPD that follow each other so soon are one act: a phone may take seconds to send an album."""
NEAR_S = 2.0
"""A song so near its end was not interrupted."""


class Aside:
    """Remembers what a guest interrupted, while that is worth going back to. Times are monotonic seconds."""

    def __init__(self, within_s: float, song: StartSong | None) -> None:
        """within_s: how long ago is not too long to be gone back to. song: cut short when the box began."""
        self._within_s = within_s
        self.song = song
        """To go on with once music begins."""
        self.silence: Playing | None = None
        """What to go back to after the guest's songs, where that is no music."""
        self._until = math.inf
        self._before: tuple[Playing, StartSong | None] = Playing.MUSIC, None
        self._hand_at = -math.inf

    def note_hand(self, before: PlayerChanged, elapsed_s: float, wanted: Playing, now: float) -> None:
        """Note that MPD does what nobody has asked us for: a guest's hand, or one more word of the same act.

        before: what MPD did before, `elapsed_s` into its song. wanted: what people wanted of us before.
        """
        # Only the first word of an act finds what it interrupts: by `clear`, after `stop`, that is gone.
        if now - self._hand_at > ONE_HAND_S:
            self._before = wanted, _cut_short(before, elapsed_s) or self.song
        self._hand_at = now

    @property
    def interrupted(self) -> StartSong | None:
        """The song of ours that the last act of a guest's hand cut short, and where in it; None for none."""
        return self._before[1]

    def end_hand(self) -> None:
        """End the guest's act: our own song plays, or a hand has asked us for something."""
        self._hand_at = -math.inf
        self.silence = None

    def wait(self, now: float) -> None:
        """Begin to count the time in which our song is gone back to: a guest's song plays as we begin."""
        self._until = now + self._within_s

    def give_way(self, now: float) -> None:
        """Put aside what was so before the guest's act, because his song plays instead of ours."""
        wanted, self.song = self._before
        self.silence = None if wanted is Playing.MUSIC else wanted
        self._until = now + self._within_s

    def undo(self, now: float) -> bool:
        """Go back to what was so before an act that was no stop, or that asked for what has failed.

        Returns whether music was wanted before it; if not, or if it is too long ago, nothing changes.
        """
        wanted, song = self._before
        if now - self._hand_at > ONE_HAND_S or wanted is not Playing.MUSIC:
            return False
        self.keep(song)
        return True

    def keep(self, song: StartSong | None) -> None:
        """Keep this song to go on with, however long that takes; None for none."""
        self.song, self._until = song, math.inf

    def is_too_long(self, now: float) -> bool:
        """Drop what has become too old to be gone back to. Returns whether something has, just now."""
        if now < self._until or (self.song is None and self.silence is None):
            return False
        self.keep(None)
        self.silence = None
        return True


def _cut_short(before: PlayerChanged, elapsed_s: float) -> StartSong | None:
    """The song of ours that was held or played, and where in it; None if it was at its end."""
    pick = before.pick
    if pick is None or before.state is PlayState.STOP:
        return None
    is_over = 0 < pick.song.duration_s < elapsed_s + NEAR_S
    return None if is_over else StartSong(pick, Transition.CUT, elapsed_s)

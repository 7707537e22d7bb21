"""What people were promised by what they have asked for: kept beside a box, and without its help.

Must there be music? True: somebody has asked for it, and nobody for silence since. False: the other way
round. None: a guest at MPD has had the last word.
"""

from __future__ import annotations

from appliance.protocol import commands as cmd
from appliance.protocol import messages as msg
from appliance.protocol.emotions import EMOTIONS
from appliance.protocol.looks import CameraGone, Nobody, Reading
from appliance.protocol.snapshot import CameraState, Playing, Snapshot

ABSENT_S, BACK_S = 20.0, 3.0
"""After so long without a face the music may pause; after so long with one it must be back."""
GUESTS_SILENCE = {"pause", "stop", "clear"}
GUESTS_MUSIC = {"play", "next", "previous", "play now", "play next", "replace the queue"}


class Promises:
    """Listens to all that people ask for, and says what the box owes them."""

    def __init__(self, hold_s: float) -> None:
        self._hold_s = hold_s
        self.music: bool | None = True
        self.camera = True
        """Whether the last hand that said something about the camera wanted it on."""
        self.hand: tuple[str, float] | None = None
        """The mood that a hand has chosen, and until when."""
        self.volume: int | None = None
        """What a hand has set; None where somebody else had the last word."""
        self.is_mood_clear = True
        """Whether the song must be of the mood: not so where somebody has gone back, or put songs in."""
        self.is_single = False
        """Whether a guest has MPD pause after each song."""
        self.is_absence = False
        """Whether the music may wait for somebody to come back."""
        self._face_since: float | None = None
        self._nobody_since: float | None = None

    def hear(self, event: msg.Event, before: Snapshot, after: Snapshot, has_rung: bool) -> None:
        """Take note of an event, the box before and after it, and whether the alarm has just rung."""
        match event:
            case cmd.Command():
                self._obey(event, before)
            case Nobody(taken_at):
                self._nobody_since, self._face_since = self._nobody_since or taken_at, None
                self.is_absence |= taken_at - self._nobody_since >= ABSENT_S
            case Reading(taken_at=taken_at):
                self._nobody_since, self._face_since = None, self._face_since or taken_at
                self.is_absence &= taken_at - self._face_since < BACK_S
            case CameraGone():
                self._nobody_since = self._face_since = None
            case msg.Tick():
                self._note_timers(before, after, has_rung)

    def _note_timers(self, before: Snapshot, after: Snapshot, has_rung: bool) -> None:
        if before.quiet is not after.quiet:
            self.volume = None
        if has_rung:
            self.music, self.volume, self.is_mood_clear = True, None, True
            self.hand = (after.by_hand, after.hand_until or 0.0) if after.by_hand else None
        elif before.sleep_at is not None and after.sleep_at is None and self.music:
            self.music = False

    def _obey(self, command: cmd.Command, box: Snapshot) -> None:
        match command:
            case cmd.Play():
                self.music = True
            case cmd.Toggle():
                self.music = box.playing is not Playing.MUSIC
            case cmd.Pause() | cmd.Stop():
                self.music = False
            case cmd.Skip():
                self.music, self.is_mood_clear = True, self.is_mood_clear or not box.guest
            case cmd.Previous() if box.playing is not Playing.STOPPED:
                self.music, self.is_mood_clear = True, False
            case cmd.Guest():
                self.music, self.is_mood_clear = self.music or None, False
            case cmd.ChooseMood(mood=mood):
                self._choose(mood, box.at)
            case cmd.NextMood():
                held = self._held(box.at)
                following = EMOTIONS.index(held) + 1 if held else 0
                self._choose(EMOTIONS[following] if following < len(EMOTIONS) else None, box.at)
            case cmd.Automatic():
                self._choose(None, box.at)
            case cmd.SwitchCamera(on=on):
                self.camera = on
            case cmd.ToggleCamera():
                self.camera = box.camera is CameraState.OFF
            case cmd.SetVolume(percent=percent):
                self.volume = percent
            case cmd.StepVolume():
                self.volume = None

    def _choose(self, mood: str | None, now: float) -> None:
        self.hand = (mood, now + self._hold_s) if mood else None
        if mood:
            self.music = self.is_mood_clear = True

    def _held(self, now: float) -> str | None:
        return self.hand[0] if self.hand and now < self.hand[1] else None

    def held(self, box: Snapshot) -> str | None:
        """The mood that a hand has chosen and that holds still."""
        return self._held(box.at)

    def note_guest(self, did: str) -> None:
        """Take note of what a guest has done at MPD."""
        self.is_mood_clear = False
        if (did in GUESTS_SILENCE and self.music) or (did in GUESTS_MUSIC and self.music is False):
            self.music = None
        if did == "volume":
            self.volume = None

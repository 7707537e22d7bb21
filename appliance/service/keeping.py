"""Has the box's memory written while it plays, and tells when it cannot be. For the service's thread."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from appliance import state
from appliance.protocol.memory import Memory
from appliance.protocol.messages import PartChanged


class Keeping:
    """The two keepers of what survives a power cut: the camera's choice, and all the rest."""

    def __init__(self, file: str, choice: state.CameraChoice | None) -> None:
        """file: of the state; "" keeps nothing. choice: the camera's keeper; None where nothing is kept."""
        self._file, self._choice = file, choice
        self._keeper: state.Keeper | None = None
        self._failure: str | None = None

    @property
    def is_kept(self) -> bool:
        """Whether a power cut would leave the camera as it is now; True, too, where nothing is kept."""
        return self._choice is None or self._choice.is_kept

    def choose(self, on: bool) -> None:
        """Have it written at once whether the camera may be on. From any thread; does not wait."""
        if self._choice:
            self._choice.keep(on)

    def open(self, running: ExitStack, last_word: Callable[[], None]) -> None:
        """Begin to write, until `running` ends. last_word: called then, before the files are closed."""
        if self._choice:
            self._choice.start()
            running.callback(self._choice.close)
        if self._file:
            self._keeper = state.Keeper(Path(self._file))
            running.callback(self._keeper.close)
            running.callback(last_word)

    def keep(self, memory: Memory, now: float) -> None:
        """Have this written when it is time to. now: monotonic seconds."""
        if self._keeper:
            self._keeper.keep(memory, now)

    def news(self) -> list[PartChanged]:
        """Tell that the memory cannot be written, or can be again: once each."""
        if self._keeper is None or self._choice is None:
            return []
        failures = [each for each in (self._choice.trouble, self._keeper.failure) if each]
        before, self._failure = self._failure, "; ".join(failures) or None
        return [PartChanged("state", self._failure)] if self._failure != before else []

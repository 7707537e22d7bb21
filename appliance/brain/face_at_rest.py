"""Keeps how the face of who listens looks at rest: takes it off each look, and measures it when asked to."""

from __future__ import annotations

from collections.abc import Callable

from appliance.brain.sitting import Sitting
from appliance.protocol import actions as act
from appliance.protocol.actions import Action
from appliance.protocol.looks import Look
from appliance.protocol.rest import Margins, Measuring, RestStep, Unmeasured, understood


class FaceAtRest:
    """Knows what is measured now, and why the last try failed. Times are monotonic seconds."""

    def __init__(self, known: Callable[[str], Margins | None] | None) -> None:
        """known: how a person's face rests, None where nobody has measured it; None where nothing is kept."""
        self._known = known
        self._sitting: Sitting | None = None
        self.failed: Unmeasured | None = None
        """Why the last measurement came to nothing; None when it did not."""

    @property
    def measuring(self) -> Measuring | None:
        """How far the measurement is that is made now."""
        return self._sitting.progress if self._sitting else None

    def is_known(self, person: str) -> bool:
        """Whether this person's face at rest has been measured."""
        return self._known is not None and self._known(person) is not None

    def without(self, look: Look, person: str) -> Look:
        """The look as it is to be understood of a face that rests as this person's does."""
        return understood(look, self._known(person)) if self._known else look

    def obey(self, step: RestStep, person: str, now: float) -> list[Action]:
        """Do what a hand asks about this person's face."""
        self._sitting = self.failed = None
        match step:
            case RestStep.MEASURE if self._known is None:
                self.failed = Unmeasured.UNKEPT
            case RestStep.MEASURE:
                self._sitting = Sitting(person, now)
            case RestStep.FORGET:
                return [act.KeepRest(person, None)]
        return []

    def see(self, look: Look) -> list[Action]:
        """Let a measurement take a look as the network gave it."""
        if self._sitting is None:
            return []
        self._sitting.see(look)
        if not self._sitting.is_done or self._sitting.failed:
            return []
        sitting, self._sitting = self._sitting, None
        measured = sitting.result()
        self.failed = sitting.failed
        return [] if measured is None else [act.KeepRest(sitting.person, measured)]

    def pass_time(self, person: str, is_camera_off: bool, now: float) -> None:
        """End a measurement that can come to nothing any more. person: who listens now."""
        if self._sitting is None:
            return
        self._sitting.pass_time(now)
        why = self._sitting.failed
        if is_camera_off:
            why = Unmeasured.OFF
        elif person != self._sitting.person:
            why = Unmeasured.OTHER
        if why:
            self._sitting, self.failed = None, why

"""What a shortage leaves undone in the middle of a turn is done in the next."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import Future

import pytest

from appliance.protocol.actions import Action, PauseMusic, ResumeMusic, StopMusic
from appliance.protocol.commands import Pause, Play
from appliance.protocol.messages import Event, PartChanged
from appliance.protocol.snapshot import Snapshot
from appliance.service.agenda import RETRY_S, TRIES, Agenda
from appliance.service.inbox import Letter


class Box:
    """Notes what it is made to do; what `short` counts fails so many times more."""

    def __init__(self, **short: int) -> None:
        self.did: list[str] = []
        self.short = short
        self.agenda = Agenda(self._hear, lambda action: self._do(type(action).__name__), self._show)

    def _hear(self, event: Event) -> Iterable[Action]:
        self._do(name := getattr(event, "part", type(event).__name__))
        wanted: dict[str, list[Action]] = {"Pause": [PauseMusic(), StopMusic()], "Play": [ResumeMusic()]}
        return wanted.get(name, [])

    def _show(self) -> None:
        self._do("show")

    def _do(self, what: str) -> None:
        if self.short.get(what, 0):
            self.short[what] -= 1
            raise MemoryError(what)
        self.did.append(what)

    def turns(self) -> int:
        """Turn until all is done; returns how many turns that took."""
        for turn in range(1, 100):
            try:
                self.agenda.work()
            except MemoryError:
                continue
            return turn
        raise AssertionError("never done")


EVENTS: list[Event] = [Pause(), PartChanged("music", "ran out"), Play()]
WHOLE = ["Pause", "PauseMusic", "StopMusic", "show", "music", "show", "Play", "ResumeMusic", "show"]


@pytest.mark.parametrize("what", ["Pause", "PauseMusic", "StopMusic", "music", "ResumeMusic"])
@pytest.mark.parametrize("times", [1, 3])
def test_whatever_fails_for_want_of_memory_is_done_later_and_nothing_behind_it_is_lost(
    what: str, times: int
) -> None:
    box = Box(**{what: times})
    box.agenda.add(EVENTS)
    assert box.turns() == 1 + times
    assert box.did == WHOLE


def test_what_fails_turn_after_turn_does_not_keep_the_rest_waiting_for_ever() -> None:
    box = Box(PauseMusic=10**6)
    box.agenda.add(EVENTS)
    assert box.turns() == TRIES + 1
    assert box.did == [what for what in WHOLE if what != "PauseMusic"]


def test_the_very_first_step_has_as_many_turns_as_any_other() -> None:
    box, lost = Box(Pause=TRIES - 1, Play=TRIES - 1), Box(Pause=10**6)
    for each in (box, lost):
        each.agenda.add(EVENTS)
    assert (box.turns(), lost.turns()) == (2 * TRIES - 1, TRIES + 1)
    assert (box.did, lost.did) == (WHOLE, WHOLE[4:])


def test_a_shortage_of_two_seconds_loses_nothing_and_the_page_is_back_soon_after_it() -> None:
    assert (TRIES, RETRY_S) == (8, 0.25)


def test_a_display_that_fails_is_not_tried_again_for_the_next_event_shows_the_box() -> None:
    box = Box(show=1)
    box.agenda.add(EVENTS)
    assert box.turns() == 2
    assert box.did == [*WHOLE[:3], *WHOLE[4:]]


def test_who_waits_for_an_answer_gets_it_once_all_is_done() -> None:
    box = Box(StopMusic=2)
    letter = Letter(Pause(), Future[Snapshot]())
    box.agenda.take(letter)
    for _ in range(2):
        with pytest.raises(MemoryError):
            box.agenda.work()
        assert not [*box.agenda.answerable()]
    box.agenda.work()
    assert [*box.agenda.answerable()] == [letter]
    assert not [*box.agenda.answerable()]

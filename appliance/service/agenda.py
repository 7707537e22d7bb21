"""The loop's list of what is still to do, in order: events for the brain, its actions, answers.

A shortage of memory, threads or file handles may end a turn in its middle. What that leaves undone is done in
the next one: a lost "the music has run out" would be silence for good, a lost answer leaves somebody waiting.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import NamedTuple

from appliance.protocol.actions import Action
from appliance.protocol.messages import Event
from appliance.service.inbox import Letter

TRIES = 8
"""What fails in so many turns is let go, lest all that is behind it wait for ever."""
RETRY_S = 0.25
"""Before the next turn, where the last one left something undone: the page is closed meanwhile."""


class Step(NamedTuple):
    """One thing to do."""

    do: Callable[[], Iterable[Step]]
    """Gives what is to be done because of it, before anything else."""
    tries: int = TRIES


class Agenda:
    """Holds what is to be done until it is done. For the loop's thread."""

    def __init__(
        self,
        hear: Callable[[Event], Iterable[Action]],
        do: Callable[[Action], None],
        show: Callable[[], None],
    ) -> None:
        """hear: the brain's. do: what it wants done. show: called after each event and all that it caused."""
        self._hear, self._do, self._show = hear, do, show
        self._due: deque[Step] = deque()
        self._letters: deque[Letter] = deque()
        self._tried = 0
        """How often the first step has been tried."""

    @property
    def is_done(self) -> bool:
        """Whether nothing is left of the turns so far."""
        return not self._due

    def take(self, letter: Letter) -> None:
        """Note a letter: its event is heard, and then it is one of `answerable`."""
        self._letters.append(letter)
        self.add([letter.event])

    def add(self, events: Iterable[Event]) -> None:
        """Note what is to be heard."""
        self._due.extend(Step(partial(self._follow, event)) for event in events)

    def work(self) -> None:
        """Do all that is due, in order. A step that raises is tried again the next time, up to `tries`."""
        while self._due:
            step = self._due[0]
            self._tried += 1
            try:
                more = list(step.do())
            except Exception:
                if self._tried >= step.tries:
                    self._put_in_place_of_first([])
                raise
            self._put_in_place_of_first(more)

    def answerable(self) -> Iterator[Letter]:
        """The letters from which nothing more follows, the oldest first; each is given once."""
        while self._letters and self.is_done:
            yield self._letters.popleft()

    def _follow(self, event: Event) -> list[Step]:
        wanted = [Step(partial(self._perform, action)) for action in self._hear(event)]
        return [*wanted, Step(self._tell, tries=1)]  # the next event shows the box as it is then

    def _perform(self, action: Action) -> list[Step]:
        self._do(action)
        return []

    def _tell(self) -> list[Step]:
        self._show()
        return []

    def _put_in_place_of_first(self, steps: list[Step]) -> None:
        self._due.popleft()
        self._due.extendleft(reversed(steps))
        self._tried = 0

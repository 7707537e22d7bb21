"""Lets the loop tell the keeper of tastes what it decided, and hear what MPD's stickers are to say.

Where the settings keep nothing of what people like, all of this does nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from queue import SimpleQueue

from appliance.config import Config
from appliance.protocol import actions as act
from appliance.protocol.actions import Action
from appliance.protocol.messages import LibraryChanged, PartChanged
from appliance.service import assembly
from appliance.taste import Marks


class Tasting:
    """The keeper of tastes as the service has it. For the service's thread."""

    def __init__(self, config: Config, tell: Callable[[PartChanged], None]) -> None:
        """tell: hears that nothing can be kept, or can be again."""
        self._marks: SimpleQueue[Marks] = SimpleQueue()
        """What MPD's stickers are to say, as the keeper tells from its thread."""
        self._store = assembly.taste(config, tell, self._marks.put)
        self.taste = self._store.taste if self._store else None
        """What is known of who likes what, for the brain; None where nothing is kept."""
        self.at_rest = self.taste.face_at_rest if self.taste else None
        """Gives how a person's face rests; None where nothing is kept."""

    def open(self, running: ExitStack) -> None:
        """Begin to read and to write, until `running` ends."""
        if self._store:
            self._store.start()
            running.callback(self._store.close)

    def hear(self, library: LibraryChanged) -> None:
        """Take over what the stickers of other programs say of songs."""
        if self._store:
            self._store.hear_foreign(library.opinions)

    def marks(self) -> Iterator[act.MarkSong]:
        """Take the stickers that changed since the last call: songs that were taken back or forgotten."""
        while not self._marks.empty():
            for uri, verdict in self._marks.get().items():
                yield act.MarkSong(uri, verdict)

    def perform(self, action: Action) -> None:
        """Have that kept which an action says of people; of any other action nothing is."""
        if self.taste is None:
            return
        match action:
            case act.KeepRest(person, margins):
                self.taste.keep_rest(person, margins)
            case act.TakeBack(person):
                self.taste.take_back(person)
            case act.NoteTaste():
                self.taste.note(action)

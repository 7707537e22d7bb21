"""Another device (Home Assistant) is given a token by whoever stands at the box, or owns its page.

It is a claim as that of the first password (`claim.py`): presses on the box, or the owner's word on the page.
One at a time, open for two minutes, handed over once. Whatever is not clear gives no token.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass

from appliance.errors import CommandRejected
from appliance.protocol.snapshot import Snapshot
from appliance.web.auth.attempts import Attempts
from appliance.web.auth.claim import OPEN_S, Asked, Claim, Stage
from appliance.web.auth.rights import LONGEST_NAME, Rights, is_name


@dataclass(frozen=True)
class Wait:
    """Too many have asked."""

    seconds: float


class Pairing:
    """The newest request for a token. `watch` is for the service's thread, the rest for any."""

    def __init__(self, rights: Rights, clock: Callable[[], float] = time.monotonic) -> None:
        self._rights, self._clock = rights, clock
        self._claim, self._asks = Claim(clock), Attempts(clock)
        self._stamp = ""

    def ask(self, name: str, address: str, key: str = "") -> Asked | Wait:
        """Ask for a token of this name. address: who asks. key: of the same asker's request before, if any.

        Raises CommandRejected for a name that will not do.
        """
        if not is_name(name):
            raise CommandRejected("a token's name has letters that are seen, and no slash or dot")
        wait_s = self._asks.begin(address)
        if wait_s:
            return Wait(wait_s)
        self._stamp = self._rights.stamp()
        return self._claim.ask(key, name, address)

    def watch(self, snapshot: Snapshot) -> None:
        """Count the presses of one button; called with each snapshot."""
        self._claim.watch(snapshot)

    def waiting(self) -> tuple[Asked, float] | None:
        """Return the request that waits, and the seconds for which it still does."""
        asked = self._claim.waiting()
        return (asked, max(0.0, asked.at + OPEN_S - self._clock())) if asked else None

    def confirm(self, number: int) -> Stage:
        """The owner says which number the asker shows: another one than its own ends it."""
        return self._claim.confirm(number)

    def take(self, key: str) -> tuple[Stage, str, str]:
        """Return how the request stands and, once it is confirmed, the token and its name: a single time.

        Raises CommandRejected or ConfigError as `Rights.make_token` does; then it must be asked anew.
        """
        stage, asked = self._claim.take(key)
        if asked is None:
            return stage, "", ""
        if self._stamp != self._rights.stamp():  # a new password ends what was let in under the old one
            return Stage.GONE, "", ""
        name = self._free_name(asked.name)
        return stage, self._rights.make_token(name), name

    def _free_name(self, name: str) -> str:
        """Number a name that another token has: Home Assistant 2."""
        taken = self._rights.tokens()
        numbered = (f"{name[: LONGEST_NAME - 3].strip()} {number}" for number in itertools.count(2))
        return next(each for each in itertools.chain([name], numbered) if each not in taken)

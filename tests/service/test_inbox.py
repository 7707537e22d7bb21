"""Only the newest look waits; every command does."""

from __future__ import annotations

import threading

import pytest

from appliance.errors import CommandRejected
from appliance.protocol.commands import Skip, Stop
from appliance.protocol.looks import Mood, Nobody
from appliance.protocol.messages import PartChanged
from appliance.protocol.snapshot import Snapshot
from appliance.service.inbox import MOST_WAITING, Inbox, Letter


def test_a_newer_look_replaces_one_that_nobody_took() -> None:
    inbox = Inbox()
    inbox.see(Nobody(1.0))
    inbox.see(Nobody(2.0))
    assert inbox.get(0) == Letter(Nobody(2.0))
    assert inbox.get(0) is None


def test_commands_come_first_and_in_order() -> None:
    inbox = Inbox()
    inbox.see(Nobody(1.0))
    inbox.put(Skip())
    inbox.put(Stop())
    assert [inbox.get(0) for _ in range(3)] == [Letter(Skip()), Letter(Stop()), Letter(Nobody(1.0))]


def test_a_nudge_wakes_the_loop() -> None:
    inbox = Inbox()
    threading.Timer(0.01, inbox.nudge).start()
    assert inbox.get(60) is None


def test_whoever_asks_gets_the_snapshot_that_follows() -> None:
    inbox = Inbox()
    answer = inbox.ask(Skip())
    letter = inbox.get(0)
    after = Snapshot(at=1.0, mood=Mood("happy", 0.0))
    assert letter is not None
    assert letter.answer is not None
    letter.answer.set_result(after)
    assert answer.result(0) == after


def test_a_flood_is_refused_and_loses_nothing_that_waits() -> None:
    inbox = Inbox()
    for _ in range(MOST_WAITING):
        inbox.put(Skip())
    with pytest.raises(CommandRejected, match="try again later"):
        inbox.put(Stop())
    # Refused to the loop itself, which tells of a part that has died, it would have ended the box.
    inbox.put(PartChanged("page", "it has died"))
    with pytest.raises(CommandRejected, match="try again later"):
        inbox.put(Stop())
    assert [inbox.get(0) for _ in range(MOST_WAITING)] == [Letter(Skip())] * MOST_WAITING
    assert inbox.get(0) == Letter(PartChanged("page", "it has died"))

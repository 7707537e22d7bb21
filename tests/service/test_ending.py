"""A box that is told to end ends, whoever wanted it to begin anew in the same moment."""

from __future__ import annotations

from pathlib import Path

import pytest
from own_settings import own_settings

from appliance import config
from appliance.protocol.looks import Mood
from appliance.protocol.snapshot import Snapshot
from appliance.service.ending import Ending
from appliance.service.journal import Journal
from appliance.service.service import Service


@pytest.mark.parametrize("asked", [["anew", "for_good"], ["for_good", "anew"], ["for_good"]])
def test_an_end_for_good_is_stronger_than_a_beginning_anew(asked: list[str]) -> None:
    nudges: list[str] = []
    ending = Ending(lambda: nudges.append("woken"))
    assert not ending.is_near
    for word in asked:
        getattr(ending, word)()
    assert ending.is_near
    assert not ending.begins_anew
    assert len(nudges) == len(asked)


def test_a_service_that_is_stopped_while_it_ends_to_begin_anew_does_not(tmp_path: Path) -> None:
    """For every caller: each had to remember by itself that it was told to stop."""
    own = own_settings(tmp_path, str(tmp_path / "no-mpd"))
    service = Service(config.check(own, "test"), safe="of the test")
    service.reload()
    assert service.wants_reload
    service.stop()
    service.run()
    assert not service.wants_reload


def test_the_log_has_each_change_of_what_is_wrong_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "appliance")
    journal = Journal({"state": "known before"})
    for wrong in ({"state": "known before", "camera": "gone"}, {"camera": "gone"}, {"camera": "busy"}, {}):
        journal.show(Snapshot(at=0.0, mood=Mood("unsure", 0.0), degraded=wrong))
    assert [record.getMessage() for record in caplog.records] == [
        "camera: gone",
        "state: no trouble any more",
        "camera: busy",
        "camera: no trouble any more",
    ]

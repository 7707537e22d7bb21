"""Our integration where something is not as usual: other boxes, another release, a fault that is reported."""

from __future__ import annotations

import json
from typing import Any

from core import Core, wait_for
from house import House
from mosquitto import free_port
from player import FLOW, _entity, _flows, announced, owner

SECRET = ("moodbox_", "127.0.0.1", "happy", "Anna", "Artist", "serial", "probabilities")
"""What nobody may read in a report: token, address, people, how they look, what they hear."""


def reported(house: House) -> str:
    core = house.core
    report = core.ask(f"diagnostics/config_entry/{_entry(core)['entry_id']}")["data"]
    assert report["state"]["playing"] in ("music", "paused"), report
    assert report["connected"] is True, report
    found = [word for word in SECRET if word in json.dumps(report)]
    assert not found, (found, report)
    icons = core.say("frontend/get_icons", category="entity", integration="moodbox")["resources"]
    assert icons["moodbox"]["notify"]["announce"]["default"] == "mdi:bullhorn", icons
    return "a report of a fault, without token, address, people, moods or songs; icons"


def ignored(house: House) -> str:
    """A box of the neighbours that nobody wants keeps none of ours from being found."""
    core = house.core
    with announced(house, "neighbours", "192.0.2.8"):
        wait_for(lambda: _found(core, "neighbours"), "the neighbours' box to be found")
        core.say("config_entries/ignore_flow", flow_id=_found(core, "neighbours"), title="not ours")
    with announced(house, "kitchen", "192.0.2.9"):
        wait_for(lambda: _found(core, "kitchen"), "another box to be found")
        core.delete(f"{FLOW}/{_found(core, 'kitchen')}")
    for entry in core.say("config_entries/get"):
        if entry["source"] == "ignore":
            core.delete(f"config/config_entries/entry/{entry['entry_id']}")
    return "a box that is ignored keeps no other from being found"


def at_another_port(house: House) -> str:
    """The owner has changed page.port, and the installer has announced it."""
    core = house.core
    with announced(house):
        _reconfigure(core, f"http://moodbox-7.local:{house.page}")
    house.stop_box()
    wait_for(lambda: core.state(_entity(core)) == "unavailable", "a box that is gone")
    house.page = free_port()
    house.start_box("device")
    owner(house)
    with announced(house):
        wait_for(lambda: core.state(_entity(core)) == "playing", "the box at its new port")
    _reconfigure(core, f"http://127.0.0.1:{house.page}")
    assert not _found(core, "moodbox-7")
    return "a box that announces itself at another port is followed there, by its name"


def _reconfigure(core: Core, place: str) -> None:
    begun = core.ask(FLOW, {"handler": "moodbox", "entry_id": _entry(core)["entry_id"]})
    step = core.ask(f"{FLOW}/{begun['flow_id']}", {"url": place})
    assert (step["type"], step["reason"]) == ("abort", "reconfigure_successful"), step
    wait_for(lambda: core.state(_entity(core)) == "playing", "the box where it is said to be")


def of_another_release(house: House) -> str:
    core = house.core
    file = core.folder / "custom_components" / "moodbox" / "manifest.json"
    manifest = file.read_text(encoding="utf-8")
    ours = json.loads(manifest)["version"]
    for version, word in (("99.0.0", "box_is_older"), ("0.0.1", "box_is_newer"), (ours, "")):
        core.stop()
        file.write_text(manifest.replace(f'"{ours}"', f'"{version}"'), encoding="utf-8")
        core.start()
        wait_for(lambda: core.state(_entity(core)) == "playing", "the box after Home Assistant's restart")
        assert [each["translation_key"] for each in _issues(core)] == ([word] if word else []), word
    return "a box that is older or newer than the integration is told, and no longer once it is not"


def _issues(core: Core) -> list[dict[str, Any]]:
    return [each for each in core.say("repairs/list_issues")["issues"] if each["domain"] == "moodbox"]


def _found(core: Core, name: str) -> str:
    flows = _flows(core, "zeroconf")
    named = f"{name}.local"
    return next((each["flow_id"] for each in flows if each["context"]["unique_id"] == named), "")


def _entry(core: Core) -> dict[str, Any]:
    every = core.say("config_entries/get")
    (entry,) = (each for each in every if each["domain"] == "moodbox" and each["source"] != "ignore")
    return entry


STEPS = (reported, ignored, at_another_port, of_another_release)

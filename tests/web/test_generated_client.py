"""A client that others generate from the OpenAPI document, and that steers a whole box."""

from __future__ import annotations

import importlib
import json
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

pytest.importorskip("flask", reason="the page is an optional extra")

from waiting import until
from webbing import free_port

from appliance import config
from appliance.demo.private_mpd import PrivateMpd
from appliance.protocol.declared import COMMANDS
from appliance.service.service import Service
from appliance.web import openapi

pytestmark = pytest.mark.slow
TAKEN_AS = {"application/zip": "application/octet-stream", "text/plain": "application/octet-stream"}
"""What the generator is to treat as bytes."""


def paths() -> list[tuple[str, dict[str, Any]]]:
    return [(method, each) for item in openapi.document()["paths"].values() for method, each in item.items()]


def test_every_operation_has_a_name_of_its_own_and_a_tag() -> None:
    names = [each["operationId"] for _, each in paths()]
    assert len(set(names)) == len(names)
    tags = {tag["name"] for tag in openapi.document()["tags"]}
    assert {tag for _, each in paths() for tag in each["tags"]} == tags
    steering = {each["operationId"] for _, each in paths() if each["tags"] == ["steer"]}
    assert steering == {declared.key for declared in COMMANDS.values()}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """The client, made by openapi-python-client as its users make it."""
    folder = tmp_path_factory.mktemp("generated")
    (folder / "openapi.json").write_text(json.dumps(openapi.document()), encoding="utf-8")
    (folder / "config.yml").write_text(
        json.dumps({"post_hooks": [], "content_type_overrides": TAKEN_AS}), encoding="utf-8"
    )
    command = [str(Path(sys.executable).with_name("openapi-python-client")), "generate", "--meta", "none"]
    given = ["--path", "openapi.json", "--config", "config.yml", "--output-path", "moodbox_client"]
    made = subprocess.run([*command, *given], cwd=folder, capture_output=True, text=True, check=True)
    assert "not be generated" not in made.stdout, made.stdout
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder))
        yield importlib.import_module("moodbox_client")


@pytest.fixture
def box(tmp_path: Path, mpd_server: PrivateMpd) -> Iterator[tuple[Service, int]]:
    port = free_port()
    own: dict[str, dict[str, Any]] = {
        "gpio": {"factory": "none"},
        "camera": {"source": "v4l2:63"},
        "mpd": {"address": mpd_server.address},
        "control": {"socket": str(tmp_path / "control")},
        "state": {"file": ""},
        "page": {"address": "127.0.0.1", "port": port, "folder": str(tmp_path / "page")},
    }
    service = Service(config.check(own, "test"))
    running = threading.Thread(target=service.run)
    running.start()
    try:
        until(lambda: service.snapshot.song is not None, within_s=60)
        until(lambda: _answers(port), within_s=60)
        yield service, port
    finally:
        service.stop()
        running.join(30)


def call(name: str, client: Any, **arguments: Any) -> Any:
    return importlib.import_module(f"moodbox_client.api.{name}").sync(client=client, **arguments)


def test_it_steers_the_box(client: ModuleType, box: tuple[Service, int]) -> None:
    models = importlib.import_module("moodbox_client.models")
    service, port = box
    there = client.Client(base_url=f"http://127.0.0.1:{port}", timeout=60.0)
    assert call("watch.get_state", there).playing == "music"
    assert call("steer.pause", there).playing == "paused"
    assert service.snapshot.playing == "paused"
    assert call("steer.volume", there, body=models.VolumeBody(percent=33)).volume == 33
    assert call("steer.alarm", there, body=models.AlarmBody(at="06:30")).alarm == "06:30"
    assert call("steer.alarm_switch", there, body=models.AlarmSwitchBody(on=False)).alarm is None
    refused = call("steer.announce", there, body=models.AnnounceBody(sound="file:///etc/passwd"))
    assert "announce needs" in refused.error
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=60) as answer:
        assert b"moodbox_songs 14\n" in answer.read()


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0

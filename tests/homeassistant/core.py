"""A real Home Assistant, headless, with an MQTT entry and our package; asked over its REST interface."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import json
import os
import shutil
import signal
import subprocess
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

import aiohttp
from mosquitto import wait_for as waiting

PACKAGE = Path(__file__).resolve().parents[2] / "deploy" / "homeassistant" / "moodbox.yaml"
BLUEPRINTS = PACKAGE.with_name("blueprints")
INTEGRATION = PACKAGE.with_name("custom_components")
PATIENCE_S = 300.0
"""A test on demand may run beside other work: it fails where nothing happens, not where it is slow."""
CLIENT = "http://127.0.0.1/"

CONFIGURATION = """\
homeassistant:
  name: Test
  latitude: 52.0
  longitude: 5.0
  elevation: 0
  unit_system: metric
  time_zone: UTC
  packages:
    moodbox: !include moodbox.yaml
http:
  server_host: {address}
  server_port: {port}
api:
onboarding:
config:
zeroconf:
automation: !include automations.yaml
template:
  - binary_sensor:
      - name: Front door bell
        state: "{{{{ is_state('input_boolean.bell', 'on') }}}}"
input_boolean:
  bell:
  seen:
logger:
  default: warning
lovelace:
  dashboards:
    moodbox-test:
      mode: yaml
      title: Test
      filename: dashboard.yaml
"""
AUTOMATIONS = """\
- id: light
  alias: "Moodbox: the light follows the mood"
  use_blueprint:
    path: moodbox/light_follows_the_mood.yaml
    input: {mood: sensor.moodbox_mood, light: light.living_room}
- id: bell
  alias: "Moodbox: pause when the door bell rings"
  use_blueprint:
    path: moodbox/pause_for_the_door_bell.yaml
    input:
      bell: binary_sensor.front_door_bell
      playback: sensor.moodbox_playback
      pause: button.moodbox_pause
      play: button.moodbox_play
- id: night
  alias: "Moodbox: good night"
  use_blueprint:
    path: moodbox/good_night.yaml
    input:
      playback: sensor.moodbox_playback
      camera: switch.moodbox_camera
      volume: number.moodbox_volume
      sleep: number.moodbox_sleep_timer
"""
"""As the form of a blueprint writes them."""
DASHBOARD = "views: [{title: Test, cards: [!include dashboard-card.yaml]}]\n"


class Core:
    """Running while its `with` block does."""

    def __init__(
        self, hass: list[str], root: Path, broker_port: int | None, port: int, address: str = "127.0.0.1"
    ) -> None:
        """hass: the command. root: where its file system begins; / on this machine.

        broker_port: None without one. address: where it listens.
        """
        self.hass, self._port, self._address = hass, port, address
        self.inside = Path("/tmp") / f"moodbox-hass-{uuid.uuid4().hex[:8]}"
        self.folder = root / self.inside.relative_to("/")
        self._child: subprocess.Popen[bytes] | None = None
        self.environment: dict[str, str] = {}
        """Beside ours."""
        self.tokens: dict[str, Any] = {}
        """As its `/auth/token` gives them."""
        (self.folder / ".storage").mkdir(parents=True)
        (self.folder / "configuration.yaml").write_text(CONFIGURATION.format(port=port, address=address))
        (self.folder / "automations.yaml").write_text(AUTOMATIONS)
        shutil.copytree(BLUEPRINTS, self.folder / "blueprints" / "automation" / "moodbox")
        (self.folder / "dashboard.yaml").write_text(DASHBOARD)
        for file in PACKAGE.parent.glob("*.yaml"):
            shutil.copy(file, self.folder)
        shutil.copytree(INTEGRATION, self.folder / INTEGRATION.name)
        if broker_port:
            (self.folder / ".storage" / "core.config_entries").write_text(json.dumps(_entries(broker_port)))

    def __enter__(self) -> Core:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        if kind is None:
            shutil.rmtree(self.folder)

    @property
    def url(self) -> str:
        return f"http://{self._address}:{self._port}"

    @property
    def version(self) -> tuple[int, ...]:
        """Year and month of the release."""
        return tuple(map(int, self.ask("config")["version"].split(".")[:2]))

    @contextlib.contextmanager
    def stored(self, name: str) -> Iterator[dict[str, Any]]:
        """What it keeps under this name, to be read and changed while it is stopped."""
        file = self.folder / ".storage" / name
        whole = json.loads(file.read_text())
        yield whole["data"]
        file.write_text(json.dumps(whole))

    @property
    def log(self) -> str:
        return (self.folder / "hass.log").read_text(errors="replace")

    def start(self) -> None:
        with (self.folder / "hass.log").open("ab") as log:
            command = [*self.hass, "-c", str(self.inside), "--skip-pip"]
            environment = os.environ | self.environment
            self._child = subprocess.Popen(
                command, stdout=log, stderr=log, env=environment, start_new_session=True
            )
        wait_for(self._answers, f"Home Assistant; see {self.folder}/hass.log")
        if not self.tokens:
            self.tokens = self._onboard()
        wait_for(lambda: self.ask("config")["state"] == "RUNNING", "Home Assistant to have started")
        with contextlib.suppress(AssertionError):
            # Since 2026 it takes a port back after five minutes in which nobody said that it works.
            self.say("http/config/promote")

    def stop(self) -> None:
        child, self._child = self._child, None
        if child:
            os.killpg(child.pid, signal.SIGTERM)
            child.wait(PATIENCE_S)

    def ask(self, path: str, body: object = None) -> Any:
        """GET, or POST with a body, below /api."""
        return self._call(f"/api/{path}", None if body is None else json.dumps(body).encode())

    def delete(self, path: str) -> None:
        """DELETE, below /api."""
        self._call(f"/api/{path}", method="DELETE")

    def say(self, kind: str, **more: Any) -> Any:
        """Ask over its websocket, as its page does."""
        answer = self._said(kind, more)
        assert answer["success"], answer
        return answer["result"]

    def refusal(self, service: str, entity: str, **more: Any) -> str:
        """Call a service that fails. Returns what its page then says."""
        domain, _, name = service.partition(".")
        called = {"domain": domain, "service": name, "target": {"entity_id": entity}, "service_data": more}
        answer = self._said("call_service", called)
        assert not answer["success"], answer
        return str(answer["error"]["message"])

    def _said(self, kind: str, more: dict[str, Any]) -> Any:
        return asyncio.run(self._say({"id": 1, "type": kind} | more))

    async def _say(self, message: dict[str, Any]) -> Any:
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(f"{self.url}/api/websocket") as link,
        ):
            await link.receive_json()
            await link.send_json({"type": "auth", "access_token": self.tokens["access_token"]})
            await link.receive_json()
            await link.send_json(message)
            return await link.receive_json()

    def fetch(self, path: str) -> tuple[str, bytes]:
        """GET a path as a browser does that follows a link: the type and the bytes."""
        with urllib.request.urlopen(self.url + path, timeout=20) as answer:
            return answer.headers["Content-Type"], answer.read()

    def states(self) -> dict[str, dict[str, Any]]:
        return {state["entity_id"]: state for state in self.ask("states")}

    def state(self, entity: str) -> str:
        found = self.states().get(entity)
        return str(found["state"]) if found else "no such entity"

    def do(self, service: str, entity: str, **more: Any) -> None:
        """Call a service such as button.press."""
        self.ask(f"services/{service.replace('.', '/')}", {"entity_id": entity} | more)

    def render(self, template: str) -> str:
        return str(self._call("/api/template", json.dumps({"template": template}).encode(), raw=True))

    def _answers(self) -> bool:
        assert self._child
        if self._child.poll() is not None:
            raise AssertionError(f"Home Assistant ended: {self.log[-2000:]}")
        try:
            self._call("/api/" if self.tokens else "/api/onboarding")
        except (OSError, urllib.error.HTTPError):
            return False
        return True

    def _onboard(self) -> dict[str, Any]:
        user = {"client_id": CLIENT, "name": "T", "username": "t", "password": "t", "language": "en"}
        code = self._call("/api/onboarding/users", json.dumps(user).encode())["auth_code"]
        form = {"grant_type": "authorization_code", "code": code, "client_id": CLIENT}
        tokens: dict[str, Any] = self._call("/auth/token", urllib.parse.urlencode(form).encode())
        return tokens

    def _call(
        self, path: str, body: bytes | None = None, raw: bool = False, method: str | None = None
    ) -> Any:
        request = urllib.request.Request(self.url + path, body, method=method)
        request.add_header("Content-Type", "application/json")
        if path == "/auth/token":
            request.add_header("Content-Type", "application/x-www-form-urlencoded")
        if self.tokens:
            request.add_header("Authorization", f"Bearer {self.tokens['access_token']}")
        with urllib.request.urlopen(request, timeout=20) as answer:
            text = answer.read().decode()
        return text if raw else json.loads(text)


def _entries(broker_port: int) -> dict[str, Any]:
    """The file in which Home Assistant keeps what was set up: one MQTT broker."""
    entry = {
        "entry_id": uuid.uuid4().hex,
        "version": 1,
        "minor_version": 1,
        "domain": "mqtt",
        "title": "broker",
        "data": {
            "broker": "127.0.0.1",
            "port": broker_port,
            "discovery": True,
            "discovery_prefix": "homeassistant",
        },
        "options": {},
        "pref_disable_new_entities": False,
        "pref_disable_polling": False,
        "source": "user",
        "unique_id": None,
        "disabled_by": None,
        "created_at": "2026-01-01T00:00:00+00:00",
        "modified_at": "2026-01-01T00:00:00+00:00",
        "discovery_keys": {},
        "subentries": [],
    }
    return {"version": 1, "minor_version": 1, "key": "core.config_entries", "data": {"entries": [entry]}}


wait_for = functools.partial(waiting, patience_s=PATIENCE_S)

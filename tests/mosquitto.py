"""A real Mosquitto of a test's own, and a second client that reads what is said there."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion
from waiting import until

PATIENCE_S = 100.0
PEM = {"cert": "pem", "key": "key"}
AUTHORITY = """
[ca]
default_ca = ours
[ours]
certificate = ca.pem
private_key = ca.key
database = index
new_certs_dir = .
rand_serial = yes
default_md = sha256
policy = names
[names]
commonName = supplied
"""
"""For `openssl ca`."""
USER, PASSWORD = "moodbox", "open sesame"


class Heard(NamedTuple):
    topic: str
    text: str
    retained: bool


@dataclass(frozen=True)
class Certificates:
    """PEM files: an authority; by it a broker, a client, an expired broker, another host; and a stranger."""

    folder: Path
    shown: str = "broker"
    """Which of them the broker has."""

    def __getattr__(self, name: str) -> str:
        return str(self.folder / name.replace("_", "."))


class Mosquitto:
    """A running broker on a free port of the loopback, to be used as a context manager."""

    def __init__(
        self,
        folder: Path,
        password: bool = False,
        certificates: Certificates | None = None,
        client_certificate: bool = False,
        settings: str = "",
    ) -> None:
        self.folder = folder
        self.port = free_port()
        self._child: subprocess.Popen[bytes] | None = None
        folder.mkdir(exist_ok=True)
        lines = [f"listener {self.port} 127.0.0.1", "persistence false", settings]
        lines.append(f"allow_anonymous {'false' if password else 'true'}")
        if os.geteuid() == 0:
            lines.append("user root")  # else it gives up root, and may no longer read its files
        if password:
            _make_passwords(folder / "passwords")
            lines.append(f"password_file {folder / 'passwords'}")
        if certificates:
            lines += [f"cafile {certificates.ca_pem}"]
            lines += [
                f"{kind}file {certificates.folder / certificates.shown}.{end}" for kind, end in PEM.items()
            ]
            lines += [f"require_certificate {'true' if client_certificate else 'false'}"]
        (folder / "mosquitto.conf").write_text("\n".join(lines) + "\n")

    def __enter__(self) -> Mosquitto:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        assert self._child
        return self._child.pid

    def start(self) -> None:
        with (self.folder / "mosquitto.log").open("ab") as log:
            program = shutil.which("mosquitto", path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")
            assert program, "mosquitto is not installed"
            self._child = subprocess.Popen(
                [program, "-c", str(self.folder / "mosquitto.conf")], stdout=log, stderr=log
            )
        wait_for(self._listens, f"a Mosquitto on port {self.port}, see {self.folder}/mosquitto.log")

    def stop(self, by: signal.Signals = signal.SIGTERM) -> None:
        child, self._child = self._child, None
        if child:
            child.send_signal(signal.SIGCONT)
            child.send_signal(by)
            child.wait(PATIENCE_S)

    def ask(self, by: signal.Signals) -> None:
        assert self._child
        self._child.send_signal(by)

    def freeze(self) -> None:
        """It holds its connections, and does nothing any more."""
        assert self._child
        self._child.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self._child
        self._child.send_signal(signal.SIGCONT)

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


class Listener:
    """Another client of the broker: hears everything, and says what a test wants said."""

    def __init__(self, port: int) -> None:
        self._news = threading.Condition()
        self.heard: list[Heard] = []
        self._client = Client(CallbackAPIVersion.VERSION2)
        self._client.username_pw_set(USER, PASSWORD)
        subscribed = threading.Event()
        self._client.on_connect = lambda client, *_: client.subscribe("#", 1)
        self._client.on_subscribe = lambda *_: subscribed.set()
        self._client.on_message = self._on_message
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        assert subscribed.wait(PATIENCE_S)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def say(self, topic: str, payload: str | bytes, retain: bool = False) -> None:
        self._client.publish(topic, payload, 1, retain).wait_for_publish(PATIENCE_S)

    def wait(self, wanted: Callable[[Heard], Any], what: str) -> Heard:
        """The first message heard, from the beginning, that is wanted."""
        with self._news:
            found = self._news.wait_for(lambda: [m for m in self.heard if wanted(m)], PATIENCE_S)
        assert found, f"not heard: {what}; heard {[(m.topic, m.text[:60]) for m in self.heard]}"
        return found[0]

    def wait_text(self, topic: str, text: str) -> Heard:
        return self.wait(lambda heard: heard[:2] == (topic, text), f"{text!r} on {topic}")

    def texts(self, topic: str) -> list[str]:
        with self._news:
            return [heard.text for heard in self.heard if heard.topic == topic]

    def forget(self) -> None:
        with self._news:
            self.heard.clear()

    def _on_message(self, client: Client, _: object, message: MQTTMessage) -> None:
        with self._news:
            self.heard.append(Heard(message.topic, message.payload.decode(errors="replace"), message.retain))
            self._news.notify_all()


def wait_for(done: Callable[[], Any], what: str, patience_s: float = PATIENCE_S) -> Any:
    """What `done` says once it is true; fails, saying what was waited for, after a long while."""
    return until(done, patience_s, what)


def make_certificates(folder: Path) -> Certificates:
    """Sign the broker's and a client's certificate by an authority of our own; make a stranger beside it."""

    def openssl(*words: str) -> None:
        subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)

    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    for authority in ("ca", "stranger"):
        files = ("-keyout", f"{authority}.key", "-out", f"{authority}.pem", "-days", "2")
        openssl("req", "-x509", *key, *files, "-subj", f"/CN={authority}")
    (folder / "index").touch()
    (folder / "ca.cnf").write_text(AUTHORITY)
    here, two_days = "DNS:localhost,IP:127.0.0.1", ("-days", "2")
    for name, lifetime, host in (
        ("broker", two_days, here),
        ("client", two_days, here),
        ("old", ("-startdate", "20200101000000Z", "-enddate", "20200102000000Z"), here),
        ("other", two_days, "DNS:broker.example.org"),
    ):
        openssl("req", *key, "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}")
        (folder / "names").write_text(f"subjectAltName={host}")
        # `openssl x509` takes no dates before 3.4, and no negative days from 3.5 on.
        signed = ("-config", "ca.cnf", "-extfile", "names", "-in", f"{name}.csr", "-out", f"{name}.pem")
        openssl("ca", "-batch", "-notext", *signed, *lifetime)
    return Certificates(folder)


def _make_passwords(file: Path) -> None:
    subprocess.run(
        ["mosquitto_passwd", "-b", "-c", str(file), USER, PASSWORD], check=True, capture_output=True
    )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port

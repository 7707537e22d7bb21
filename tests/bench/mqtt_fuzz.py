"""Orders and rubbish over MQTT against a whole box, for as long as asked: `--for 3600 --rate 20`.

A service process with its own MPD and Mosquitto takes what a seeded generator sends: good orders, malformed,
oversized, binary, retained and unknown ones, discovery scribbles, births, a frozen broker now and then. Every
ten seconds a good order must be carried out and its effect be said; at the end a good order must still
change the music. Prints one line of figures as JSON, last; exit status 1 when something broke.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import tomlkit

TESTS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS))

from conftest import write_tone  # noqa: E402
from mosquitto import Listener, Mosquitto, wait_for  # noqa: E402

from appliance.control import send  # noqa: E402
from appliance.demo.private_mpd import PrivateMpd  # noqa: E402
from appliance.homeassistant.orders import NAMES  # noqa: E402
from appliance.protocol.emotions import EMOTIONS  # noqa: E402

BASE = "moodbox/fuzz"
GOOD = {
    "volume": ["0", "100", "33", "40.0"],
    "mode": ["automatic", *EMOTIONS],
    "camera": ["ON", "OFF"],
    "sleep": ["0", "30", "1440"],
    "alarm": ["07:05", "OFF"],
}
LOOK_S = 10.0


def message(chance: random.Random) -> tuple[str, bytes, bool]:
    """Topic, payload, retained: one of many kinds."""
    name = chance.choice(NAMES)
    topic = f"{BASE}/set/{name}"
    kind = chance.randrange(10)
    if kind < 3:
        return topic, chance.choice(GOOD.get(name, ["PRESS"])).encode(), False
    if kind == 3:
        return topic, chance.choice(GOOD.get(name, ["PRESS"])).encode(), True
    if kind == 4:
        return topic, chance.randbytes(chance.randrange(300)), chance.random() < 0.1
    if kind == 5:
        return topic, b"x" * chance.choice([65, 4096, 200_000, 300_000]), False
    if kind == 6:
        return f"{BASE}/set/{chance.randbytes(4).hex()}", b"PRESS", False
    if kind == 7:
        return "homeassistant/status", chance.choice([b"online", b"offline", b"\xff"]), False
    if kind == 8:
        text = chance.choice(["nan", "-1", "1e999", "null", "{}", '{"command": "skip"}', "", "ON\0", "½"])
        return topic, text.encode(), False
    return f"homeassistant/sensor/moodbox_fuzz/{name}/config", chance.randbytes(20), chance.random() < 0.5


class Box:
    def __init__(self, running: ExitStack) -> None:
        self.folder = Path(running.enter_context(tempfile.TemporaryDirectory(prefix="moodbox-")))
        for number, mood in enumerate(EMOTIONS):
            write_tone(self.folder / "music" / mood / "0.flac", f"{mood} 0", "A", 220.0 + 40 * number)
        self.mpd = running.enter_context(PrivateMpd(self.folder / "mpd", self.folder / "music"))
        self.broker = running.enter_context(Mosquitto(self.folder / "mosquitto"))
        self.socket = self.folder / "control"
        own = {
            "camera": {"source": f"replay:{self.folder / 'nothing.png'}"},
            "mpd": {"address": self.mpd.address},
            "control": {"socket": str(self.socket)},
            "state": {"file": ""},
            "page": {"enabled": False},
            "mqtt": {"broker": "127.0.0.1", "port": self.broker.port, "id": "fuzz"},
        }
        (self.folder / "moodbox.toml").write_text(tomlkit.dumps(own))
        command = [sys.executable, "-m", "appliance", "--config", str(self.folder / "moodbox.toml"), "run"]
        self.log = (self.folder / "log").open("wb")
        environment = os.environ | {"PYTHONPATH": str(TESTS.parent)}
        self.service = subprocess.Popen(command, stdout=self.log, stderr=self.log, env=environment)
        running.callback(self.service.terminate)
        wait_for(self.socket.exists, "the control socket")

    def memory_mb(self) -> float:
        status = Path(f"/proc/{self.service.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) / 1024

    def playing(self) -> str:
        client = self.mpd.client()
        try:
            return str(client.currentsong().get("file", ""))
        finally:
            client.disconnect()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--for", dest="duration_s", type=float, default=60.0)
    parser.add_argument("--rate", type=float, default=20.0, help="messages a second")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    chance = random.Random(options.seed)
    with ExitStack() as running:
        box = Box(running)
        listener = Listener(box.broker.port)
        running.callback(listener.close)
        listener.wait_text(f"{BASE}/status", "online")
        sent, memory = storm(box, listener, chance, options.duration_s, options.rate)
        calm(box, listener)
        box.service.terminate()
        status = box.service.wait(20)
        log = (box.folder / "log").read_text(errors="replace")
    figures = {
        "sent": sent,
        "memory_mb": memory,
        "refusals_logged": log.count("refused:"),
        "tracebacks": log.count("Traceback"),
        "exit_status": status,
    }
    print(json.dumps(figures))
    return 0 if figures["tracebacks"] == status == 0 else 1


def storm(
    box: Box, listener: Listener, chance: random.Random, duration_s: float, rate: float
) -> tuple[int, list[float]]:
    """Messages sent, and the service's memory at each look."""
    end, look_at = time.monotonic() + duration_s, time.monotonic() + LOOK_S
    sent, memory = 0, [round(box.memory_mb(), 1)]
    while time.monotonic() < end:
        listener.say(*message(chance))
        sent += 1
        time.sleep(chance.expovariate(rate))
        if time.monotonic() < look_at:
            continue
        assert box.service.poll() is None, "the service ended"
        obeys(box, listener, chance.randrange(10, 60))
        listener.forget()
        if chance.random() < 0.05:
            box.broker.freeze()
            time.sleep(chance.uniform(1, 5))
            box.broker.thaw()
        look_at = time.monotonic() + LOOK_S
        memory.append(round(box.memory_mb(), 1))
    step = max(1, len(memory) // 12)
    return sent, [*memory[::step], memory[-1]]


def obeys(box: Box, listener: Listener, volume: int) -> None:
    """Amid all that, a good order is carried out, and what it changed is said."""
    listener.say(f"{BASE}/set/volume", str(volume))
    wait_for(lambda: send(box.socket, {"command": "status"})["volume"] == volume, f"volume {volume}")
    listener.wait_text(f"{BASE}/volume", str(volume))


def calm(box: Box, listener: Listener) -> None:
    """After all that, a good order still changes the music."""
    listener.say(f"{BASE}/set/mode", "happy")
    listener.say(f"{BASE}/set/play", "PRESS")
    wait_for(lambda: box.playing().startswith("happy"), "MPD to play happy music")
    listener.say(f"{BASE}/set/mode", "sad")
    wait_for(lambda: box.playing().startswith("sad"), "MPD to play sad music")


if __name__ == "__main__":
    sys.exit(main())

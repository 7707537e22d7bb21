"""A thousand boxes on one Mosquitto, over the loopback, for a bounded time: what each costs.

`mqtt_thousand.py --boxes 1000 --for 60`: real parts (`HomeAssistant`, as the service has it) in a few worker
processes, each shown snapshots like a box with a face in view, a change of mood every five to thirty seconds.
A real box shows ten a second; a thousand of those are more than one machine makes.

Prints figures as JSON, last: messages and bytes a second at the broker, memory and processor time of the
broker and of a part, and how long all of them took to come online.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import random
import sys
import tempfile
import threading
import time
from dataclasses import replace
from functools import partial
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS), str(TESTS.parent)]

from mosquitto import Mosquitto, wait_for  # noqa: E402
from mqtt_box import MUSIC, settings  # noqa: E402

from appliance.homeassistant import HomeAssistant  # noqa: E402
from appliance.homeassistant.access import box_of, broker_of  # noqa: E402
from appliance.protocol.emotions import EMOTIONS  # noqa: E402
from appliance.protocol.looks import Mood  # noqa: E402

WORKERS = 8
"""paho waits with select, which knows 1,024 files at most; a box has five."""
LONGEST_S = 600.0


class Meter:
    """Counts what the boxes say; a listener that kept it all would be too slow for a thousand of them."""

    def __init__(self, port: int) -> None:
        self.messages = self.bytes = 0
        self.online: set[str] = set()
        self.offline: set[str] = set()
        self._client = Client(CallbackAPIVersion.VERSION2)
        self._client.on_connect = lambda client, *_: client.subscribe("moodbox/#")
        self._client.on_message = self._count
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _count(self, client: Client, _: object, message: MQTTMessage) -> None:
        self.messages += 1
        self.bytes += len(message.topic) + len(message.payload)
        if message.topic.endswith("/status"):
            (self.online if message.payload == b"online" else self.offline).add(message.topic)


class Load:
    """Processor seconds and resident megabytes of a process."""

    def __init__(self, pid: int) -> None:
        self._pid = pid

    def cpu_s(self) -> float:
        fields = Path(f"/proc/{self._pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory_mb(self) -> float:
        return int(Path(f"/proc/{self._pid}/status").read_text().split("VmRSS:")[1].split()[0]) / 1024


def worker(port: int, first: int, count: int, shows: float, go: Synchronized[int]) -> None:
    """Hold `count` boxes until `go` is 2; show snapshots while it is 1."""
    boxes = []
    for number in range(first, first + count):
        mqtt = settings(port, id=f"box{number}", name=f"Box {number}", min_interval_s=1.0)
        box = box_of(mqtt, ("pause", "skip"))
        part = HomeAssistant(mqtt, box, partial(broker_of, mqtt), lambda event: None)
        part.show(MUSIC)
        boxes.append(part)
    chance = random.Random(first)
    moods = dict.fromkeys(boxes, (0.0, "happy"))
    while go.value < 2:
        began = time.monotonic()
        for part in boxes if go.value else ():
            change_at, mood = moods[part]
            if began >= change_at:
                change_at, mood = began + chance.uniform(5, 30), chance.choice(EMOTIONS)
                moods[part] = change_at, mood
            likely = chance.uniform(0.6, 0.9)
            rest = (1 - likely) / 6
            probabilities = tuple(likely if name == mood else rest for name in EMOTIONS)
            part.show(replace(MUSIC, mood=Mood(mood, began, probabilities)))
        threading.Event().wait(max(0.0, 1 / shows - (time.monotonic() - began)))
    for part in boxes:
        part.close()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--boxes", type=int, default=1000)
    parser.add_argument("--for", dest="duration_s", type=float, default=60.0)
    parser.add_argument("--shows", type=float, default=2.0, help="snapshots a second for each box")
    options = parser.parse_args()
    duration_s = min(options.duration_s, LONGEST_S)
    with tempfile.TemporaryDirectory(prefix="moodbox-") as folder:
        limits = "max_connections -1\nmax_queued_messages 0"
        with Mosquitto(Path(folder) / "mosquitto", settings=limits) as broker:
            print(json.dumps(measure(broker, options.boxes, duration_s, options.shows)))
    return 0


def measure(broker: Mosquitto, boxes: int, duration_s: float, shows: float) -> dict[str, float]:
    go = multiprocessing.Value("i", 0)
    share = -(-boxes // WORKERS)
    crew = [
        multiprocessing.Process(
            target=worker, args=(broker.port, first, min(share, boxes - first), shows, go), daemon=True
        )
        for first in range(0, boxes, share)
    ]
    server, meter = Load(broker.pid), Meter(broker.port)
    empty_mb, began = server.memory_mb(), time.monotonic()
    for process in crew:
        process.start()
    loads = [Load(process.pid or 0) for process in crew]
    wait_for(lambda: len(meter.online) == boxes, f"{boxes} boxes online", patience_s=300.0)
    online_s = time.monotonic() - began
    time.sleep(5.0)
    go.value = 1
    before = server.cpu_s(), sum(load.cpu_s() for load in loads), meter.messages, meter.bytes
    time.sleep(duration_s)
    after = server.cpu_s(), sum(load.cpu_s() for load in loads), meter.messages, meter.bytes
    server_s, edges_s, messages, size = (b - a for a, b in zip(before, after, strict=True))
    memory_kb = 1024 * (server.memory_mb() - empty_mb), 1024 * sum(load.memory_mb() for load in loads)
    go.value = 2
    wait_for(lambda: len(meter.offline) == boxes, "every farewell", patience_s=60.0)
    for process in crew:
        process.join(60)
    meter.close()
    return {
        "boxes": boxes,
        "all_online_s": round(online_s, 1),
        "messages_per_box_per_s": round(messages / boxes / duration_s, 3),
        "bytes_per_box_per_s": round(size / boxes / duration_s, 1),
        "broker_kb_per_box": round(memory_kb[0] / boxes, 1),
        "broker_percent_of_a_core": round(100 * server_s / duration_s, 1),
        "edge_kb_per_box": round(memory_kb[1] / boxes, 1),
        "edge_percent_of_a_core_per_box": round(100 * edges_s / duration_s / boxes, 3),
    }


if __name__ == "__main__":
    sys.exit(main())

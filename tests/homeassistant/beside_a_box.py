"""A real Home Assistant beside a box that booted, until it is ended. Writes its token to a file once it runs,
and each new state of one entity to stdout, a line of JSON with its attributes."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import threading
from pathlib import Path

from core import Core

PAUSE_S = 0.2


def follow(core: Core, entity: str, over: threading.Event) -> None:
    told: object = None
    while not over.wait(PAUSE_S):
        try:
            state = core.states().get(entity)
        except OSError:  # busy for longer than it is waited for
            continue
        now = state and {**state["attributes"], "state": state["state"]}
        if now and now != told:
            told = now
            print(json.dumps(now), flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--root", type=Path, required=True, help="where hass's file system begins")
    parser.add_argument("--broker", type=int, required=True, help="its port")
    parser.add_argument("--port", type=int, required=True, help="Home Assistant's own")
    parser.add_argument("--token", type=Path, required=True, help="the file for it")
    parser.add_argument("--follow", required=True, help="an entity")
    parser.add_argument("hass", nargs="+", help="the command that starts Home Assistant")
    options = parser.parse_args()
    over = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: over.set())
    with Core(options.hass, options.root, options.broker, options.port) as core:
        options.token.write_text(core.tokens["access_token"])
        follow(core, options.follow, over)
    sys.exit(0)

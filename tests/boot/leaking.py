"""The box's own service, with a leak that runs as long as /run/moodbox-leak is there."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

from appliance.__main__ import main

SIGN = Path("/run/moodbox-leak")
held: list[bytes] = []


def leak() -> None:
    turn = threading.Event()
    while not turn.wait(0.05):
        if SIGN.exists():
            held.append(b"x" * (2 << 20))


threading.Thread(target=leak, daemon=True).start()
sys.exit(main())

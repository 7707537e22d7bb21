"""Announce a box by zeroconf, as avahi does on one; run by Home Assistant's own Python, until it is ended."""

from __future__ import annotations

import argparse
import importlib
import socket
import threading

KIND = "_moodbox._tcp.local."

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--name", required=True)
    parser.add_argument("--address", required=True)
    options = parser.parse_args()
    zeroconf = importlib.import_module("zeroconf")
    box = zeroconf.ServiceInfo(
        KIND,
        f"Moodbox ({options.name}).{KIND}",
        options.port,
        server=f"{options.name}.local.",
        addresses=[socket.inet_aton(options.address)],
    )
    zeroconf.Zeroconf().register_service(box)
    print("announced", flush=True)
    threading.Event().wait()

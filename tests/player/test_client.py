"""One connection to MPD, when it ends in the middle of a line."""

from __future__ import annotations

import subprocess
import sys

WRITES_TO_THE_DEAD = """
import socket, sys, threading
import mpd
from appliance.player.client import connect

def answer_once(listener):
    link = listener.accept()[0]
    link.sendall(b"OK MPD 0.23.5\\n")
    link.recv(100)
    link.sendall(b"OK\\n")
    link.close()

with socket.socket(socket.AF_UNIX) as listener:
    listener.bind(sys.argv[1])
    listener.listen()
    mpd_thread = threading.Thread(target=answer_once, args=(listener,))
    mpd_thread.start()
    client = connect(sys.argv[1], 0, None)
    mpd_thread.join()
try:
    client.idle()
except mpd.ConnectionError:
    print("lost")
"""


def test_what_could_not_be_sent_leaves_no_traceback_in_the_journal(tmp_path: object) -> None:
    # In development mode every Python reports what a finaliser meets, as 3.13 always does.
    command = [sys.executable, "-X", "dev", "-c", WRITES_TO_THE_DEAD, f"{tmp_path}/mpd"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "lost\n"
    assert done.stderr == ""

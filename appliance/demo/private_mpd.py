"""An MPD of our own, for the demo and the tests: own folder, Unix socket, ended with us."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Any

from appliance.errors import PlayerLost
from appliance.machine.limits import LONGEST_SOCKET

START_S = 15.0
"""MPD greets within 0.2 s on a PC; a Pi reading a cold SD card takes several seconds."""

CONFIG = """\
music_directory {music}
playlist_directory {playlists}
db_file {db}
state_file {state}
sticker_file {stickers}
log_file {log}
bind_to_address {socket}
zeroconf_enabled "no"
auto_update "no"
# Names in UTF-8 whatever the locale: MPD leaves out files whose names it cannot convert.
filesystem_charset "UTF-8"
metadata_to_use "+comment"
"""

# Beside a real output, it keeps the music going when the card turns out not to work.
# MPD 0.23 answers nobody while its output drains, as where the next song is taken back near the end of one.
# It holds pieces of a size: of our tunes in 8 kHz mono up to seven seconds, of this format none measured.
NULL_OUTPUT = """\
audio_output_format "44100:16:2"
audio_output {
  type "null"
  name "null"
  mixer_type "software"
}
"""


class PrivateMpd:
    """A running MPD, to be used as a context manager."""

    def __init__(
        self, folder: Path, music: Path, sound: bool = False, settings: str = "", outputs: str = ""
    ) -> None:
        """folder: for MPD's own files and its log. music: what it plays. sound: use a card when there is one.
        settings: more lines for its configuration; outputs: its outputs, instead of those by `sound`.
        """
        self.folder = folder
        self.music = music
        self.log = folder / "mpd.log"
        self._settings = settings
        self._outputs = outputs or (_real_output() if sound else "") + NULL_OUTPUT
        self._child: subprocess.Popen[bytes] | None = None
        self._rooms = contextlib.ExitStack()
        self.address = ""
        """Path of its Unix socket, once it has started."""

    def __enter__(self) -> PrivateMpd:
        self.start()
        try:
            self.update()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        self._rooms.close()

    @property
    def pid(self) -> int:
        """The process id of the running MPD."""
        assert self._child, "MPD is not running"
        return self._child.pid

    def start(self) -> None:
        """Start MPD, and wait until it answers.

        Raises PlayerLost, saying why, when MPD is not installed or does not come up.
        """
        program = shutil.which("mpd")
        if program is None:
            raise PlayerLost("MPD is not installed; `sudo apt install mpd`")
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "playlists").mkdir(exist_ok=True)
        self.address = self.address or self._room_for_socket()
        config = self.folder / "mpd.conf"
        config.write_text(self._config(), encoding="utf-8")
        with self.log.open("ab") as log:
            self._child = subprocess.Popen(
                # Ends with us, even when we are killed.
                [*_dying_with_parent(), program, "--no-daemon", str(config)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                process_group=0,  # Ctrl-C is for us, and we end it
            )
        self._await_greeting()

    def stop(self) -> None:
        """End MPD in good order, so that it saves its state; does nothing when it does not run."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End MPD as a crash would, with nothing saved."""
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        """End MPD if it runs, and start it again."""
        self.stop()
        self.start()

    def update(self) -> None:
        """Read the music folder anew, and wait until that is done."""
        client = self.client()
        client.idletimeout = None  # a large library takes its time; an MPD that dies ends the connection
        try:
            client.update()
            while "updating_db" in client.status():
                client.idle("update")  # what happened since the connection began counts too
        finally:
            client.disconnect()

    def client(self) -> Any:
        """A connected `mpd.MPDClient`; whoever asks for it disconnects it."""
        import mpd

        client = mpd.MPDClient()
        client.timeout = client.idletimeout = START_S
        client.connect(self.address, 0)
        return client

    def _end(self, by: signal.Signals) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        child.send_signal(by)
        try:
            child.wait(5.0)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()

    def _room_for_socket(self) -> str:
        """Where the socket goes: in our folder, or in a short one when the path would be too long."""
        path = str((self.folder / "socket").resolve())
        if len(os.fsencode(path)) > LONGEST_SOCKET:
            short = self._rooms.enter_context(tempfile.TemporaryDirectory(prefix="moodbox-"))
            path = os.path.join(short, "socket")
        if len(os.fsencode(path)) > LONGEST_SOCKET:
            raise PlayerLost(
                f"{path} is too long for a socket ({LONGEST_SOCKET} bytes); set TMPDIR to a shorter folder"
            )
        return path

    def _config(self) -> str:
        places: dict[str, str | Path] = {
            "music": self.music,
            "playlists": self.folder / "playlists",
            "db": self.folder / "database",
            "state": self.folder / "state",
            "stickers": self.folder / "stickers",
            "log": self.log,
            "socket": self.address,
        }
        paths = {name: _quoted(str(Path(path).resolve())) for name, path in places.items()}
        return f"{CONFIG.format(**paths)}{self._settings}\n{self._outputs}"

    def _await_greeting(self) -> None:
        import mpd

        assert self._child
        deadline = time.monotonic() + START_S
        while True:
            try:
                self.client().disconnect()
                return
            except (OSError, mpd.MPDError) as error:  # not there yet, or it ended in its greeting
                reason = str(error)
            try:
                self._child.wait(0.01)
                raise PlayerLost(f"MPD ended at once: {self._last_words()}")
            except subprocess.TimeoutExpired:
                pass
            if time.monotonic() > deadline:
                self.kill()
                raise PlayerLost(f"MPD does not answer within {START_S:g} s ({reason}): {self._last_words()}")

    def _last_words(self) -> str:
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        words = lines[-1] if lines else "it left no word"
        try:
            socket.getaddrinfo("localhost", None)
        except OSError:
            words += "; `localhost` does not resolve: add `127.0.0.1 localhost` to /etc/hosts"
        return f"{words} (see {self.log})"


def _dying_with_parent() -> list[str]:
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "TERM"] if setpriv else []


def _quoted(text: str) -> str:
    if "\n" in text:
        raise PlayerLost(f"{text!r} holds a line break, which MPD's configuration cannot take; rename it")
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _real_output() -> str:
    """Sound, when there is a sound server or a card. Software volume leaves the machine's own alone."""
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    if os.environ.get("PULSE_SERVER") or (runtime and Path(runtime, "pulse", "native").exists()):
        kind = "pulse"
    elif has_card():
        kind = "alsa"
    else:
        return ""
    return NULL_OUTPUT.replace("null", kind)


def has_card(cards: Path = Path("/proc/asound/cards")) -> bool:
    """Whether the kernel knows a sound card."""
    try:
        return "[" in cards.read_text(encoding="ascii", errors="replace")
    except OSError:
        return False

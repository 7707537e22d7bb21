"""One music in two rooms, with the real Snapcast: heard in both, at one pitch and volume. Run by run.sh."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

import numpy as np

TESTS = Path(__file__).resolve().parents[1]
DEPLOY = TESTS.parent / "deploy" / "snapcast"
sys.path[:0] = [str(TESTS), str(TESTS.parent)]

from mosquitto import free_port, wait_for  # noqa: E402

from appliance.demo.private_mpd import PrivateMpd  # noqa: E402

RATE = 48_000
HERTZ = 440.0
PIPE = "/run/moodbox-rooms.fifo"


def write_song(path: Path) -> None:
    import soundfile

    path.parent.mkdir(parents=True)
    tone = 0.5 * np.sin(np.arange(120 * RATE) * 2 * np.pi * HERTZ / RATE)
    soundfile.write(path, np.stack([tone, tone], axis=1), RATE, subtype="PCM_16")


def heard(room: Path) -> np.ndarray:
    """The last half second of a room: int16 samples of one channel; empty while there is less."""
    wanted = RATE // 2
    if not room.exists() or room.stat().st_size < 4 * wanted:
        return np.zeros(0)
    with room.open("rb") as file:
        file.seek(-4 * wanted, os.SEEK_END)
        whole = file.read(4 * wanted)
    return np.frombuffer(whole, dtype="<i2")[::2].astype(float)


def pitch(samples: np.ndarray) -> float:
    """Hertz of the strongest tone; 0 for silence."""
    if len(samples) == 0 or np.abs(samples).max() < 50:
        return 0.0
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(np.argmax(spectrum)) * RATE / len(samples)


def loudness(room: Path) -> float:
    samples = heard(room)
    return float(np.sqrt(np.mean(samples**2))) if len(samples) else 0.0


def start(running: ExitStack, log: Path, *command: str) -> None:
    with log.open("wb") as file:
        child = subprocess.Popen(command, stdout=file, stderr=file)
    running.callback(child.wait)
    running.callback(child.terminate)


def settings(folder: Path, ports: dict[str, int]) -> tuple[str, Path]:
    """MPD's and snapserver's, as shipped, but for pipe, ports and folders."""
    pipe = folder / "rooms.fifo"
    os.mkfifo(pipe)
    mpd = (DEPLOY / "mpd-rooms.conf").read_text().replace(PIPE, str(pipe))
    server = (DEPLOY / "snapserver.conf").read_text().replace(PIPE, str(pipe))
    server = server.replace("/var/lib/snapserver", str(folder)).replace("0.0.0.0", "127.0.0.1")
    for usual, port in ports.items():
        server = server.replace(f"port = {usual}", f"port = {port}")
    (folder / "snapserver.conf").write_text(server)
    return mpd, folder / "snapserver.conf"


def main() -> int:
    with ExitStack() as running:
        folder = Path(running.enter_context(tempfile.TemporaryDirectory(prefix="moodbox-")))
        write_song(folder / "music" / "tone.flac")
        ports = {usual: free_port() for usual in ("1704", "1705", "1780")}
        mpd_settings, server_settings = settings(folder, ports)
        mpd = running.enter_context(PrivateMpd(folder / "mpd", folder / "music", settings=mpd_settings))
        start(running, folder / "server.log", "snapserver", "--config", str(server_settings))
        rooms = [folder / "kitchen.pcm", folder / "bath.pcm"]
        for number, room in enumerate(rooms, 1):
            place = ["--host", "127.0.0.1", "--port", str(ports["1704"]), "--hostID", room.stem]
            player = ["--instance", str(number), "--player", f"file:filename={room}"]
            start(running, folder / f"{room.stem}.log", "snapclient", *place, *player)
        client = mpd.client()
        running.callback(client.disconnect)
        client.add("tone.flac")
        client.setvol(100)
        client.play()
        for room in rooms:
            wait_for(lambda room=room: abs(pitch(heard(room)) - HERTZ) < 3, f"{HERTZ} Hz in {room.stem}")  # type: ignore[misc]
        loud = [loudness(room) for room in rooms]
        client.setvol(40)
        for room, before in zip(rooms, loud, strict=True):
            wait_for(lambda room=room, before=before: 0 < loudness(room) < before / 2, "a softer room")  # type: ignore[misc]
        client.pause(1)
        for room in rooms:
            wait_for(lambda room=room: loudness(room) < 1, "silence")  # type: ignore[misc]
    print(f"two rooms: the box's {HERTZ:.0f} Hz in both, softer in both, silent in both: passed")
    return 0


if __name__ == "__main__":
    sys.exit(main())

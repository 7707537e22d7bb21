"""What a program gives away: every byte that it writes or sends, by where it goes, as strace sees it."""

from __future__ import annotations

import re
import subprocess
from base64 import b64encode
from collections.abc import Iterable
from pathlib import Path

import numpy as np

RUN = 16
"""Bytes in a row that are no chance. Every 16th run of a secret is looked for: 31 bytes of it hold one."""
MOTLEY = 8
"""A run with fewer different bytes is a plain wall or padding, and tells nothing."""
GIVING = "write,writev,pwrite64,pwritev,pwritev2,sendto,sendmsg,sendmmsg"
UNSEEN = "sendfile,splice,vmsplice,tee,copy_file_range,process_vm_writev,io_uring_setup,io_uring_enter"
"""Ways on which strace shows no bytes: none may be used."""
CALL = re.compile(r"^\d+ +(\w+)\(\d+<(.*?)>, (.*)$")
QUOTED = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')
INDEX = "music.db-shm"
"""SQLite's index of its log, in memory that processes share: numbers of pages, none of a page's content."""
SHARED = re.compile(r"^\d+ +mmap\([^,]*, \d+, [^,]*PROT_WRITE[^,]*, MAP_SHARED[^,]*, \d+<(.*?)>")


def traced(command: list[str], trace: Path, log: Path) -> subprocess.Popen[bytes]:
    """The running command, its children traced with it. trace: strace's file. log: what the command says."""
    strace = ["strace", "-D", "-f", "-yy", "-xx", "-s", "4000000", "-o", str(trace), "--seccomp-bpf"]
    calls = ",".join(f"?{call}" for call in f"{GIVING},{UNSEEN},mmap".split(","))
    with log.open("wb") as said:
        return subprocess.Popen([*strace, "-e", f"trace={calls}", *command], stderr=said, stdout=said)


def given(trace: Path) -> dict[str, bytes]:
    """What went to each file and connection, in the order in which it went."""
    found: dict[str, bytearray] = {}
    with trace.open(encoding="ascii") as lines:
        for call in filter(None, map(CALL.match, lines)):
            if call[1] in GIVING.split(","):
                to = found.setdefault(_text(call[2]), bytearray())
                for quoted in QUOTED.findall(call[3]):
                    to += bytes.fromhex(quoted.replace("\\x", ""))
    return {to: bytes(data) for to, data in found.items()}


def unseen(trace: Path) -> list[str]:
    """Calls that give bytes away without showing them; shared memory that reaches a file among them."""
    calls = re.compile(rf"^\d+ +(?:{UNSEEN.replace(',', '|')})\(")
    with trace.open(encoding="ascii") as lines:
        return [line[:200] for line in lines if calls.match(line) or _is_shared(line)]


def _is_shared(line: str) -> bool:
    found = SHARED.match(line)
    return found is not None and not _text(found[1]).endswith(INDEX)


def runs(data: bytes) -> np.ndarray:
    """uint8 (number, RUN): every run of bytes, wherever it begins."""
    padded = np.frombuffer(data.ljust(RUN, b"\0"), np.uint8)
    return np.lib.stride_tricks.sliding_window_view(padded, RUN)


def numbers(every: np.ndarray) -> np.ndarray:
    """uint64, one for each run."""
    halves = np.ascontiguousarray(every).view(np.uint64)
    return halves[:, 0] * np.uint64(0x9E3779B97F4A7C15) ^ halves[:, 1] * np.uint64(0xC2B2AE3D27D4EB4F)


def known(secrets: Iterable[bytes]) -> np.ndarray:
    """Of what must not be given away, plain, in hexadecimal and in base64: sorted numbers, for `holds`."""
    found = []
    for secret in secrets:
        for form in (secret, secret.hex().encode(), *(b64encode(secret[start:]) for start in range(3))):
            sparse = runs(form)[::RUN]
            motley = (np.diff(np.sort(sparse, axis=1), axis=1) != 0).sum(axis=1) >= MOTLEY - 1
            found.append(numbers(sparse[motley]))
    return np.unique(np.concatenate(found))


def holds(data: bytes, secrets: np.ndarray) -> bool:
    """Whether a run of the `known` secrets is in it."""
    every = numbers(runs(data))
    places = np.searchsorted(secrets, every).clip(max=len(secrets) - 1)
    return bool((secrets[places] == every).any())


def _text(shown: str) -> str:
    """strace shows paths in hexadecimal, too."""
    return re.sub(
        r"(?:\\x[0-9a-f]{2})+", lambda hexed: bytes.fromhex(hexed[0].replace("\\x", "")).decode(), shown
    )

"""What a disk holds after the plug was pulled, made from the log of what a machine wrote to it.

powercut.py LOG DISK [SEED]

LOG: as QEMU's blklogwrites makes it, the format of Linux's dm-log-writes. DISK: the raw image as it was
before; it is brought up to date in place. Without SEED every write is there, as after a clean end. With one,
what was written before the disk's last flush is there; of what came later, chance decided sector by sector,
as in a disk whose cache has lost its power: file systems and programs may rely on nothing else.

Prints what became of the writes.
"""

from __future__ import annotations

import random
import struct
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

SECTOR = 512
"""Bytes; what a disk writes whole or not at all."""
HEADER = struct.Struct("<QQQI")
"""Magic, version, number of entries (may be too low), bytes of a sector; padded to a sector."""
MAGIC = 0x6A736677736872
ENTRY = struct.Struct("<QQQQ")
"""First sector, number of sectors, flags, length of a mark; padded to a sector, then the data."""
FLUSH, FUA, DISCARD = 1, 2, 4


class Write(NamedTuple):
    offset: int
    """On the disk, in bytes."""
    data: bytes
    is_lasting: bool
    """Whether nothing takes it away any more: it was flushed, or written past the cache."""


def writes(log: BinaryIO) -> Iterator[Write | None]:
    """In their order; None is a flush. A last entry that is cut off itself never reached the disk.

    A log without a byte is that of a disk that nothing was written to: QEMU begins it with the first write.
    """
    first = log.read(SECTOR)
    if not first:
        return
    magic, _, _, size = HEADER.unpack_from(first)
    if (magic, size) != (MAGIC, SECTOR):
        raise ValueError(f"{log.name}: no log of writes in sectors of {SECTOR} bytes")
    while len(head := log.read(SECTOR)) == SECTOR:
        sector, count, flags, _ = ENTRY.unpack_from(head)
        if flags & FLUSH:
            yield None
        if count and not flags & DISCARD:
            data = log.read(count * SECTOR)
            if len(data) == count * SECTOR:
                yield Write(sector * SECTOR, data, bool(flags & FUA))


def last_flush(log: BinaryIO) -> int:
    """How many entries come before it."""
    return max((index for index, write in enumerate(writes(log)) if write is None), default=-1)


def replay(log: Path, disk: BinaryIO, chance: random.Random | None) -> str:
    """Bring the disk up to date. Returns what was done, for people."""
    with log.open("rb") as file:
        safe = last_flush(file)
        file.seek(0)
        kept = doubtful = lost = 0
        for index, write in enumerate(writes(file)):
            if write is None:
                continue
            if chance is None or write.is_lasting or index < safe:
                disk.seek(write.offset)
                disk.write(write.data)
                kept += len(write.data)
            else:
                doubtful += len(write.data)
                lost += _write_some(disk, write, chance)
    return f"{kept} bytes are there, {doubtful} were in doubt, {lost} of them are lost"


def _write_some(disk: BinaryIO, write: Write, chance: random.Random) -> int:
    """Each sector with a chance of a half. Returns the bytes lost."""
    lost = 0
    for begin in range(0, len(write.data), SECTOR):
        if chance.random() < 0.5:
            disk.seek(write.offset + begin)
            disk.write(write.data[begin : begin + SECTOR])
        else:
            lost += SECTOR
    return lost


if __name__ == "__main__":
    log, disk, *seed = sys.argv[1:]
    with Path(disk).open("r+b") as platter:
        print(replay(Path(log), platter, random.Random(int(seed[0])) if seed else None))

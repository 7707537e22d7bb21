"""The training files out of the two public csv files, faces that occur twice taken out of training."""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from appliance.protocol.emotions import EMOTIONS
from converter.errors import BadInput
from converter.measuring.protocol import UNKNOWN_LABEL, VOTE_NAMES

FILES = {"Training": "fer_train.npz", "PublicTest": "fer_valid.npz", "PrivateTest": "fer_test.npz"}
"""The file that each `Usage` goes to. Nothing but `evaluate` may see the last one."""
SIDE = 48


@dataclass(frozen=True)
class Row:
    """One face of both csv files."""

    row: int
    """In the csv, the first face being 0."""
    usage: str
    pixels: bytes
    """48 x 48, grey, row by row."""
    label: int
    votes: tuple[int, ...]
    named: bool
    """FER+ gives no image name to what it found to be no face; those are left out."""


def build(faces: Path, votes: Path, folder: Path, say: Callable[[str], None]) -> None:
    """Write the .npz files of `FILES` into `folder`.

    faces: fer2013.csv, columns emotion, pixels, Usage. votes: fer2013new.csv, which has the same rows in the
    same order, columns Usage, Image name and `VOTE_NAMES`.
    Raises BadInput, naming file and line, when one cannot be read or they do not belong together.
    """
    rows = list(read(faces, votes))
    by_usage = {usage: [row for row in rows if row.usage == usage] for usage in FILES}
    trained = {row.pixels for row in by_usage["Training"]}
    reported = {row.pixels for usage in ("PublicTest", "PrivateTest") for row in by_usage[usage]}
    folder.mkdir(parents=True, exist_ok=True)
    for usage, name in FILES.items():
        kept = [row for row in by_usage[usage] if row.named]
        twins = reported if usage == "Training" else frozenset[bytes]()
        chosen = [row for row in kept if row.pixels not in twins]
        repeated = [usage != "Training" and row.pixels in trained for row in chosen]
        if not chosen:
            say(f"{usage}: no face; {name} is not written")
            continue
        np.savez_compressed(folder / name, **arrays(chosen, repeated))  # type: ignore[arg-type]
        gone = f"{len(by_usage[usage]) - len(kept)} without a name, {len(kept) - len(chosen)} twins left out"
        say(f"{folder / name}: {len(chosen)} faces ({gone}; {sum(repeated)} repeated)")


def arrays(rows: list[Row], repeated: list[bool]) -> dict[str, np.ndarray]:
    """The arrays of one file, as `faces_file.ARRAYS`, and the names of votes and labels."""
    pixels = np.frombuffer(b"".join(row.pixels for row in rows), np.uint8)
    return {
        "faces": pixels.reshape(-1, SIDE, SIDE),
        "votes": np.array([row.votes for row in rows], np.uint8),
        "label": np.array([row.label for row in rows], np.uint8),
        "row": np.array([row.row for row in rows], np.int32),
        "repeated": np.array(repeated, bool),
        "vote_names": np.array(VOTE_NAMES),
        "label_names": np.array(EMOTIONS),
    }


def read(faces: Path, votes: Path) -> Iterator[Row]:
    """The rows of both files together. Raises BadInput as `build`."""
    csv.field_size_limit(sys.maxsize)  # 2304 numbers in one field
    theirs = _lines(votes, ("Usage", "Image name", *VOTE_NAMES))
    for number, face in enumerate(_lines(faces, ("emotion", "pixels", "Usage"))):
        line = number + 2  # the first is the heading
        vote = next(theirs, None)
        if vote is None:
            raise BadInput(f"{votes}: ends before line {line} of {faces}; take both files whole")
        usage = face["Usage"].strip()
        if usage not in FILES or vote["Usage"].strip() != usage:
            raise BadInput(
                f"{votes}:{line}: Usage is {vote['Usage']!r}, but {usage!r} in {faces}; "
                "the files do not belong together"
            )
        yield Row(
            row=number,
            usage=usage,
            pixels=_pixels(f"{faces}:{line}", face["pixels"]),
            label=_label(face["emotion"]),
            votes=_votes(f"{votes}:{line}", vote),
            named=bool(vote["Image name"].strip()),
        )
    if next(theirs, None) is not None:
        raise BadInput(f"{votes}: has more lines than {faces}; take both files whole")


def _lines(path: Path, columns: tuple[str, ...]) -> Iterator[dict[str, str]]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as opened:
            lines = csv.DictReader(opened, restval="")
            missing = [name for name in columns if name not in (lines.fieldnames or ())]
            if missing:
                raise BadInput(f"{path}: has no column {', '.join(missing)}; is it the right file?")
            yield from lines
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror}; give the path of the public csv file") from error
    except (csv.Error, UnicodeDecodeError) as error:
        raise BadInput(f"{path}: not a csv file ({error}); download it again") from error


def _pixels(where: str, text: str) -> bytes:
    try:
        values = bytes(map(int, text.split()))
    except ValueError as error:
        raise BadInput(
            f"{where}: pixels are not numbers from 0 to 255 ({error}); download it again"
        ) from error
    if len(values) != SIDE * SIDE:
        raise BadInput(f"{where}: {len(values)} pixels, not {SIDE * SIDE}; download the file again")
    return values


def _label(text: str) -> int:
    known = text.strip().isdigit() and int(text) < len(EMOTIONS)
    return int(text) if known else UNKNOWN_LABEL


def _votes(where: str, row: dict[str, str]) -> tuple[int, ...]:
    try:
        return tuple(int(row[name]) for name in VOTE_NAMES)
    except ValueError as error:
        raise BadInput(f"{where}: votes are not whole numbers ({error}); download it again") from error

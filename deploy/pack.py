"""Make one file of a release's folder, the same each time: `pack.py TREE BUNDLE EPOCH [PYTHON MACHINE]`.

Adds about.json (read first by `moodbox update`), sbom.cdx.json (CycloneDX 1.5: what is in it) and SHA256SUMS.
`pack.py --latest CHANGELOG FILE VERSION KIND...` writes which release is the newest, for update.address.
`pack.py --sdist FILE EPOCH` packs a source archive again, whose times and owners are the builder's otherwise.
Only the standard library: CycloneDX's own generators know of packages, and not of the networks.
"""

from __future__ import annotations

import email.parser
import gzip
import hashlib
import io
import json
import re
import sys
import tarfile
import zipfile
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

ABOUT, SBOM, SUMS = "about.json", "sbom.cdx.json", "SHA256SUMS"
LONGEST_LICENSE = 60
"""Some packages put the whole text where its name should be."""


def pack(tree: Path, bundle: Path, epoch: int, python: str | None, machine: str | None) -> None:
    """tree: the folder moodbox-VERSION; epoch: seconds since 1970 for all that has a time."""
    version = tree.name.removeprefix("moodbox-")
    _write_json(tree / SBOM, sbom(tree, version, epoch))
    about = {"moodbox_bundle": 1, "version": version, "python": python, "machine": machine}
    _write_json(tree / ABOUT, about)
    files = sorted(path for path in tree.rglob("*") if path.is_file() and path.name not in (ABOUT, SUMS))
    named = [tree / ABOUT, *files]
    sums = [f"{_sha256(path)}  {path.relative_to(tree)}\n" for path in named]
    (tree / SUMS).write_text("".join(sums), encoding="utf-8")
    with bundle.open("wb") as file:
        members = ((f"{tree.name}/{path.relative_to(tree)}", path) for path in [*named, tree / SUMS])
        write_tar(file, members, epoch)


def write_tar(file: IO[bytes], members: Iterable[tuple[str, Path]], epoch: int) -> None:
    """An uncompressed tar with nothing of this machine in it."""
    with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, path in members:
            member = tarfile.TarInfo(name)
            member.size, member.mtime = path.stat().st_size, epoch
            member.mode = 0o755 if path.stat().st_mode & 0o100 else 0o644
            with path.open("rb") as content:
                archive.addfile(member, content)


def pack_again(sdist: Path, epoch: int) -> None:
    """Files in the order of their names, root's, of one time; the gzip header without time and name."""
    packed = io.BytesIO()
    with (
        tarfile.open(sdist, "r:gz") as old,
        gzip.GzipFile(fileobj=packed, mode="wb", filename="", mtime=0) as zipped,
        tarfile.open(fileobj=zipped, mode="w", format=tarfile.PAX_FORMAT) as new,
    ):
        for found in sorted(old.getmembers(), key=lambda member: member.name):
            if found.isfile():
                member = tarfile.TarInfo(found.name)
                member.size, member.mtime = found.size, epoch
                member.mode = 0o755 if found.mode & 0o100 else 0o644
                new.addfile(member, old.extractfile(found))
    sdist.write_bytes(packed.getvalue())


def latest(changelog: str, version: str, kinds: list[str]) -> dict[str, Any]:
    """Tell boxes of the newest release. changelog: with a heading "## VERSION" that may go on."""
    section = re.search(
        rf"^## {re.escape(version)}\b[^\n]*\n(.*?)(?=^## |\Z)", changelog, re.MULTILINE | re.DOTALL
    )
    notes = re.sub(r"\n  +", " ", section[1]).strip() if section else ""
    return {"moodbox_latest": 1, "version": version, "notes": notes, "kinds": kinds}


def sbom(tree: Path, version: str, epoch: int) -> dict[str, Any]:
    """List what the bundle brings, each with its hash: Moodbox, packages, networks."""
    wheels = sorted([*tree.glob("wheel/*.whl"), *tree.glob("wheels/*.whl")], key=lambda path: path.name)
    components = [*map(_package, wheels), *map(_network, sorted(tree.glob("models/*.tflite")))]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {
            "timestamp": datetime.fromtimestamp(epoch, UTC).isoformat().replace("+00:00", "Z"),
            "component": {"type": "application", "name": "moodbox", "version": version},
        },
        "components": components,
    }


def _package(wheel: Path) -> dict[str, Any]:
    with zipfile.ZipFile(wheel) as archive:
        # Its own; some packages carry others, with theirs.
        (path,) = (name for name in archive.namelist() if re.fullmatch(r"[^/]+\.dist-info/METADATA", name))
        told = email.parser.BytesParser().parsebytes(archive.read(path), headersonly=True)
    name, version = str(told["Name"]), str(told["Version"])
    license_name = told["License-Expression"] or told["License"] or ""
    found: dict[str, Any] = {
        "type": "library",
        "name": name,
        "version": version,
        "purl": f"pkg:pypi/{name.lower().replace('_', '-')}@{version}",
        "hashes": [{"alg": "SHA-256", "content": _sha256(wheel)}],
    }
    if license_name and len(license_name) <= LONGEST_LICENSE:
        found["licenses"] = [{"license": {"name": license_name}}]
    return found


def _network(model: Path) -> dict[str, Any]:
    card = model.with_suffix(".json")
    told = json.loads(card.read_text(encoding="utf-8")) if card.exists() else {}
    found = {"type": "machine-learning-model", "name": str(told.get("name", model.stem))}
    if "version" in told:
        found["version"] = str(told["version"])
    return found | {"hashes": [{"alg": "SHA-256", "content": _sha256(model)}]}


def _write_json(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def main(arguments: list[str]) -> None:
    if arguments[0] == "--sdist":
        pack_again(Path(arguments[1]), int(arguments[2]))
        return
    if arguments[0] == "--latest":
        changelog, file, version, *kinds = arguments[1:]
        _write_json(Path(file), latest(Path(changelog).read_text(encoding="utf-8"), version, kinds))
        return
    tree, bundle, epoch, *kind = arguments
    python, machine = kind or (None, None)
    pack(Path(tree), Path(bundle), int(epoch), python, machine)


if __name__ == "__main__":
    main(sys.argv[1:])

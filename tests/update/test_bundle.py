"""What `moodbox update` takes in: only what a key of the running release has signed, only plain files, only
what fits this box."""

from __future__ import annotations

import io
import json
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from releasing import Made, Site, Workshop, serving

from appliance.errors import UpdateFailed
from appliance.update import arrival, update
from appliance.update.bundle import machine_here, python_here

TOP = "moodbox-0.2.0"


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workshop:
    return Workshop(tmp_path).entered(monkeypatch)


def refused(shop: Workshop, packed: Path | str, reason: str, may_downgrade: bool = False) -> None:
    """It is, with that reason, and nothing has changed."""
    outside = sorted(str(path) for path in shop.folder.rglob("*") if shop.releases.prefix not in path.parents)
    with pytest.raises(UpdateFailed, match=reason):
        update(str(packed), shop.box, may_downgrade)
    assert shop.state() == ("0.1.0", None, None, ["0.1.0"])
    assert shop.installed == ["0.1.0 --prepare"]
    assert not shop.releases.incoming.exists()
    assert outside == sorted(
        str(path) for path in shop.folder.rglob("*") if shop.releases.prefix not in path.parents
    )


# --- who made it -------------------------------------------------------------------------------------------


def test_a_bundle_without_its_signature_is_refused(shop: Workshop) -> None:
    packed = shop.bundle(Made("0.2.0"))
    packed.with_name(packed.name + ".sig").unlink()
    refused(shop, packed, r"moodbox-0\.2\.0\.tar\.sig: No such file or directory; nothing was changed")


def test_a_stranger_s_signature_is_refused(shop: Workshop, tmp_path: Path) -> None:
    packed, stranger = shop.bundle(Made("0.2.0")), tmp_path / "stranger"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", stranger], check=True)
    refused(shop, shop.sign(packed, stranger), "not signed by a key of this release")


def test_our_signature_for_another_purpose_is_refused(shop: Workshop) -> None:
    packed = shop.sign(shop.bundle(Made("0.2.0")), namespace="git")
    refused(shop, packed, "not signed by a key of this release")


@pytest.mark.parametrize("place", [0, 700, -1])
def test_one_changed_bit_is_enough(shop: Workshop, place: int) -> None:
    packed = shop.bundle(Made("0.2.0"))
    content = bytearray(packed.read_bytes())
    content[place] ^= 1
    packed.write_bytes(content)
    refused(shop, packed, "nothing of it was used")


def test_without_a_key_nothing_is_trusted(shop: Workshop) -> None:
    packed = shop.bundle(Made("0.2.0"))
    keys = shop.releases.folder("0.1.0") / "deploy" / "release-keys"
    keys.write_text("# none yet\n")
    refused(shop, packed, "no key stands there")
    keys.unlink()
    refused(shop, packed, "no key stands there")


def test_a_second_key_may_sign_so_keys_can_be_changed(shop: Workshop, tmp_path: Path) -> None:
    packed, next_key = shop.bundle(Made("0.2.0")), tmp_path / "next"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", next_key], check=True)
    with (shop.releases.folder("0.1.0") / "deploy" / "release-keys").open("a") as keys:
        keys.write(f"moodbox {next_key.with_suffix('.pub').read_text()}")
    update(str(shop.sign(packed, next_key)), shop.box)
    assert shop.state()[0] == "0.2.0"


def test_signed_twice_the_signature_is_the_same(shop: Workshop) -> None:
    packed = shop.bundle(Made("0.2.0"))
    signature = packed.with_name(packed.name + ".sig")
    first = signature.read_bytes()
    shop.sign(packed)
    assert signature.read_bytes() == first


# --- what is in it: even a signed bundle is not trusted to be well-formed ----------------------------------


def crafted(shop: Workshop, *members: tarfile.TarInfo, about: object = None, zipped: bool = False) -> Path:
    """A signed tar that begins as a bundle does."""
    packed = shop.folder / "crafted.tar"
    told = about or {"moodbox_bundle": 1, "version": "0.2.0", "python": None, "machine": None}
    content = json.dumps(told).encode()
    first = tarfile.TarInfo(f"{TOP}/about.json")
    first.size = len(content)
    with tarfile.open(packed, "w:gz") if zipped else tarfile.open(packed, "w") as archive:
        archive.addfile(first, io.BytesIO(content))
        for member in members:
            archive.addfile(member, io.BytesIO(b"x" * member.size))
    return shop.sign(packed)


def member(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.type, made.linkname = kind, link
    made.size = 1 if kind == tarfile.REGTYPE else 0
    return made


@pytest.mark.parametrize(
    "wrong",
    [
        member(f"{TOP}/../../outside"),
        member("../outside"),
        member("/etc/outside"),
        member("other/file"),
        member(f"{TOP}/link", tarfile.SYMTYPE, "/etc/passwd"),
        member(f"{TOP}/link", tarfile.LNKTYPE, f"{TOP}/about.json"),
        member(f"{TOP}/null", tarfile.CHRTYPE),
        member(f"{TOP}/pipe", tarfile.FIFOTYPE),
    ],
    ids=lambda wrong: f"{wrong.name} {wrong.type.decode()}",
)
def test_only_plain_files_in_its_own_folder_are_allowed(shop: Workshop, wrong: tarfile.TarInfo) -> None:
    refused(shop, crafted(shop, wrong), "only plain files in moodbox-0.2.0/ are allowed")


def test_the_same_file_twice_is_refused(shop: Workshop) -> None:
    refused(shop, crafted(shop, member(f"{TOP}/a"), member(f"{TOP}/a")), "the same twice")


def test_so_many_files_are_none_of_ours(shop: Workshop) -> None:
    refused(shop, crafted(shop, *(member(f"{TOP}/{n}") for n in range(5001))), "too many files")


def test_what_could_unpack_to_more_than_itself_is_refused(shop: Workshop) -> None:
    """A compressed one; and a sparse file, which is a few bytes that say they are a terabyte."""
    refused(shop, crafted(shop, zipped=True), "no bundle of Moodbox")
    sparse = member(f"{TOP}/huge")
    sparse.pax_headers = {"GNU.sparse.map": "0,1", "GNU.sparse.size": str(10**12)}
    refused(shop, crafted(shop, sparse), "only plain files")


@pytest.mark.parametrize("version", ["../../../tmp", "0.2.0/..", "current", "", "0.2", "0.2.0rc1", "0.2.0\n"])
def test_a_version_is_numbers_and_dots(shop: Workshop, version: str) -> None:
    about = {"moodbox_bundle": 1, "version": version, "python": None, "machine": None}
    refused(shop, crafted(shop, about=about), "only plain files" if version == "0.2" else "its version is")


@pytest.mark.parametrize(
    ("about", "reason"),
    [
        ({"moodbox_bundle": 2, "version": "0.2.0"}, "its form is 2, and this release knows 1"),
        ({"moodbox_bundle": 1}, "no bundle of Moodbox: 'version'"),
        (["moodbox"], "no bundle of Moodbox"),
        ("x" * 20_000, "it does not begin with about.json"),
    ],
    ids=["newer form", "no version", "a list", "too long"],
)
def test_a_file_that_is_no_bundle_says_so(shop: Workshop, about: object, reason: str) -> None:
    refused(shop, crafted(shop, about=about), reason)


@pytest.mark.parametrize("content", [b"", b"moodbox", bytes(10240)])
def test_a_signed_file_that_is_no_tar_says_so(shop: Workshop, content: bytes) -> None:
    packed = shop.folder / "odd.tar"
    packed.write_bytes(content)
    refused(shop, shop.sign(packed), "no bundle of Moodbox")


# --- whether it fits ---------------------------------------------------------------------------------------


def test_an_older_release_needs_to_be_wanted(shop: Workshop) -> None:
    packed = shop.bundle(Made("0.0.9"))
    refused(shop, packed, r"0\.0\.9 is older than 0\.1\.0, which runs; if you want that, add --downgrade")
    update(str(packed), shop.box, may_downgrade=True)
    assert shop.state()[:2] == ("0.0.9", "0.1.0")


def test_versions_are_compared_as_numbers(shop: Workshop) -> None:
    update(str(shop.bundle(Made("0.10.0"))), shop.box)
    with pytest.raises(UpdateFailed, match="older"):
        update(str(shop.bundle(Made("0.9.0"))), shop.box)


def test_the_release_that_runs_is_not_installed_over_itself(shop: Workshop) -> None:
    refused(shop, shop.bundle(Made("0.1.0")), "0.1.0 is what runs already", may_downgrade=True)


def test_packages_for_another_machine_or_python_are_refused(shop: Workshop) -> None:
    ours = f"this box is Python {python_here()} on {machine_here()}"
    for python, machine in ((python_here(), "riscv64"), ("3.99", machine_here())):
        packed = shop.bundle(Made("0.2.0"), python, machine)
        refused(shop, packed, f"for Python {python} on {machine}, and {ours}")
    update(str(shop.bundle(Made("0.2.0"), python_here(), machine_here())), shop.box)


# --- over the network --------------------------------------------------------------------------------------


@pytest.fixture
def site(shop: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    with serving(shop.folder, tmp_path, monkeypatch) as address:
        yield address


def test_a_bundle_comes_over_https(shop: Workshop, site: str) -> None:
    packed = shop.bundle(Made("0.2.0"))
    update(f"{site}/releases/{packed.name}?from=page", shop.box)
    assert shop.state()[0] == "0.2.0"


def test_a_download_that_ends_early_is_refused(shop: Workshop, site: str) -> None:
    refused(shop, f"{site}/short/{shop.bundle(Made('0.2.0')).name}", "ended before its end")


def test_an_address_that_is_not_https_is_refused(shop: Workshop) -> None:
    for place in ("http://localhost/x.tar", "ftp://localhost/x.tar", "file:///etc/passwd"):
        refused(shop, place, "only https:// and files are taken")


@pytest.mark.parametrize("elsewhere", ["http://localhost:1/x.tar", "ftp://localhost/x.tar"])
def test_a_server_cannot_lead_away_from_https(
    shop: Workshop, site: str, elsewhere: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Site, "elsewhere", elsewhere)
    refused(shop, f"{site}/away/{shop.bundle(Made('0.2.0')).name}", "only https:// and files are taken")


def test_a_server_that_nobody_vouches_for_is_refused(
    shop: Workshop, site: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    packed = shop.bundle(Made("0.2.0"))
    monkeypatch.delenv("SSL_CERT_FILE")
    refused(shop, f"{site}/{packed.name}", "CERTIFICATE_VERIFY_FAILED.*nothing was changed")


def test_without_a_network_it_says_so(shop: Workshop) -> None:
    refused(shop, "https://localhost:1/x.tar", r"x\.tar\.sig: .*refused; nothing was changed")


def test_what_is_too_large_is_not_read_to_its_end(shop: Workshop, site: str) -> None:
    packed = shop.bundle(Made("0.2.0"))
    signature = packed.with_name(packed.name + ".sig")
    signature.write_bytes(b"x" * (arrival.LARGEST_SIGNATURE + 1))
    refused(shop, packed, "larger than 10,000 bytes")
    refused(shop, f"{site}/{packed.name}", "larger than 10,000 bytes")


# --- how it is packed --------------------------------------------------------------------------------------


def test_packed_twice_the_bytes_are_the_same(shop: Workshop) -> None:
    first = shop.bundle(Made("0.2.0")).read_bytes()
    assert shop.bundle(Made("0.2.0")).read_bytes() == first
    assert shop.bundle(Made("0.2.0"), epoch=1_700_000_001).read_bytes() != first


def test_a_bundle_says_what_is_in_it(shop: Workshop) -> None:
    with tarfile.open(shop.bundle(Made("0.2.0"), "3.11", "aarch64")) as archive:
        files = {found.name: archive.extractfile(found) for found in archive.getmembers()}
        content = {name: file.read() for name, file in files.items() if file}
    about = json.loads(content[f"{TOP}/about.json"])
    assert about == {"moodbox_bundle": 1, "version": "0.2.0", "python": "3.11", "machine": "aarch64"}
    bom = json.loads(content[f"{TOP}/sbom.cdx.json"])
    assert (bom["bomFormat"], bom["metadata"]["component"]["version"]) == ("CycloneDX", "0.2.0")
    summed = [line.split("  ")[1] for line in content[f"{TOP}/SHA256SUMS"].decode().splitlines()]
    assert {f"{TOP}/{name}" for name in summed} == set(content) - {f"{TOP}/SHA256SUMS"}

"""What the tests of updates share: small releases whose installer, service and doctor are scripts, and signed
bundles of them, packed as deploy/release.sh packs."""

from __future__ import annotations

import contextlib
import http.server
import json
import os
import shutil
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from appliance.update import Installation, Patience, Releases

ROOT = Path(__file__).resolve().parent.parent
QUICK = Patience(whole_s=0.5, settled_s=0.0, pause_s=0.01, answer_s=5.0)

INSTALLER = """\
#!/bin/sh
# As deploy/install.sh: --prepare makes the release whole, without it this release is the one that runs.
set -e
release=$(dirname "$(dirname "$(readlink -f "$0")")")
prefix=$(dirname "$(dirname "$release")") version=$(basename "$release")
echo "$version${1:+ $1}" >>"$prefix/installed"
if [ "${1:-}" = --prepare ]; then
    mkdir -p "$release/venv/bin"
    cp "$release/deploy/moodbox" "$release/venv/bin/moodbox"
    touch "$release/complete"
    exit
fi
ln -sfn "releases/$version" "$prefix/.installer" && mv -fT "$prefix/.installer" "$prefix/current"
"""
MOODBOX = """\
#!/bin/sh
# As the command of a release: it answers from its own files.
cat "$(dirname "$0")/../../docs/$1.json"
"""
SYSTEMCTL = """\
#!/bin/sh
# As systemd: the service is whatever the running release says of it.
[ "$1" = show ] && cat "$MOODBOX_PREFIX/current/docs/unit" || true
"""


@dataclass(frozen=True)
class Made:
    """How a release behaves, once it runs."""

    version: str
    unit: str = "ActiveState=active\nNRestarts=0\nActiveEnterTimestampMonotonic=1\n"
    playing: str = "music"
    degraded: Mapping[str, str] = field(default_factory=dict)
    ill: tuple[str, ...] = ()
    installer: str = INSTALLER
    moodbox: str = MOODBOX

    def write(self, folder: Path) -> None:
        """Its files, as a bundle has them."""
        (folder / "deploy").mkdir(parents=True)
        (folder / "docs").mkdir()
        for name, script in (("install.sh", self.installer), ("moodbox", self.moodbox)):
            (folder / "deploy" / name).write_text(script)
            (folder / "deploy" / name).chmod(0o755)
        checks = [{"name": name, "ok": False, "fix": f"mend the {name}"} for name in self.ill]
        status = {"playing": self.playing, "degraded": dict(self.degraded), "quiet": False}
        (folder / "docs" / "status.json").write_text(json.dumps(status))
        (folder / "docs" / "doctor.json").write_text(json.dumps({"checks": checks}))
        (folder / "docs" / "unit").write_text(self.unit)


class Workshop:
    """A box with release 0.1.0, and a place where bundles are made for it."""

    def __init__(self, folder: Path, is_made: bool = False) -> None:
        """is_made: another process has made it there."""
        self.folder, self.key = folder, folder / "key"
        self.said: list[str] = []
        self.releases = Releases(folder / "opt")
        progress = folder / "opt" / "progress.json"
        self.box = Installation(self.releases, patience=QUICK, say=self.said.append, progress=progress)
        if not is_made:
            self._make()

    def _make(self) -> None:
        folder = self.folder
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.key], check=True)
        self.install(Made("0.1.0"))
        self.releases.point("current", "0.1.0")
        (folder / "bin").mkdir()
        (folder / "bin" / "systemctl").write_text(SYSTEMCTL)
        (folder / "bin" / "systemctl").chmod(0o755)

    def entered(self, monkeypatch: pytest.MonkeyPatch) -> Workshop:
        """Make this the box, and its systemctl the one, of every program that the test starts."""
        monkeypatch.setenv("PATH", f"{self.folder / 'bin'}:{os.environ['PATH']}")
        monkeypatch.setenv("MOODBOX_PREFIX", str(self.releases.prefix))
        return self

    def write(self, made: Made, folder: Path) -> Path:
        """The files of a release that trusts our key."""
        public = self.key.with_suffix(".pub").read_text()
        made.write(folder)
        (folder / "deploy" / "release-keys").write_text(
            f'# ours\nmoodbox namespaces="moodbox-release" {public}'
        )
        return folder

    def install(self, made: Made) -> None:
        """Lay a whole release beside the others."""
        folder = self.write(made, self.releases.folder(made.version))
        subprocess.run([folder / "deploy" / "install.sh", "--prepare"], check=True)

    def bundle(self, made: Made, python: str = "", machine: str = "", epoch: int = 1_700_000_000) -> Path:
        """A signed bundle."""
        tree = self.write(made, self.folder / "trees" / f"moodbox-{made.version}")
        packed = self.folder / f"moodbox-{made.version}.tar"
        kind = [python, machine] if python else []
        script: list[str | Path] = [
            sys.executable,
            ROOT / "deploy" / "pack.py",
            tree,
            packed,
            str(epoch),
            *kind,
        ]
        subprocess.run(script, check=True)
        shutil.rmtree(tree)
        return self.sign(packed)

    def sign(self, packed: Path, key: Path | None = None, namespace: str = "moodbox-release") -> Path:
        packed.with_name(packed.name + ".sig").unlink(missing_ok=True)
        command: list[str | Path] = [
            "ssh-keygen",
            "-q",
            "-Y",
            "sign",
            "-f",
            key or self.key,
            "-n",
            namespace,
            packed,
        ]
        subprocess.run(command, check=True, capture_output=True)
        return packed

    def offer(self, version: str, notes: str = "", *kinds: str) -> Path:
        """Say what the newest release is, as deploy/release.sh does."""
        changelog, told = self.folder / "CHANGELOG.md", self.folder / "latest.json"
        changelog.write_text(f"# Changelog\n\n## {version}\n\n{notes}\n\n## 0.0.1\n\n- Old.\n")
        pack: list[str | Path] = [sys.executable, ROOT / "deploy" / "pack.py", "--latest", changelog, told]
        subprocess.run([*pack, version, *(kinds or ["any"])], check=True)
        return self.sign(told)

    def state(self) -> tuple[str | None, str | None, str | None, list[str]]:
        """What current, previous and way-back lead to, and which releases there are."""
        links = [self.releases.named(link) for link in ("current", "previous", "way-back")]
        return links[0], links[1], links[2], sorted(os.listdir(self.releases.prefix / "releases"))

    @property
    def installed(self) -> list[str]:
        """The runs of installers."""
        return (self.releases.prefix / "installed").read_text().splitlines()


class Site(http.server.BaseHTTPRequestHandler):
    """Serves the files of a folder; /away/… leads elsewhere, /short/… ends early."""

    folder: Path
    elsewhere = ""

    def do_GET(self) -> None:
        if self.path.startswith("/away/") and not self.path.endswith(".sig"):
            self.send_response(302)
            self.send_header("Location", self.elsewhere)
            self.end_headers()
            return
        content = (self.folder / Path(self.path.partition("?")[0]).name).read_bytes()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content[:100] if "/short/" in self.path and ".sig" not in self.path else content)

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextlib.contextmanager
def serving(folder: Path, own: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Serve a folder over TLS, and have this process trust that. Gives the address. own: for its key."""
    made = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    made += ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    made += ["-keyout", str(own / "tls.key"), "-out", str(own / "tls.pem")]
    subprocess.run(made, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own / "tls.pem", own / "tls.key")
    handler = type("Here", (Site,), {"folder": folder})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    monkeypatch.setenv("SSL_CERT_FILE", str(own / "tls.pem"))
    yield f"https://localhost:{server.server_port}"
    server.shutdown()
    server.server_close()

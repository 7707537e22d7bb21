"""Ask pip-audit about what boxes install: fails on known holes, and says so where nobody answers.

Audits deploy/locks: what the tests alone need never reaches a box.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

UNREACHED = re.compile(r"requests\.exceptions|ServiceError|JSONDecodeError|network may be blocking")
"""In the last words of a pip-audit that reached nobody. Others mean that we called it wrongly."""
LOCKS = sorted(Path(__file__).resolve().parent.parent.glob("deploy/locks/*.txt"))


def holes(report: str) -> Iterator[str]:
    """A line for each known hole. report: pip-audit's JSON. Raises ValueError when it is none."""
    for package in json.loads(report)["dependencies"]:
        for hole in package.get("vulns", []):
            fixed = ", ".join(hole["fix_versions"]) or "no version yet"
            yield f"{package['name']} {package['version']}: {hole['id']}, mended in {fixed}"


def unaudited(report: str) -> list[str]:
    """The packages about which nobody answered, and which are not known to be well therefore."""
    return [package["name"] for package in json.loads(report)["dependencies"] if "skip_reason" in package]


def verdict(report: str, error: str = "") -> tuple[int, str]:
    """The exit status, and what is to be said. error: what pip-audit said beside its report."""
    try:
        found, silent = sorted(holes(report)), unaudited(report)
    except ValueError:
        last = (error.strip().splitlines() or ["it said nothing"])[-1]
        if UNREACHED.search(last):
            return 0, f"NOT AUDITED: no package was looked at ({last})"
        return 1, f"pip-audit did not work: {last}"
    if found:
        return 1, "\n".join([*found, "raise the versions: deploy/wheels.sh --lock"])
    if silent:
        return 0, f"NOT AUDITED: {', '.join(silent)} (PyPI's advisories have nothing, or are out of reach)"
    return 0, "no package with a known hole"


def main() -> int:
    worst = 0
    for lock in LOCKS:
        command = ["pip_audit", "--no-deps", "--disable-pip", "--progress-spinner=off", "--format=json"]
        command += ["--requirement", str(lock)]
        asked = subprocess.run([sys.executable, "-m", *command], capture_output=True, text=True, check=False)
        status, words = verdict(asked.stdout, asked.stderr)
        print(f"{lock.name}: {words}", file=sys.stderr)
        worst = max(worst, status)
    return worst


if __name__ == "__main__":
    sys.exit(main())

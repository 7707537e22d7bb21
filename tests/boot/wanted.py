"""Print what setup.cfg asks for on a box: `wanted.py PYTHON MACHINE`, a line each, markers resolved."""

from __future__ import annotations

import configparser
import sys
from pathlib import Path

from pip._vendor.packaging.requirements import Requirement

EXTRAS = ("page", "mqtt", "buttons", "demo")
"""As deploy/steps/30-release.sh installs them."""


def wanted(python: str, machine: str) -> list[str]:
    """pip resolves markers for the Python that runs it, not for the one it is asked about."""
    config = configparser.ConfigParser()
    config.read(Path(__file__).resolve().parents[2] / "setup.cfg")
    extras = config["options.extras_require"]
    texts = [config["options"]["install_requires"], *(extras[name] for name in EXTRAS)]
    lines = [line for text in texts for line in text.splitlines() if line.strip()]
    there = {"python_version": python, "platform_machine": machine}
    found = [Requirement(line) for line in lines if not line.startswith("#")]
    return [
        f"{each.name}{each.specifier}" for each in found if not each.marker or each.marker.evaluate(there)
    ]


if __name__ == "__main__":
    print(*wanted(*sys.argv[1:3]), sep="\n")

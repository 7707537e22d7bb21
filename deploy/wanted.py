"""Print what setup.cfg asks for on a box: `wanted.py PYTHON MACHINE EXTRA,…`, a line each, markers resolved.

pip takes markers (`python_version < "3.12"`) to be about the Python that it runs under, also when it is asked
about another one.
"""

from __future__ import annotations

import configparser
import sys
from pathlib import Path

from pip._vendor.packaging.requirements import Requirement


def wanted(python: str, machine: str, extras: list[str]) -> list[str]:
    """python: such as 3.13; machine: such as aarch64. Returns names with their ranges."""
    config = configparser.ConfigParser()
    config.read(Path(__file__).resolve().parent.parent / "setup.cfg")
    of_extras = config["options.extras_require"]
    texts = [config["options"]["install_requires"], *(of_extras[extra] for extra in extras)]
    lines = [line for text in texts for line in text.splitlines() if line and not line.startswith("#")]
    there = {"python_version": python, "platform_machine": machine}
    found = [Requirement(line) for line in lines]
    return [
        f"{each.name}{each.specifier}" for each in found if not each.marker or each.marker.evaluate(there)
    ]


if __name__ == "__main__":
    print(*wanted(sys.argv[1], sys.argv[2], sys.argv[3].split(",")), sep="\n")

"""Print pip constraints that hold every dependency in setup.cfg at the lowest version of its range."""

from __future__ import annotations

import configparser
import re
from pathlib import Path

config = configparser.ConfigParser()
config.read(Path(__file__).resolve().parent.parent / "setup.cfg")
extras = config["options.extras_require"]
# The tools of tests and training may be as new as they like.
sections = [
    config["options"]["install_requires"],
    *(text for name, text in extras.items() if name not in ("test", "train")),
]
for line in "\n".join(sections).splitlines():
    lower = re.match(r"([A-Za-z0-9_.-]+)\s*>=\s*([0-9.]+)", line.strip())
    if lower:
        print(f"{lower[1]}=={lower[2]}.*" if lower[2].count(".") < 2 else f"{lower[1]}=={lower[2]}")

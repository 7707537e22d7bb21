"""Write the demo's music, one folder for each mood: `python -m appliance.demo.tunes FOLDER`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from appliance.demo.tunes.tunes import write_tunes


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m appliance.demo.tunes", description=__doc__)
    parser.add_argument("folder", type=Path, help="where the moods' folders go")
    parser.add_argument(
        "--seconds", type=float, default=20.0, help="length of each tune, about (%(default)s)"
    )
    chosen = parser.parse_args(arguments)
    written = write_tunes(chosen.folder, chosen.seconds, say=print)
    size = sum(path.stat().st_size for path in written)
    print(f"the tunes are played: {len(written)}, {size / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Draw the demo's recording, or see how well it is read.

python -m appliance.demo.face PATH      writes it
python -m appliance.demo.face --check   reads it with the emotion network and prints how well
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from appliance.demo.face.recording import LENGTH_S, write_recording


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m appliance.demo.face", description=__doc__)
    parser.add_argument("path", nargs="?", type=Path, help="the video to write, ending in .avi")
    parser.add_argument("--check", action="store_true", help="read it with the emotion network instead")
    parser.add_argument("--models", type=Path, default=Path("models"), help="folder of the networks")
    chosen = parser.parse_args(arguments)
    if chosen.check:
        from appliance.demo.legibility import print_table

        return print_table(chosen.models)
    if chosen.path is None:
        parser.error("give the PATH to write, or --check")
    write_recording(chosen.path, say=print)
    print(f"the recording is drawn: {LENGTH_S:.0f} s, {chosen.path.stat().st_size / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())

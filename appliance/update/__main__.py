"""Goes back to the old release at boot, if a power cut has ended an update (moodbox-update.service)."""

from __future__ import annotations

import sys

from appliance.errors import UpdateFailed
from appliance.update import Installation, settle


def main() -> int:
    """Undo an update that was cut short, if there is one. Returns the exit status."""
    box = Installation()
    try:
        with box.releases.alone():
            settle(box)
    except UpdateFailed as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

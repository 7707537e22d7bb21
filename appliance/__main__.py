"""The command line: `moodbox`, or `python -m appliance`."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from appliance.cli.parser import parser
from appliance.errors import ConfigError, MoodboxError
from appliance.files.privileges import become_service
from appliance.machine.terminal import never_refuse, printable

FAILED = 1
WRONG_INPUT = 2
"""Exit status, as argparse has it, when the command line or the settings are wrong."""
INTERRUPTED = 130
"""As shells have it after Ctrl-C."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command. Returns the exit status."""
    never_refuse()
    options = parser().parse_args(arguments)
    if not options.needs_root:
        become_service()  # before it reads what others may write: see docs/security.md
    try:
        status: int = options.run(options)
        return status
    except ConfigError as error:
        _complain(error)
        return WRONG_INPUT
    except MoodboxError as error:
        _complain(error)
        return FAILED
    except BrokenPipeError:  # `moodbox status | head`
        sys.stderr.close()
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED


def _complain(error: MoodboxError) -> None:
    for line in str(error).splitlines():
        print(f"moodbox: {printable(line)}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())

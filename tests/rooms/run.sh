#!/usr/bin/env bash
# One music in two rooms: the box's MPD, Debian's snapserver with deploy/snapcast/snapserver.conf, two snapclients that
# play into files. On demand, and before a release.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."
# shellcheck source=deploy/environment.sh
source deploy/environment.sh

need_packages mpd snapserver snapclient python3-venv
need_venv demo,page,mqtt,buttons,test
exec .venv/bin/python tests/rooms/listen.py

#!/usr/bin/env bash
# Try Moodbox on this machine: sets up what it needs, then runs `moodbox demo` with the arguments given here.
# Asks nothing; a second run starts in seconds. Root, or sudo, is only needed where a Debian package is missing.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
# shellcheck source=deploy/environment.sh
source deploy/environment.sh

command -v mpd >/dev/null || need_packages mpd
(find_python) &>/dev/null || need_packages python3-venv
need_venv demo,page,mqtt,buttons
need_detector
exec .venv/bin/moodbox demo "$@"

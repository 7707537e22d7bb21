#!/usr/bin/env bash
# Measure what the box costs, and write docs/performance.md, its plots and the README's five figures: under ten
# minutes where nothing else runs. Arguments go to tests/bench/performance.py (--quick, --only PART...).
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."
# shellcheck source=deploy/environment.sh
source deploy/environment.sh
need_packages mpd mosquitto
need_venv demo,page,mqtt,buttons,test,style
need_detector
exec .venv/bin/python tests/bench/performance.py "$@"

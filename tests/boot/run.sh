#!/usr/bin/env bash
# What can be proved of the box without a Pi: tests/boot/run.sh [SUITE...], Debian 12 when none is named.
#
# Roots, wheels and Debian packages are kept in $MOODBOX_CACHE (~/.cache/moodbox); what is missing is built. What cannot
# run here says so by name, and is no failure.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."
status=0
tests/boot/arm64.sh || status=1
for suite in "${@:-bookworm}"; do
    tests/boot/install.sh "$suite" || status=1
done
exit "$status"

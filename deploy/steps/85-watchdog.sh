#!/usr/bin/env bash
# A machine that hangs as a whole is reset, from its next start on.
# shellcheck source=deploy/steps/step.sh
source "$(dirname "$0")/step.sh"

FOLDER=/etc/systemd/system.conf.d

install() { put "$DEPLOY/watchdog.conf" "$FOLDER/90-moodbox.conf"; }

uninstall() {
    run rm -f "$FOLDER/90-moodbox.conf"
    # Ours if nobody else put anything there.
    run rmdir --ignore-fail-on-non-empty "$FOLDER" 2>/dev/null || true
}

step

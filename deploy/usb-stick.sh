#!/usr/bin/env bash
# Called by moodbox-usb@.service for a stick that is mounted: let its music be found, or take it away again.
#
# Folders that are named after moods (angry, happy, ...) join the moods' own; a stick without any is joined as a
# whole, and plays where a mood has nothing of its own. MPD notices by itself (auto_update).
set -euo pipefail

ACTION=${1:?join or part} NAME=${2:?name of the block device, such as sda1}
MUSIC=${MOODBOX_MUSIC:-/var/lib/moodbox/music}
MOUNTED=${MOODBOX_USB:-/run/moodbox-usb}/$NAME
MOODS=(angry disgust fear happy sad surprise neutral)

join() {
    local mood found=''
    ignore_junk
    for mood in "${MOODS[@]}"; do
        [[ -d $MOUNTED/$mood ]] || continue
        ln -sfn "$MOUNTED/$mood" "$MUSIC/$mood/usb-$NAME"
        found=yes
    done
    [[ $found ]] || ln -sfn "$MOUNTED" "$MUSIC/usb-$NAME"
}

# A stick holds more than music, wastebaskets above all, and MPD lists all that it can play.
ignore_junk() {
    [[ ! -e $MUSIC/.mpdignore ]] || grep -q '^# Made by Moodbox' "$MUSIC/.mpdignore" || return 0
    cp "$(dirname "$0")/mpdignore" "$MUSIC/.mpdignore" || true # a full card keeps no stick from playing
}

part() {
    local mood
    for mood in "${MOODS[@]}"; do
        rm -f "$MUSIC/$mood/usb-$NAME"
    done
    rm -f "$MUSIC/usb-$NAME"
}

case $ACTION in
    join | part) "$ACTION" ;;
    *) printf 'usb-stick.sh: join or part, not %s\n' "$ACTION" >&2 && exit 2 ;;
esac

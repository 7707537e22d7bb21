#!/usr/bin/env bash
# Called by moodbox-usb@.service: mount a stick read-only and let its music be found, or take it away again.
#
# Folders that are named after moods (angry, happy, ...) join the moods' own; a stick without any is joined as a
# whole, and plays where a mood has nothing of its own. MPD notices by itself (auto_update).
set -euo pipefail

ACTION=${1:?attach or detach} NAME=${2:?name of the block device, such as sda1}
MUSIC=${MOODBOX_MUSIC:-/var/lib/moodbox/music}
MOUNTED=${MOODBOX_USB:-/run/moodbox-usb}/$NAME
MOODS=(angry disgust fear happy sad surprise neutral)

attach() {
    local mood found=''
    mkdir -p "$MOUNTED"
    # Nothing on a stick is run, and nothing is written: it can be pulled out at any time.
    mountpoint -q "$MOUNTED" || mount -o ro,nosuid,nodev,noexec "/dev/$NAME" "$MOUNTED"
    for mood in "${MOODS[@]}"; do
        [[ -d $MOUNTED/$mood ]] || continue
        ln -sfn "$MOUNTED/$mood" "$MUSIC/$mood/usb-$NAME"
        found=yes
    done
    [[ $found ]] || ln -sfn "$MOUNTED" "$MUSIC/usb-$NAME"
}

detach() {
    local mood
    for mood in "${MOODS[@]}"; do
        rm -f "$MUSIC/$mood/usb-$NAME"
    done
    rm -f "$MUSIC/usb-$NAME"
    # MPD may still read a song of it: the mount goes when it is done.
    ! mountpoint -q "$MOUNTED" || umount --lazy "$MOUNTED"
    rmdir "$MOUNTED" 2>/dev/null || true
}

case $ACTION in
    attach | detach) "$ACTION" ;;
    *) printf 'usb-stick.sh: attach or detach, not %s\n' "$ACTION" >&2 && exit 2 ;;
esac

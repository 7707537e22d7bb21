#!/usr/bin/env bash
# A root file system that is never written to: power cuts cannot hurt it, and the card lives longer.
#
#   deploy/overlay.sh on       from the next start of the machine on, changes to the root are in RAM, gone at the next
#   deploy/overlay.sh off      from the next start on, they are kept again
#   deploy/overlay.sh status
#
# Settings, music and state stay writable: they are moved to a partition of their own, labelled "moodbox", which must
# be there before (`mkfs.ext4 -L moodbox /dev/...`: a second partition of the card, or a USB stick). They are exactly
# what moodbox.service may write to. An update of Debian, or of Moodbox, needs `off` and a restart first.
set -euo pipefail

LABEL=moodbox DATA=/srv/moodbox
CONF=/etc/overlayroot.local.conf
BEGIN='# moodbox: begin' END='# moodbox: end'

fail() {
    printf 'overlay.sh: %s\n' "$*" >&2
    exit 1
}

is_on() { [[ $(findmnt --noheadings --output FSTYPE /) == overlay ]]; }

on() {
    is_on && echo "it is on already" && return
    blkid --label "$LABEL" >/dev/null || fail "no partition is labelled '$LABEL': mkfs.ext4 -L $LABEL /dev/... first"
    need_overlayroot
    move_out
    # recurse=0: only the root; the partition with settings and music stays as it is.
    printf 'overlayroot="tmpfs:recurse=0"\n' >"$CONF"
    echo "from the next start of the machine on, the root is read-only: systemctl reboot"
}

# Without busybox its script ends at the first line that the smaller shell of the first RAM disk does not know
# ("trap: EXIT: bad trap"), and the root stays as it was.
need_overlayroot() {
    dpkg-query --show overlayroot busybox >/dev/null 2>&1 && return
    DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends overlayroot busybox </dev/null
    update-initramfs -u -k all
}

# Settings, state and music to the partition, and from now on from there.
move_out() {
    grep -qxF "$BEGIN" /etc/fstab && return
    stop_all
    mkdir -p "$DATA"
    mountpoint -q "$DATA" || mount -o noatime,nosuid,nodev "LABEL=$LABEL" "$DATA"
    copy /etc/moodbox "$DATA/etc"
    copy /var/lib/moodbox "$DATA/lib"
    sync --file-system "$DATA"
    # nofail: without the partition (a stick that was pulled out) the box boots all the same, to what lies beneath.
    # Where it is there, all that writes waits for it.
    local late="nofail,x-systemd.before=systemd-tmpfiles-setup.service,x-systemd.before=moodbox-mpd.service,x-systemd.before=moodbox.service"
    cat >>/etc/fstab <<FSTAB
$BEGIN
LABEL=$LABEL $DATA ext4 noatime,nosuid,nodev,nofail,x-systemd.device-timeout=30s 0 2
$DATA/etc /etc/moodbox none bind,$late,x-systemd.requires-mounts-for=$DATA 0 0
$DATA/lib /var/lib/moodbox none bind,$late,x-systemd.requires-mounts-for=$DATA 0 0
$END
FSTAB
    systemctl daemon-reload
    mount /etc/moodbox
    mount /var/lib/moodbox
    start_all
}

# Root copies what these users may write: none of their processes may be left to lay a link in its way meanwhile.
stop_all() {
    local left
    SHARE=''
    ! systemctl is-active --quiet smbd.service || SHARE=smbd.service
    # shellcheck disable=SC2086 # no word where nothing is shared
    systemctl stop moodbox.service moodbox-safe.service moodbox-mpd.service $SHARE
    left=$(running_as moodbox mpd)
    [[ -z $left ]] && return
    start_all
    fail "these processes run as the box's users, and could change what is copied; end them and try again: ${left//$'\n'/, }"
}

# shellcheck disable=SC2086 # as above
start_all() { systemctl start moodbox-mpd.service moodbox.service $SHARE; }

# Processes of these users, by what the kernel says of their real, effective and saved ids.
running_as() {
    local user ids=''
    for user in "$@"; do
        ids+=${ids:+|}$(id -u "$user")
    done
    grep -lsE "^Uid:.*[[:space:]]($ids)([[:space:]]|$)" /proc/[0-9]*/status || true
}

# What lies there already, perhaps of another box, is replaced, never written through: a link there leads anywhere.
copy() {
    [[ ! -L $2 ]] || fail "$2 is a link, which none of ours is: make the partition anew, mkfs.ext4 -L $LABEL /dev/..."
    mkdir -p "$2"
    cp -a --update --remove-destination "$1/." "$2/"
}

# The partition stays in use: it does no harm, and what is on it is newer than what lies beneath.
off() {
    if is_on; then
        overlayroot-chroot rm -f "$CONF"
    else
        rm -f "$CONF"
    fi
    echo "from the next start of the machine on, the root is written to again: systemctl reboot"
}

status() {
    is_on && echo "the root is read-only; changes to it are in RAM" || echo "the root is written to"
    findmnt --noheadings --output TARGET,SOURCE,FSTYPE /etc/moodbox /var/lib/moodbox || echo "settings and music are on the root"
}

((EUID == 0)) || fail "run it as root: sudo $0 ${1:-on}"
case ${1:-} in
    on | off | status) "$1" ;;
    *) sed -n '2,10s/^# \?//p' "$0" >&2 && exit 2 ;;
esac

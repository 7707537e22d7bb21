#!/usr/bin/env bash
# Build the SD card's image with pi-gen, the tool that makes Raspberry Pi OS:
#
#   sudo WPA_COUNTRY=DE deploy/image/build.sh [--wheels DIR] PI-GEN
#
# PI-GEN: a checkout of https://github.com/RPi-Distro/pi-gen, branch arm64. DIR: see deploy/wheels.sh; without it Python's
# packages come from the network. Half an hour on a Pi 5, some hours where arm64 is emulated. docs/image.md has the rest.
set -euo pipefail

usage() { sed -n '2,7s/^# \?//p' "$0" >&2 && exit 2; }

fail() {
    printf 'build.sh: %s\n' "$*" >&2
    exit 1
}

export MOODBOX_WHEELS=''
if [[ ${1:-} == --wheels ]]; then
    MOODBOX_WHEELS=$(readlink -e "${2:?--wheels needs a folder}") || fail "--wheels $2: no such folder"
    shift 2
fi
[[ $# == 1 && $1 != -* ]] || usage
pi_gen=$(readlink -e "$1") || fail "$1: no such folder; git clone --branch arm64 https://github.com/RPi-Distro/pi-gen $1"
[[ -x $pi_gen/build.sh && -d $pi_gen/stage2 ]] || fail "$pi_gen is no checkout of pi-gen"
[[ ${WPA_COUNTRY:-} =~ ^[A-Z]{2}$ ]] || fail "WPA_COUNTRY: two capital letters, such as DE: where the box will stand"
MOODBOX=$(readlink -f "$(dirname "$0")/../..")
export MOODBOX WPA_COUNTRY
[[ $MOODBOX != *" "* ]] || fail "$MOODBOX: pi-gen's list of stages takes no folder with a space in its name"
((EUID == 0)) || fail "run it as root: sudo WPA_COUNTRY=$WPA_COUNTRY $0 $1"

# Else Raspberry Pi OS Lite itself would become an image, too.
touch "$pi_gen/stage2/SKIP_IMAGES"
cd "$pi_gen"
exec ./build.sh -c "$MOODBOX/deploy/image/config"

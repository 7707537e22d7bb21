#!/usr/bin/env bash
# What must differ from box to box, so that no image may hold it: passwords, made at a box's own start by
# moodbox-secrets.service, and by the installer. What is there already stays.
#
#   secrets.sh            both, as root
#   secrets.sh phones     as user moodbox: the password for phones, in the folder that this user may write
#   secrets.sh hotspot    as root: the hotspot's, in places that are root's
set -euo pipefail
export LC_ALL=C

ETC=${MOODBOX_ETC:-/etc}
PHONES=$ETC/moodbox/mpd-password
COMITUP=$ETC/comitup.conf
# On the boot partition, which any computer reads and writes: the label on the box, so to say.
NOTE=${MOODBOX_BOOT:-/boot/firmware}/moodbox-hotspot.txt

# So many characters, none of which looks like another.
make() { head -c 2000 /dev/urandom | tr -dc 'a-hjkmnp-z2-9' | head -c "$1"; }

# Standard input becomes the file in one step, so that a power cut leaves the old one or the new one.
#   put UMASK FILE
put() {
    local new=$2.new
    rm -f "$new" # of a cut, or a link
    (umask "$1" && set -o noclobber && cat >"$new")
    sync "$new" # before the rename: else a cut may leave the name on an empty file
    mv --no-target-directory "$new" "$2"
    sync "${2%/*}"
}

# Root, in that folder, would write and give away whatever a link there leads to: so root is moodbox for it.
phones() {
    [[ ! -s $PHONES ]] || return 0
    if ((EUID == 0)); then
        runuser --user moodbox -- bash -s phones <"$0"
        return
    fi
    printf '%s' "$(make 16)" | put 0137 "$PHONES"
}

# The hotspot's password: the note's, else the one in force, else a new one, which then stands in the note.
hotspot() {
    local noted force others
    [[ -f $COMITUP ]] || return 0
    force=$(sed -n 's/^ap_password: *//p' "$COMITUP")
    noted=$(sed 's/\r$//; /^#/d; /^[[:space:]]*$/d' "$NOTE" 2>/dev/null | tail -n 1 || true)
    if [[ $noted && ! $noted =~ ^[[:graph:]]{8,63}$ ]]; then
        printf '%s: a password has 8 to 63 letters, digits or signs, and no spaces; yours is not used\n' "$NOTE" >&2
        noted=''
    fi
    if [[ ! $noted && ! $force ]]; then
        noted=$(make 12)
        write_note "$noted"
    fi
    # comitup's file is read by Python's configparser, to which % is special.
    [[ $noted && ${noted//%/%%} != "$force" ]] || return 0
    others=$(sed '/^ap_password:/d' "$COMITUP")
    printf '%s\nap_password: %s\n' "$others" "${noted//%/%%}" | put 0177 "$COMITUP"
}

write_note() {
    [[ -d ${NOTE%/*} ]] || return 0
    { cat "$(dirname "$0")/hotspot/moodbox-hotspot.txt" && printf '%s\n' "$1"; } | put 0022 "$NOTE"
}

case ${1:-} in
    '')
        phones || printf '%s: could not be made, so MPD stays closed to phones\n' "$PHONES" >&2
        hotspot
        ;;
    phones | hotspot) "$1" ;;
    *) printf 'secrets.sh: phones or hotspot, not %s\n' "$1" >&2 && exit 2 ;;
esac

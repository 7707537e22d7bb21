#!/usr/bin/env bash
# Make a Moodbox of this machine, or a plain machine of a Moodbox. Run as root on Raspberry Pi OS or Debian, 12 or 13.
# It can be run again at any time: what is right already stays as it is. docs/install.md has the whole story.
set -euo pipefail

usage() {
    cat <<'END'
deploy/install.sh [--dry-run] [--wheels DIR] [--samba] [--hotspot]    install, or renew what is installed
deploy/install.sh --prepare [--wheels DIR]                 only make this release ready beside the one that runs
deploy/install.sh --uninstall [--purge] [--dry-run]        remove; music and settings stay unless --purge

  --dry-run      say what would be done, and do nothing
  --wheels DIR   take Python packages from DIR, not from the network; deploy/wheels.sh fills it
  --samba        share the music folder with the computers at home
  --hotspot      while the box knows no network, open a Wi-Fi of its own with a page to choose one
  --purge        also remove music, settings, the user, and the Debian packages that the installer brought
END
}

fail() {
    printf 'install.sh: %s\n' "$*" >&2
    exit 1
}

ACTION=install DRY_RUN='' PURGE='' SAMBA='' HOTSPOT='' WHEELS=''
while (($#)); do
    case $1 in
        --dry-run) DRY_RUN=yes ;;
        --prepare) ACTION=prepare ;;
        --uninstall) ACTION=uninstall ;;
        --purge) PURGE=yes ;;
        --samba) SAMBA=yes ;;
        --hotspot) HOTSPOT=yes ;;
        --wheels)
            WHEELS=$(readlink -e "${2:?--wheels needs a folder}") || fail "--wheels $2: no such folder"
            shift
            ;;
        --help | -h)
            usage
            exit
            ;;
        *)
            usage >&2
            exit 2
            ;;
    esac
    shift
done
[[ -z $PURGE || $ACTION == uninstall ]] || fail "--purge goes with --uninstall"
((EUID == 0)) || [[ $DRY_RUN ]] || fail "run it as root: sudo $0"

DEPLOY=$(dirname "$(readlink -f "$0")")
# Whoever stands where: Python takes modules from there, and others may have laid some down.
cd /
# A release is everybody's to read and root's to write.
umask 022
PREFIX=/opt/moodbox LOG=/var/log/moodbox-install.log
export ACTION DRY_RUN PURGE SAMBA HOTSPOT WHEELS DEPLOY PREFIX

if [[ $ACTION == uninstall && $DEPLOY == "$PREFIX"/* && ! $DRY_RUN ]]; then
    # It is about to remove itself, and bash reads a script as it goes.
    away=$(mktemp -d)
    cp -R "$DEPLOY" "$away/deploy"
    exec "$away/deploy/install.sh" --uninstall ${PURGE:+--purge}
fi
if [[ ! $DRY_RUN ]]; then
    # The page's password is shown, and not kept: 90-services.sh writes it to the terminal itself.
    exec 3>&1 > >(tee -a "$LOG") 2>&1
    printf '\n%s: %s\n' "$(date --utc +%FT%TZ)" "$ACTION ${WHEELS:+--wheels $WHEELS }${PURGE:+--purge}"
fi

steps=("$DEPLOY"/steps/[0-9]*.sh)
if [[ $ACTION == uninstall ]]; then
    mapfile -t steps < <(printf '%s\n' "${steps[@]}" | sort -r)
fi
for step in "${steps[@]}"; do
    "$step" || fail "${step##*/} failed, see $LOG; what was done so far is kept, and running this again goes on from there"
done

if [[ $ACTION == uninstall && ! $DRY_RUN ]]; then
    rm -rf "$PREFIX"
    echo "Moodbox is gone."
    [[ $PURGE ]] || echo "Music and settings are where they were: /var/lib/moodbox and /etc/moodbox."
    # Without --purge the list of what came with it is kept, for a --purge later.
    [[ ! $PURGE ]] || rm -rf "$LOG" /var/lib/moodbox-install
fi

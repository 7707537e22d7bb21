#!/usr/bin/env bash
# Music from outside: a password for phones' MPD clients, USB sticks, and if wanted a share for computers.
# shellcheck source=deploy/steps/step.sh
source "$(dirname "$0")/step.sh"

PASSWORD=/etc/moodbox/mpd-password
SMB=/etc/samba/smb.conf
# What smbd, as root, and MPD include lies in root's own place, because /etc/moodbox is user moodbox's to write.
OWN=/etc/moodbox.d
INCLUDE="include = $OWN/samba.conf" BEFORE='include = /etc/moodbox/samba.conf'

install() {
    if [[ ! -s $PASSWORD ]]; then
        say "$PASSWORD, for phones; used once mpd.network is true in /etc/moodbox/moodbox.toml"
        # In an image every card would have the same: moodbox-secrets.service makes it on the box.
        ! is_running || run "$DEPLOY/secrets.sh" phones
    fi
    put "$DEPLOY/90-moodbox.rules" /etc/udev/rules.d/90-moodbox.rules
    ! is_running || run udevadm control --reload 2>/dev/null || true
    take_over mpd-extra.conf
    if [[ $SAMBA ]] || grep -sqxF "$BEFORE" "$SMB"; then
        take_over samba.conf
        share
    fi
}

# From /etc/moodbox, where an earlier version had it, with what its owner has changed. The old one stays for the way
# back to that version; nothing reads it any more.
take_over() {
    local old=/etc/moodbox/$1 new=$OWN/$1 scratch
    [[ ! -e $new && -e $old ]] || return 0
    say "$new, from $old"
    [[ ! $DRY_RUN ]] || return 0
    mkdir -p "$OWN"
    scratch=$(mktemp -p "$OWN" .XXXXXX)
    if roots_own "$old" >"$scratch"; then
        chmod 0644 "$scratch"
        mv "$scratch" "$new"
    else
        rm -f "$scratch"
        say "it is not root's alone, so it may be anybody's: copy it by hand if you know every line of it"
    fi
}

# The file's content, if root alone can have written it: a plain file, no link, resolved once.
roots_own() {
    /usr/bin/python3 -I - "$1" <<'END_OF_PYTHON'
import os, stat, sys

LARGEST = 1 << 16
with os.fdopen(os.open(sys.argv[1], os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
    about = os.fstat(file.fileno())
    is_plain = stat.S_ISREG(about.st_mode) and about.st_nlink == 1 and about.st_size <= LARGEST
    if not is_plain or about.st_uid or about.st_mode & 0o022:
        sys.exit(1)
    sys.stdout.buffer.write(file.read(LARGEST))
END_OF_PYTHON
}

share() {
    is_installed samba || bring samba
    [[ -e $OWN/samba.conf ]] || put "$DEPLOY/samba.conf" "$OWN/samba.conf"
    run sed -i "s|^$BEFORE\$|$INCLUDE|" "$SMB"
    if ! grep -sqxF "$INCLUDE" "$SMB"; then
        say "sharing $MUSIC as 'music'"
        [[ $DRY_RUN ]] || printf '\n%s\n' "$INCLUDE" >>"$SMB"
    fi
    systemd try-reload-or-restart smbd.service
    say "choose its password: sudo smbpasswd -a moodbox"
}

uninstall() {
    run rm -f /etc/udev/rules.d/90-moodbox.rules "$OWN/samba.conf"
    [[ ! $PURGE ]] || run rm -rf "$OWN"
    if grep -sqxF -e "$INCLUDE" -e "$BEFORE" "$SMB"; then
        run sed -i "\|^$INCLUDE\$|d; \|^$BEFORE\$|d" "$SMB"
        systemd try-reload-or-restart smbd.service
    fi
}

step

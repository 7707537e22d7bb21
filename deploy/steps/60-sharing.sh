#!/usr/bin/env bash
# Music from outside: a password for phones' MPD clients, USB sticks, and if wanted a share for computers.
# shellcheck source=deploy/steps/step.sh
source "$(dirname "$0")/step.sh"

PASSWORD=/etc/moodbox/mpd-password
SMB=/etc/samba/smb.conf
INCLUDE='include = /etc/moodbox/samba.conf'

install() {
    if [[ ! -s $PASSWORD ]]; then
        say "$PASSWORD, for phones; used once mpd.network is true in /etc/moodbox/moodbox.toml"
        # In an image every card would have the same: moodbox-secrets.service makes it on the box.
        ! is_running || run "$DEPLOY/secrets.sh"
    fi
    put "$DEPLOY/90-moodbox.rules" /etc/udev/rules.d/90-moodbox.rules
    ! is_running || run udevadm control --reload 2>/dev/null || true
    [[ ! $SAMBA ]] || share
}

share() {
    is_installed samba || bring samba
    put "$DEPLOY/samba.conf" /etc/moodbox/samba.conf
    if ! grep -qxF "$INCLUDE" "$SMB"; then
        say "sharing $MUSIC as 'music'"
        [[ $DRY_RUN ]] || printf '\n%s\n' "$INCLUDE" >>"$SMB"
    fi
    systemd try-reload-or-restart smbd.service
    say "choose its password: sudo smbpasswd -a moodbox"
}

uninstall() {
    run rm -f /etc/udev/rules.d/90-moodbox.rules /etc/moodbox/samba.conf
    if grep -sqxF "$INCLUDE" "$SMB"; then
        run sed -i "\|^$INCLUDE\$|d" "$SMB"
        systemd try-reload-or-restart smbd.service
    fi
}

step

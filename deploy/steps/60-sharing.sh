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
        [[ $DRY_RUN ]] || make_password
    fi
    put "$DEPLOY/90-moodbox.rules" /etc/udev/rules.d/90-moodbox.rules
    ! is_running || run udevadm control --reload 2>/dev/null || true
    [[ ! $SAMBA ]] || share
}

make_password() {
    (umask 0077 && python3 -c 'import secrets; print(secrets.token_hex(8))' >"$PASSWORD")
    chown moodbox:moodbox "$PASSWORD"
    chmod 0640 "$PASSWORD"
}

share() {
    run apt-get install -qq -y --no-install-recommends samba </dev/null
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

#!/usr/bin/env bash
# A user of its own, with the groups it needs and no others, and the folders that are written to.
# shellcheck source=deploy/steps/step.sh
source "$(dirname "$0")/step.sh"

# Camera, the heap its buffers come from, buttons. (Sound is MPD's; I2C and SPI are nobody's.)
GROUPS_WANTED=(video render gpio)

install() {
    local group
    if ! getent passwd moodbox >/dev/null; then
        say "user moodbox"
        group=--user-group
        if getent group moodbox >/dev/null; then
            say "group moodbox is there already, and becomes this user's"
            group=--gid=moodbox
        fi
        run useradd --system "$group" --home-dir /var/lib/moodbox --no-create-home --shell /usr/sbin/nologin moodbox
        remember user moodbox
    fi
    for group in "${GROUPS_WANTED[@]}"; do
        getent group "$group" >/dev/null || continue
        [[ " $(id -nG moodbox 2>/dev/null || true) " != *" $group "* ]] || continue
        say "user moodbox joins group $group"
        run usermod --append --groups "$group" moodbox
    done
    owner_joins
    put "$DEPLOY/tmpfiles.conf" /etc/tmpfiles.d/moodbox.conf
    run systemd-tmpfiles --create /etc/tmpfiles.d/moodbox.conf
}

# Whoever installs the box may steer it: `moodbox status`, `mpc`, songs into the music folder.
owner_joins() {
    local owner=${SUDO_USER:-root}
    [[ $owner != root && " $(id -nG "$owner") " != *" moodbox "* ]] || return 0
    say "user $owner joins group moodbox, from the next login on"
    remember owners "$owner"
    run usermod --append --groups moodbox "$owner"
}

uninstall() {
    local owner
    run rm -f /etc/tmpfiles.d/moodbox.conf
    run rm -rf /run/moodbox /run/mpd
    [[ $PURGE ]] || return 0
    run rm -rf /var/lib/moodbox
    for owner in $(remembered owners); do
        run gpasswd --delete "$owner" moodbox >/dev/null || true
    done
    if [[ $(remembered user) == moodbox ]]; then
        say "user moodbox goes"
        run userdel moodbox
        # userdel leaves a group that somebody else has joined.
        ! getent group moodbox >/dev/null || run groupdel moodbox
    fi
}

step

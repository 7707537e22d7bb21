#!/usr/bin/env bash
# With --hotspot: while the box knows no network it opens a Wi-Fi of its own, with a page to choose one (Debian's comitup).
# shellcheck source=deploy/steps/step.sh
source "$(dirname "$0")/step.sh"

PACKAGES=(comitup network-manager wpasupplicant avahi-daemon)
CONF=/etc/comitup.conf
BOOT=/boot/firmware NOTE=/boot/firmware/moodbox-hotspot.txt
OURS=(
    /etc/systemd/system/comitup.service.d/10-moodbox.conf
    /etc/systemd/system/comitup-web.service.d/10-moodbox.conf
    /etc/NetworkManager/conf.d/50-moodbox.conf
    /etc/NetworkManager/dispatcher.d/50-moodbox-cable
    /etc/udev/rules.d/91-moodbox-hotspot.rules
    /etc/dbus-1/system.d/moodbox-hotspot.conf
)

install() {
    if [[ ! $HOTSPOT && ! $(remembered hotspot) ]]; then
        say "not wanted; --hotspot brings it"
        return
    fi
    if [[ ! $(remembered hotspot) ]] && is_installed comitup; then
        say "comitup is here already, and left as it is"
        return
    fi
    remember hotspot yes
    # Before the package: it starts comitup, and an open hotspot is not wanted for a moment.
    put "$DEPLOY/hotspot/comitup-service.conf" "${OURS[0]}"
    put "$DEPLOY/hotspot/comitup-web-service.conf" "${OURS[1]}"
    put "$DEPLOY/hotspot/networkmanager.conf" "${OURS[2]}"
    put "$DEPLOY/hotspot/50-moodbox-cable" "${OURS[3]}" 0755
    put "$DEPLOY/hotspot/91-moodbox-hotspot.rules" "${OURS[4]}"
    put "$DEPLOY/hotspot/dbus.conf" "${OURS[5]}"
    systemd daemon-reload
    if ! is_installed comitup; then
        renew_lists
        bring "${PACKAGES[@]}"
    fi
    grep -sq Moodbox "$CONF" || put "$DEPLOY/hotspot/comitup.conf" "$CONF" 0600
    [[ ! -d $BOOT || -e $NOTE ]] || put "$DEPLOY/hotspot/moodbox-hotspot.txt" "$NOTE"
    systemd enable comitup.service
    if is_running; then
        run "$DEPLOY/secrets.sh"
        systemd restart comitup.service
    fi
    say "its password stands in $NOTE, on the card, once the box has made it"
}

uninstall() {
    [[ $(remembered hotspot) ]] || return 0
    say "the hotspot goes; networks that the box has learned stay NetworkManager's"
    systemd disable comitup.service
    systemd stop comitup.service
    systemd stop comitup-web.service
    run rm -f "${OURS[@]}" "$CONF" "$NOTE"
    run rmdir --ignore-fail-on-non-empty "${OURS[0]%/*}" "${OURS[1]%/*}"
    systemd daemon-reload
    forget hotspot
}

step

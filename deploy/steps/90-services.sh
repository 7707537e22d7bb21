#!/usr/bin/env bash
# The units, linked to the running release so that they change with it; then start, and say where the page is.
# shellcheck source=deploy/steps/step.sh
source "$(dirname "$0")/step.sh"

UNITS=/etc/systemd/system
ENABLED=(moodbox-mpd.service moodbox.service moodbox-power-off.path moodbox-mpd-restart.path moodbox-scan.path moodbox-scan.timer moodbox-install.path moodbox-release.timer moodbox-secrets.service)
# Only to be started by the machine.
AT_BOOT=(moodbox-update.service)
ANNOUNCED=$DEPLOY/avahi-moodbox.service AVAHI=/etc/avahi/services/moodbox.service
DROP_IN=$UNITS/moodbox.service.d/10-back-off.conf

install() {
    local unit
    for unit in "$SOURCE"/systemd/moodbox*.{service,path,timer}; do
        point "$PREFIX/current/systemd/${unit##*/}" "$UNITS/${unit##*/}"
    done
    if (($(systemctl --version | sed -n '1s/systemd \([0-9]*\).*/\1/p') >= 254)); then
        point "$PREFIX/current/systemd/moodbox-back-off.conf" "$DROP_IN"
    fi
    # Units of another release that this one does not have, by name: systemd's own links lead into that release, not
    # to `current`, and so lead somewhere as long as it lies there.
    find "$UNITS" -name 'moodbox*' -type l -print | while read -r unit; do
        [[ ! -e $SOURCE/systemd/${unit##*/} ]] || continue
        say "$unit goes"
        run rm -f "$unit"
    done
    announce
    systemd daemon-reload
    systemd enable "${ENABLED[@]}" "${AT_BOOT[@]}"
    if ! is_running; then
        # And a password that is made now would be the same on every card.
        say "no systemd runs here: Moodbox starts with the machine. The page's first password: hold a button, docs/page.md"
        return
    fi
    page_password
    # Safe mode of an earlier version ends here.
    systemd stop moodbox-safe.service
    systemd restart "${ENABLED[@]}"
    if [[ $DRY_RUN ]]; then
        say "nothing was done: this was a dry run"
        return
    fi
    say "Moodbox is ready: $(as_moodbox /usr/local/bin/moodbox status 2>/dev/null | head -n 1 | tr -d '[:cntrl:]')"
    say "its page: $(places)    how it is: moodbox status"
}

# avahi, where it is, reads this by itself: Home Assistant finds the box, at the port that the settings say now.
announce() {
    local announced
    announced=$(mktemp)
    sed "s|<port>.*</port>|<port>$(page_port)</port>|" "$ANNOUNCED" >"$announced"
    put "$announced" "$AVAHI"
    rm "$announced"
}

# As user moodbox reads the settings; nothing but a number is believed. Else it is the default, as announced.
page_port() {
    local port
    port=$(as_moodbox "$PYTHON" -I -c 'from appliance import config; print(config.load().page.port)' 2>/dev/null || true)
    [[ $port =~ ^[1-9][0-9]{0,4}$ ]] || port=$(sed -n 's|.*<port>\(.*\)</port>.*|\1|p' "$ANNOUNCED")
    printf '%s' "$port"
}

# By name, where avahi or another mDNS is, and by address.
places() {
    local ip port
    ip=$(hostname -I 2>/dev/null | tr ' ' '\n' | grep -m 1 -F . || true)
    port=$(page_port)
    printf '%s' "http://$(hostname).local:$port${ip:+ or http://$ip:$port}"
}

# Made and shown once; only its hash is kept, and the log does not get it. A new one: moodbox password.
page_password() {
    [[ $DRY_RUN ]] || make_password || say "no password could be made, so the page serves this machine alone; try: moodbox password"
}

make_password() {
    runuser --user moodbox -- "$PYTHON" -I - <<'END' >&3
from pathlib import Path
from appliance import config
from appliance.web.auth.rights import Rights, make_password

rights = Rights(Path(config.load().page.folder))
if not rights.has_password:
    password = make_password()
    rights.set_password(password)
    print(f"\n   The page's password, shown this once: {password}\n")
END
}

uninstall() {
    local unit
    for unit in moodbox-power-off.path moodbox-install.path moodbox-release.timer moodbox-mpd-restart.path moodbox-scan.timer moodbox-scan.path moodbox-scan.service "${AT_BOOT[@]}" moodbox.service moodbox-safe.service moodbox-mpd.service moodbox-secrets.service; do
        [[ -e $UNITS/$unit ]] || continue
        systemd stop "$unit" || true
        systemd disable "$unit" || true
    done
    run rm -f "$UNITS"/moodbox*.{service,path,timer} "$UNITS"/*.wants/moodbox*.{service,path,timer}
    run rm -rf "$UNITS/moodbox.service.d"
    run rm -f "$AVAHI"
    run rmdir --parents --ignore-fail-on-non-empty "$(dirname "$AVAHI")" 2>/dev/null || true
    systemd daemon-reload
    systemd reset-failed 'moodbox*' || true
}

step

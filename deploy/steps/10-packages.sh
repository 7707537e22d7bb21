#!/usr/bin/env bash
# What apt owns: MPD, Python, numpy on picamera2's side, and on a Pi the camera and GPIO libraries.
# shellcheck source=deploy/steps/step.sh
source "$(dirname "$0")/step.sh"

# openssh-client: `moodbox update` checks signatures with its ssh-keygen. ffmpeg: the library is heard through it.
NEEDED=(mpd ffmpeg python3 python3-venv python3-numpy openssh-client)
# Where the machine's archive has them: Raspberry Pi OS does. picamera2 comes from nowhere else (picamera2 #341).
WANTED=(python3-picamera2 python3-libcamera python3-lgpio)

known() { apt-cache show --no-all-versions "$@" 2>/dev/null | sed -n 's/^Package: //p' | sort --unique; }

# One question about all of them: reading apt's cache takes a Pi a second.
missing() {
    comm -13 <(installed) <({ printf '%s\n' "${NEEDED[@]}" && known "${WANTED[@]}"; } | sort)
}

prepare() {
    local packages
    mapfile -t packages < <(missing)
    if ((${#packages[@]})); then
        renew_lists
        [[ $DRY_RUN ]] || mapfile -t packages < <(missing)
        if [[ " ${packages[*]} " == *" mpd "* ]]; then
            # Debian's package would start a player of its own, on the same sound card.
            remember masked mpd.service mpd.socket
            systemd mask mpd.service mpd.socket
        fi
        bring "${packages[@]}"
    else
        say "every package is there"
    fi
}

install() {
    prepare
    # A person's own MPD was there before us: it comes back with --uninstall.
    switch_off mpd mpd.service mpd.socket
}

uninstall() {
    local packages units
    mapfile -t units < <(remembered masked)
    if ((${#units[@]})); then
        systemd unmask "${units[@]}"
        forget masked
    fi
    mapfile -t packages < <(remembered packages)
    if [[ $PURGE ]] && ((${#packages[@]})); then
        purge
    elif ((${#packages[@]})); then
        # They stay, and what Debian would have switched on stays off: nobody asked for a player.
        say "packages stay: ${packages[*]}"
        [[ " ${packages[*]} " != *" mpd "* ]] || systemd disable mpd.service mpd.socket
    fi
    switch_on_again mpd
}

# Those that came with Moodbox and that nobody else wants. dpkg, other than apt, never removes what depends on them: it
# refuses, and that package stays.
purge() {
    local packages kept
    mapfile -t packages < <(unwanted)
    ((${#packages[@]})) || return 0
    say "removing packages that came with Moodbox: ${packages[*]}"
    packaging dpkg --abort-after=9999 --purge "${packages[@]}" 2>/dev/null || true
    mapfile -t kept < <(comm -12 <(installed) <(printf '%s\n' "${packages[@]}" | sort))
    [[ $DRY_RUN ]] || ((!${#kept[@]})) || say "others need these, so they stay: ${kept[*]}"
}

# What we brought without what somebody has asked apt for since: apt then calls it "manual", and we had not.
unwanted() {
    local packages asked
    mapfile -t packages < <(remembered packages | sort)
    asked=$(remembered asked | sort)
    if [[ $asked ]]; then
        comm -23 <(printf '%s\n' "${packages[@]}") <(comm -23 <(apt-mark showmanual | sort) <(printf '%s\n' "$asked"))
    else
        printf '%s\n' "${packages[@]}" # an earlier version's list
    fi | comm -12 - <(installed)
}

step

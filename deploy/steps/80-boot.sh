#!/usr/bin/env bash
# What makes the way from power to music longer, off; each as it was again after --uninstall.
# shellcheck source=deploy/steps/step.sh
source "$(dirname "$0")/step.sh"

# Music needs no network, and page and MQTT come when it does.
WAITS=(NetworkManager-wait-online.service systemd-networkd-wait-online.service ifupdown-wait-online.service)
# Makes or checks a file on the card at each boot. The box needs no swap, and frames must not reach one.
SWAP=(dphys-swapfile.service)
# Its successor, in Raspberry Pi OS 13.
RPI_SWAP=/etc/rpi/swap.conf.d/50-moodbox.conf
# A picture for a screen that is not there.
SPLASH=(plymouth-start.service plymouth-quit-wait.service)
FIRMWARE=/boot/firmware

install() {
    switch_off slow "${WAITS[@]}" "${SWAP[@]}" "${SPLASH[@]}"
    swap_file_off
    firmware_splash_off
}

# The file comes back by itself when our settings go.
swap_file_off() {
    is_installed rpi-swap || return 0
    put "$DEPLOY/rpi-swap.conf" "$RPI_SWAP"
    run rm -f /var/swap
}

# The firmware's rainbow (half a second) and the kernel's splash, where there is a Pi's firmware.
firmware_splash_off() {
    local cmdline=$FIRMWARE/cmdline.txt config=$FIRMWARE/config.txt
    if grep -sqw splash "$cmdline"; then
        say "$cmdline: no splash"
        remember firmware splash
        run sed -i 's/ *\bsplash\b//' "$cmdline"
    fi
    if [[ -f $config ]] && ! grep -q '^disable_splash=1' "$config"; then
        say "$config: disable_splash=1"
        remember firmware disable_splash
        [[ $DRY_RUN ]] || printf '[all]\ndisable_splash=1\n' >>"$config"
    fi
}

uninstall() {
    local word
    switch_on_again slow
    run rm -f "$RPI_SWAP"
    for word in $(remembered firmware); do
        case $word in
            splash) run sed -i '1s/$/ splash/' "$FIRMWARE/cmdline.txt" ;;
            disable_splash) run sed -i '/^\[all\]$/{N;/\ndisable_splash=1$/d}' "$FIRMWARE/config.txt" ;;
        esac
    done
    forget firmware
}

step

#!/usr/bin/env bash
# The box beside two real Home Assistant cores, on demand and before a release: `tests/homeassistant/run.sh [VERSION …]`.
# The newest hears the device form, and has our integration; the oldest hears the older form, for each entity. The first
# run installs them (environment.sh).
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."
# shellcheck source=deploy/environment.sh
source deploy/environment.sh
# shellcheck source=tests/homeassistant/environment.sh
source tests/homeassistant/environment.sh

declare -rA FORM=(["$OLDEST"]=entity ["$NEWEST"]=device)
versions=("$@")
((${#versions[@]})) || versions=("$NEWEST" "$OLDEST")

need_packages chromium ffmpeg fonts-noto-core iproute2 mpd mosquitto python3-venv
need_venv demo,page,mqtt,buttons,test
need_detector

failed=() newest=()
for version in "${versions[@]}"; do
    [[ ${FORM[$version]:-} ]] || fail "no such version here: $version; there are ${!FORM[*]}"
    need_core "$version"
    root=$(<"$CORES/$version.root")
    command=("$CORES/$version/bin/hass")
    [[ -z $root ]] || command=(chroot "$root" "${command[@]}")
    say "Home Assistant $version"
    OPENBLAS_NUM_THREADS=1 PYTHONPATH=tests:. .venv/bin/python tests/homeassistant/check.py \
        --root "${root:-/}" --form "${FORM[$version]}" -- "${command[@]}" || failed+=("$version")
    [[ $version == "$NEWEST" ]] || continue
    OPENBLAS_NUM_THREADS=1 PYTHONPATH=tests:. .venv/bin/python tests/homeassistant/check.py \
        --root "${root:-/}" --player -- "${command[@]}" || failed+=("$version, our integration")
    if unshare --net --mount --propagation private true 2>/dev/null; then
        OPENBLAS_NUM_THREADS=1 PYTHONPATH=tests:. unshare --net --mount --propagation private .venv/bin/python \
            tests/homeassistant/speaking.py --root "${root:-/}" -- "${command[@]}" || failed+=("$version, tts.speak")
    else
        say "SKIPPED: tts.speak, for which Home Assistant is on another host: no network namespaces here"
    fi
    newest=("${command[@]}") newest_root=${root:-/}
done
# Last, for it takes the longest.
if ((${#newest[@]})); then
    say "an update by Home Assistant $NEWEST, of a box that is installed and booted"
    MOODBOX_HASS="${newest[*]}" MOODBOX_HASS_ROOT=$newest_root tests/boot/install.sh || failed+=("$NEWEST, update")
fi
((${#failed[@]} == 0)) || fail "Home Assistant ${failed[*]}: see above"

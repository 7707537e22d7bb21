#!/usr/bin/env bash
# What can be proved of a Pi's processor without one: every wheel that the box needs exists for it, and the shipped
# network gives the same answers there, within one step of int8.
#
# The answers come from an unpacked arm64 Debian under qemu-user: no root, 20 s once everything is cached.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."
# shellcheck source=deploy/environment.sh
source deploy/environment.sh
# shellcheck source=tests/boot/roots.sh
source tests/boot/roots.sh

HERE=$CACHE/arm64
SYSROOT=$HERE/bookworm SITE=$HERE/site
# The newest that qemu-user 7.2 (Debian 12's) can run; 2.2 and 2.3 crash in it, though not on a processor.
RUNTIME='ai-edge-litert==2.1.6'
python=.venv/bin/python
pip() { "$python" -m pip --quiet --disable-pip-version-check "$@"; }

for_arm64() {
    local glibc
    printf '%s\n' --only-binary=:all: --implementation=cp "--python-version=$1"
    for glibc in 2_35 2_34 2_31 2_28 2_27 2_26 2_24 2_17; do
        printf '%s\n' "--platform=manylinux_${glibc}_aarch64"
    done
    printf '%s\n' --platform=manylinux2014_aarch64
}

# Ask pip what it would install, from the names and ranges in setup.cfg.
resolves() {
    local version=$1 numpy=$2 options wanted
    mapfile -t options < <(for_arm64 "$version")
    mapfile -t wanted < <("$python" deploy/wanted.py "$version" aarch64 page,mqtt,buttons,demo)
    if pip install --dry-run --ignore-installed --target "$HERE/nowhere" "${options[@]}" "${wanted[@]}" "numpy==$numpy" >"$HERE/resolve-$version.log" 2>&1; then
        printf '   ok    every wheel exists for Python %s on aarch64\n' "$version"
    elif grep -qE 'ConnectionError|NewConnectionError|Temporary failure|ReadTimeout' "$HERE/resolve-$version.log"; then
        skip "no network to ask for wheels"
    else
        printf '   WRONG no wheels for Python %s on aarch64:\n' "$version"
        tail -n 5 "$HERE/resolve-$version.log"
        return 1
    fi
}

# A Debian for arm64 with Python, unpacked and never run as a system.
sysroot() {
    local deb debs=$HERE/debs
    [[ ! -x $SYSROOT/usr/bin/python3.11 ]] || return 0
    say "unpacking an arm64 Debian (about a minute, once)"
    rm -rf "$SYSROOT" "$debs"
    debootstrap --arch=arm64 --variant=minbase --include=python3 --download-only bookworm "$debs" \
        >"$HERE/debootstrap.log" 2>&1 || skip "debootstrap: $(tail -n 1 "$HERE/debootstrap.log")"
    mkdir -p "$SYSROOT.new/usr/lib" "$SYSROOT.new/usr/bin" "$SYSROOT.new/usr/sbin"
    ln -s usr/lib usr/bin usr/sbin "$SYSROOT.new/"
    for deb in "$debs"/var/cache/apt/archives/{lib,python3,zlib1g,media-types}*.deb; do
        dpkg -x "$deb" "$SYSROOT.new"
    done
    mv "$SYSROOT.new" "$SYSROOT"
    rm -rf "$debs"
}

site_packages() {
    local options
    [[ ! -f $SITE/stamp ]] || ! grep -qxF "$RUNTIME" "$SITE/stamp" || return 0
    mapfile -t options < <(for_arm64 3.11)
    rm -rf "$SITE"
    pip install --target "$SITE" "${options[@]}" "$RUNTIME" numpy==1.24.2 >"$HERE/site.log" 2>&1 ||
        skip "the runtime could not be had: $(tail -n 1 "$HERE/site.log")"
    echo "$RUNTIME" >"$SITE/stamp"
}

# The same script on each processor. qemu's own choice, "max", has instructions that no Pi has, and the runtime's
# kernels for those give nonsense under emulation; so a Pi 4's (also a Zero 2 W's, as far as kernels go) and a Pi 5's.
same_answers() {
    local processor
    "$python" tests/boot/answers.py make "$HERE/inputs.npy" 2>/dev/null
    "$python" tests/boot/answers.py run "$HERE/inputs.npy" "$HERE/x86.npy" 2>/dev/null
    for processor in cortex-a72 cortex-a76; do
        PYTHONPATH=$SITE PYTHONHOME=$SYSROOT/usr OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 \
            qemu-aarch64 -cpu "$processor" -L "$SYSROOT" "$SYSROOT/usr/bin/python3.11" -B \
            tests/boot/answers.py run "$HERE/inputs.npy" "$HERE/$processor.npy" 2>/dev/null
        "$python" tests/boot/answers.py compare "$HERE/x86.npy" "$HERE/$processor.npy"
    done
}

need_tools
mkdir -p "$HERE"
resolves 3.11 1.24.2
resolves 3.13 2.2.4
command -v qemu-aarch64 >/dev/null || skip "no qemu-aarch64: apt install qemu-user"
command -v debootstrap >/dev/null || skip "no debootstrap"
((EUID == 0)) || [[ -x $SYSROOT/usr/bin/python3.11 ]] || skip "debootstrap needs root, once"
sysroot
site_packages
same_answers

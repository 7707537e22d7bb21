# shellcheck shell=bash disable=SC2034
# Sourced by vm.sh: what its machines need that Debian does not have ready, built once in a layer above a bare
# Debian 13 and kept in $PARTS: a kernel with GPIO chips and a camera that exist in software alone, and picamera2.
#
# The kernel is Debian's own, its modules gpio-sim and vimc come from Debian's source of it: none is kept here.

PARTS=$CACHE/vm

# Ends with $KERNEL, its version: $PARTS/kernel has vmlinuz and lib/modules.
need_parts() {
    local want
    want=$(sha256sum <"${BASH_SOURCE[0]}")
    if ! grep -qsxF "$want" "$PARTS/stamp"; then
        say "building a kernel's modules and picamera2 (about five minutes, once)"
        bare_root trixie
        rm -rf "$PARTS/kernel" "$PARTS/picamera2"
        mkdir -p "$PARTS/kernel/lib/modules" "$PARTS/picamera2"
        (build_parts) >"$PARTS/build.log" 2>&1 || skip "could not be built: $(tail -n 1 "$PARTS/build.log")"
        echo "$want" >"$PARTS/stamp"
    fi
    KERNEL=$(basename "$PARTS"/kernel/lib/modules/*)
}

# In a subshell: the layer goes with it.
build_parts() {
    layer_above "$ROOT"
    open_root trixie
    mount --bind "$PARTS" "$MACHINE/mnt"
    there apt-get update -qq
    there apt-get install -qq -y --no-install-recommends linux-headers-amd64 linux-source-6.12 gcc libc6-dev make \
        kmod xz-utils python3-venv python3-dev python3-numpy libcap-dev
    there bash -euxc "$(declare -f in_the_builder gpio_sim vimc); in_the_builder"
}

in_the_builder() {
    local version
    version=$(basename /usr/src/linux-headers-*-amd64)
    version=${version#linux-headers-}
    cd /tmp || exit
    # Unpacked, not installed: nothing here boots.
    apt-get install -qq -y --no-install-recommends --download-only "linux-image-$version"
    dpkg -x /var/cache/apt/archives/linux-image-"$version"_*.deb image
    cp -a image/usr/lib/modules/. /mnt/kernel/lib/modules/
    cp "image/boot/vmlinuz-$version" /mnt/kernel/vmlinuz
    tar -xf /usr/src/linux-source-6.12.tar.xz linux-source-6.12/drivers/{gpio,media/test-drivers/vimc} linux-source-6.12/kernel/irq
    gpio_sim "$version"
    vimc "$version"
    depmod --basedir /mnt/kernel "$version"
    # picamera2 sees the system's numpy, as on a Pi; libcamera and its Python side are Debian's.
    python3 -m venv /tmp/venv
    python3 -c 'import numpy; print(f"numpy=={numpy.__version__}")' >constraints.txt
    venv/bin/pip wheel --quiet --constraint constraints.txt --wheel-dir /mnt/picamera2 picamera2==0.3.38
}

# irq_sim is built into kernels that ask for it; Debian's does not. As a module it has no access to irq_to_desc.
gpio_sim() {
    mkdir gpio-sim
    cp linux-source-6.12/drivers/gpio/{gpio-sim.c,*.h} linux-source-6.12/kernel/irq/irq_sim.c gpio-sim/
    sed -i 's/irq_to_desc(\([^()]*\))/irq_data_to_desc(irq_get_irq_data(\1))/' gpio-sim/irq_sim.c
    printf '#include <linux/module.h>\nMODULE_DESCRIPTION("irq_sim as a module");\nMODULE_LICENSE("GPL");\n' >>gpio-sim/irq_sim.c
    echo 'obj-m := irq_sim.o gpio-sim.o' >gpio-sim/Makefile
    make -C "/usr/src/linux-headers-$1" M="$PWD/gpio-sim" modules
    install -D -m 0644 -t "/mnt/kernel/lib/modules/$1/updates" gpio-sim/*.ko
}

vimc() {
    make -C "/usr/src/linux-headers-$1" M="$PWD/linux-source-6.12/drivers/media/test-drivers/vimc" CONFIG_VIDEO_VIMC=m modules
    install -D -m 0644 -t "/mnt/kernel/lib/modules/$1/updates" linux-source-6.12/drivers/media/test-drivers/vimc/*.ko
}

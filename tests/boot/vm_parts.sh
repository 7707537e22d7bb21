# shellcheck shell=bash disable=SC2034
# Sourced by vm.sh: a kernel with GPIO chips that exist in software alone, built once in a layer above a bare Debian 13
# and kept in $PARTS. It is Debian's own; the module gpio-sim, which Debian leaves out, is made from Debian's source.

PARTS=$CACHE/vm

# Ends with $KERNEL, its version: $PARTS/kernel has vmlinuz and lib/modules.
need_parts() {
    local want
    want=$(sha256sum <"${BASH_SOURCE[0]}")
    if ! grep -qsxF "$want" "$PARTS/stamp"; then
        say "building a kernel's module (about five minutes, once)"
        bare_root trixie
        rm -rf "$PARTS/kernel"
        mkdir -p "$PARTS/kernel/lib/modules"
        apart build_parts >"$PARTS/build.log" 2>&1
        ((STATUS == 0)) || skip "could not be built: $(tail -n 1 "$PARTS/build.log")"
        echo "$want" >"$PARTS/stamp"
    fi
    KERNEL=$(basename "$PARTS"/kernel/lib/modules/*)
}

# Apart: the layer goes with it.
build_parts() {
    layer_above "$ROOT"
    open_root trixie
    mount --bind "$PARTS" "$MACHINE/mnt"
    there apt-get update -qq
    # The headers want a kernel beside them; its first RAM disk is not wanted.
    there env INITRD=No apt-get install -qq -y --no-install-recommends linux-headers-amd64 linux-source-6.12 \
        gcc libc6-dev make kmod xz-utils
    there bash -euxc "$(declare -f in_the_builder gpio_sim); in_the_builder"
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
    cp "image/boot/config-$version" /mnt/kernel/config
    tar -xf /usr/src/linux-source-6.12.tar.xz linux-source-6.12/drivers/gpio linux-source-6.12/kernel/irq
    gpio_sim "$version"
    depmod --basedir /mnt/kernel "$version"
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

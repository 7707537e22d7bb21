# shellcheck shell=bash
# Sourced by the scripts beside it, at the project's root: releases of this tree, signed with a key of an hour's life.

# A commit of its own for what stands here, committed or not: release_source DIR.
release_source() {
    mkdir -p "$1"
    git ls-files -z --cached --others --exclude-standard | xargs -0 cp --parents -t "$1" 2>/dev/null || true
    ssh-keygen -q -t ed25519 -N '' -C 'throw-away' -f "$1.key"
    printf 'moodbox namespaces="moodbox-release" %s\n' "$(cat "$1.key.pub")" >>"$1/deploy/release-keys"
    git -C "$1" init -q
    release_commit "$1"
}

release_commit() {
    git -C "$1" add --all
    git -C "$1" -c user.name=Test -c user.email=test@localhost -c commit.gpgsign=false commit -q -m "Release"
}

# make_release DIR VERSION KIND OUT
make_release() {
    sed -i "s/^__version__ = .*/__version__ = \"$2\"/" "$1/appliance/__init__.py"
    sed -i "0,/^## /s//## $2\n\n- What is new in $2.\n\n&/" "$1/CHANGELOG.md"
    release_commit "$1"
    release_again "$@"
}

# The release of what is committed there; what tells boxes of it is then OUT/VERSION.json.
release_again() {
    "$1/deploy/release.sh" --key "$1.key" --for "$3" --out "$4"
    mv "$4/latest.json" "$4/$2.json"
    mv "$4/latest.json.sig" "$4/$2.json.sig"
}

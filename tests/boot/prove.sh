# shellcheck shell=bash
# Sourced by the scripts beside it: what is proved, and how it is said.

FAILED=()
# Seconds between two tries.
PAUSE=0.2

# until_true SECONDS CONDITION: try until the shell's condition holds. Status 1 when it has not by then. Beside other
# work it may take MOODBOX_PATIENCE times as long.
until_true() {
    local deadline=$((SECONDS + $1 * ${MOODBOX_PATIENCE:-1}))
    until eval "$2"; do
        ((SECONDS < deadline)) || return 1
        sleep "$PAUSE"
    done
}

# prove WORDS SECONDS CONDITION: WORDS is so within SECONDS.
prove() {
    local began=$SECONDS
    if until_true "$2" "$3"; then
        printf '   ok    %s (%d s)\n' "$1" $((SECONDS - began))
    else
        printf '   WRONG %s, not within %d s: %s\n' "$1" "$2" "$3"
        FAILED+=("$1")
    fi
}

# Say how it ended.
verdict() {
    ((${#FAILED[@]})) || return 0
    printf '\n%s: %d wrong:\n' "${0##*/}" "${#FAILED[@]}"
    printf '  %s\n' "${FAILED[@]}"
    return 1
}

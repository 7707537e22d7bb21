#!/usr/bin/env bash
# The owner's settings: begun once, then only brought to this release's form, a copy of the older form beside them.
# shellcheck source=deploy/steps/step.sh
source "$(dirname "$0")/step.sh"

FILE=/etc/moodbox/moodbox.toml

install() {
    if [[ ! -e $FILE ]]; then
        say "$FILE"
        [[ $DRY_RUN ]] || begin
    else
        say "$FILE is kept"
        [[ $DRY_RUN ]] || migrate
    fi
}

# In time: a pipe in the file's place has no end.
migrate() {
    as_moodbox timeout 60 "$PYTHON" -I -m appliance --config "$FILE" config migrate ||
        say "it stays as it is; what this release understands of it is in force"
    # A mistake in it is for the owner to mend, and its default holds until then.
    as_moodbox timeout 60 "$PYTHON" -I -m appliance --config "$FILE" config check ||
        say "mend it, then: sudo systemctl restart moodbox"
}

begin() {
    # shellcheck disable=SC2016 # that shell's own words
    as_moodbox bash -c 'umask 0137; set -o noclobber; printf "%s\n" "$2" >"$1"' bash "$FILE" "$(words)" ||
        say "it could not be made; the defaults are in force"
}

words() {
    cat <<END
# Your Moodbox's settings. What is not here is as in the defaults: \`moodbox config show\` lists everything, with
# its explanation. After a change: \`moodbox config check\`, then \`sudo systemctl restart moodbox\`.
version = $("$PYTHON" -I -c 'from appliance.files.migrations import newest; print(newest())')
END
}

uninstall() {
    [[ $PURGE ]] || return 0
    run rm -rf /etc/moodbox
}

step

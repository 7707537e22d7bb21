#!/usr/bin/env bash
# The owner's settings: begun once, then left alone.
# shellcheck source=deploy/steps/step.sh
source "$(dirname "$0")/step.sh"

FILE=/etc/moodbox/moodbox.toml

install() {
    if [[ ! -e $FILE ]]; then
        say "$FILE"
        [[ $DRY_RUN ]] || begin
    else
        say "$FILE is kept as it is"
        # A mistake in it is for the owner to mend, and safe mode plays until then.
        [[ $DRY_RUN ]] || /usr/local/bin/moodbox --config "$FILE" config check || say "mend it, then: systemctl restart moodbox"
    fi
}

begin() {
    cat >"$FILE" <<'END'
# Your Moodbox's settings. What is not here is as in the defaults: `moodbox config show` lists everything, with
# its explanation. After a change: `moodbox config check`, then `sudo systemctl restart moodbox`.
version = 1
END
    chown moodbox:moodbox "$FILE"
    chmod 0640 "$FILE"
}

uninstall() {
    [[ $PURGE ]] || return 0
    run rm -rf /etc/moodbox
}

step

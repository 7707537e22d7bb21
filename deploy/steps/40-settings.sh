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

# As the box's own user, who has that folder: root would follow a link that a stranger laid there.
migrate() {
    runuser --user moodbox -- "$PYTHON" -I -m appliance --config "$FILE" config migrate ||
        say "it stays as it is; what this release understands of it is in force"
    # A mistake in it is for the owner to mend, and its default holds until then.
    /usr/local/bin/moodbox --config "$FILE" config check || say "mend it, then: systemctl restart moodbox"
}

begin() {
    cat >"$FILE" <<END
# Your Moodbox's settings. What is not here is as in the defaults: \`moodbox config show\` lists everything, with
# its explanation. After a change: \`moodbox config check\`, then \`sudo systemctl restart moodbox\`.
version = $("$PYTHON" -I -c 'from appliance.migrations import newest; print(newest())')
END
    chown moodbox:moodbox "$FILE"
    chmod 0640 "$FILE"
}

uninstall() {
    [[ $PURGE ]] || return 0
    run rm -rf /etc/moodbox
}

step

#!/usr/bin/env bash
# Something to play from the first minute: the demo's own tunes, into a music folder that holds no song yet.
# shellcheck source=deploy/steps/step.sh
source "$(dirname "$0")/step.sh"

install() {
    ignore_junk
    if [[ -n $(find "$MUSIC" -type f -not -name '.*' -print -quit 2>/dev/null) ]]; then
        say "$MUSIC has songs already"
    elif [[ $WHEELS && -d $WHEELS/music ]]; then
        say "copying tunes to $MUSIC"
        run for_the_group cp -R "$WHEELS/music/." "$MUSIC/"
    else
        say "composing a few tunes for each mood into $MUSIC (a minute or two on a Pi)"
        run for_the_group "$PYTHON" -I -m appliance.demo.tunes "$MUSIC" ||
            say "that did not work; copy songs of your own there, a folder for each mood"
    fi
}

# What is in the music folder and is no music; a file of one's own is let be. As moodbox, looking included: in its folder
# a link or a pipe may stand in the file's place.
ignore_junk() {
    # shellcheck disable=SC2016 # that shell's own words
    run as_moodbox bash -c 'if [[ -e $2 ]]; then [[ -f $2 ]] && grep -q "^# Made by Moodbox" "$2" || exit 0; fi
        cp --remove-destination "$1" "$2"' bash "$RELEASE/deploy/mpdignore" "$MUSIC/.mpdignore" ||
        say "$MUSIC/.mpdignore could not be made: wastebaskets of sticks may play"
}

# Files that the group may change.
for_the_group() { as_moodbox sh -c 'umask 0002; exec "$@"' sh "$@"; }

# A person's music is not ours to remove; --purge does it with the rest of /var/lib/moodbox.
uninstall() { :; }

step

#!/usr/bin/env bash
# Measure what the box costs, and write docs/performance.md: under ten minutes where nothing else runs.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."
# shellcheck source=deploy/environment.sh
source deploy/environment.sh
need_packages mpd
need_venv demo,page,mqtt,buttons,test,style
need_detector

page=$(mktemp)
trap 'rm -f "$page"' EXIT

# measure TITLE COMMAND...: a section with what the command prints, or that it failed.
measure() {
    local title=$1
    shift
    say "$title"
    printf '\n## %s\n\n    %s\n\n```\n' "$title" "$*" >>"$page"
    timeout 180 "$@" 2>/dev/null >>"$page" || echo "(it failed, or took longer than three minutes)" >>"$page"
    printf '```\n' >>"$page"
}

# shellcheck disable=SC2016 # these are Markdown's quotes
{
    printf '# What it costs, measured\n\nMade by `tests/bench/run.sh` on %s: %s cores of %s, load before it %s.\n' \
        "$(date '+%-d %B %Y')" "$(nproc)" "$(uname -m)" "$(cut -d ' ' -f 1 /proc/loadavg)"
    printf 'A Raspberry Pi prints its own with `moodbox bench`.\n'
} >>"$page"
measure "A look" .venv/bin/moodbox bench
measure "A newcomer's look beside fer, by turns of a second" .venv/bin/python tests/bench/beside_fer.py --rounds 5
measure "The same, frame by frame" .venv/bin/python tests/bench/beside_fer.py --rounds 5 --by-frame
measure "The paper's pipeline, stage by stage" .venv/bin/python tests/bench/paper.py --docs
measure "From the deciding frame to another song" .venv/bin/python tests/bench/change.py
measure "Bytes written in a day of music" .venv/bin/python tests/bench/state_written.py 0 10000
printf '\n![Stages of a look](paper.svg)\n' >>"$page"
cp "$page" docs/performance.md
say "docs/performance.md is written"

#!/usr/bin/env bash
# Move the proof to the newest Home Assistant that PyPI offers its Python: `tests/homeassistant/newest.sh`. Pins it in
# environment.sh, runs it and the oldest, and writes version and date into docs/homeassistant.md, where both passed.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."
# shellcheck source=deploy/environment.sh
source deploy/environment.sh
# shellcheck source=tests/homeassistant/environment.sh
source tests/homeassistant/environment.sh

DOCS=docs/homeassistant.md

need_core "$NEWEST"
offered=$(inside "$NEWEST" "$CORES/$NEWEST/bin/python" -m pip index versions homeassistant 2>/dev/null |
    sed -n '1s/^homeassistant (\([0-9.]*\))$/\1/p')
[[ $offered ]] || fail "PyPI does not say which Home Assistant is the newest; is there a network?"
say "the newest is $offered, the proof's was $NEWEST"
sed -i "s/^readonly OLDEST=\(.*\) NEWEST=.*/readonly OLDEST=\1 NEWEST=$offered/" tests/homeassistant/environment.sh
tests/homeassistant/run.sh
sed -i "s/^| \($NEWEST\|$offered\), \(.*\) | [0-9-]* | passed |$/| $offered, \2 | $(date +%F) | passed |/" "$DOCS"
sed -i "s/^| $OLDEST, \(.*\) | [0-9-]* | passed |$/| $OLDEST, \1 | $(date +%F) | passed |/" "$DOCS"
grep -q "^| $offered, .* | $(date +%F) | passed |$" "$DOCS" || fail "$DOCS has no line of the newest core to write into"
say "written into $DOCS: commit it with tests/homeassistant/environment.sh"

# shellcheck shell=bash disable=SC2016,SC2034
# Sourced by install.sh: what stands around a booted box, in its own network. A broker, a publisher's web server, the
# browser of the page's owner; and, where MOODBOX_HASS is a command that starts it, a real Home Assistant
# (MOODBOX_HASS_ROOT is where its file system begins).

HOME_ASSISTANT=http://127.0.0.1:8123
ENTITY=update.moodbox_update

# What the box's settings say of it; before it boots.
know_household() {
    local tls=$LAYER/tls
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=publisher \
        -addext subjectAltName=IP:127.0.0.1 -keyout "$tls.key" -out "$tls.pem" 2>/dev/null
    TRUST=$MACHINE/etc/ssl/certs/$(openssl x509 -hash -noout -in "$tls.pem").0
    cp "$tls.pem" "$TRUST"
    mkdir "$LAYER/site"
    cat >>"$MACHINE/etc/moodbox/moodbox.toml" <<'END'
update = { address = "https://127.0.0.1:8443" }
mqtt = { broker = "127.0.0.1", id = "booted", figures_interval_s = 1.0 }
END
}

settle_household() {
    # A busy machine lets what is idle starve.
    inside sh -c 'mkdir -p /run/systemd/system/moodbox-release.service.d && printf "[Service]\nNice=0\n" >/run/systemd/system/moodbox-release.service.d/turn.conf'
    inside systemctl daemon-reload
    stay_beside broker mosquitto -p 1883
    stay_beside publisher .venv/bin/python tests/boot/publisher.py "$LAYER/site" "$LAYER/tls.pem" "$LAYER/tls.key" 8443
    until_true 10 'beside mosquitto_pub -t here -n 2>/dev/null' || broken "no broker: $(<"$LAYER/broker")"
    until_true 20 'beside bash -c ": >/dev/tcp/127.0.0.1/8443" 2>/dev/null' || broken "no publisher: $(<"$LAYER/publisher")"
    stay_beside entity mosquitto_sub -q 1 -t moodbox/booted/update
    [[ ! ${MOODBOX_HASS:-} ]] || settle_home_assistant
}

settle_home_assistant() {
    # shellcheck disable=SC2086 # a command and its arguments
    PYTHONPATH=tests:tests/homeassistant:. stay_beside home_assistant .venv/bin/python tests/homeassistant/beside_a_box.py \
        --root "${MOODBOX_HASS_ROOT:-/}" --broker 1883 --port "${HOME_ASSISTANT##*:}" --token "$LAYER/token" \
        --follow "$ENTITY" -- $MOODBOX_HASS
    until_true 120 '[[ -s $LAYER/token ]]' || broken "no Home Assistant: $(tail -n 20 "$LAYER/home_assistant")"
}

forget_household() {
    alone_again
    rm -f "$TRUST"
}

# A publisher copies a release to where boxes look: publish VERSION.
publish() {
    rm -f "$LAYER"/site/*
    cp "$BUNDLES/moodbox-$1"[-.]* "$LAYER/site/"
    cp "$BUNDLES/$1.json" "$LAYER/site/latest.json"
    cp "$BUNDLES/$1.json.sig" "$LAYER/site/latest.json.sig"
}

# Somebody changes the release that lies there.
tamper() { printf 'x' | dd of="$(ls "$LAYER/site/moodbox-$1"-*.tar)" bs=1 seek=100000 conv=notrunc status=none; }

# What the update entity's topic says, and whether it has ever said so: conditions of Python's on its fields.
shows() { newest "$LAYER/entity" "$1"; }
has_shown() { ever "$LAYER/entity" "$1"; }
newest() { tail -n 1 "$1" | "$JSON" "$2"; }
ever() {
    local told
    while read -r told; do ! "$JSON" "$2" <<<"$told" || return 0; done <"$1"
    return 1
}

# The same of the entity in Home Assistant, its attributes and `state`, where there is one:
# home_proves WORDS SECONDS CONDITION [ever]
home_proves() {
    [[ ${MOODBOX_HASS:-} ]] || return 0
    IS_SO=("${4:-newest}" "$LAYER/home_assistant" "$3")
    prove "$1" "$2" '"${IS_SO[@]}"'
}

# Home Assistant's update.install: by a real one, else by the very message that it publishes.
order_update() {
    if [[ ${MOODBOX_HASS:-} ]]; then
        beside curl -sS --fail -o /dev/null -H "Authorization: Bearer $(<"$LAYER/token")" -H 'Content-Type: application/json' \
            -d "{\"entity_id\": \"$ENTITY\"}" "$HOME_ASSISTANT/api/services/update/install"
    else
        beside mosquitto_pub -q 1 -t moodbox/booted/set/install_update -m PRESS
    fi
}

# What the page's owner sees of the releases there, and then asks for, if anything: on_the_page CONDITION [ORDER].
on_the_page() {
    PYTHONPATH=tests:. beside .venv/bin/python - "$(sed -n 's/.*shown this once: //p' "$LAYER/install.log")" "$@" <<'END'
import sys
from webbing import Client
password, condition, *orders = sys.argv[1:]
owner = Client(8080)
assert owner.log_in(password).status == 303
release = owner.get("/api/release").json
try:
    holds = eval(condition, {"release": release})
except TypeError:  # what is not known is None
    holds = False
sys.exit(not (holds and all(owner.post(f"/api/{order}").status in (200, 202) for order in orders)))
END
}

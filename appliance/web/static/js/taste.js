// What the box knows of who likes what: to look at, to export, to forget.

import { command, get, send } from "./box.js";
import { el, toast } from "./dom.js";
import { restCard } from "./rest.js";
import { MOODS, moodName, t } from "./words.js";

const MOST = 12; // artists and songs of a person that are shown; an export has all

export function tastePanel(panel) {
  refresh(panel);
}

async function refresh(panel) {
  const again = () => refresh(panel);
  try {
    const { people } = await get("api/taste");
    panel.replaceChildren(
      el("p", { class: "hint" }, t("taste_stays_here")),
      restCard(() => panel.isConnected && again()),
      ...cards(people, again),
    );
  } catch (error) {
    panel.replaceChildren(el("div", { class: "card" }, el("p", { class: "problem" }, error.message)));
  }
}

function cards(people, again) {
  const names = Object.keys(people);
  if (!names.length) return [el("div", { class: "card" }, el("p", {}, t("nothing_known_yet")))];
  return [...names.map((name) => person(name, people[name], again)), everything(again)];
}

function person(name, known, again) {
  const title = name === "everybody" ? t("everybody") : name;
  return el(
    "div",
    { class: "card" },
    el("h3", {}, title),
    el("p", { class: "hint" }, t("events_noted", { n: known.events })),
    known.rest_day !== undefined ? el("p", {}, t("rest_measured_of")) : null,
    el("ul", {}, known.artists.slice(0, MOST).map(artist)),
    el(
      "ul",
      {},
      known.songs.slice(0, MOST).map((song) => opinion(song, again)),
    ),
    el(
      "div",
      { class: "actions" },
      forgetButton(t("forget_person", { name: title }), { person: name }, again),
    ),
  );
}

function artist({ artist: who, mood, finished, of }) {
  const when = MOODS.includes(mood) ? ` (${moodName(mood)})` : "";
  return el("li", {}, t("finishes_artist", { who: `${who}${when}`, n: finished, all: of }));
}

function opinion({ uri, said }, again) {
  const words = said === "liked" ? t("you_like", { uri }) : t("you_dislike", { uri });
  return el("li", {}, words, " ", forgetButton(t("forget_song"), { song: uri }, again));
}

function everything(again) {
  const takeBack = async () => {
    if (await command("undo")) setTimeout(again, 3000); // the box writes it down within two seconds
  };
  return el(
    "div",
    { class: "card" },
    el(
      "div",
      { class: "actions" },
      el("button", { type: "button", class: "button", onclick: takeBack }, t("command_undo")),
      el(
        "a",
        { class: "button", href: "api/taste/export", download: "moodbox-taste.json" },
        t("export_taste"),
      ),
      forgetButton(t("forget_all"), { all: true }, again),
    ),
  );
}

function forgetButton(words, what, again) {
  const forget = async () => {
    if (!confirm(t("forget_for_good", { what: words }))) return;
    try {
      const { forgotten } = await send("POST", "api/taste/forget", what);
      toast(t("events_forgotten", { n: forgotten }));
      again();
    } catch (error) {
      toast(error.message);
    }
  };
  return el("button", { type: "button", class: "button", onclick: forget }, words);
}

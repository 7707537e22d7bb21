// How the face of who listens looks at rest: measured as the page asks, with a countdown that is the box's own.

import { command, on, state } from "./box.js";
import { el, mark, say } from "./dom.js";
import { t } from "./words.js";

const WAITS = { face: "rest_waits_face", alone: "rest_waits_alone" };
const FAILED = {
  away: "rest_away",
  few: "rest_few",
  restless: "rest_restless",
  off: "rest_off",
  lost: "rest_lost",
  other: "rest_other",
  unkept: "rest_unkept",
};
let card = null;

// A card that follows the state while it is on the page. changed: called when a face was measured or forgotten.
export function restCard(changed) {
  const isFirst = !card;
  card = build(changed);
  if (isFirst) on("state", () => card && show());
  if (state) show();
  return card.element;
}

function build(changed) {
  const title = el("h3", {}),
    left = el("p", {}),
    words = el("p", { role: "status" }), // not the countdown: a screen reader would say every second of it
    bar = el("progress", { max: 1, "aria-label": t("rest_measure") });
  const button = (text, step) =>
    el("button", { type: "button", class: "button", onclick: () => command("face-at-rest", { step }) }, text);
  const measure = button(t("rest_measure"), "measure"),
    cancel = button(t("rest_cancel"), "cancel"),
    forget = button(t("rest_forget"), "forget");
  const element = el(
    "div",
    { class: "card scan" },
    title,
    el("p", { class: "hint" }, t("rest_why")),
    el("p", {}, t("rest_how")),
    bar,
    left,
    words,
    el("div", { class: "actions" }, measure, cancel, forget),
  );
  return { element, title, left, words, bar, measure, cancel, forget, changed, known: null };
}

function show() {
  const { rest, person } = state,
    isMeasuring = rest.measured !== null;
  say(card.title, t("rest_of", { name: person === "everybody" ? t("everybody") : person }));
  card.bar.hidden = !isMeasuring;
  if (isMeasuring) card.bar.value = rest.measured;
  say(card.left, isMeasuring ? t("rest_left", { n: Math.ceil(rest.left_s) }) : "");
  say(card.words, wordsOf(rest));
  mark(card.measure, "hidden", isMeasuring ? "" : null);
  mark(card.cancel, "hidden", isMeasuring ? null : "");
  mark(card.forget, "hidden", rest.known && !isMeasuring ? null : "");
  const known = `${person} ${rest.known}`;
  if (card.known !== null && card.known !== known) setTimeout(card.changed, 3000); // written down within two
  card.known = known;
}

function wordsOf(rest) {
  if (rest.waits_for) return t(WAITS[rest.waits_for]);
  if (rest.measured !== null) return "";
  if (rest.failed) return t(FAILED[rest.failed]);
  return rest.known ? t("rest_known") : "";
}

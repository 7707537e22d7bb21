// The update: which release runs, which is the newest, what is new in it, and how its installing goes.

import { get, send } from "./box.js";
import { el, toast } from "./dom.js";
import { t } from "./words.js";

const AGAIN_MS = 3000;

export function updatePanel(panel) {
  const card = el("div", { class: "card panel", role: "status" });
  let shown = "";
  const install = async (event) => {
    event.target.disabled = true;
    try {
      await send("POST", "api/install-update");
      toast(t("update_asked_for"));
      shown = ""; // one that fails at once, as before, must not leave a dead button
    } catch (error) {
      event.target.disabled = false;
      toast(error.message);
    }
  };
  const refresh = async () => {
    let release;
    try {
      release = await get("api/release");
    } catch (error) {
      if (!shown) card.replaceChildren(el("p", { class: "problem" }, error.message));
      return; // the box is away for a moment, as at an update's end
    }
    const told = JSON.stringify(release);
    if (told !== shown) card.replaceChildren(...lines(release, install));
    shown = told;
  };
  panel.append(card);
  refresh();
  const timer = setInterval(refresh, AGAIN_MS);
  return () => clearInterval(timer);
}

function lines(release, install) {
  const { installed, latest, is_newer, notes, page, is_going_on, percent, failed, look_failed, asks } =
    release;
  const there = is_newer
    ? t("update_there_is", { version: latest })
    : latest
      ? t("update_is_newest")
      : asks
        ? t("update_none_known")
        : t("update_nobody_asked");
  return [
    el("h3", {}, t("update_runs", { version: installed })),
    el("p", {}, is_going_on ? t("update_goes_on", { n: percent ?? 0 }) : there),
    failed ? el("p", { class: "problem" }, t("update_failed", { reason: failed })) : null,
    look_failed ? el("p", { class: "problem" }, t("update_look_failed", { reason: look_failed })) : null,
    is_newer && notes ? el("p", { class: "notes" }, notes) : null,
    is_newer && page
      ? el("p", {}, el("a", { href: page, rel: "noreferrer" }, t("update_whole_notes")))
      : null,
    is_newer && !is_going_on
      ? el(
          "div",
          { class: "actions" },
          el("button", { type: "button", class: "button strong", onclick: install }, t("update_install")),
        )
      : null,
  ].filter(Boolean);
}

// The page: three tabs, and the box's state for all of them.

import { follow, on } from "./box.js";
import { $, el } from "./dom.js";
import { startFind } from "./find.js";
import { showNow, startNow } from "./now.js";
import { startPlay } from "./play.js";
import { showSetup, startSetup } from "./setup.js";
import { loadWords, t } from "./words.js";

const LINKS = {
  settings: () => el("a", { class: "button", href: "#setup/settings" }, t("mend")),
  welcome: () => el("a", { class: "button", href: "#setup/first" }, t("begin")),
};
const TABS = ["now", "play", "setup"];

function route() {
  const [tab, rest] = location.hash.slice(1).split("/");
  const chosen = TABS.includes(tab) ? tab : "now";
  for (const name of TABS) $(name).hidden = name !== chosen;
  for (const link of document.querySelectorAll(".tabs a")) {
    if (link.hash === `#${chosen}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  $("mini").hidden = chosen === "play";
  showNow(chosen === "now");
  showSetup(chosen === "setup", rest ?? "");
}

function showBanners(box) {
  const banners = Object.entries(box.degraded)
    .filter(([part]) => part !== "camera" && part !== "settings")
    .map(([part, reason]) => [part, part === "change" ? t("change_taken_back") : reason, ""]);
  if (box.problems.length)
    banners.unshift(["settings", t("safe_mode_wrong_settings", { n: box.problems.length }), "bad"]);
  if (!localStorage.getItem("welcomed")) banners.push(["welcome", t("new_here"), ""]);
  const key = JSON.stringify(banners);
  if ($("banners").dataset.key === key) return;
  $("banners").dataset.key = key;
  $("banners").replaceChildren(
    ...banners.map(([part, reason, kind]) =>
      el("div", { class: `banner ${kind}` }, el("p", {}, reason), LINKS[part]?.()),
    ),
  );
}

await loadWords();
startNow();
startPlay();
startFind();
startSetup();
on("state", showBanners);
window.addEventListener("hashchange", () => {
  route();
  window.scrollTo(0, 0);
});
route();
follow();

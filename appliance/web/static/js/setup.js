// Set up: a menu, and one panel at a time.

import { accessPanel } from "./access.js";
import { backupPanel, healthPanel, logPanel, powerPanel } from "./care.js";
import { $, el, icon } from "./dom.js";
import { libraryPanel } from "./library.js";
import { musicPanel } from "./music.js";
import { updatePanel } from "./release.js";
import { settingsPanel } from "./settings.js";
import { tastePanel } from "./taste.js";
import { wizardPanel } from "./wizard.js";
import { LANGUAGES, language, t } from "./words.js";

const PANELS = {
  first: ["wand", "panel_first", wizardPanel],
  music: ["note", "panel_music", musicPanel],
  library: ["disc", "panel_library", libraryPanel],
  taste: ["heart", "panel_taste", tastePanel],
  settings: ["sliders", "panel_settings", settingsPanel],
  access: ["key", "panel_access", accessPanel],
  health: ["pulse", "panel_health", healthPanel],
  log: ["lines", "panel_log", logPanel],
  backup: ["save", "panel_backup", backupPanel],
  update: ["up", "panel_update", updatePanel],
  language: ["globe", "panel_language", languagePanel],
  power: ["power", "panel_power", powerPanel],
};

let leave = null,
  current = null;

export function startSetup() {
  for (const [name, [picture, title]] of Object.entries(PANELS)) {
    $("menu").append(el("a", { href: `#setup/${name}` }, icon(picture), t(title)));
  }
}

// Called at every change of place. Panels may return what is to be done when they go.
export function showSetup(isShown, wanted) {
  const wide = matchMedia("(min-width: 60rem)").matches;
  const name = isShown ? (wanted in PANELS ? wanted : wide ? "first" : null) : null;
  $("setup").firstElementChild.nextElementSibling.classList.toggle("inside", Boolean(name));
  if (name === current) return;
  current = name;
  leave?.();
  leave = null;
  for (const link of $("menu").children) {
    if (link.hash === `#setup/${name}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  $("panel").replaceChildren();
  if (!name) return;
  const [, title, make] = PANELS[name];
  const body = el("div", { class: "panel" });
  $("panel").append(
    el("h2", {}, el("a", { class: "back", href: "#setup", "aria-label": t("back") }, icon("back")), t(title)),
    body,
  );
  leave = make(body) ?? null;
  if (wanted) $("panel").focus({ preventScroll: true });
}

function languagePanel(panel) {
  const choices = Object.entries(LANGUAGES).map(([tag, name]) =>
    el("option", { value: tag, lang: tag, selected: tag === language }, name),
  );
  const select = el("select", { id: "language" }, choices);
  select.addEventListener("change", () => {
    localStorage.setItem("language", select.value);
    location.reload();
  });
  panel.append(
    el(
      "div",
      { class: "card" },
      el("div", { class: "field" }, el("label", { for: "language" }, t("language_of_this_page")), select),
    ),
  );
}

// Every setting with its documentation; checked by the box before it is written.

import { get, getText, send } from "./box.js";
import { el, toast } from "./dom.js";
import { learn, t } from "./words.js";

export function settingsPanel(panel) {
  const changes = new Map();
  const problems = el("div", { role: "alert" });
  const bar = el("div", { class: "savebar", hidden: true });

  async function refresh() {
    changes.clear();
    try {
      const [found] = await Promise.all([get("api/settings"), learn("static/settings.json")]);
      panel.replaceChildren(
        problems,
        ...safeMode(found.problems),
        ...found.sections.map((section) => sectionCard(section, note)),
        fileCard(found.writable, refresh),
        bar,
      );
      if (!found.writable) panel.prepend(el("p", { class: "problem" }, t("there_is_no_settings_file")));
    } catch (error) {
      panel.replaceChildren(el("p", { class: "problem" }, error.message));
    }
    paint();
  }

  function note(path, value, shown) {
    const original = changes.get(path)?.original ?? shown;
    if (isSame(value, original)) changes.delete(path);
    else changes.set(path, { value, original });
    paint();
  }

  // What another page has changed since this one was shown: told once, then whoever saves again means it.
  async function overtaken() {
    const { sections } = await get("api/settings");
    return sections
      .flatMap((section) => section.keys)
      .filter(({ path, value }) => changes.has(path) && !isSame(value, changes.get(path).original))
      .map(({ path, value }) => {
        changes.get(path).original = value;
        return t("setting_changed_meanwhile", { path, value: JSON.stringify(value) });
      });
  }

  function paint() {
    bar.hidden = !changes.size;
    bar.replaceChildren(
      el("p", {}, t("changed", { n: changes.size })),
      el("button", { type: "button", class: "button quiet", onclick: refresh }, t("discard")),
      el("button", { type: "button", class: "button strong", id: "save-settings", onclick: save }, t("save")),
    );
  }

  async function save() {
    try {
      const news = await overtaken();
      if (news.length) return tellProblems(news);
      const wanted = [...changes].map(([path, { value }]) => [path, value]);
      const answer = await send("PATCH", "api/settings", { changes: Object.fromEntries(wanted) });
      problems.replaceChildren();
      changes.clear();
      paint();
      tellSaved(answer);
      setTimeout(refresh, 2500);
    } catch (error) {
      tellProblems(error.problems);
    }
  }

  function tellProblems(told) {
    problems.replaceChildren(list(told));
    problems.scrollIntoView({ block: "center" });
  }

  panel.append(el("p", { class: "hint", "aria-busy": "true" }, t("fetching_settings")));
  refresh();
}

function tellSaved({ dropped = [], visit }) {
  const words = [t("saved_and_begins_anew")];
  if (dropped.length)
    words.push(
      t("taken_out", {
        names: dropped.join(", "),
      }),
    );
  if (visit) words.push(t("come_back_to_page_within"));
  toast(words.join(" "));
}

const isSame = (one, other) => JSON.stringify(one) === JSON.stringify(other);

const list = (problems) =>
  el(
    "div",
    { class: "card" },
    problems.map((problem) => el("p", { class: "problem" }, problem)),
  );

function safeMode(problems) {
  if (!problems.length) return [];
  return [
    el(
      "div",
      { class: "card" },
      el("h3", {}, t("safe_mode")),
      el("p", {}, t("these_settings_are_wrong")),
      problems.map((problem) => el("p", { class: "problem" }, problem)),
    ),
  ];
}

function sectionCard({ section, keys }, note) {
  return el(
    "details",
    { class: "card" },
    el("summary", {}, t(`section_${section}`)),
    el(
      "div",
      { class: "inside" },
      keys.map((key, place) => field(key, note, key.doc === keys[place - 1]?.doc)),
    ),
  );
}

// isRepeated: what stands above it is said of this one, too.
function field(key, note, isRepeated) {
  const id = `set-${key.path}`,
    name = key.path.split(".").slice(1).join(".");
  const words = t(key.doc),
    doc = el(
      "p",
      { id: `${id}-doc`, class: isRepeated ? "unseen" : null, lang: words === key.doc ? "en" : null },
      words,
    );
  const tell = (value) => note(key.path, value, key.value);
  const [input, label] = control(key, id, tell);
  input.setAttribute("aria-describedby", doc.id);
  const reset =
    key.own && key.default !== null
      ? el(
          "button",
          {
            type: "button",
            class: "button quiet",
            onclick: () => {
              note(key.path, null, key.value);
              toast(t("default_when_saved", { name: key.path }));
            },
          },
          t("default"),
        )
      : null;
  return el(
    "div",
    { class: "field" },
    label ? el("span", { class: "label", id: `${id}-label` }, name) : el("label", { for: id }, name),
    doc,
    el("div", { class: "pair" }, input, reset),
  );
}

// The input that suits the setting's schema, and whether it needs a label of another kind.
function control(key, id, tell) {
  const { type, enum: choices } = key.schema,
    value = key.value;
  if (choices) {
    const select = el(
      "select",
      { id },
      choices.map((choice) => el("option", { value: choice, selected: choice === value }, choice)),
    );
    select.addEventListener("change", () => tell(choices.find((choice) => String(choice) === select.value)));
    return [select];
  }
  if (type === "boolean") {
    const box = el("input", { type: "checkbox", id, checked: value });
    box.addEventListener("change", () => tell(box.checked));
    return [box];
  }
  if (type === "integer" || type === "number") {
    const number = el("input", {
      type: "number",
      id,
      value,
      min: key.schema.minimum,
      max: key.schema.maximum,
      step: type === "integer" ? 1 : "any",
    });
    number.addEventListener("input", () => tell(number.value === "" ? null : numberOf(number.value, type)));
    return [number];
  }
  if (key.path.startsWith("music.moods.")) return source(key, id, tell);
  const plain = type === "string" || type === undefined;
  const text = el("input", {
    type: key.secret ? "password" : "text",
    id,
    value: plain ? value : JSON.stringify(value),
    autocomplete: "off",
    spellcheck: "false",
  });
  text.addEventListener("input", () => {
    if (plain) return tell(text.value);
    try {
      tell(JSON.parse(text.value));
      text.removeAttribute("aria-invalid");
    } catch {
      text.setAttribute("aria-invalid", "true");
    }
  });
  return [text];
}

// TOML tells 2.0 from 2; so does the box.
function numberOf(text, type) {
  return type === "integer" ? Math.trunc(Number(text)) : Number(text);
}

// Where a mood's music is: folder, playlist or filter, and its name.
function source(key, id, tell) {
  const kinds = ["folder", "playlist", "filter"],
    kind = kinds.find((name) => key.value[name]) ?? "folder";
  const select = el(
    "select",
    { id, "aria-label": key.path },
    kinds.map((name) => el("option", { value: name, selected: name === kind }, name)),
  );
  const name = el("input", {
    type: "text",
    value: key.value[kind],
    "aria-label": `${key.path}: ${t("name")}`,
    spellcheck: "false",
  });
  const change = () => {
    const value = { folder: "", playlist: "", filter: "", [select.value]: name.value };
    tell(isSame(value, key.value) ? key.value : { [select.value]: name.value });
  };
  select.addEventListener("change", change);
  name.addEventListener("input", change);
  return [el("div", { class: "pair", role: "group", "aria-labelledby": `${id}-label` }, select, name), true];
}

function fileCard(isWritable, refresh) {
  const text = el("textarea", { id: "settings-file", spellcheck: "false", autocapitalize: "off" });
  const said = el("div", { role: "alert" });
  let seen = "";
  const save = async () => {
    try {
      const now = await getText("api/settings/file");
      if (now !== seen) {
        seen = now;
        return said.replaceChildren(el("p", { class: "problem" }, t("file_changed_meanwhile")));
      }
      const answer = await send("PUT", "api/settings/file", text.value, "text/plain");
      said.replaceChildren();
      tellSaved(answer);
      setTimeout(refresh, 2500);
    } catch (error) {
      said.replaceChildren(...error.problems.map((problem) => el("p", { class: "problem" }, problem)));
    }
  };
  const card = el(
    "details",
    { class: "card" },
    el("summary", {}, t("file_itself")),
    el(
      "div",
      { class: "inside" },
      el("div", { class: "field" }, el("label", { for: "settings-file" }, "moodbox.toml"), text),
      said,
      el(
        "div",
        { class: "actions" },
        el(
          "button",
          { type: "button", class: "button strong", disabled: !isWritable, onclick: save },
          t("check_and_save"),
        ),
      ),
    ),
  );
  card.addEventListener("toggle", async () => {
    if (card.open && !text.value) {
      seen = await getText("api/settings/file").catch((error) => error.message);
      text.value = seen;
    }
  });
  return card;
}

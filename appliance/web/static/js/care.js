// Health, log, backup, restart and power.

import { command, get, send, sendFile } from "./box.js";
import { el, icon, toast } from "./dom.js";
import { ago, t } from "./words.js";

export function healthPanel(panel) {
  let gone = false;
  const examine = async () => {
    panel.replaceChildren(
      el(
        "div",
        { class: "card" },
        el("p", { class: "hint", role: "status", "aria-busy": "true" }, t("examining")),
      ),
    );
    let card;
    try {
      const { checks } = await get("api/doctor");
      card = checks.length
        ? el("ul", { class: "checks" }, checks.map(line))
        : el("p", {}, t("this_box_has_no_doctor"));
    } catch (error) {
      card = el("p", { class: "problem" }, error.message);
    }
    if (!gone)
      panel.replaceChildren(
        el("div", { class: "card" }, card),
        el(
          "div",
          { class: "actions" },
          el("button", { type: "button", class: "button", onclick: examine }, t("examine_again")),
        ),
      );
  };
  examine();
  return () => {
    gone = true;
  };
}

function line({ name, ok, fix, found }) {
  return el(
    "li",
    { class: ok ? "" : "bad" },
    icon(ok ? "check" : "cross"),
    el(
      "div",
      {},
      el("b", {}, name),
      el("span", { class: "unseen" }, ok ? t("good") : t("not_good")),
      fix || found ? el("p", {}, fix || found) : null,
    ),
  );
}

export function logPanel(panel) {
  const level = el(
    "select",
    { id: "log-level" },
    ["debug", "info", "warning", "error"].map((name) =>
      el("option", { value: name, selected: name === "info" }, name),
    ),
  );
  const lines = el("div", {
    class: "log",
    tabindex: 0,
    role: "log",
    "aria-label": t("log"),
    "aria-busy": "true",
  });
  const refresh = async () => {
    try {
      const found = await get(`api/log?level=${level.value}`);
      lines.replaceChildren(
        ...found.lines.map((entry) =>
          el(
            "div",
            { class: entry.level },
            el("time", {}, t("ago", { time: ago(entry.ago_s) })),
            `${entry.level} ${entry.name}: ${entry.text}`,
          ),
        ),
      );
      if (!found.lines.length) lines.textContent = t("nothing_to_tell");
      lines.scrollTop = lines.scrollHeight;
    } catch (error) {
      lines.textContent = error.message;
    }
    lines.removeAttribute("aria-busy");
  };
  level.addEventListener("change", refresh);
  panel.append(
    el(
      "div",
      { class: "card panel" },
      el(
        "div",
        { class: "actions" },
        el("label", { for: "log-level" }, t("from_level")),
        level,
        el("button", { type: "button", class: "button", onclick: refresh }, t("refresh")),
      ),
      lines,
    ),
  );
  refresh();
}

export function backupPanel(panel) {
  const secrets = el("input", { type: "checkbox", id: "with-secrets" }),
    history = el("input", { type: "checkbox", id: "with-history" });
  const link = el(
    "a",
    { class: "button strong", href: "api/backup", download: "moodbox-backup.zip" },
    icon("save"),
    t("save_backup"),
  );
  const aim = () => {
    link.href = `api/backup?secrets=${secrets.checked}&history=${history.checked}`;
  };
  for (const box of [secrets, history]) box.addEventListener("change", aim);
  const file = el("input", {
    type: "file",
    id: "backup-file",
    accept: ".zip,application/zip",
    required: true,
  });
  const said = el("p", { role: "status" });
  const wanted = el("input", { type: "checkbox", id: "take-secrets" }),
    names = el("span");
  const tick = el("label", { class: "check", hidden: true }, wanted, names);
  file.addEventListener("change", () => {
    tick.hidden = true;
    wanted.checked = false;
  });
  const restore = async (event) => {
    event.preventDefault();
    const bar = el("progress", { max: 1, value: 0, "aria-label": t("upload") });
    said.replaceChildren(bar);
    button.disabled = true;
    try {
      const path = `api/restore?secrets=${wanted.checked}`;
      const answer = await sendFile("POST", path, file.files[0], "application/zip", (part) => {
        bar.value = part;
      });
      said.className = "good";
      said.textContent = t("restored", { files: answer.restored.join(", ") });
      tick.hidden = !answer.left_out.length;
      names.textContent = t("take_these", {
        names: answer.left_out.join(", "),
      });
      if (answer.visit) toast(t("come_back_to_page_within"));
    } catch (error) {
      said.className = "problem";
      said.textContent = error.problems.join("\n");
    }
    button.disabled = false;
  };
  const button = el("button", { type: "submit", class: "button" }, t("restore"));
  panel.append(
    el(
      "div",
      { class: "card panel" },
      el("h3", {}, t("save")),
      el("p", { class: "hint" }, t("your_settings_as_one_file")),
      el("label", { class: "check" }, secrets, t("with_passwords_and_tokens")),
      el("label", { class: "check" }, history, t("with_what_box_remembers_of")),
      el("div", { class: "actions" }, link),
    ),
    el(
      "form",
      { class: "card panel", onsubmit: restore },
      el("h3", {}, t("restore")),
      el(
        "div",
        { class: "field" },
        el("label", { for: "backup-file" }, t("backup_of_this_or_another")),
        file,
      ),
      tick,
      el("div", { class: "actions" }, button),
      said,
    ),
  );
}

export function powerPanel(panel) {
  const restart = async () => {
    try {
      await send("POST", "api/restart");
      toast(t("box_begins_anew"));
    } catch (error) {
      toast(error.message);
    }
  };
  const sure = el(
    "button",
    { type: "button", class: "button danger", hidden: true, onclick: () => command("power-off") },
    t("yes"),
  );
  const off = el(
    "button",
    {
      type: "button",
      class: "button",
      onclick: () => {
        sure.hidden = false;
        sure.focus();
      },
    },
    icon("power"),
    t("switch_off"),
  );
  panel.append(
    el(
      "div",
      { class: "card panel" },
      el("h3", {}, t("restart")),
      el("p", { class: "hint" }, t("reads_settings_anew")),
      el(
        "div",
        { class: "actions" },
        el("button", { type: "button", class: "button", onclick: restart }, icon("auto"), t("restart")),
      ),
    ),
    el(
      "div",
      { class: "card panel" },
      el("h3", {}, t("switch_off")),
      el("p", { class: "hint" }, t("shuts_machine_down")),
      el("div", { class: "actions" }, off, sure),
    ),
  );
}

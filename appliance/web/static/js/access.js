// The password, tokens for scripts, and leaving.

import { get, send } from "./box.js";
import { el, toast } from "./dom.js";
import { t } from "./words.js";

export function accessPanel(panel) {
  const devices = el("div", {});
  const watching = setInterval(() => showAsking(devices), 2000);
  refresh(panel, devices);
  return () => clearInterval(watching);
}

async function refresh(panel, devices) {
  const session = await get("api/session").catch(() => null);
  if (!session) return;
  panel.replaceChildren(
    el(
      "div",
      { class: "card" },
      el("h3", {}, t("password")),
      session.has_password ? null : el("p", { class: "hint" }, t("without_password_page_is_served")),
      passwordForm(session.has_password, () => refresh(panel, devices)),
    ),
  );
  if (!session.has_password) return;
  const { tokens } = await get("api/tokens");
  panel.append(
    devices,
    tokenCard(tokens, () => refresh(panel, devices)),
  );
  showAsking(devices);
  const out = async () => {
    try {
      await send("POST", "api/logout");
      location.assign("login");
    } catch (error) {
      toast(error.message); // whoever leaves a browser to others must know that it is still let in
    }
  };
  panel.append(
    el(
      "div",
      { class: "card" },
      el("h3", {}, t("this_browser")),
      el("button", { type: "button", class: "button", onclick: out }, t("log_out")),
    ),
  );
}

export function passwordForm(hasPassword, done) {
  const old = el("input", {
    type: "password",
    id: "old-password",
    autocomplete: "current-password",
    required: true,
  });
  const fresh = el("input", {
    type: "password",
    id: "new-password",
    autocomplete: "new-password",
    minlength: 8,
    maxlength: 200,
    required: true,
  });
  const said = el("p", { role: "status" });
  const submit = async (event) => {
    event.preventDefault();
    try {
      await send(
        "PUT",
        "api/password",
        hasPassword ? { old: old.value, new: fresh.value } : { new: fresh.value },
      );
      said.className = "good";
      said.textContent = t("password_is_set");
      hasPassword = true;
      setTimeout(() => done?.(), 1500);
    } catch (error) {
      said.className = "problem";
      said.textContent = error.message;
    }
  };
  return el(
    "form",
    { onsubmit: submit },
    hasPassword
      ? el("div", { class: "field" }, el("label", { for: "old-password" }, t("present_password")), old)
      : null,
    el("div", { class: "field" }, el("label", { for: "new-password" }, t("new_password")), fresh),
    el(
      "div",
      { class: "actions" },
      el("button", { type: "submit", class: "button strong" }, t("set_password")),
    ),
    said,
  );
}

// A device that asks for a token: its owner says the number that it shows, and is not told it here.
async function showAsking(place) {
  if (!place.isConnected) return;
  // Not by `get`: while the password is being changed this is refused, and that is no reason to leave.
  const answer = await fetch("api/pairing").catch(() => null);
  if (!answer?.ok) return;
  const { asked } = await answer.json();
  const key = asked ? `${asked.name} ${asked.address}` : "";
  if (place.dataset.key === key) return;
  place.dataset.key = key;
  place.replaceChildren();
  if (asked) place.append(askingCard(asked, place));
}

function askingCard(asked, place) {
  const number = el("input", { id: "pairing-number", type: "number", required: true, autocomplete: "off" });
  const said = el("p", { role: "status" });
  const confirm = async (event) => {
    event.preventDefault();
    try {
      await send("POST", "api/pairing/answer", { number: Number(number.value) });
      place.dataset.key = "";
      place.replaceChildren(el("p", { class: "good", role: "status" }, t("device_is_let_in")));
    } catch (error) {
      said.className = "problem";
      said.textContent = error.message;
    }
  };
  return el(
    "form",
    { class: "card", onsubmit: confirm },
    el("h3", {}, t("device_asks", { name: asked.name, address: asked.address })),
    el("p", { class: "hint" }, t("if_it_is_not_yours")),
    el("div", { class: "field" }, el("label", { for: "pairing-number" }, t("number_that_it_shows")), number),
    el("div", { class: "actions" }, el("button", { type: "submit", class: "button" }, t("let_it_in"))),
    said,
  );
}

function tokenCard(tokens, refresh) {
  const name = el("input", { id: "token-name", maxlength: 40, required: true, autocomplete: "off" });
  const shown = el("div", { role: "status" });
  const make = async (event) => {
    event.preventDefault();
    try {
      const made = await send("POST", "api/tokens", { name: name.value });
      shown.replaceChildren(
        el("p", { class: "hint" }, t("copy_it_now")),
        el("p", { class: "secret" }, made.token),
      );
      list.append(line(made.name));
      name.value = "";
    } catch (error) {
      shown.replaceChildren(el("p", { class: "problem" }, error.message));
    }
  };
  const drop = async (which) => {
    await send("DELETE", `api/tokens/${encodeURIComponent(which)}`).catch(() => {});
    refresh();
  };
  const dropAll = async () => {
    await send("DELETE", "api/tokens").catch(() => {});
    refresh();
  };
  const line = (which) =>
    el(
      "li",
      { class: "row" },
      el("span", {}, which),
      el(
        "button",
        { type: "button", class: "button quiet danger", onclick: () => drop(which) },
        t("take_back"),
      ),
    );
  const list = el("ul", {}, tokens.map(line));
  return el(
    "div",
    { class: "card" },
    el("h3", {}, t("tokens_for_scripts")),
    el("p", { class: "hint" }, t("token_may_steer_box_and")),
    el("p", { class: "hint" }, t("new_password_ends_all_tokens")),
    list,
    tokens.length
      ? el("button", { type: "button", class: "button quiet danger", onclick: dropAll }, t("take_all_back"))
      : null,
    shown,
    el(
      "form",
      { onsubmit: make },
      el("div", { class: "field" }, el("label", { for: "token-name" }, t("name_of_token")), name),
      el("div", { class: "actions" }, el("button", { type: "submit", class: "button" }, t("make_token"))),
    ),
    el("p", { class: "hint" }, el("a", { href: "api/openapi.json" }, t("what_scripts_can_do"))),
  );
}

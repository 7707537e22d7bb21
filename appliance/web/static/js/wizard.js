// First steps: camera, sound, music, Home Assistant, password.

import { passwordForm } from "./access.js";
import { command, get, on, send, state } from "./box.js";
import { el, icon, say } from "./dom.js";
import { musicPanel } from "./music.js";
import { livePicture } from "./picture.js";
import { t } from "./words.js";

const STEPS = [cameraStep, soundStep, musicStep, brokerStep, passwordStep];

export function wizardPanel(panel) {
  localStorage.setItem("welcomed", "yes");
  let step = Number(sessionStorage.getItem("step") ?? 0),
    leave = null;
  const go = (next) => {
    leave?.();
    step = Math.min(Math.max(0, next), STEPS.length);
    sessionStorage.setItem("step", step);
    const dots = el(
      "ol",
      {
        class: "steps",
        "aria-label": t("step_of", { n: Math.min(step + 1, STEPS.length), all: STEPS.length }),
      },
      STEPS.map((_, number) => el("li", { class: number <= step ? "done" : "" })),
    );
    const card = el("div", { class: "card panel" });
    panel.replaceChildren(dots, card);
    leave = step < STEPS.length ? (STEPS[step](card) ?? null) : doneStep(card);
    card.append(
      el(
        "div",
        { class: "actions" },
        step > 0
          ? el("button", { type: "button", class: "button quiet", onclick: () => go(step - 1) }, t("back"))
          : null,
        step < STEPS.length
          ? el(
              "button",
              { type: "button", class: "button strong", id: "next", onclick: () => go(step + 1) },
              t("next"),
            )
          : el("a", { class: "button strong", href: "#now" }, t("done")),
      ),
    );
  };
  go(step);
  return () => leave?.();
}

function cameraStep(card) {
  const picture = el("img", {});
  const verdict = el("p", { class: "verdict", role: "status" });
  card.append(
    el("h3", {}, t("aim_camera")),
    el("p", {}, t("stand_where_you_usually_listen")),
    el("div", { class: "aim" }, picture),
    verdict,
    el(
      "div",
      { class: "actions" },
      el(
        "button",
        {
          type: "button",
          class: "button",
          id: "turn-picture",
          onclick: () => mount("camera.rotation", (degrees) => (degrees + 90) % 360),
        },
        t("turn_picture"),
      ),
      el(
        "button",
        {
          type: "button",
          class: "button",
          id: "mirror-picture",
          onclick: () => mount("camera.mirror", (is) => !is),
        },
        t("mirror_picture"),
      ),
    ),
  );
  const mount = async (path, change) => {
    try {
      const { sections } = await get("api/settings");
      const key = sections.flatMap((section) => section.keys).find((each) => each.path === path);
      await send("PATCH", "api/settings", { changes: { [path]: change(key.value) } });
    } catch (error) {
      say(verdict, (error.problems ?? [error.message]).join("\n"));
    }
  };
  const check = (box) => {
    const seen = box.camera === "on" && (box.seen || box.degraded.view);
    const words = seen
      ? (box.degraded.view ?? t("face_seen"))
      : box.camera === "on"
        ? t("no_face_yet")
        : (box.degraded.camera ?? t("camera_is_off"));
    verdict.classList.toggle("good", Boolean(seen) && !box.degraded.view);
    if (verdict.textContent !== words) verdict.replaceChildren(icon(seen ? "check" : "camera"), words);
  };
  const { end } = livePicture(picture, () => picture.isConnected);
  const deafen = on("state", check);
  return () => {
    deafen();
    end();
  };
}

function soundStep(card) {
  const volume = el("input", {
    type: "range",
    id: "first-volume",
    min: 0,
    max: 100,
    value: state?.volume ?? 40,
  });
  const words = el("output", { for: "first-volume" }, `${volume.value} %`);
  volume.style.setProperty("--at", `${volume.value}%`);
  volume.addEventListener("input", () => {
    volume.style.setProperty("--at", `${volume.value}%`);
    say(words, `${volume.value} %`);
  });
  volume.addEventListener("change", () => command("volume", { percent: Number(volume.value) }));
  card.append(
    el("h3", {}, t("hear_it")),
    el("p", {}, t("press_button")),
    el(
      "div",
      { class: "actions" },
      el(
        "button",
        { type: "button", class: "button", onclick: () => command("play") },
        icon("play"),
        t("play_song"),
      ),
      el(
        "button",
        { type: "button", class: "button", onclick: () => command("pause") },
        icon("pause"),
        t("pause"),
      ),
      el("a", { class: "button quiet", href: "#setup/health" }, t("health")),
    ),
    el(
      "label",
      { class: "volume" },
      icon("volume"),
      el("span", { class: "unseen" }, t("command_volume")),
      volume,
      words,
    ),
  );
}

function musicStep(card) {
  card.append(el("h3", {}, t("music_for_every_mood")), el("p", {}, t("mood_without_songs_borrows_from")));
  const body = el("div", { class: "panel" });
  card.append(body);
  return musicPanel(body);
}

function brokerStep(card) {
  const fields = {
    host: el("input", { id: "broker-host", autocomplete: "off", placeholder: "homeassistant.local" }),
    port: el("input", { id: "broker-port", type: "number", min: 1, max: 65535, placeholder: "1883" }),
    username: el("input", { id: "broker-user", autocomplete: "off" }),
    password: el("input", { id: "broker-password", type: "password", autocomplete: "off" }),
  };
  const tls = el("input", { type: "checkbox", id: "broker-tls" });
  const said = el("p", { role: "status" });
  const names = {
    host: t("address_of_mqtt_broker"),
    port: t("port"),
    username: t("user_name"),
    password: t("password"),
  };
  const form = () => {
    const filled = Object.entries(fields)
      .filter(([, input]) => input.value)
      .map(([name, input]) => [name, name === "port" ? Number(input.value) : input.value]);
    return { ...Object.fromEntries(filled), tls: tls.checked };
  };
  const tell = (words, isGood) => {
    said.className = isGood ? "good" : "problem";
    said.textContent = words;
  };
  const test = async () => {
    tell(t("trying"), true);
    try {
      const answer = await send("POST", "api/broker-test", form());
      tell(answer.ok ? t("broker_answers") : answer.problem, answer.ok);
    } catch (error) {
      tell(error.message, false);
    }
  };
  const save = async () => {
    const { host, ...rest } = form();
    const values = { broker: host ?? "", ...rest };
    try {
      await send("PATCH", "api/settings", {
        changes: Object.fromEntries(Object.entries(values).map(([name, value]) => [`mqtt.${name}`, value])),
      });
      tell(t("saved"), true);
    } catch (error) {
      tell(error.problems.join("\n"), false);
    }
  };
  card.append(
    el("h3", {}, "Home Assistant"),
    el("p", {}, t("box_speaks_mqtt")),
    el(
      "form",
      { onsubmit: (event) => event.preventDefault() },
      Object.entries(fields).map(([name, input]) =>
        el("div", { class: "field" }, el("label", { for: input.id }, names[name]), input),
      ),
      el("label", { class: "check" }, tls, t("encrypted")),
      el(
        "div",
        { class: "actions" },
        el("button", { type: "button", class: "button", onclick: test }, t("test")),
        el("button", { type: "button", class: "button", onclick: save }, t("save")),
      ),
      said,
    ),
  );
}

function passwordStep(card) {
  card.append(el("h3", {}, t("who_may_come_in")));
  get("api/session")
    .then((session) => {
      const words = session.has_password ? t("page_has_password") : t("without_password_page_is_served");
      card.querySelector("h3").after(el("p", {}, words), passwordForm(session.has_password));
    })
    .catch(() => {});
}

function doneStep(card) {
  card.append(el("h3", {}, t("that_is_all")), el("p", {}, t("sit_down")));
  return null;
}

// First steps: camera, sound, music, Home Assistant, password.

import { passwordForm } from "./access.js";
import { command, get, on, send, state } from "./box.js";
import { el, icon, say } from "./dom.js";
import { musicPanel } from "./music.js";
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
        "aria-label": t("Step {n} of {all}", { n: Math.min(step + 1, STEPS.length), all: STEPS.length }),
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
          ? el("button", { type: "button", class: "button quiet", onclick: () => go(step - 1) }, t("Back"))
          : null,
        step < STEPS.length
          ? el(
              "button",
              { type: "button", class: "button strong", id: "next", onclick: () => go(step + 1) },
              t("Next"),
            )
          : el("a", { class: "button strong", href: "#now" }, t("Done")),
      ),
    );
  };
  go(step);
  return () => leave?.();
}

function cameraStep(card) {
  const picture = el("img", { alt: t("Live picture from the camera") });
  const verdict = el("p", { class: "verdict", role: "status" });
  card.append(
    el("h3", {}, t("Aim the camera")),
    el("p", {}, t("Stand where you usually listen. Turn the box until your face is in its corners.")),
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
        t("Turn the picture"),
      ),
      el(
        "button",
        {
          type: "button",
          class: "button",
          id: "mirror-picture",
          onclick: () => mount("camera.mirror", (is) => !is),
        },
        t("Mirror the picture"),
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
  let gone = false;
  const check = (box) => {
    if (gone) return;
    if (box.camera === "on" && !picture.getAttribute("src")) picture.src = "api/live";
    const seen = box.camera === "on" && (box.seen || box.degraded.view);
    const words = seen
      ? (box.degraded.view ?? t("Face seen."))
      : box.camera === "on"
        ? t("No face yet. More light from the front helps.")
        : (box.degraded.camera ?? t("The camera is off"));
    verdict.classList.toggle("good", Boolean(seen) && !box.degraded.view);
    if (verdict.textContent !== words) verdict.replaceChildren(icon(seen ? "check" : "camera"), words);
  };
  picture.addEventListener("error", () => picture.removeAttribute("src"));
  on("state", check);
  return () => {
    gone = true;
    picture.removeAttribute("src");
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
    el("h3", {}, t("Hear it")),
    el(
      "p",
      {},
      t(
        "Press the button, and find a volume that is pleasant. Silence? Health says which sound card is used.",
      ),
    ),
    el(
      "div",
      { class: "actions" },
      el(
        "button",
        { type: "button", class: "button", onclick: () => command("play") },
        icon("play"),
        t("Play a song"),
      ),
      el(
        "button",
        { type: "button", class: "button", onclick: () => command("pause") },
        icon("pause"),
        t("Pause"),
      ),
      el("a", { class: "button quiet", href: "#setup/health" }, t("Health")),
    ),
    el(
      "label",
      { class: "volume" },
      icon("volume"),
      el("span", { class: "unseen" }, t("Volume")),
      volume,
      words,
    ),
  );
}

function musicStep(card) {
  card.append(
    el("h3", {}, t("Music for every mood")),
    el("p", {}, t("A mood without songs borrows from its nearest neighbour.")),
  );
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
    host: t("Address of the MQTT broker"),
    port: t("Port"),
    username: t("User name"),
    password: t("Password"),
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
    tell(t("Trying …"), true);
    try {
      const answer = await send("POST", "api/broker-test", form());
      tell(answer.ok ? t("The broker answers.") : answer.problem, answer.ok);
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
      tell(t("Saved."), true);
    } catch (error) {
      tell(error.problems.join("\n"), false);
    }
  };
  card.append(
    el("h3", {}, "Home Assistant"),
    el(
      "p",
      {},
      t("The box speaks MQTT, and appears in Home Assistant by itself. Without Home Assistant, go on."),
    ),
    el(
      "form",
      { onsubmit: (event) => event.preventDefault() },
      Object.entries(fields).map(([name, input]) =>
        el("div", { class: "field" }, el("label", { for: input.id }, names[name]), input),
      ),
      el("label", { class: "check" }, tls, t("Encrypted (TLS)")),
      el(
        "div",
        { class: "actions" },
        el("button", { type: "button", class: "button", onclick: test }, t("Test")),
        el("button", { type: "button", class: "button", onclick: save }, t("Save")),
      ),
      said,
    ),
  );
}

function passwordStep(card) {
  card.append(el("h3", {}, t("Who may come in")));
  get("api/session")
    .then((session) => {
      const words = session.has_password
        ? t("The page has a password. Only who knows it sees the picture of your room.")
        : t(
            "Without a password the page is served to this machine only. With one, phones at home can log in.",
          );
      card.querySelector("h3").after(el("p", {}, words), passwordForm(session.has_password));
    })
    .catch(() => {});
}

function doneStep(card) {
  card.append(el("h3", {}, t("That is all.")), el("p", {}, t("Sit down, and let the box look at you.")));
  return null;
}

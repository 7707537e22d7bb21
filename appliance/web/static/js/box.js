// What the box says, and telling it what to do.

import { $, toast } from "./dom.js";
import { t } from "./words.js";

const listeners = { state: [], history: [], silent: [] };
export let state = null;
let stream = null,
  since = 0,
  streamed = -Infinity, // when the newest state of the stream was so, by the box's clock
  listening = 0;

// The box says something every quarter of a minute. A plug that is pulled, or a phone that has slept, ends no
// connection: nothing comes on it any more, and the browser calls it open for minutes.
const SILENT_MS = 40_000;
const PATIENCE_MS = 60_000; // in which anything is answered, or a file goes on,
const COMMAND_MS = 10_000; // but for a command: the box gives it five seconds

// Returns what to call when the listener is to hear no more.
export function on(kind, listener) {
  listeners[kind].push(listener);
  if (kind === "state" && state) listener(state);
  return () => {
    listeners[kind] = listeners[kind].filter((each) => each !== listener);
  };
}

function take(next) {
  // After an update this page is of another release than the box that it speaks with.
  if (state && state.version !== next.version) return location.reload();
  state = next;
  since = performance.now();
  tell("state", next);
}

// One part of the page that stumbles must not stop the others.
function tell(kind, news) {
  for (const listener of listeners[kind]) {
    try {
      listener(news);
    } catch (error) {
      reportError(error);
    }
  }
}

// Seconds into the song, now.
export function elapsed() {
  if (!state) return 0;
  const runs = state.playing === "music" && !state.degraded.player; // an MPD that stands still or is away
  const gone = runs ? (performance.now() - since) / 1000 : 0;
  return Math.min(state.elapsed_s + gone, state.duration_s || Infinity);
}

// Reads the box's events while the page is seen; a page that nobody sees costs nothing.
export function follow() {
  document.addEventListener("visibilitychange", () => (document.hidden ? hangUp() : connect()));
  connect();
}

function connect() {
  if (stream) return;
  stream = new EventSource("api/events");
  listen();
  stream.addEventListener("here", listen);
  stream.addEventListener("state", (event) => {
    listen();
    online(true);
    const next = JSON.parse(event.data);
    streamed = next.at;
    take(next);
  });
  stream.addEventListener("history", (event) => {
    listen();
    tell("history", JSON.parse(event.data));
  });
  stream.addEventListener("error", () => {
    online(false);
    if (stream?.readyState === EventSource.CLOSED) {
      hangUp();
      setTimeout(retry, 2000);
    }
  });
}

function listen() {
  clearTimeout(listening);
  listening = setTimeout(() => {
    hangUp();
    online(false);
    tell("silent");
    connect();
  }, SILENT_MS);
}

function hangUp() {
  clearTimeout(listening);
  stream?.close();
  stream = null;
}

async function retry() {
  if (document.hidden) return;
  try {
    await get("api/state");
  } catch {
    /* still away: the stream tries on */
  }
  connect();
}

let isOnline = true,
  warning = 0;

function online(now) {
  clearTimeout(warning);
  const words = t("box_does_not_answer");
  if (now && !isOnline && $("toast").textContent === words) $("toast").textContent = "";
  if (!now)
    warning = setTimeout(() => {
      $("toast").textContent = words;
    }, 4000);
  isOnline = now;
}

export class Refused extends Error {
  constructor(message, status, problems) {
    super(message);
    this.status = status;
    this.problems = problems ?? [message];
  }
}

// A question is asked until the box answers it: it may begin anew with other settings, or its plug be out.
// Meanwhile the page says that the box does not answer. A command is tried once: who gave it may not want it later.
const PAUSE_MS = 1000;

// An answer is one when it is whole: a network that fails in the middle of it ends no connection either.
async function reach(path, options, patience) {
  for (;;) {
    const mute = new AbortController();
    const waiting = patience && setTimeout(() => mute.abort(), patience);
    try {
      const answer = await fetch(path, { ...options, signal: mute.signal });
      return { ok: answer.ok, status: answer.status, text: await answer.text() };
    } catch {
      if (options.method !== "GET") throw new Refused(t("box_does_not_answer"), 0);
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    } finally {
      clearTimeout(waiting);
    }
  }
}

async function ask(method, path, body, type, patience = PATIENCE_MS) {
  const options = { method, headers: {} };
  if (body !== undefined) {
    options.headers["Content-Type"] = type ?? "application/json";
    options.body = type ? body : JSON.stringify(body);
  }
  const { ok, status, text } = await reach(path, options, patience);
  return judged(ok, status, text);
}

function judged(ok, status, text) {
  if (status === 401) location.assign("login");
  if (!ok) {
    const said = understood(text) ?? {};
    throw new Refused(said.error ?? `${status}`, status, said.problems);
  }
  return text;
}

function understood(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

// What is no JSON comes from somebody else: a hotel's login, a proxy whose box is away.
function spoken(text) {
  const said = understood(text);
  if (said === null) throw new Refused(t("box_does_not_answer"), 0);
  return said;
}

async function told(...question) {
  return spoken(await ask(...question));
}

// Sends a file, however long that takes, and tells which part of it has gone. It is given up where nothing more
// of it goes, and no answer comes. XMLHttpRequest, because fetch does not tell how far an upload is.
export function sendFile(method, path, file, type, tell) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    let waiting = 0;
    const wait = () => {
      clearTimeout(waiting);
      waiting = setTimeout(() => request.abort(), PATIENCE_MS);
    };
    request.open(method, path);
    request.setRequestHeader("Content-Type", type);
    request.upload.addEventListener("progress", (event) => {
      wait();
      tell(event.loaded / event.total);
    });
    request.addEventListener("loadend", async () => {
      clearTimeout(waiting);
      try {
        if (!request.status) throw new Refused(t(await whyNot(file)), 0);
        const isOk = request.status >= 200 && request.status < 300;
        resolve(spoken(judged(isOk, request.status, request.responseText)));
      } catch (error) {
        reject(error);
      }
    });
    wait();
    request.send(file);
  });
}

// A file that is gone, or whose stick is, cannot be sent either.
function whyNot(file) {
  const first = file.slice(0, 1).arrayBuffer();
  return first.then(
    () => "box_does_not_answer",
    () => "cannot_be_read",
  );
}

export const get = (path) => told("GET", path);
export const getText = (path) => ask("GET", path);
export const send = told;

// Carry out a command and show what came of it. Answers whether the box took it. On a slow network its answer
// may come after a newer state of the stream, which then holds.
export async function command(word, body) {
  try {
    const next = await send("POST", `api/${word}`, body, undefined, COMMAND_MS);
    if (next.at >= streamed) take(next);
    return true;
  } catch (error) {
    toast(error.message);
    return false;
  }
}

export function setCamera(isOn) {
  return command("camera", { on: isOn });
}

// What the library coach knows: hours for each mood, the scan, and songs to put right with a thumb.

import { command, get, send, state } from "./box.js";
import { el, icon, toast } from "./dom.js";
import { songMap } from "./songmap.js";
import { ago, MOODS, moodName, t } from "./words.js";

const AGAIN_MS = 3000;
const LOOKS = 7; // for a scan that was asked for: to begin takes ten seconds on a slow Pi

export function libraryPanel(panel) {
  let timer = 0,
    looks = 0,
    gone = false;
  const refresh = async () => {
    try {
      const report = await get("api/library");
      if (gone) return;
      show(panel, report, begun);
      if (report.is_scanning) timer = setTimeout(follow, AGAIN_MS);
    } catch (error) {
      if (!gone) panel.replaceChildren(el("p", { class: "problem" }, error.message));
    }
  };
  // While a scan runs only its card changes: nobody's finger is to meet another song than it aimed at.
  const follow = async () => {
    const report = await get("api/library").catch(() => null);
    if (gone) return;
    if (report?.is_scanning) {
      looks = 0;
      panel.querySelector(".scan")?.replaceWith(scanCard(report, begun));
    } else if (report && --looks < 0) return refresh();
    timer = setTimeout(follow, AGAIN_MS);
  };
  const begun = () => {
    looks = LOOKS;
    timer = setTimeout(follow, AGAIN_MS);
  };
  panel.append(el("p", { class: "hint", "aria-busy": "true" }, t("counting_songs")));
  refresh();
  return () => {
    gone = true;
    clearTimeout(timer);
  };
}

function show(panel, report, begun) {
  panel.replaceChildren(
    scanCard(report, begun),
    el(
      "div",
      { class: "library" },
      MOODS.map((mood) => moodRow(report.moods.find((one) => one.mood === mood))),
    ),
    songMap(question),
    questions(report),
    ...failures(report),
  );
}

function scanCard(report, begun) {
  const { scan, is_scanning: isScanning } = report;
  const card = el("div", { class: "card scan" });
  if (isScanning && !scan) {
    card.append(el("p", {}, t("library_begins")));
    return card;
  }
  if (isScanning) {
    const words = t("library_heard", { done: scan.done, total: scan.total });
    card.append(
      el("p", {}, scan.left_s ? `${words}; ${t("library_left", { time: ago(scan.left_s) })}` : words),
      el("progress", { max: scan.total || 1, value: scan.done, "aria-label": t("library_scan") }),
    );
    return card;
  }
  if (scan?.problem) card.append(el("p", { class: "problem" }, scan.problem));
  const unheard = report.unheard ? t("library_unheard", { n: report.unheard }) : t("library_all_heard");
  const begin = el("button", { type: "button", class: "button" }, t("library_scan"));
  begin.addEventListener("click", async () => {
    begin.disabled = true;
    try {
      await send("POST", "api/library/scan");
      card.append(el("p", { role: "status" }, t("library_begins")));
      begun();
    } catch (error) {
      toast(error.message);
      begin.disabled = false;
    }
  });
  card.append(el("p", {}, unheard), begin, el("p", { class: "hint" }, t("library_hint")));
  return card;
}

function moodRow({ mood, songs, hours, by_coach: placed }) {
  const count = songs === 1 ? t("1_song") : t("songs", { n: songs });
  const heard = placed ? `; ${t("library_placed", { n: placed })}` : "";
  return el(
    "div",
    { class: `drop ${songs ? "" : "missing"}`, "data-mood": mood },
    icon(mood),
    el("b", {}, moodName(mood)),
    el("span", { class: "count" }, `${lengthOf(hours)}, ${count}${heard}`),
  );
}

function lengthOf(hours) {
  const minutes = Math.ceil(60 * hours);
  return minutes < 60 ? t("min", { n: minutes }) : t("library_hours", { n: hours.toFixed(1) });
}

function questions(report) {
  const card = el("div", { class: "card questions" });
  if (!report.unsure) return card;
  card.append(
    el("h3", {}, t("library_ask", { n: report.unsure })),
    el("ul", {}, report.questions.map(question)),
  );
  return card;
}

// moved: the mood that the song was just dragged to, and its undo. told: hears which mood it has now.
function question(song) {
  const { uri, title, artist, likely, moved, told = () => {} } = song;
  const name = artist ? `${title} – ${artist}` : title;
  const row = el("li", { "data-uri": uri }, el("b", { title: uri }, name));
  const correct = async (mood) => {
    await send("POST", "api/library/correct", { uri, mood });
    told(mood === "auto" ? (song.mood ?? "") : mood);
  };
  const answer = async (mood) => {
    for (const each of row.querySelectorAll("button, select")) each.disabled = true;
    try {
      await correct(mood);
      row.replaceChildren(el("b", {}, name), answered(mood, takeBack));
    } catch (error) {
      toast(error.message);
      for (const each of row.querySelectorAll("button, select")) each.disabled = false;
    }
  };
  const takeBack = async () => {
    await correct("auto");
    row.replaceWith(question(song));
  };
  if (moved) row.append(answered(moved.mood, moved.undo));
  else row.append(choices(name, likely, answer, uri));
  return row;
}

function answered(mood, takeBack) {
  const undo = el("button", { type: "button", class: "button" }, t("undo"));
  undo.addEventListener("click", () => takeBack().catch((error) => toast(error.message)));
  return el("span", { class: "choices", role: "status" }, icon(mood), moodName(mood), undo);
}

function choices(name, likely, answer, uri) {
  const buttons = likely.map((mood) =>
    el(
      "button",
      {
        type: "button",
        class: "button",
        "aria-label": `${name}: ${moodName(mood)}`,
        onclick: () => answer(mood),
      },
      icon(mood),
      moodName(mood),
    ),
  );
  const others = el(
    "select",
    { "aria-label": `${name}: ${t("library_other")}` },
    el("option", { value: "" }, t("library_other")),
    MOODS.filter((mood) => !likely.includes(mood)).map((mood) =>
      el("option", { value: mood }, moodName(mood)),
    ),
  );
  others.addEventListener("change", () => others.value && answer(others.value));
  return el("span", { class: "choices" }, listen(name, uri), buttons, others);
}

// The song plays now, from a third of it: a song's first bars are often not yet the song.
function listen(name, uri) {
  const label = t("library_listen", { title: name });
  const button = el(
    "button",
    { type: "button", class: "small-round", "aria-label": label, title: label },
    icon("play"),
  );
  button.addEventListener("click", async () => {
    const isPlayed = await command("play-song", { song: uri });
    if (isPlayed && state.song?.uri === uri && state.duration_s)
      command("seek", { seconds: Math.floor(state.duration_s / 3) });
  });
  return button;
}

function failures(report) {
  const lines = report.failed.map(({ uri, reason }) => el("li", {}, el("b", {}, uri), ` ${reason}`));
  if (!lines.length) return [];
  return [
    el(
      "details",
      { class: "card" },
      el("summary", {}, t("library_failed", { n: lines.length })),
      el("div", { class: "inside" }, el("ul", {}, lines)),
    ),
  ];
}

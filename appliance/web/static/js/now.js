// The live picture, the mood and how it came about.

import { on, setCamera } from "./box.js";
import { $, el, icon, mark, say, swapIcon } from "./dom.js";
import { livePicture } from "./picture.js";
import { MOODS, NAMES, ago, moodName, sentence, t } from "./words.js";

const PIECE_PX = 24; // of the strip, on average: many changes make it a shorter time, not a bar code
const bars = {};
let shown = false,
  watch = () => {};

export function startNow() {
  for (const emotion of MOODS) {
    const fill = el("span"),
      share = el("span", { class: "share" });
    const line = el(
      "li",
      { "data-mood": emotion },
      icon(emotion),
      el("span", {}, moodName(emotion)),
      el("span", { class: "track", "aria-hidden": "true" }, fill),
      share,
    );
    bars[emotion] = { line, fill, share };
    $("bars").append(line);
  }
  $("camera-on").addEventListener("click", () => setCamera(true));
  watch = livePicture($("picture"), () => shown).watch;
  on("state", show);
  on("history", showHistory);
}

// Called when the tab comes and goes.
export function showNow(isShown) {
  shown = isShown;
  watch();
}

function show(box) {
  const off = box.camera === "off";
  say($("mood-name"), moodName(off ? "camera-off" : box.mood));
  say(
    $("mood-for"),
    off ? t("nobody_looks") : box.mood_for_s < 5 ? t("just_now") : t("for", { time: ago(box.mood_for_s) }),
  );
  showBars(box);
  showEye(box);
  showTag(box);
  say($("why"), box.guest ? t("somebody_elses_songs_play") : sentence(box.why ?? "–"));
  showPath(box.path);
}

// The way on which the music leads: a piece for each mood that it passes, with its songs as dots.
function showPath(path) {
  const drawn = path ? `${path.words} ${path.played}` : "";
  if ($("path").dataset.drawn === drawn) return;
  $("path").dataset.drawn = drawn;
  $("path").hidden = !path;
  let before = 0;
  const pieces = (path?.stages ?? []).map(({ mood, songs }) => {
    const here = Math.min(Math.max(path.played - before, 0), songs),
      isNow = here > 0 && path.played <= before + songs;
    before += songs;
    return el(
      "li",
      { "data-mood": mood, class: here ? "gone" : "", "aria-current": isNow ? "step" : null },
      icon(mood),
      el("span", {}, moodName(mood)),
      el("span", { class: "songs" }, t(songs === 1 ? "1_song" : "songs", { n: songs })),
    );
  });
  $("path").replaceChildren(...pieces);
}

function showBars(box) {
  const shares = box.probabilities;
  $("bars").hidden = box.camera === "off";
  const top = Object.entries(shares).sort((one, other) => other[1] - one[1])[0]?.[0];
  for (const [emotion, bar] of Object.entries(bars)) {
    const share = shares[emotion] ?? 0;
    bar.fill.style.transform = `scaleX(${share.toFixed(3)})`;
    say(bar.share, `${Math.round(100 * share)} %`);
    bar.line.classList.toggle("top-one", emotion === top);
  }
}

function showEye(box) {
  const blind = $("blind");
  const loading = box.camera === "on" && !$("picture").naturalWidth && $("picture").hidden;
  blind.hidden = box.camera === "on" && !loading;
  const words = {
    off: [t("camera_is_off"), t("device_is_closed")],
    lost: [t("there_is_no_picture"), box.degraded.camera ?? ""],
    on: [t("camera_is_starting"), ""],
  }[box.camera];
  say(blind.querySelector(".big"), words[0]);
  say(blind.querySelector(".small"), words[1]);
  swapIcon(blind, box.camera === "off" ? "camera-off" : "camera");
  mark($("camera-on"), "hidden", box.camera === "off" ? null : "");
  mark($("watchers"), "hidden", box.viewers > 1 ? null : "");
  say($("watchers"), t("are_watching", { n: box.viewers }));
}

function showTag(box) {
  const tag = $("tag"),
    seen = box.camera === "on" ? box.seen : null;
  tag.hidden = !seen || $("picture").hidden;
  if (tag.hidden) return;
  const [emotion, share] = Object.entries(seen.probabilities).sort((one, other) => other[1] - one[1])[0];
  tag.dataset.mood = emotion;
  swapIcon(tag, emotion in NAMES ? emotion : "neutral");
  say(tag.querySelector("span"), `${moodName(emotion)} ${Math.round(100 * share)} %`);
  const { clientWidth: width, clientHeight: height } = $("live");
  const left = Math.min(Math.max(8, seen.box.left * width), Math.max(8, width - tag.offsetWidth - 8));
  const above = seen.box.top * height - tag.offsetHeight - 8;
  const top =
    above > 8
      ? above
      : Math.min(height - tag.offsetHeight - 8, (seen.box.top + seen.box.height) * height + 8);
  tag.style.translate = `${left.toFixed(0)}px ${top.toFixed(0)}px`;
}

function showHistory(history) {
  const oldest = Math.max(...history.moods.map((entry) => entry.ago_s));
  const most = Math.max(8, Math.floor($("strip").clientWidth / PIECE_PX));
  const crowded = [history.moods, history.songs].map((entries) => entries.at(-most)?.ago_s ?? Infinity);
  const length = Math.max(60, Math.min(history.length_s, oldest, ...crowded));
  const lane = (entries, paint) =>
    entries.map((entry, number) => {
      const from = Math.min(entry.ago_s, length),
        to = Math.min(entries[number + 1]?.ago_s ?? 0, length);
      const piece = paint(entry);
      if (!piece || from <= to) return null;
      piece.style.left = `${(100 * (length - from)) / length}%`;
      piece.style.width = `${(100 * (from - to)) / length}%`;
      return piece;
    });
  const moods = lane(history.moods, (entry) =>
    el("span", {
      "data-mood": entry.mood,
      class: entry.mood === "camera-off" ? "off" : "",
      title: moodName(entry.mood),
    }),
  );
  const songs = lane(
    history.songs,
    (entry) =>
      entry.title &&
      el(
        "span",
        { "data-mood": entry.mood ?? "neutral", title: `${entry.title} – ${sentence(entry.why ?? "")}` },
        el("b", {}, entry.title),
      ),
  );
  $("strip").replaceChildren(
    el("div", { class: "lane" }, moods),
    el("div", { class: "lane songs" }, songs),
    el("div", { class: "axis" }, el("span", {}, t("ago", { time: ago(length) })), el("span", {}, t("now"))),
  );
  const told = (entries, name) =>
    entries.slice(-8).map((entry) => `${name(entry)}: ${t("ago", { time: ago(entry.ago_s) })}`);
  const heard = history.songs.filter((entry) => entry.title);
  say(
    $("strip-words"),
    [...told(history.moods, (entry) => moodName(entry.mood)), ...told(heard, (entry) => entry.title)].join(
      ", ",
    ),
  );
}

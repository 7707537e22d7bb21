// Songs of the library: found by words, mood and folder, played now or next; and those that come next, in order.

import { command, get, on, state } from "./box.js";
import { $, clock, el, icon } from "./dom.js";
import { MOODS, moodName, t } from "./words.js";

const WAIT_MS = 250; // after a key, until the box is asked
let folder = null, // that is looked into; null: words and mood are looked for everywhere
  waiting = 0,
  asked = 0;

export function startFind() {
  $("find-mood").append(
    el("option", { value: "" }, t("all_moods")),
    ...MOODS.map((mood) => el("option", { value: mood }, moodName(mood))),
  );
  $("find-words").addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(look, WAIT_MS);
  });
  $("find-mood").addEventListener("change", look);
  $("find-folders").addEventListener("click", () => openFolder(folder === null ? "" : null));
  $("find").addEventListener("submit", (event) => {
    event.preventDefault();
    look();
  });
  on("state", showUpNext);
}

function openFolder(wanted) {
  folder = wanted;
  look();
}

async function look(_event, start = 0) {
  const words = $("find-words").value.trim(),
    mood = $("find-mood").value,
    number = ++asked;
  const wish = new URLSearchParams();
  if (words) wish.set("search", words);
  if (mood) wish.set("mood", mood);
  if (folder !== null) wish.set("folder", folder);
  if (start) wish.set("start", start);
  $("find-folders").setAttribute("aria-pressed", String(folder !== null));
  if (![...wish].length) return $("found").replaceChildren();
  try {
    const found = await get(`api/songs?${wish}`);
    if (number === asked) show(found, start);
  } catch (error) {
    if (number === asked) $("found").replaceChildren(el("li", { class: "empty" }, error.message));
  }
}

function show({ songs, total, folders }, start) {
  const end = start + songs.length;
  const above = folder ? folder.split("/").slice(0, -1).join("/") : null;
  const lines = start
    ? [...$("found").children].slice(0, -1)
    : [...(folder ? [toFolder(above, "..")] : []), ...folders.map((name) => toFolder(name, name))];
  lines.push(...songs.map(line));
  if (end < total)
    lines.push(
      el(
        "li",
        { class: "empty" },
        action(t("more_of", { n: total - end }), () => look(null, end)),
      ),
    );
  if (!lines.length) lines.push(el("li", { class: "empty" }, t("no_song_found")));
  $("found").replaceChildren(...lines);
}

const toFolder = (name, words) =>
  el(
    "li",
    { class: "empty" },
    action(words.split("/").at(-1), () => openFolder(name)),
  );

const action = (words, onclick) => el("button", { type: "button", class: "button quiet", onclick }, words);

function line(song) {
  const title = song.title || song.uri;
  return el(
    "li",
    {},
    described(song),
    el(
      "div",
      { class: "pair" },
      act("play", t("play_song_now", { title }), () => command("play-song", { song: song.uri })),
      act("skip", t("play_song_next", { title }), () => setUpNext([...upNext(), song.uri])),
    ),
  );
}

const described = (song) =>
  el(
    "div",
    {},
    el("b", {}, song.title || song.uri),
    el("span", {}, [song.artist, song.duration_s ? clock(song.duration_s) : ""].filter(Boolean).join(" · ")),
  );

const act = (symbol, label, onclick) =>
  el(
    "button",
    { type: "button", class: "small-round", "aria-label": label, title: label, onclick },
    icon(symbol),
  );

const upNext = () => (state?.up_next ?? []).map((song) => song.uri);
const setUpNext = (songs) => command("up-next", { songs });

// Those that a person chose, each to be moved or taken out; the box's own choice follows them.
function showUpNext(box) {
  const songs = box.up_next ?? [];
  const drawn = JSON.stringify(songs);
  if ($("up-next").dataset.drawn === drawn) return;
  $("up-next").dataset.drawn = drawn;
  $("up-next").hidden = !songs.length;
  const names = songs.map((song) => song.uri);
  const without = (place) => names.filter((_, other) => other !== place);
  const movedUp = (place) => {
    const order = without(place);
    order.splice(place - 1, 0, names[place]);
    return setUpNext(order);
  };
  $("up-next").replaceChildren(
    ...songs.map((song, place) => {
      const title = song.title || song.uri;
      return el(
        "li",
        {},
        described(song),
        el(
          "div",
          { class: "pair" },
          place ? act("up", t("move_up", { title }), () => movedUp(place)) : null,
          act("cross", t("take_out", { title }), () => setUpNext(without(place))),
        ),
      );
    }),
  );
}

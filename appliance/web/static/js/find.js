// Songs of the library: found by words, mood and folder, played now or next; and those that come next, in order.

import { command, get, on, state } from "./box.js";
import { $, clock, el, icon } from "./dom.js";
import { MOODS, moodName, t } from "./words.js";

const WAIT_MS = 250; // after a key, until the box is asked
let folder = null, // that is looked into; null: words and mood are looked for everywhere
  artist = null, // whose songs are shown; "": all artists; null: nobody in particular
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
  $("find-artists").addEventListener("click", () => openArtist(artist === null ? "" : null));
  $("look-ahead").addEventListener("click", () => command("look-ahead"));
  $("find").addEventListener("submit", (event) => {
    event.preventDefault();
    look();
  });
  on("state", showUpNext);
}

function openFolder(wanted) {
  [folder, artist] = [wanted, null];
  look();
}

function openArtist(wanted) {
  [folder, artist] = [null, wanted];
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
  if (artist) wish.set("artist", artist);
  if (start) wish.set("start", start);
  $("find-folders").setAttribute("aria-pressed", String(folder !== null));
  $("find-artists").setAttribute("aria-pressed", String(artist !== null));
  const isOfArtists = artist === "";
  if (!isOfArtists && ![...wish].length) return $("found").replaceChildren();
  try {
    const found = await get(`api/${isOfArtists ? "artists" : "songs"}?${wish}`);
    if (number !== asked) return;
    if (isOfArtists) showLines(found.artists.map(toArtist), found.total, start);
    else show(found, start);
  } catch (error) {
    if (number === asked) $("found").replaceChildren(el("li", { class: "empty" }, error.message));
  }
}

function show({ songs, total, folders }, start) {
  const above = folder ? folder.split("/").slice(0, -1).join("/") : null;
  const back = artist ? [backTo(() => openArtist(""))] : folder ? [backTo(() => openFolder(above))] : [];
  const ways = start ? [] : [...back, ...folders.map(toFolder)];
  showLines([...ways, ...songs.map(line)], total + ways.length, start, ways.length);
}

// ahead: how many of the lines are ways to somewhere else, which are on no list.
function showLines(some, total, start, ahead = 0) {
  const lines = [...(start ? [...$("found").children].slice(0, -1) : []), ...some];
  const end = start + some.length - ahead;
  if (end < total - ahead)
    lines.push(wide(action(t("more_of", { n: total - ahead - end }), () => look(null, end))));
  if (!lines.length) lines.push(el("li", { class: "empty" }, t("no_song_found")));
  $("found").replaceChildren(...lines);
}

const wide = (button) => el("li", { class: "empty" }, button);
const backTo = (onclick) => wide(action("..", onclick));
const toFolder = (name) => wide(action(name.split("/").at(-1), () => openFolder(name)));
const toArtist = ({ artist: name, songs: n }) =>
  wide(action(`${name} · ${n === 1 ? t("1_song") : t("songs", { n })}`, () => openArtist(name)));

const action = (words, onclick) => el("button", { type: "button", class: "button quiet", onclick }, words);

function line(song) {
  const title = song.title || song.uri;
  return row(
    song,
    act("play", t("play_song_now", { title }), () => command("play-song", { song: song.uri })),
    act("skip", t("play_song_next", { title }), () => setUpNext([...upNext(), song.uri], upNext())),
  );
}

const row = (song, ...buttons) => el("li", {}, described(song), el("div", { class: "pair" }, ...buttons));

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

// What the list was tells the box what is meant, if another page, or the music, has changed it by now.
const upNext = () => (state?.up_next ?? []).map((song) => song.uri);
const setUpNext = (songs, was) => command("up-next", { songs, was });
const setComing = (songs, was) => command("coming", { songs, was });

// Those that a person chose; then those that the box has chosen for the mood, once somebody wants to see them.
function showUpNext(box) {
  const { up_next: chosen = [], coming = [] } = box;
  showOrdered($("up-next"), chosen, setUpNext);
  showOrdered($("coming"), coming, setComing);
  $("coming-title").hidden = !coming.length;
  $("look-ahead").hidden = coming.length > 2 || box.guest || box.path !== null;
}

// Songs of a list, each to be moved or taken out. Whoever moves one by the keyboard stays at its button.
function showOrdered(list, songs, set) {
  const drawn = JSON.stringify(songs);
  if (list.dataset.drawn === drawn) return;
  list.dataset.drawn = drawn;
  list.hidden = !songs.length;
  const names = songs.map((song) => song.uri);
  const without = (place) => names.filter((_, other) => other !== place);
  const movedUp = (place) => {
    const order = without(place);
    order.splice(place - 1, 0, names[place]);
    return set(order, names);
  };
  const held = list.contains(document.activeElement) ? document.activeElement.ariaLabel : null;
  list.replaceChildren(
    ...songs.map((song, place) => {
      const title = song.title || song.uri;
      return row(
        song,
        place ? act("up", t("move_up", { title }), () => movedUp(place)) : null,
        act("cross", t("take_out", { title }), () => set(without(place), names)),
      );
    }),
  );
  const buttons = [...list.querySelectorAll("button")];
  if (held) (buttons.find((one) => one.ariaLabel === held) ?? buttons[0])?.focus();
}

// A map of the library over valence and arousal: a touch or the arrow keys choose a song, whose mood can be put right.

import { get } from "./box.js";
import { el, svg } from "./dom.js";
import { moodName, t } from "./words.js";

const LIKELY = [
  ["sad", "neutral"],
  ["neutral", "happy"],
  ["angry", "fear"],
  ["happy", "surprise"],
];
const DIRECTIONS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

// question: makes the row in which a song is put right.
export function songMap(question) {
  const card = el("div", { class: "card map" });
  get("api/library/map")
    .then(({ songs }) => songs.length && draw(card, songs, question))
    .catch(() => {}); // the report above says what is wrong
  return card;
}

function draw(card, songs, question) {
  const dots = songs.map(({ valence, arousal, mood }) =>
    svg("circle", { cx: 50 + 46 * valence, cy: 50 - 46 * arousal, r: 1.5, "data-mood": mood || false }),
  );
  const picture = svg(
    "svg",
    {
      viewBox: "0 0 100 100",
      role: "slider",
      tabindex: 0,
      "aria-label": t("library_map"),
      "aria-valuemin": 1,
      "aria-valuemax": songs.length,
      "aria-valuenow": 1,
    },
    svg("path", { d: "M50 2V98M2 50H98" }),
    dots,
  );
  const chosen = el("ul", {});
  let current = -1;
  const choose = (number) => {
    if (number < 0) return;
    if (current >= 0) dots[current].classList.remove("chosen");
    current = number;
    const song = songs[number];
    dots[number].classList.add("chosen");
    picture.append(dots[number]); // above the others
    const name = song.artist ? `${song.title} – ${song.artist}` : song.title;
    picture.setAttribute("aria-valuenow", number + 1);
    picture.setAttribute("aria-valuetext", song.mood ? `${name}: ${moodName(song.mood)}` : name);
    const quarter = (song.valence > 0 ? 1 : 0) + (song.arousal > 0 ? 2 : 0);
    chosen.replaceChildren(question({ ...song, likely: LIKELY[quarter] }));
  };
  picture.addEventListener("pointerdown", (event) => {
    const frame = picture.getBoundingClientRect();
    const valence = ((event.clientX - frame.left) / frame.width - 0.5) / 0.46;
    const arousal = (0.5 - (event.clientY - frame.top) / frame.height) / 0.46;
    choose(nearest(songs, (song) => Math.hypot(song.valence - valence, song.arousal - arousal)));
  });
  picture.addEventListener("keydown", (event) => {
    const way = DIRECTIONS[event.key];
    if (!way) return;
    event.preventDefault();
    choose(current < 0 ? 0 : next(songs, current, way));
  });
  card.append(
    el("h3", {}, t("library_map")),
    el("div", { class: "questions" }, picture, chosen),
    el("p", { class: "hint" }, t("library_map_hint")),
  );
}

// The nearest song in a direction; what lies aside counts as farther away.
function next(songs, current, [right, up]) {
  const here = songs[current];
  const found = nearest(songs, (song) => {
    const along = (song.valence - here.valence) * right + (song.arousal - here.arousal) * up;
    const aside =
      Math.abs((song.valence - here.valence) * up) + Math.abs((song.arousal - here.arousal) * right);
    return along > 0 ? along + 2 * aside : Number.POSITIVE_INFINITY;
  });
  return found < 0 ? current : found;
}

function nearest(songs, distance) {
  let best = -1,
    least = Number.POSITIVE_INFINITY;
  for (const [number, song] of songs.entries()) {
    const far = distance(song);
    if (far < least) [best, least] = [number, far];
  }
  return best;
}

// A map of the library over valence and arousal. A touch or the arrow keys choose a song; dragged, or moved with
// Shift and the arrow keys, it is put right.

import { get, send } from "./box.js";
import { el, mark, svg, toast } from "./dom.js";
import { moodName, t } from "./words.js";

const LIKELY = [
  ["sad", "neutral"],
  ["neutral", "happy"],
  ["angry", "fear"],
  ["happy", "surprise"],
];
const DIRECTIONS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
const STEP = 0.1, // that a key moves a song by
  SLACK = 0.04; // that a hand may tremble without moving it
const SIGNS = [
  ["happy", 97, 44, "end"],
  ["surprise", 66, 6, "start"],
  ["angry", 36, 6, "end"],
  ["sad", 3, 76, "start"],
  ["neutral", 52, 55, "start"],
];
const [AT, SPAN] = [50, 46]; // of the picture's units: its middle, and what 1 is
const x = (valence) => AT + SPAN * valence,
  y = (arousal) => AT - SPAN * arousal;

// question: makes the row in which a song is heard, and put right.
export function songMap(question) {
  const card = el("div", { class: "card map" });
  get("api/library/map")
    .then(({ songs }) => songs.length && draw(card, songs, question))
    .catch(() => {}); // the report above says what is wrong
  return card;
}

function draw(card, songs, question) {
  const dots = songs.map(() => svg("circle", { r: 1.5 }));
  const handle = svg("circle", { class: "handle", r: 5, visibility: "hidden" });
  const signs = SIGNS.map(([mood, left, top, anchor]) =>
    svg("text", { x: left, y: top, "text-anchor": anchor, "aria-hidden": "true" }, moodName(mood)),
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
    signs,
    dots,
    handle,
  );
  const row = el("ul", {});
  let current = -1,
    held = null; // where the chosen song was before a hand began to move it

  const show = (number) => {
    const { valence, arousal, mood } = songs[number];
    for (const one of number === current ? [dots[number], handle] : [dots[number]]) {
      one.setAttribute("cx", x(valence));
      one.setAttribute("cy", y(arousal));
    }
    mark(dots[number], "data-mood", mood || null);
    if (number === current) picture.setAttribute("aria-valuetext", inWords(songs[number]));
  };
  const ask = (song, moved) => {
    const quarter = (song.valence > 0 ? 1 : 0) + (song.arousal > 0 ? 2 : 0);
    const told = (mood) => {
      song.mood = mood;
      show(songs.indexOf(song));
    };
    row.replaceChildren(question({ ...song, likely: LIKELY[quarter], moved, told }));
  };
  const choose = (number) => {
    if (number < 0 || number === current) return;
    drop();
    if (current >= 0) dots[current].classList.remove("chosen");
    current = number;
    dots[number].classList.add("chosen");
    picture.insertBefore(dots[number], handle); // above the others
    handle.setAttribute("visibility", "visible");
    picture.setAttribute("aria-valuenow", number + 1);
    show(number);
    ask(songs[number]);
  };
  const move = (valence, arousal) => {
    const song = songs[current];
    held ??= { ...song };
    song.valence = within(valence);
    song.arousal = within(arousal);
    show(current);
  };
  // What was moved is told to the box, which may refuse: a song in a mood's folder stays there.
  const drop = async () => {
    if (!held) return;
    const [song, from] = [songs[current], held];
    held = null;
    const back = () => {
      Object.assign(song, from);
      show(songs.indexOf(song));
    };
    try {
      const { uri, valence, arousal } = song;
      const { mood, before } = await send("POST", "api/library/move", { uri, valence, arousal });
      song.mood = mood;
      show(songs.indexOf(song));
      const undo = async () => {
        if (before) {
          const { valence, arousal } = before;
          await send("POST", "api/library/move", { uri, valence, arousal });
        } else await send("POST", "api/library/correct", { uri, mood: "auto" });
        back();
        if (songs[current] === song) ask(song);
      };
      if (songs[current] === song) ask(song, { mood, undo });
    } catch (error) {
      back();
      toast(error.message);
    }
  };

  const place = (event) => {
    const frame = picture.getBoundingClientRect();
    return [
      ((event.clientX - frame.left) / frame.width - 0.5) / 0.46,
      (0.5 - (event.clientY - frame.top) / frame.height) / 0.46,
    ];
  };
  const far = ([valence, arousal], song) => Math.hypot(song.valence - valence, song.arousal - arousal);
  let began = null; // where a hand that may move the song was put down
  picture.addEventListener("pointerdown", (event) => {
    const at = place(event);
    if (event.target !== handle) choose(nearest(songs, (song) => far(at, song)));
    // A finger moves a song by its ring alone, and the page everywhere else.
    if (event.target !== handle && event.pointerType === "touch") return;
    began = at;
    picture.setPointerCapture(event.pointerId);
  });
  picture.addEventListener("pointermove", (event) => {
    if (!began) return;
    const [valence, arousal] = place(event);
    if (held || Math.hypot(valence - began[0], arousal - began[1]) > SLACK) move(valence, arousal);
  });
  for (const end of ["pointerup", "pointercancel"])
    picture.addEventListener(end, () => {
      began = null;
      drop();
    });
  picture.addEventListener("keydown", (event) => {
    const way = DIRECTIONS[event.key];
    if (!way) return;
    event.preventDefault();
    if (event.shiftKey && current >= 0) {
      const { valence, arousal } = songs[current];
      move(valence + STEP * way[0], arousal + STEP * way[1]);
    } else choose(current < 0 ? 0 : next(songs, current, way));
  });
  picture.addEventListener("keyup", (event) => event.key === "Shift" && drop());
  picture.addEventListener("blur", drop);
  for (const number of songs.keys()) show(number);
  card.append(
    el("h3", {}, t("library_map")),
    el("div", { class: "questions" }, picture, row),
    el("p", { class: "hint" }, t("library_map_hint")),
  );
}

function inWords({ title, artist, valence, arousal, mood }) {
  const name = artist ? `${title} – ${artist}` : title;
  const percent = (axis) => Math.round(100 * axis);
  const place = t("library_place", { valence: percent(valence), arousal: percent(arousal) });
  return [mood ? `${name}: ${moodName(mood)}` : name, place].join("; ");
}

const within = (axis) => Math.max(-1, Math.min(1, Math.round(axis * 1000) / 1000));

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

// A song's picture, or one drawn for it: arcs in its mood's colours, always the same for the same song.

import { el, svg } from "./dom.js";

const PALETTES = {
  angry: ["#5b0f14", "#d9463f", "#ff9d6b"],
  disgust: ["#1f3a1c", "#5a9a4a", "#c9d77e"],
  fear: ["#241a45", "#8f6bd1", "#d3bdf5"],
  happy: ["#8a4b06", "#efae1f", "#fff0b3"],
  sad: ["#10284f", "#4a87e8", "#b9d6ff"],
  surprise: ["#5c1145", "#e765ab", "#ffd2e8"],
  neutral: ["#2b3038", "#8d97a3", "#dfe3e8"],
};

const missing = new Map(); // a song without a picture -> until when nobody is asked: MPD may only be away
const MISSING_MS = 60_000;

// Put the song's picture into the element.
export function showCover(element, song, mood) {
  const key = song ? `${song.uri}|${mood}` : "";
  if (element.dataset.key === key) return;
  element.dataset.key = key;
  element.replaceChildren(song ? drawn(song.uri, mood) : drawn("", "neutral"));
  if (!song || (missing.get(song.uri) ?? 0) > performance.now()) return;
  const picture = el("img", { alt: "", src: `api/cover?uri=${encodeURIComponent(song.uri)}` });
  picture.addEventListener("load", () => element.dataset.key === key && element.replaceChildren(picture));
  picture.addEventListener("error", () => missing.set(song.uri, performance.now() + MISSING_MS));
}

function drawn(text, mood) {
  const chance = numbers(text);
  const [deep, middle, light] = PALETTES[mood] ?? PALETTES.neutral;
  const parts = [svg("rect", { width: 200, height: 200, fill: deep })];
  const x = 30 + 140 * chance(),
    y = 30 + 140 * chance();
  for (let ring = 9; ring > 0; ring--) {
    const radius = ring * (13 + 6 * chance());
    parts.push(
      svg("circle", {
        cx: x,
        cy: y,
        r: radius,
        fill: ring % 2 ? middle : deep,
        "fill-opacity": 0.16 + 0.05 * (9 - ring),
      }),
    );
  }
  for (let line = 0; line < 5; line++) {
    const from = 200 * chance(),
      bend = 200 * chance();
    parts.push(
      svg("path", {
        d: `M-10 ${from}Q${bend} ${200 * chance()} 210 ${200 * chance()}`,
        fill: "none",
        stroke: light,
        "stroke-width": 1 + 5 * chance(),
        "stroke-opacity": 0.25 + 0.5 * chance(),
        "stroke-linecap": "round",
      }),
    );
  }
  parts.push(svg("circle", { cx: x, cy: y, r: 9 + 8 * chance(), fill: light }));
  return svg(
    "svg",
    { viewBox: "0 0 200 200", preserveAspectRatio: "xMidYMid slice", "aria-hidden": "true" },
    parts,
  );
}

// Numbers from 0 to 1 that follow from the text (FNV-1a, then xorshift).
function numbers(text) {
  let seed = 2166136261;
  for (const sign of text) seed = Math.imul(seed ^ sign.codePointAt(0), 16777619) >>> 0;
  return () => {
    seed ^= seed << 13;
    seed >>>= 0;
    seed ^= seed >>> 17;
    seed ^= seed << 5;
    seed >>>= 0;
    return seed / 4294967296;
  };
}

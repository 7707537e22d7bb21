// The live picture: fetched only while it is looked at, and never left standing still.

import { on, state } from "./box.js";
import { t } from "./words.js";

const AGAIN_MS = 1500;

// Returns what to call when isShown has changed, and what to call when the picture is not needed any more.
export function livePicture(picture, isShown) {
  const drop = () => {
    picture.removeAttribute("src");
    picture.hidden = true;
  };
  const watch = () => {
    const isWanted = isShown() && !document.hidden && state?.camera === "on";
    if (!isWanted) return drop();
    if (!picture.getAttribute("src")) picture.src = "api/live";
    picture.hidden = false;
  };
  picture.alt = t("live_picture_from_camera");
  picture.addEventListener("error", () => {
    drop();
    setTimeout(watch, AGAIN_MS);
  });
  document.addEventListener("visibilitychange", watch);
  const ends = [
    on("state", watch),
    on("silent", drop), // it would stand still; `watch` asks for it anew
    () => document.removeEventListener("visibilitychange", watch),
  ];
  const end = () => {
    for (const each of ends) each();
    drop();
  };
  return { watch, end };
}

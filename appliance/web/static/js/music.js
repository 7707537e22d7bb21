// How much music each mood has, and more of it by drag and drop.

import { get, sendFile } from "./box.js";
import { el, icon } from "./dom.js";
import { dropped, KINDS } from "./dropped.js";
import { MOODS, moodName, t } from "./words.js";

export function musicPanel(panel) {
  let gone = false;
  // MPD looks at new files when it has time: until it has, ask again.
  const refresh = async (isCounted = () => true, failed = {}, tries = 20) => {
    try {
      const library = await get("api/music");
      if (gone) return;
      if (isCounted(library) || !tries) show(panel, library, refresh, failed);
      else setTimeout(refresh, 1500, isCounted, failed, tries - 1);
    } catch (error) {
      if (!gone) panel.replaceChildren(el("p", { class: "problem" }, error.message));
    }
  };
  panel.append(el("p", { class: "hint", "aria-busy": "true" }, t("counting_songs")));
  refresh();
  return () => {
    gone = true;
  };
}

// failed: for a mood, what could not be taken of the songs that were just sent.
function show(panel, library, refresh, failed) {
  const moods = MOODS.map((mood) => library.moods.find((one) => one.mood === mood));
  const missing = moods.filter((mood) => !mood.songs).map((mood) => moodName(mood.mood));
  const summary = missing.length
    ? t("no_songs_yet_for", { moods: missing.join(", ") })
    : t("every_mood_has_songs");
  panel.replaceChildren(
    el("p", { class: missing.length ? "problem" : "good" }, summary),
    el(
      "div",
      { class: "library" },
      moods.map((mood) => dropPlace(mood, library.upload_mb, refresh, failed[mood.mood])),
    ),
    el("p", { class: "hint" }, t("drop_songs_or_folders_onto", { n: library.upload_mb })),
  );
}

function dropPlace({ mood, songs, folder }, limitMb, refresh, told) {
  const count = songs === 1 ? t("1_song") : t("songs", { n: songs });
  const place = el(
    "div",
    { class: `drop ${songs && !told ? "" : "missing"}`, "data-mood": mood },
    icon(mood),
    el("b", {}, moodName(mood)),
    el("span", { class: "count", role: "status" }, told ? `${count}; ${told}` : count),
  );
  if (!folder) return place;
  const input = el("input", {
    type: "file",
    multiple: true,
    accept: KINDS,
    hidden: true,
    "aria-hidden": "true",
    tabindex: -1,
  });
  const choose = el(
    "button",
    {
      type: "button",
      class: "button",
      "aria-label": `${t("add_songs")}: ${moodName(mood)}`,
      onclick: () => input.click(),
    },
    t("add"),
  );
  input.addEventListener("change", () => {
    upload([...input.files].map((file) => ({ file, folder: "" })));
    input.value = ""; // else the same song cannot be chosen again after it has failed
  });
  place.append(choose, input);
  for (const kind of ["dragover", "dragenter"])
    place.addEventListener(kind, (event) => {
      event.preventDefault();
      place.classList.add("over-it");
    });
  for (const kind of ["dragleave", "drop"])
    place.addEventListener(kind, () => place.classList.remove("over-it"));
  place.addEventListener("drop", async (event) => {
    event.preventDefault();
    upload(await dropped(event.dataTransfer));
  });

  async function upload(chosen) {
    const words = place.querySelector(".count"),
      bar = el("progress", { max: 1, value: 0, "aria-label": t("upload") });
    const failed = chosen.length ? [] : [t("this_is_neither_song_nor")];
    let sent = 0;
    place.append(bar);
    for (const { file, folder, name = file.name, isEmpty } of chosen) {
      words.textContent = name;
      try {
        if (!file) throw new Error(isEmpty ? t("no_songs_in_this_folder") : t("cannot_be_read"));
        if (file.size > limitMb * 1048576) throw new Error(t("larger_than_mb", { n: limitMb }));
        const within = folder ? `?folder=${encodeURIComponent(folder)}` : "";
        const path = `api/music/${mood}/${encodeURIComponent(file.name)}${within}`;
        await sendFile("PUT", path, file, "application/octet-stream", (part) => {
          bar.value = part;
        });
        sent++;
      } catch (error) {
        failed.push(`${name}: ${error.message}`);
      }
    }
    bar.remove();
    const told = failed.join("; ");
    words.textContent = told || t("thank_you");
    if (told) place.classList.add("missing");
    if (sent)
      refresh((library) => library.moods.find((one) => one.mood === mood)?.songs >= songs + sent, {
        [mood]: told,
      });
  }
  return place;
}

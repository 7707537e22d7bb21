// How much music each mood has, and more of it by drag and drop.

import { get } from "./box.js";
import { el, icon } from "./dom.js";
import { dropped, KINDS } from "./dropped.js";
import { moodName, t } from "./words.js";

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
  panel.append(el("p", { class: "hint", "aria-busy": "true" }, t("Counting the songs …")));
  refresh();
  return () => {
    gone = true;
  };
}

// failed: for a mood, what could not be taken of the songs that were just sent.
function show(panel, library, refresh, failed) {
  const missing = library.moods.filter((mood) => !mood.songs).map((mood) => moodName(mood.mood));
  const summary = missing.length
    ? t("No songs yet for: {moods}", { moods: missing.join(", ") })
    : t("Every mood has songs.");
  panel.replaceChildren(
    el("p", { class: missing.length ? "problem" : "good" }, summary),
    el(
      "div",
      { class: "library" },
      library.moods.map((mood) => dropPlace(mood, library.upload_mb, refresh, failed[mood.mood])),
    ),
    el(
      "p",
      { class: "hint" },
      t(
        "Drop songs or folders onto a mood, or choose files. Up to {n} MB each; whatever MPD plays: FLAC, MP3, Ogg, AAC, WAV …",
        { n: library.upload_mb },
      ),
    ),
  );
}

function dropPlace({ mood, songs, folder }, limitMb, refresh, told) {
  const count = songs === 1 ? t("1 song") : t("{n} songs", { n: songs });
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
      "aria-label": `${t("Add songs")}: ${moodName(mood)}`,
      onclick: () => input.click(),
    },
    t("Add"),
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
      bar = el("progress", { max: 1, value: 0, "aria-label": t("Upload") });
    const failed = chosen.length ? [] : [t("This is neither a song nor a folder.")];
    let sent = 0;
    place.append(bar);
    for (const { file, folder, name = file.name, isEmpty } of chosen) {
      words.textContent = name;
      try {
        if (!file) throw new Error(isEmpty ? t("no songs in this folder") : t("cannot be read"));
        if (file.size > limitMb * 1048576) throw new Error(t("larger than {n} MB", { n: limitMb }));
        await put(mood, file, folder, (part) => {
          bar.value = part;
        });
        sent++;
      } catch (error) {
        failed.push(`${name}: ${error.message}`);
      }
    }
    bar.remove();
    const told = failed.join("; ");
    words.textContent = told || t("Thank you. The box is looking through them …");
    if (told) place.classList.add("missing");
    if (sent)
      refresh((library) => library.moods.find((one) => one.mood === mood)?.songs >= songs + sent, {
        [mood]: told,
      });
  }
  return place;
}

// XMLHttpRequest, because fetch does not tell how far an upload is.
function put(mood, file, folder, tell) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const within = folder ? `?folder=${encodeURIComponent(folder)}` : "";
    request.open("PUT", `api/music/${mood}/${encodeURIComponent(file.name)}${within}`);
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.upload.addEventListener("progress", (event) => tell(event.loaded / event.total));
    request.addEventListener("error", async () => {
      const isThere = await file
        .slice(0, 1)
        .arrayBuffer()
        .then(
          () => true,
          () => false,
        );
      reject(new Error(isThere ? t("The box does not answer. Is it on?") : t("cannot be read")));
    });
    request.addEventListener("load", () => {
      if (request.status === 201) return resolve();
      if (request.status === 401) return location.assign("login");
      try {
        reject(new Error(JSON.parse(request.responseText).error));
      } catch {
        reject(new Error(String(request.status)));
      }
    });
    request.send(file);
  });
}

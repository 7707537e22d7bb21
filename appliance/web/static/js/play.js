// The player: song, transport, volume, moods, queue, timers, and the camera's switch.

import { command, elapsed, get, on, setCamera, state } from "./box.js";
import { showCover } from "./cover.js";
import { $, clock, el, icon, mark, say, swapIcon, toast } from "./dom.js";
import { ago, MOODS, moodName, t } from "./words.js";

const TITLES = {
  repeat: "mode_repeat",
  random: "mode_random",
  single: "mode_single",
  consume: "mode_consume",
}; // MPD's modes
const SLEEP_MIN = [15, 30, 45, 60, 90, 120];
const POLICIES = {
  by_mood: ["policy_by_mood", "policy_by_mood_words"],
  match: ["policy_match", "policy_match_words"],
  lift: ["policy_lift", "policy_lift_words"],
  calm: ["policy_calm", "policy_calm_words"],
  steady: ["policy_steady", "policy_steady_words"],
}; // name and explanation
const HELD_MS = 30_000;
const AGAIN_MS = 5_000;
const buttons = {},
  held = new Map(); // list -> until when
let queued = null,
  fetching = false,
  dragging = false,
  seeking = false;

export function startPlay() {
  for (const button of document.querySelectorAll("[data-command]")) {
    button.addEventListener("click", () => carryOut(button.dataset.command));
  }
  for (const toggle of [$("toggle"), $("mini-toggle")])
    toggle.addEventListener("click", () => command(state?.playing === "music" ? "pause" : "play"));
  for (const camera of [$("camera-pill"), $("camera-switch")])
    camera.addEventListener("click", () => setCamera(state?.camera === "off"));
  startMoods();
  startPolicy();
  startPerson();
  startPlaylist();
  startVolume();
  startSeek();
  startTimers();
  on("state", show);
  setInterval(showTime, 500);
}

async function carryOut(word) {
  const isDone = await command(word);
  if (isDone) $("undo-row").hidden = !["like", "dislike", "skip"].includes(word);
  if (word === "like" && isDone && state?.song)
    toast(state.liked ? t("marked_as_liked") : t("mpd_did_not_keep_this"));
}

function startMoods() {
  for (const mood of MOODS) {
    buttons[mood] = el(
      "button",
      {
        type: "button",
        "data-mood": mood,
        "aria-pressed": "false",
        onclick: () => command("mood", { mood }),
      },
      icon(mood),
      moodName(mood),
    );
  }
  buttons.auto = el(
    "button",
    { type: "button", class: "auto", "aria-pressed": "true", onclick: () => command("auto") },
    icon("auto"),
    t("command_auto"),
  );
  $("moods").append(buttons.auto, ...MOODS.map((mood) => buttons[mood]));
}

// A list that somebody has open is left alone, for a while; once the box has answered it shows what is so.
function choice(list, tellBox) {
  const hold = () => held.set(list, performance.now() + HELD_MS);
  const letGo = () => held.delete(list);
  for (const kind of ["pointerdown", "keydown", "input"]) list.addEventListener(kind, hold);
  list.addEventListener("blur", letGo);
  list.addEventListener("change", async () => {
    await tellBox();
    letGo();
    if (state) show(state);
  });
}

const isHeld = (list) => (held.get(list) ?? 0) > performance.now();

function startPolicy() {
  const policy = $("policy");
  policy.append(...Object.entries(POLICIES).map(([value, [name]]) => el("option", { value }, t(name))));
  choice(policy, () => command("policy", { policy: policy.value }));
  const mood = $("policy-mood"),
    alone = $("mood-policy");
  mood.append(...MOODS.map((name) => el("option", { value: name }, t(`mood_${name}`))));
  alone.append(...[...policy.options].map((each) => each.cloneNode(true)));
  mood.addEventListener("change", () => state && showPolicy(state));
  choice(alone, () => command("mood-policy", { policy: alone.value, mood: mood.value }));
}

function startPerson() {
  const person = $("person");
  choice(person, () => command("person", { person: person.value }));
}

function startPlaylist() {
  const playlist = $("playlist");
  choice(playlist, () =>
    playlist.value ? command("playlist", { playlist: playlist.value }) : command("auto"),
  );
}

function startVolume() {
  const slider = $("volume");
  let waiting = 0;
  slider.addEventListener("input", () => {
    dragging = true;
    paintVolume(Number(slider.value));
    clearTimeout(waiting);
    waiting = setTimeout(async () => {
      await command("volume", { percent: Number(slider.value) });
      dragging = false;
      if (state) show(state);
    }, 150);
  });
}

// While it is held, the slider is where the finger is; the box is told once it rests.
function startSeek() {
  const seek = $("seek");
  let waiting = 0;
  seek.addEventListener("input", () => {
    seeking = true;
    const at = Number(seek.value);
    $("progress").firstChild.style.transform = `scaleX(${(at / Number(seek.max)).toFixed(4)})`;
    say($("elapsed"), clock(at));
    clearTimeout(waiting);
    waiting = setTimeout(async () => {
      await command("seek", { seconds: at });
      seeking = false;
    }, 300);
  });
}

function paintVolume(percent) {
  $("volume").style.setProperty("--at", `${percent}%`);
  say($("volume-words"), `${percent} %`);
}

function startTimers() {
  const sleep = $("sleep");
  sleep.append(
    el("option", { value: "" }, t("off")),
    ...SLEEP_MIN.map((minutes) => el("option", { value: minutes }, t("min", { n: minutes }))),
  );
  choice(sleep, () => command("sleep", { minutes: Number(sleep.value || 0) }));
  const alarm = $("alarm");
  alarm.addEventListener("input", () => {
    held.set(alarm, performance.now() + HELD_MS); // what is typed stays until it is sent, or forgotten
    if (state) showTimers(state);
  });
  $("alarm-set").addEventListener("click", async () => {
    const at = isAlarmTyped(state) ? alarm.value : null;
    if (at === "") return toast(t("choose_time_first"));
    await command("alarm", { at });
    held.delete(alarm);
    if (state) showTimers(state);
  });
}

// Whether the field holds another time than the alarm's: then its button sets that, else it takes the alarm back.
const isAlarmTyped = (box) => !box?.alarm || !["", box.alarm].includes($("alarm").value);

function show(box) {
  const song = box.song,
    isOn = box.playing === "music",
    off = box.camera === "off";
  document.body.dataset.mood = off ? "camera-off" : box.mood;
  if (off || box.mood === "unsure" || box.mood === "away")
    document.body.dataset.mood = box.song_mood ?? document.body.dataset.mood;
  const title = song ? song.title || song.uri : t("no_song");
  for (const id of ["title", "mini-title"]) say($(id), title);
  for (const id of ["artist", "mini-artist"]) say($(id), song?.artist ?? "");
  say(
    $("play-mood"),
    box.guest
      ? t("somebody_elses_queue")
      : box.song_mood
        ? t("music_for", { mood: moodName(box.song_mood) })
        : "",
  );
  for (const place of [$("cover"), $("mini-cover")]) showCover(place, song, box.song_mood);
  for (const toggle of [$("toggle"), $("mini-toggle")]) {
    swapIcon(toggle, isOn ? "pause" : "play");
    say(toggle.querySelector(".unseen"), isOn ? t("pause") : t("play"));
  }
  mark($("like"), "aria-pressed", String(box.liked === true));
  showGuest(box);
  showVolume(box);
  showMoods(box);
  showPolicy(box);
  showPerson(box);
  showPlaylist(box);
  showTimers(box);
  showCamera(box, off);
  showTime();
  refreshQueue(box);
  document.title = song && isOn ? `${title} – Moodbox` : "Moodbox";
}

function showGuest(box) {
  const modes = (box.modes ?? []).map((mode) => t(TITLES[mode])).join(", ");
  const words = [
    box.guest_waits ? t("somebody_elses_songs_wait") : "",
    modes && (box.guest ? t("their_modes_are_on", { modes }) : t("set_aside_until_their_songs", { modes })),
  ];
  $("guest-row").hidden = !words.some(Boolean);
  $("guest").hidden = !box.guest_waits;
  say($("guest-words"), words.filter(Boolean).join(" "));
}

function showVolume(box) {
  $("volume-row").hidden = box.volume === null;
  if (dragging || box.volume === null) return;
  $("volume").value = box.volume;
  paintVolume(box.volume);
}

function showMoods(box) {
  for (const [mood, button] of Object.entries(buttons))
    mark(button, "aria-pressed", String(box.by_hand === (mood === "auto" ? null : mood)));
  say(
    $("hand"),
    box.by_hand
      ? t("your_choice_holds_for_more", {
          time: ago(box.hand_for_s ?? 0),
        })
      : t("box_follows_your_face"),
  );
}

function showPolicy(box) {
  const wanted = box.policy_by_hand ?? "by_mood";
  if (!isHeld($("policy"))) $("policy").value = wanted;
  say($("policy-words"), t(POLICIES[wanted][1]));
  const alone = box.mood_policies[$("policy-mood").value] ?? "by_mood";
  if (!isHeld($("mood-policy"))) $("mood-policy").value = alone;
}

function showPerson(box) {
  const person = $("person"),
    names = box.persons.includes(box.person) ? box.persons : [...box.persons, box.person];
  $("person-row").hidden = names.length < 2;
  offer(person, names, box.person, (name) => (name === "everybody" ? t("everybody") : name));
}

function showPlaylist(box) {
  const current = box.playlist ?? "",
    names = box.playlists.includes(current) || !current ? box.playlists : [current, ...box.playlists];
  $("playlist-row").hidden = names.length === 0;
  offer($("playlist"), ["", ...names], current, (name) => name || t("off"));
}

function offer(select, names, chosen, words) {
  if (isHeld(select)) return;
  if (select.dataset.names !== names.join("\n")) {
    select.dataset.names = names.join("\n");
    select.replaceChildren(...names.map((value) => el("option", { value }, words(value))));
  }
  select.value = chosen;
}

function showTimers(box) {
  const sleep = $("sleep"),
    rest = box.sleep_in_s;
  const off = sleep.options[0];
  say(off, rest === null ? t("off") : t("in", { time: ago(rest) }));
  if (!isHeld(sleep)) sleep.value = "";
  if (rest !== null && sleep.options.length === SLEEP_MIN.length + 1)
    sleep.append(el("option", { value: 0 }, t("take_it_back")));
  if (rest === null && sleep.options.length > SLEEP_MIN.length + 1) sleep.lastChild.remove();
  $("alarm-row").hidden = box.alarm === undefined;
  const alarm = $("alarm");
  if (!isHeld(alarm) && document.activeElement !== alarm && box.alarm) alarm.value = box.alarm;
  mark(alarm, "aria-label", t("command_alarm"));
  say($("alarm-set"), isAlarmTyped(box) ? t("set") : t("take_it_back"));
}

function showCamera(box, off) {
  const pill = $("camera-pill");
  mark(pill, "aria-pressed", String(!off));
  mark(pill, "data-lost", box.camera === "lost" ? "" : null);
  swapIcon(pill, off ? "camera-off" : "camera");
  say(
    pill.querySelector(".words"),
    { on: t("camera_on"), off: t("camera_off"), lost: t("no_camera") }[box.camera],
  );
  mark($("camera-switch"), "aria-checked", String(!off));
}

function showTime() {
  const now = elapsed(),
    length = state?.duration_s || 0,
    bar = $("progress"),
    seek = $("seek");
  if (seeking) return;
  bar.firstChild.style.transform = `scaleX(${length ? Math.min(1, now / length).toFixed(4) : 0})`;
  mark(seek, "max", Math.max(1, Math.round(length)));
  mark(seek, "disabled", length ? null : "");
  seek.value = Math.round(now);
  mark(seek, "aria-valuetext", t("of", { now: clock(now), all: clock(length) }));
  say($("elapsed"), clock(now));
  say($("duration"), length ? clock(length) : "");
}

const queueOf = (box) => `${box.song_id} ${box.queue_version} ${(box.coming ?? []).length}`;

// What is to come, whenever anybody has changed it; one request at a time, and the newest state wins.
async function refreshQueue(box) {
  if (fetching || queued === queueOf(box)) return;
  fetching = true;
  try {
    const { songs } = await get("api/queue");
    const chosen = [...(box.up_next ?? []), ...(box.coming ?? [])].map((song) => song.uri); // they stand apart
    const next = songs
      .slice(1, 9)
      .filter((song) => !chosen.includes(song.uri))
      .map((song) =>
        el(
          "li",
          {},
          el("div", {}, el("b", {}, song.title || song.uri), el("span", {}, song.artist)),
          el("span", {}, clock(song.duration_s)),
        ),
      );
    $("queue").replaceChildren(
      ...(next.length || chosen.length
        ? next
        : [el("li", { class: "empty" }, el("span", {}, t("box_chooses_when_this_song")))]),
    );
    queued = queueOf(box);
    goOn();
  } catch {
    setTimeout(goOn, AGAIN_MS); // without MPD, too, the state changes many times a second
  }
}

function goOn() {
  fetching = false;
  if (state && !document.hidden) refreshQueue(state);
}

// The page's languages. What it says has a key that stays while its words change; static/words/LANGUAGE.json has
// the words. English may also stand in the templates, which the box fills in. What is declared elsewhere has all
// its other languages together: static/commands.json by a command's name, static/settings.json by a path.

export const LANGUAGES = { en: "English", de: "Deutsch", es: "Español", hi: "हिन्दी" };

const PATIENCE_MS = 20_000;
const catalogue = {};
export let language = "en";

export async function loadWords() {
  const wanted = [localStorage.getItem("language"), ...navigator.languages.map((tag) => tag.split("-")[0])];
  language = wanted.find((tag) => tag in LANGUAGES) ?? "en";
  for (const element of document.querySelectorAll("[data-t]"))
    catalogue[element.dataset.t] = element.textContent.trim();
  for (const element of document.querySelectorAll("[data-t-label]"))
    catalogue[element.dataset.tLabel] = element.getAttribute("aria-label");
  const [words] = await Promise.all([read(`static/words/${language}.json`), learn("static/commands.json")]);
  Object.assign(catalogue, words);
  document.documentElement.lang = language;
  for (const element of document.querySelectorAll("[data-t]"))
    element.textContent = t(element.dataset.t, element.dataset);
  for (const element of document.querySelectorAll("[data-t-label]"))
    element.setAttribute("aria-label", t(element.dataset.tLabel));
}

// Take in a file of { name: { en, de, es, hi } }. What the box itself says in English has that for a key.
export async function learn(path) {
  if (language === "en") return;
  for (const [name, words] of Object.entries(await read(path)))
    catalogue[words.en ?? `command_${name}`] = words[language];
}

// The box may begin anew just now, or the network fail in the middle: a page without words would stay so.
async function read(path) {
  for (;;) {
    try {
      const answer = await fetch(path, { signal: AbortSignal.timeout(PATIENCE_MS) });
      if (answer.ok) return await answer.json();
    } catch {
      /* tried again */
    }
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}

export function t(key, values = {}) {
  const found = catalogue[key] ?? key;
  return found.replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);
}

export const NAMES = {
  angry: "mood_angry",
  disgust: "mood_disgust",
  fear: "mood_fear",
  happy: "mood_happy",
  sad: "mood_sad",
  surprise: "mood_surprise",
  neutral: "mood_neutral",
  unsure: "mood_unsure",
  away: "mood_away",
  "camera-off": "mood_camera_off",
  calm: "mood_calm",
};

// In the order in which they are shown.
export const MOODS = ["happy", "surprise", "neutral", "sad", "fear", "disgust", "angry"];

export const moodName = (mood) => t(NAMES[mood] ?? mood);

// Sentences that the box makes, with a mood in them.
const SENTENCES = [
  [/^You look (\w+)$/, "because_look"],
  [/^You chose (\w+)$/, "because_chose"],
  [/^Music for (\w+) until your face says more$/, "because_until"],
  [/^Chosen for (\w+) before the box began anew$/, "because_before"],
  [/^Somebody else's songs play$/, "because_guest"],
  [/^the work goes on$/, "because_work"],
  [/^It began at (\w+)$/, "because_began"],
  [/^this is (\w+), song (\d+) of (\d+) on the way to (\w+)$/, "because_led"],
  [/^this is (\w+), where the music has led$/, "because_there"],
  [/^you finish this artist when (\w+), (\d+) of (\d+)$/, "because_artist"],
  [/^you finish this song when (\w+), (\d+) of (\d+)$/, "because_song"],
  [/^you finish this artist, (\d+) of (\d+)$/, "because_artist_ever"],
  [/^you finish this song, (\d+) of (\d+)$/, "because_song_ever"],
  [/^it sounds like what you finish when (\w+)$/, "because_sound"],
  [/^it sounds like what you finish$/, "because_sound_ever"],
  [/^you like this song$/, "because_liked"],
  [/^you like songs of this artist$/, "because_liked_artist"],
  [/^to hear whether you like it$/, "because_new"],
  [/^placed by you$/, "because_placed_by_you"],
  [/^placed by its tags or folders$/, "because_placed_by_name"],
  [/^placed by its sound$/, "because_placed_by_sound"],
  [/^there is no music for (\w+), so this is from (.+)$/, "because_borrowed"],
];
const BY_ADJECTIVE = { afraid: "fear", disgusted: "disgust", surprised: "surprise" };

export function sentence(text) {
  if (language === "en") return text;
  return text
    .split("; ")
    .map((part) => {
      for (const [pattern, template] of SENTENCES) {
        const found = part.match(pattern);
        if (found) {
          const [mood, other, all, goal] = [1, 2, 3, 4].map((place) =>
            moodName(BY_ADJECTIVE[found[place]] ?? found[place] ?? ""),
          );
          return t(template, { mood, other, all, goal });
        }
      }
      return part;
    })
    .join("; ");
}

export function ago(seconds) {
  if (seconds < 5) return t("just_now");
  if (seconds < 90) return t("s", { n: Math.round(seconds) });
  if (seconds < 5400) return t("min", { n: Math.round(seconds / 60) });
  return t("h", { n: Math.round(seconds / 3600) });
}

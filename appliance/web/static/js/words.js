// The page's languages, gettext-like: English is the key; static/words/LANGUAGE.json has the others. What is
// declared elsewhere has all its languages together: static/commands.json, static/settings.json.

export const LANGUAGES = { en: "English", de: "Deutsch", es: "Español", hi: "हिन्दी" };

const catalogue = {};
export let language = "en";

export async function loadWords() {
  const wanted = [localStorage.getItem("language"), ...navigator.languages.map((tag) => tag.split("-")[0])];
  language = wanted.find((tag) => tag in LANGUAGES) ?? "en";
  if (language !== "en") {
    const [words] = await Promise.all([read(`static/words/${language}.json`), learn("static/commands.json")]);
    Object.assign(catalogue, words);
  }
  document.documentElement.lang = language;
  for (const element of document.querySelectorAll("[data-t]"))
    element.textContent = t(element.textContent.trim());
  for (const element of document.querySelectorAll("[data-t-label]")) {
    element.setAttribute("aria-label", t(element.dataset.tLabel));
  }
}

// Take in a file of { name: { en, de, es, hi } }; where `en` is not there, the name is English.
export async function learn(path) {
  if (language === "en") return;
  for (const [name, words] of Object.entries(await read(path))) catalogue[words.en ?? name] = words[language];
}

async function read(path) {
  const answer = await fetch(path);
  return answer.ok ? answer.json() : {};
}

export function t(text, values = {}) {
  const found = catalogue[text] ?? text;
  return found.replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);
}

export const NAMES = {
  angry: "Angry",
  disgust: "Disgusted",
  fear: "Afraid",
  happy: "Happy",
  sad: "Sad",
  surprise: "Surprised",
  neutral: "Neutral",
  unsure: "Not sure",
  away: "Nobody here",
  "camera-off": "Camera off",
};

// In the order in which they are shown.
export const MOODS = ["happy", "surprise", "neutral", "sad", "fear", "disgust", "angry"];

export const moodName = (mood) => t(NAMES[mood] ?? mood);

// Sentences that the box makes, with a mood in them.
const SENTENCES = [
  [/^You look (\w+)$/, "You look: {mood}"],
  [/^You chose (\w+)$/, "You chose: {mood}"],
  [/^Music for (\w+) until your face says more$/, "Music for: {mood}, until your face says more"],
  [/^Chosen for (\w+) before the box began anew$/, "Chosen for: {mood}, before the box began anew"],
  [/^Somebody else's songs play$/, "Somebody else's songs play"],
  [
    /^there is no music for (\w+), so this is from (.+)$/,
    "there is no music for: {mood}, so this is from: {other}",
  ],
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
          const [mood, other] = [found[1] ?? "", found[2] ?? ""].map((word) =>
            moodName(BY_ADJECTIVE[word] ?? word),
          );
          return t(template, { mood, other });
        }
      }
      return t(part);
    })
    .join("; ");
}

export function ago(seconds) {
  if (seconds < 5) return t("just now");
  if (seconds < 90) return t("{n} s", { n: Math.round(seconds) });
  if (seconds < 5400) return t("{n} min", { n: Math.round(seconds / 60) });
  return t("{n} h", { n: Math.round(seconds / 3600) });
}

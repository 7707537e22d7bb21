import { send } from "./box.js";
import { $ } from "./dom.js";
import { loadWords, t } from "./words.js";

const PAUSE_MS = 1000;
const WHY = {
  overlap: "claim_overlap",
  wrong: "claim_wrong",
  gone: "claim_gone",
};
let key = "",
  isWaiting = false;

await loadWords();
$("claim")?.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (isWaiting) return;
  isWaiting = true;
  $("problem").textContent = "";
  try {
    await claim($("new").value);
  } catch (error) {
    $("problem").textContent = error.message;
  }
  $("presses").textContent = "";
  isWaiting = false;
});

async function claim(password) {
  const asked = await send("POST", "api/claim", key ? { key } : {});
  key = asked.key;
  let stage = asked.stage;
  if (stage === "waiting") {
    $("presses").textContent = t("now_press_one_button_of", { n: asked.presses });
  }
  while (stage === "waiting") {
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    ({ stage } = await send("PUT", "api/claim", { key, new: password }));
  }
  if (stage === "confirmed") location.assign("./");
  else $("problem").textContent = t(WHY[stage]);
}

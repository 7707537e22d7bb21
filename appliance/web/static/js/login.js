import { send } from "./box.js";
import { $ } from "./dom.js";
import { loadWords, t } from "./words.js";

const PAUSE_MS = 1000;
const WHY = {
  overlap: "Somebody else in your network asks for this, too. Wait ten seconds, then try again.",
  wrong: "That was another number of presses. Try again.",
  gone: "Two minutes are over. Try again.",
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
    $("presses").textContent = t(
      "Now press one button of the box {n} times, and wait. You have two minutes.",
      { n: asked.presses },
    );
  }
  while (stage === "waiting") {
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    ({ stage } = await send("PUT", "api/claim", { key, new: password }));
  }
  if (stage === "confirmed") location.assign("./");
  else $("problem").textContent = t(WHY[stage]);
}

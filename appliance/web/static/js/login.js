import { send } from "./box.js";
import { $ } from "./dom.js";
import { loadWords } from "./words.js";

await loadWords();
$("claim")?.addEventListener("submit", async (event) => {
  event.preventDefault();
  try {
    await send("PUT", "api/password", { new: $("new").value });
    location.assign("./");
  } catch (error) {
    $("problem").textContent = error.message;
  }
});

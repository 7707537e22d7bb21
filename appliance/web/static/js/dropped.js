// What was dropped onto the page: files, and those in folders, each with its folder's path.

const SONGS =
  "flac mp3 ogg oga opus m4a m4b mp4 aac wav aiff aif aifc wv wma ape mpc mp2 tta dsf dff ac3 mka webm au".split(
    " ",
  );
export const KINDS = ["audio/*", ...SONGS.map((suffix) => `.${suffix}`)].join(",");

// Entries of {file, folder}; of {name} for what cannot be read, with isEmpty for a folder without songs.
// The list is empty once the event is over, so everything is taken out of it before anything is waited for.
export async function dropped(transfer) {
  const items = [...transfer.items].filter((item) => item.kind === "file");
  const found = items.map((item) => ({ entry: item.webkitGetAsEntry?.(), file: item.getAsFile() }));
  const lists = await Promise.all(
    found.map(({ entry, file }) => (entry ? within(entry, "") : [{ file, folder: "" }])),
  );
  return lists.flat();
}

async function within(entry, folder) {
  try {
    if (entry.isFile)
      return [{ file: await new Promise((resolve, reject) => entry.file(resolve, reject)), folder }];
    const path = folder ? `${folder}/${entry.name}` : entry.name;
    const lists = await Promise.all(
      (await entriesOf(entry)).filter(isWanted).map((inner) => within(inner, path)),
    );
    const songs = lists.flat();
    return songs.length || folder ? songs : [{ name: entry.name, isEmpty: true }];
  } catch {
    return [{ name: entry.name }];
  }
}

// A folder is read a hundred entries at a time.
async function entriesOf(folder) {
  const reader = folder.createReader(),
    entries = [];
  for (;;) {
    const more = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!more.length) return entries;
    entries.push(...more);
  }
}

// Beside an album's songs lie pictures, lists and what is hidden.
function isWanted(entry) {
  if (entry.name.startsWith(".") && !entry.name.startsWith("..")) return false;
  return entry.isDirectory || SONGS.includes(entry.name.split(".").pop().toLowerCase());
}

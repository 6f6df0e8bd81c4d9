// A page that is looked at for long: it says when there is something newer, and what is under way updates by itself.
// The overview follows what happens by itself (overview.js).

const POLL_EVERY = 30_000;
const BUSY_EVERY = 4_000;
// A server that does not answer for so long hangs.
const LOST_AFTER = 8_000;
const main = () => document.getElementById("main");
let version;

// What an address answers; nothing while it cannot be had, which is told to the frame of the page.
async function get(address, kind) {
  const options = { headers: { Accept: kind }, cache: "no-cache", signal: AbortSignal.timeout?.(LOST_AFTER) };
  const response = await fetch(address, options).catch(() => {});
  const text = response?.ok && !response.redirected ? await response.text().catch(() => {}) : undefined;
  document.dispatchEvent(new CustomEvent("connected", { detail: text !== undefined }));
  return text;
}

async function look() {
  const text = await get(main().dataset.live, "application/json");
  if (!text) return;
  const state = JSON.parse(text);
  version ??= state.version;
  if (state.version !== version) document.dispatchEvent(new Event("newer"));
}

// Whether somebody fills in a form or marks a text.
const inUse = () => main().contains(document.activeElement) || !getSelection().isCollapsed;

// While work is under way the content comes anew.
async function update() {
  const before = main();
  const text = await get(location.href, "text/html");
  if (!text || main() !== before || before.contains(document.activeElement)) return;
  const page = new DOMParser().parseFromString(text, "text/html");
  for (const { id } of before.querySelectorAll("details[id][open]")) page.getElementById(id)?.setAttribute("open", "");
  before.replaceWith(document.adoptNode(page.getElementById("main")));
  document.dispatchEvent(new Event("shown"));
}

async function step() {
  if (!document.hidden) await (main().dataset.busy && !inUse() ? update() : look());
  setTimeout(step, main().dataset.busy ? BUSY_EVERY : POLL_EVERY);
}

step();

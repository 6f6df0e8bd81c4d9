// A page that is looked at for long: it says when there is something newer, and what is under way updates by itself.
// The overview follows what happens by itself (overview.js).

const POLL_EVERY = 30_000;
const BUSY_EVERY = 4_000;
const main = () => document.getElementById("main");
let version;

async function look() {
  const options = { headers: { Accept: "application/json" }, cache: "no-cache" };
  const response = await fetch(main().dataset.live, options).catch(() => {});
  const answered = Boolean(response?.ok) && !response.redirected;
  document.dispatchEvent(new CustomEvent("connected", { detail: answered }));
  if (!answered) return;
  const state = await response.json();
  version ??= state.version;
  if (state.version !== version) document.dispatchEvent(new Event("newer"));
}

// While work is under way the content comes anew, unless somebody fills in a form or marks a text.
async function update() {
  const before = main();
  if (before.contains(document.activeElement) || !getSelection().isCollapsed) return;
  const response = await fetch(location.href, { headers: { Accept: "text/html" } }).catch(() => {});
  if (!response?.ok || response.redirected) return;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  if (main() !== before || before.contains(document.activeElement)) return;
  const opened = [...before.querySelectorAll("details[id][open]")].map((details) => details.id);
  before.replaceWith(document.adoptNode(page.getElementById("main")));
  for (const id of opened) document.getElementById(id)?.setAttribute("open", "");
  document.dispatchEvent(new Event("shown"));
}

async function step() {
  if (!document.hidden) await (main().dataset.busy ? update() : look());
  setTimeout(step, main().dataset.busy ? BUSY_EVERY : POLL_EVERY);
}

step();

// The overview: live, found while one types, versions opened.

const search = document.querySelector("[type=search]");
const main = () => document.getElementById("main");

// Another state of this page in place of this one, with scroll, focus and what is chosen as they were.
let requests = 0;
let shownQuery = location.search;
async function show({ keepScroll = true } = {}) {
  requests += 1;
  const request = requests;
  const query = location.search;
  const response = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (response.redirected && new URL(response.url).pathname !== location.pathname) return location.reload();
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  if (request !== requests) return;
  if (!response.ok) throw new Error(response.status);
  const before = main();
  const after = page.getElementById("main");
  const focused = before.contains(document.activeElement) ? selectorOf(document.activeElement) : "";
  const places = keepScroll && Date.now() - usedAt < AWAY_AFTER ? placesIn(before) : [];
  for (const { id } of before.querySelectorAll("details[id][open]")) page.getElementById(id)?.setAttribute("open", "");
  before.replaceWith(document.adoptNode(after));
  if (focused) after.querySelector(focused)?.focus({ preventScroll: true });
  hold(places, after);
  mark(page.title, page.querySelector("link[rel=icon]").getAttribute("href"));
  if (shownQuery !== query) {
    const found = after.querySelector("#found") ?? after.querySelector(".levels [aria-current]");
    document.getElementById("told").textContent = found?.textContent.trim();
  }
  shownQuery = query;
  document.dispatchEvent(new CustomEvent("shown", { detail: before }));
}

// What somebody is at stays in its place, whatever comes above it: what has the focus, what is pointed at, the list, what
// is seen first. Once nobody was there for minutes, the page begins at its top again.
const AWAY_AFTER = 5 * 60_000;
let usedAt = Date.now();
let held = 0;
for (const kind of ["pointermove", "pointerdown", "keydown"]) {
  addEventListener(kind, () => {
    usedAt = Date.now();
  });
}

function placesIn(content) {
  const row = [...content.querySelectorAll(":hover")].at(-1)?.closest("tr, li");
  const first = [document.activeElement, row?.querySelector("a"), content.querySelector("#jobs")];
  return [...first, ...content.querySelectorAll("a")]
    .filter((one) => content.contains(one) && offset(one) >= 0 && offset(one) < innerHeight)
    .map((one) => [selectorOf(one), offset(one)]);
}

function hold(places, content) {
  const atTop = scrollY <= held;
  if (atTop && !places.length) scrollTo(0, 0);
  for (const [selector, top] of places) {
    const found = selector && content.querySelector(selector);
    const moved = found ? offset(found) - top : innerHeight;
    if (Math.abs(moved) >= innerHeight) continue;
    // A short page gets room to scroll; above its top is left blank.
    const target = scrollY + moved;
    document.body.style.minHeight = `${target + innerHeight}px`;
    if (target < 0) content.querySelector("#jobs").style.marginTop = `${28 - target}px`;
    scrollBy(0, moved);
    break;
  }
  held = atTop ? scrollY : 0;
}

// How far below the top of the window it is.
const offset = (element) => element.getBoundingClientRect().top;

// What somebody chose is the address at once: whatever comes meanwhile asks for that, and Back undoes it.
function choose(address) {
  const wanted = new URL(address.split("#")[0], location.href).href;
  if (wanted !== location.href) history.pushState(null, "", wanted);
  arrive();
}
const arrive = () => show().catch(() => location.reload());
addEventListener("popstate", () => {
  if (location.search === shownQuery) return;
  if (search) search.value = new URLSearchParams(location.search).get("q") ?? "";
  arrive();
});

// How an element is found again on the next state of the page.
function selectorOf(element) {
  const list = element.closest(".cases") ? ".cases " : element.closest(".jobs") ? ".jobs " : "";
  for (const name of ["id", "href", "formaction", "name"]) {
    if (!element.hasAttribute(name)) continue;
    const one = element.type === "checkbox" ? `[value="${CSS.escape(element.value)}"]` : "";
    return `${list}[${name}="${CSS.escape(element.getAttribute(name))}"]${one}`;
  }
  return "";
}

function mark(title, icon) {
  if (document.title !== title) document.title = title;
  const link = document.querySelector("link[rel=icon]");
  if (link.getAttribute("href") !== icon) link.href = icon;
}

// Live. A page that is seen holds a stream, which says every few seconds how things stand. One that is hidden asks now
// and then, and so does one that hears nothing: too many streams are open, or a proxy holds back what they say.
const SILENT_AFTER = 8000;
const STREAM_AGAIN_AFTER = 10 * 60_000;
const POLL_EVERY = 10_000;
let stream;
let streamFrom = 0;
let timer;
let version;
let updating = false;

function next(...what) {
  clearTimeout(timer);
  timer = setTimeout(...what);
}

function follow() {
  leave();
  if (document.hidden || Date.now() < streamFrom) return poll();
  stream = new EventSource(main().dataset.live);
  next(rest, SILENT_AFTER, STREAM_AGAIN_AFTER);
  stream.onmessage = (event) => {
    next(rest, SILENT_AFTER, POLL_EVERY);
    connected(true);
    update(JSON.parse(event.data));
  };
}

// A stream is silent. One that never spoke is not tried again for long.
function rest(duration) {
  streamFrom = Date.now() + duration;
  follow();
}

function leave() {
  stream?.close();
  stream = undefined;
  next(follow, document.hidden ? 3 * POLL_EVERY : POLL_EVERY);
}

async function poll() {
  const signal = AbortSignal.timeout?.(SILENT_AFTER);
  const options = { headers: { Accept: "application/json" }, cache: "no-cache", signal };
  const response = await fetch(main().dataset.live, options).catch(() => {});
  if (response?.redirected) return location.reload();
  const state = response?.ok && (await response.json().catch(() => {}));
  // A stream that began meanwhile knows better.
  if (stream) return;
  connected(Boolean(state));
  if (state) update(state);
  // A stream tells soonest that the server is back.
  else streamFrom = 0;
}

function connected(answers) {
  document.dispatchEvent(new CustomEvent("connected", { detail: answers }));
}

async function update(state) {
  version = state.version;
  mark(state.title, state.icon);
  if (updating || document.hidden) return;
  updating = true;
  while (version !== main().dataset.version && !document.hidden) {
    const began = performance.now();
    const before = main();
    // Not while somebody marks a text, chooses from a list or looks at a day.
    const busy = document.activeElement.matches("#main select") || main().querySelector(".menu[open], .why[open], .at");
    const idle = getSelection().isCollapsed && !busy;
    if (idle) await show().catch(() => {});
    // A page that takes long to make, or cannot be made, is not asked for all the time.
    const pause = idle && main() === before ? POLL_EVERY : Math.max(3000, 20 * (performance.now() - began));
    await new Promise((done) => setTimeout(done, pause));
  }
  updating = false;
}

const onSeen = () => (document.hidden ? leave() : follow());
document.addEventListener("visibilitychange", onSeen);
addEventListener("pageshow", onSeen);

// Finding: at once the rows that are here, then what the server finds, as it knows notes too.
let typing;
search?.addEventListener("input", () => {
  const words = search.value.toLowerCase().split(/\s+/);
  for (const body of document.querySelectorAll(".jobs tbody")) {
    const heading = body.querySelector(".g")?.textContent ?? "";
    const rows = [...body.rows].filter((row) => !row.matches(".g"));
    for (const row of rows) {
      const text = (heading + row.cells[0].textContent).toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
    }
    body.hidden = rows.every((row) => row.hidden);
  }
  clearTimeout(typing);
  typing = setTimeout(() => {
    const address = new URL(location.href);
    const query = search.value.trim();
    if (query) address.searchParams.set("q", query);
    else address.searchParams.delete("q");
    history.replaceState(null, "", address);
    // Where no answer comes, what is here has been looked through.
    show({ keepScroll: false }).catch(() => {});
  }, 250);
});
search?.form.addEventListener("submit", (event) => {
  event.preventDefault();
  document.querySelector(".jobs tbody tr:not(.g, [hidden]) a")?.focus();
});

// Choosing, without a click on a button.
document.addEventListener("change", async (event) => {
  const form = event.target.closest("#main .bar form");
  if (!form) return;
  const data = new URLSearchParams(new FormData(form));
  if (form.method !== "post") return choose(`${form.action.split("?")[0]}?${data}`);
  const kept = await fetch(form.action, { method: "POST", body: data, redirect: "manual" }).catch(() => {});
  if (kept?.type === "opaqueredirect") choose(form.elements.next.value);
  else form.requestSubmit();
});

function onClick(links, act) {
  document.addEventListener("click", (event) => {
    const link = event.target.closest(links);
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    act(link);
  });
}
onClick("#main :is(.levels, .jobs thead) a", (link) => choose(link.href));

// A click on versions lists them.
onClick(".jobs td > a", async (link) => {
  const dialog = document.getElementById("points");
  const response = await fetch(`${link.pathname}/restore-points`);
  if (!response.ok || response.redirected) return location.assign(link.href);
  dialog.innerHTML = await response.text();
  dialog.showModal();
});

// The overview: live, found while one types, days and versions opened.

const find = document.querySelector("[type=search]");
const main = () => document.getElementById("main");
const told = document.getElementById("told");
const DAY = 864e5;

// Another state of this page in place of this one, with scroll, focus and what is chosen as they were.
let asked = 0, seen = location.search;
async function show({ keep = true } = {}) {
  const mine = ++asked, { href, search } = location;
  const response = await fetch(href, { headers: { Accept: "text/html" } });
  if (response.redirected && new URL(response.url).pathname !== location.pathname) return location.reload();
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  if (mine !== asked) return;
  if (!response.ok) throw new Error(response.status);
  const before = main(), after = page.getElementById("main");
  const focus = before.contains(document.activeElement) ? nameOf(document.activeElement) : "";
  const top = keep && [...before.querySelectorAll("a[href]")].find((a) => a.getBoundingClientRect().top >= 0);
  const [place, at] = top ? [nameOf(top), top.getBoundingClientRect().top] : [];
  const hours = before.querySelector("[name=hours]")?.value;
  before.replaceWith(document.adoptNode(after));
  if (hours && after.querySelector("[name=hours]")) after.querySelector("[name=hours]").value = hours;
  if (focus) after.querySelector(focus)?.focus({ preventScroll: true });
  const now = place && after.querySelector(place);
  if (now) scrollBy({ top: now.getBoundingClientRect().top - at, behavior: "instant" });
  mark(page.title, page.querySelector("link[rel=icon]").getAttribute("href"));
  if (seen !== search) told.textContent = (after.querySelector("#found") ?? after.querySelector(".levels [aria-current]"))?.textContent.trim();
  seen = search;
  document.dispatchEvent(new Event("shown"));
}

// What somebody chose is the address at once: whatever comes meanwhile asks for that, and Back undoes it.
function choose(address) {
  const wanted = new URL(address.split("#")[0], location.href).href;
  if (wanted !== location.href) history.pushState(null, "", wanted);
  return show().catch(() => location.reload());
}
addEventListener("popstate", () => {
  if (location.search === seen) return;
  if (find) find.value = new URLSearchParams(location.search).get("q") ?? "";
  show().catch(() => location.reload());
});

// How an element is found again on the next state of the page.
function nameOf(element) {
  const list = element.closest(".cases") ? ".cases " : element.closest(".jobs") ? ".jobs " : "";
  for (const name of ["href", "formaction", "name"]) {
    if (element.hasAttribute(name)) return `${list}[${name}="${CSS.escape(element.getAttribute(name))}"]`;
  }
  return "";
}

function mark(title, icon) {
  document.title = title;
  const link = document.querySelector("link[rel=icon]");
  if (link.getAttribute("href") !== icon) link.href = icon;
}

// Live. A page that is seen holds a stream; one that is not, or gets none, asks now and then.
let stream, timer, version, busy;
function follow() {
  leave();
  if (document.hidden || !window.EventSource) return poll();
  stream = new EventSource(main().dataset.live);
  stream.onmessage = (event) => heard(JSON.parse(event.data));
  stream.onerror = () => stream?.readyState === EventSource.CLOSED && (leave(), (timer = setTimeout(poll, 30_000)));
}

function leave() {
  stream?.close();
  stream = undefined;
  clearTimeout(timer);
}

async function poll() {
  timer = setTimeout(poll, 30_000);
  const response = await fetch(main().dataset.live, { headers: { Accept: "application/json" }, cache: "no-cache" }).catch(() => {});
  if (response?.redirected) return location.reload();
  if (response?.ok) heard(await response.json());
}

async function heard(state) {
  version = state.version;
  mark(state.title, state.icon);
  if (busy || document.hidden) return;
  busy = true;
  while (version !== main().dataset.version && !document.hidden) {
    const began = performance.now(), old = main();
    // Not while somebody marks a text or chooses from a list.
    const idle = getSelection().isCollapsed && !document.activeElement.matches("#main select");
    if (idle) await show().catch(() => {});
    // A page that takes long to make, or cannot be made, is not asked for all the time.
    const failed = idle && main() === old;
    await new Promise((done) => setTimeout(done, failed ? 30_000 : Math.max(3000, 20 * (performance.now() - began))));
  }
  busy = false;
}

document.addEventListener("visibilitychange", follow);
addEventListener("pagehide", leave);
addEventListener("pageshow", (event) => event.persisted && follow());
follow();

// Finding: at once the rows that are here, then what the server finds, as it knows notes too.
let typed;
const plain = (text) => text.toLowerCase();
find?.addEventListener("input", () => {
  const words = plain(find.value).split(/\s+/);
  for (const body of document.querySelectorAll(".jobs tbody")) {
    const head = body.querySelector(".g")?.textContent ?? "";
    for (const row of body.rows) {
      const text = plain(head + row.cells[0].textContent);
      row.hidden = !row.matches(".g") && !words.every((word) => text.includes(word));
    }
    body.hidden = ![...body.rows].some((row) => !row.hidden && !row.matches(".g"));
  }
  clearTimeout(typed);
  typed = setTimeout(() => {
    const address = new URL(location.href);
    address.searchParams.set("q", find.value.trim());
    if (!find.value.trim()) address.searchParams.delete("q");
    history.replaceState(null, "", address);
    // Where no answer comes, what is here has been looked through.
    show({ keep: false }).catch(() => {});
  }, 250);
});
find?.form.addEventListener("submit", (event) => {
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

document.addEventListener("click", (event) => {
  const link = event.target.closest("#main .levels a");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  choose(link.href);
});

// A click on versions lists them.
document.addEventListener("click", async (event) => {
  const link = event.target.closest(".jobs td a"), box = document.getElementById("points");
  if (!link || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  const got = await fetch(`${link.pathname}/restore-points`);
  if (!got.ok || got.redirected) return (location = link);
  box.innerHTML = await got.text();
  box.showModal();
});

// Days. A strip is one element for equal days in a row: where it is pointed at says which day.
let day;
const lettersOf = (strip) =>
  [...strip.children].flatMap((run) => {
    const [, letter = "s"] = run.className.match(/(?:^| )([wfiolx])(?: |$)/) ?? [];
    return Array(+(run.className.match(/n(\d+)/)?.[1] ?? 1)).fill(letter === "x" ? "." : letter);
  });

function tellDay(strip, back) {
  const letters = strip.children.length ? lettersOf(strip) : Array(30).fill("s");
  back = Math.min(Math.max(back, 0), letters.length - 1);
  const { days, today } = strip.closest("table").dataset;
  const number = today - back;
  const words = JSON.parse(days);
  const name = new Intl.DateTimeFormat(document.documentElement.lang, { weekday: "short", day: "numeric", month: "short", timeZone: "UTC" });
  const iso = new Date(number * DAY).toISOString().slice(0, 10);
  const link = strip.closest("tr").querySelector("a[href]");
  strip.title = `${name.format(number * DAY)}: ${words[letters.at(-1 - back)]}`;
  day = { strip, back, href: link && `${link.href}?day=${iso}` };
}

const squareWidth = (strip) => parseFloat(getComputedStyle(strip).getPropertyValue("--u")) || 7;
const pointed = (event) => {
  const strip = event.target.closest?.(".jobs b");
  if (strip) tellDay(strip, Math.floor((strip.getBoundingClientRect().right - event.clientX) / squareWidth(strip)));
  return strip;
};
document.addEventListener("pointermove", pointed);
document.addEventListener("click", (event) => pointed(event) && day.href && (location.href = day.href));
document.addEventListener("keydown", (event) => {
  const row = event.target.closest?.(".jobs tr");
  const by = { ArrowLeft: 1, ArrowRight: -1 }[event.key];
  const strip = row?.querySelector("td b");
  if (!strip) return;
  if (by) {
    event.preventDefault();
    tellDay(strip, day?.strip === strip && day.keys ? day.back + by : 0);
    day.keys = true;
    told.textContent = strip.title;
  } else if (event.key === "Enter" && day?.keys && day.strip === strip) {
    event.preventDefault();
    location.href = day.href;
  }
});

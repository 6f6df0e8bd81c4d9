// What every page does with a script: times of this browser's zone that go on, keys, menus, copies, colours.
// Nothing needs it. A page that replaces its content says so with the event "shown".

const root = document.documentElement;
// The words of its language that scripts need, and the colours that were chosen.
const page = root.dataset;
const format = (options) => new Intl.DateTimeFormat(page.locale, { hourCycle: "h23", ...options });
const minute = format({ hour: "2-digit", minute: "2-digit" });
const clock = format({ hour: "2-digit", minute: "2-digit", second: "2-digit" });
const weekday = format({ weekday: "short" });
const date = format({ day: "numeric", month: "short" });
const dateOfYear = format({ day: "numeric", month: "short", year: "numeric" });
const exact = format({ dateStyle: "full", timeStyle: "long" });
const relative = new Intl.RelativeTimeFormat(page.locale, { numeric: "auto" });
root.classList.add("scripted");

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const dayOf = (at) => Math.floor((at - new Date(at).getTimezoneOffset() * MINUTE) / DAY);

function duration(milliseconds) {
  const length = Math.abs(milliseconds);
  if (length < 90_000) return `${Math.round(length / 1000)} s`;
  if (length < 90 * MINUTE) return `${Math.round(length / MINUTE)} min`;
  if (length < 2 * DAY) return `${Math.round(length / HOUR)} h`;
  return page.days.replace("{}", Math.round(length / DAY));
}

// How a time is shown: what data-as of its element says.
const shownAs = {
  span: (at) => duration(Date.now() - at),
  ago(at) {
    const past = Date.now() - at;
    if (Math.abs(past) < 10_000) return page.now;
    return (past > 0 ? page.ago : page.in).replace("{}", duration(past));
  },
  moment(at) {
    const days = dayOf(at) - dayOf(Date.now());
    if (Math.abs(days) < 2) return `${relative.format(days, "day")} ${minute.format(at)}`;
    if (Math.abs(days) < 7) return `${weekday.format(at)} ${minute.format(at)}`;
    const sameYear = new Date(at).getFullYear() === new Date().getFullYear();
    return `${(sameYear ? date : dateOfYear).format(at)} ${minute.format(at)}`;
  },
  clock: clock.format,
  minute: minute.format,
  exact: exact.format,
};

// Every time anew.
function updateTimes() {
  for (const time of document.querySelectorAll("time[data-as], .jobs td > time")) {
    time.at ??= Date.parse(time.dateTime);
    if (!Number.isFinite(time.at)) continue;
    const text = shownAs[time.dataset.as ?? "ago"](time.at);
    if (time.textContent !== text) time.textContent = text;
    time.title = exact.format(time.at);
  }
  for (const zone of document.querySelectorAll("[data-zone]")) zone.textContent = minute.resolvedOptions().timeZone;
}

function onShown() {
  since = Date.now();
  updateTimes();
  for (const button of document.querySelectorAll("[data-copy]")) button.hidden = false;
}

// Selected and then copied: that works without TLS, too.
function copy(button) {
  getSelection().selectAllChildren(button.previousElementSibling);
  if (document.execCommand("copy")) button.textContent = button.dataset.copy;
  getSelection().removeAllRanges();
}

function closeMenus(except) {
  for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(except)) menu.open = false;
}

// The links that j and k go through: each case, and each row of a table.
const ROWS = "main :is(.cases li > a:not(.button), tbody tr:not(.g) th > a)";

function focusRow(step) {
  const links = [...document.querySelectorAll(ROWS)].filter((link) => link.offsetParent);
  const current = links.findIndex((link) => link.closest("li, tr").contains(document.activeElement));
  if (current < 0) links.at(step > 0 ? 0 : -1)?.focus();
  else links[Math.min(Math.max(current + step, 0), links.length - 1)].focus();
}

// After g, the next key is the first letter of a page.
let goPressed = false;
const keys = {
  "/": () => document.querySelector("[type=search]")?.select(),
  "?": () => document.getElementById("keys")?.showModal(),
  j: () => focusRow(1),
  k: () => focusRow(-1),
  g: () => {
    goPressed = true;
  },
};

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    const menu = document.querySelector("details.menu[open]");
    if (menu?.contains(document.activeElement)) menu.firstElementChild.focus();
    closeMenus();
    if (event.target.type === "search") event.target.blur();
  }
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea, dialog[open]"))
    return;
  const link = goPressed && document.querySelector(`[data-go="${CSS.escape(event.key)}"]`);
  goPressed = false;
  if (link) {
    link.click();
  } else if (Object.hasOwn(keys, event.key)) {
    event.preventDefault();
    keys[event.key]();
  }
});

document.addEventListener("click", (event) => {
  closeMenus(event.target);
  if (event.target.matches("[data-copy]")) copy(event.target);
});

// A cookie, for a year.
function keep(name, value, age = 31_536_000) {
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `duplistat_${name}=${value}; path=/; samesite=lax${secure}; max-age=${age}`;
}

// The colours: at once on this page, for a year in this browser, and at the server for who is signed in.
document.addEventListener("submit", (event) => {
  const form = event.target;
  const button = form.dataset.colours !== undefined && event.submitter;
  if (!button) return;
  event.preventDefault();
  const automatic = button.value === "auto";
  keep("theme", button.value, automatic ? 0 : undefined);
  const body = new URLSearchParams(new FormData(form, button));
  fetch(form.action, { method: "POST", body, redirect: "manual", keepalive: true }).catch(() => {});
  if (automatic) delete page.theme;
  else page.theme = button.value;
  for (const other of form.elements) {
    if (other.name === "theme") other.ariaPressed = String(other === button);
  }
});

// The zone of this browser, by which forms fill in times and schedules.
keep("zone", minute.resolvedOptions().timeZone);
const zones = document.getElementById("zones");
zones?.append(...(Intl.supportedValuesOf?.("timeZone") ?? []).map((name) => new Option(name)));

// A page that is not connected, or not the newest, says so.
const bar = document.getElementById("stale");
let since;
function showBar(text) {
  bar.firstElementChild.innerHTML = text;
  bar.hidden = !text;
}
document.addEventListener("connected", ({ detail }) => {
  if (!detail) {
    showBar(bar.dataset.lost);
    bar.querySelector("time").dateTime = new Date(since).toISOString();
    updateTimes();
  } else if (bar.firstElementChild.textContent !== bar.dataset.newer) showBar("");
});
// A page that asks for nothing hears of it from the browser, unless all of it says so.
for (const name of ["offline", "online"]) {
  if (bar && !document.querySelector("main .stale"))
    addEventListener(name, () => document.dispatchEvent(new CustomEvent("connected", { detail: name === "online" })));
}
document.addEventListener("newer", () => showBar(bar.dataset.newer));
document.addEventListener("shown", onShown);
setInterval(updateTimes, 30_000);
onShown();
// While the server does not answer, a worker shows what was known last; browsers have it over https alone.
if (page.worker) navigator.serviceWorker?.register(page.worker).catch(() => {});

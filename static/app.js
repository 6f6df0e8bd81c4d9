// What every page does with a script: times of this browser's zone that go on, keys, menus, copies, colours.
// Nothing needs it. A page that replaces its content says so with the event "shown".

const root = document.documentElement;
const said = root.dataset;
const tongue = root.lang === "en" ? "en-GB" : root.lang;
const format = (options) => new Intl.DateTimeFormat(tongue, { hourCycle: "h23", ...options });
const minute = format({ hour: "2-digit", minute: "2-digit" });
const clock = format({ hour: "2-digit", minute: "2-digit", second: "2-digit" });
const weekday = format({ weekday: "short" });
const date = format({ day: "numeric", month: "short" });
const dateOfYear = format({ day: "numeric", month: "short", year: "numeric" });
const exact = format({ dateStyle: "full", timeStyle: "long" });
const near = new Intl.RelativeTimeFormat(tongue, { numeric: "auto" });
root.classList.add("scripted");

const dayOf = (at) => Math.floor(at / 864e5 - new Date(at).getTimezoneOffset() / 1440);

function span(ms) {
  const s = Math.abs(ms) / 1000;
  if (s < 90) return `${Math.round(s)} s`;
  if (s < 5400) return `${Math.round(s / 60)} min`;
  if (s < 172800) return `${Math.round(s / 3600)} h`;
  return said.days.replace("{}", Math.round(s / 86400));
}

const manners = {
  span: (at) => span(Date.now() - at),
  ago(at) {
    const past = Date.now() - at;
    if (Math.abs(past) < 1e4) return said.now;
    return (past > 0 ? said.ago : said.in).replace("{}", span(past));
  },
  moment(at) {
    const days = dayOf(at) - dayOf(Date.now());
    if (Math.abs(days) < 2) return `${near.format(days, "day")} ${minute.format(at)}`;
    if (Math.abs(days) < 7) return `${weekday.format(at)} ${minute.format(at)}`;
    const sameYear = new Date(at).getFullYear() === new Date().getFullYear();
    return `${(sameYear ? date : dateOfYear).format(at)} ${minute.format(at)}`;
  },
  clock: (at) => clock.format(at),
  minute: (at) => minute.format(at),
  exact: (at) => exact.format(at),
};

// Every time anew. Those of large tables stand in the title of their cell, before anything else that it says.
function tell() {
  for (const time of document.querySelectorAll("time[data-as]")) {
    time.at ??= Date.parse(time.dateTime);
    if (!Number.isFinite(time.at)) continue;
    const text = manners[time.dataset.as](time.at);
    if (time.textContent !== text) time.textContent = text;
    time.title = exact.format(time.at);
  }
  for (const cell of document.querySelectorAll(".jobs td[title]")) {
    cell.at ??= Date.parse(cell.title.replace(" ", "T").replace(" ", ""));
    if (!Number.isFinite(cell.at)) continue;
    const [before, ...rest] = cell.textContent.split(" · ");
    const ago = manners.ago(cell.at);
    if (before !== ago) cell.textContent = [ago, ...rest].join(" · ");
    cell.title = exact.format(cell.at);
  }
  for (const zone of document.querySelectorAll("[data-zone]")) zone.textContent = minute.resolvedOptions().timeZone;
}

function ready() {
  tell();
  for (const button of document.querySelectorAll("[data-copy]")) button.hidden = false;
}

// Selected and then copied: that works without TLS, too.
function copy(button) {
  const range = document.createRange();
  range.selectNodeContents(button.previousElementSibling);
  getSelection().removeAllRanges();
  getSelection().addRange(range);
  if (document.execCommand("copy")) button.textContent = button.dataset.copy;
  getSelection().removeAllRanges();
}

function closeMenus(but) {
  for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(but)) menu.open = false;
}

function step(by) {
  const links = [...document.querySelectorAll("main :is(.cases li > a:not(.button), tbody tr:not(.g) th > a)")].filter((a) => a.offsetParent);
  const at = links.indexOf(document.activeElement);
  links[at < 0 ? (by > 0 ? 0 : links.length - 1) : Math.min(Math.max(at + by, 0), links.length - 1)]?.focus();
}

let going = false;
const keys = {
  "/": () => document.querySelector("[type=search]")?.select(),
  "?": () => document.getElementById("keys").showModal(),
  j: () => step(1),
  k: () => step(-1),
  g: () => (going = true),
};

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    const menu = document.querySelector("details.menu[open]");
    if (menu?.contains(document.activeElement)) menu.firstElementChild.focus();
    closeMenus();
    if (event.target.type === "search") event.target.blur();
  }
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea, dialog")) return;
  const room = going && document.querySelector(`[data-go="${CSS.escape(event.key)}"]`);
  going = false;
  if (room) return room.click();
  if (Object.hasOwn(keys, event.key)) {
    event.preventDefault();
    keys[event.key]();
  }
});

document.addEventListener("click", (event) => {
  closeMenus(event.target);
  if (event.target.matches("[data-copy]")) copy(event.target);
});

document.addEventListener("submit", (event) => {
  const colours = event.target.dataset.colours !== undefined && event.submitter;
  if (!colours) return;
  event.preventDefault();
  const { value } = colours;
  const kept = value === "auto" ? "; max-age=0" : "; max-age=31536000";
  document.cookie = `duplistat_theme=${value}; path=/; samesite=lax${location.protocol === "https:" ? "; secure" : ""}${kept}`;
  fetch(event.target.action, { method: "POST", body: new URLSearchParams(new FormData(event.target, colours)), redirect: "manual", keepalive: true }).catch(() => {});
  if (value === "auto") delete said.theme;
  else said.theme = value;
  for (const button of event.target.elements) if (button.name === "theme") button.ariaPressed = String(button === colours);
});

document.addEventListener("shown", ready);
setInterval(tell, 30_000);
ready();

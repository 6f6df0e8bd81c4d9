// Strips in tables, where equal days are one element: a day that is pointed at, or that keys go to, becomes a link.

const { locale, colon } = document.documentElement.dataset;

function linkTo(strip, ago) {
  const { days, today } = strip.closest("table").dataset;
  const states = [...strip.querySelectorAll("i")].flatMap(({ className }) =>
    Array(Number(className.match(/\d+/)) || 1).fill(className.match(/\b[a-z]\b/)?.[0]),
  );
  const date = new Date((today - ago) * 86_400_000);
  const day = { weekday: "short", day: "numeric", month: "short", timeZone: "UTC" };
  const job = strip.closest("tr").querySelector("a[href]");
  const link = document.createElement("a");
  if (job) link.href = `${job.href}?day=${date.toISOString().slice(0, 10)}#history`;
  link.ariaLabel = `${date.toLocaleDateString(locale, day)}${colon}${JSON.parse(days)[states.at(-1 - ago) ?? ""]}`;
  link.tabIndex = -1;
  link.ago = ago;
  link.style.setProperty("--ago", ago);
  strip.append(link);
  return link;
}

function linkAt(strip, daysAgo) {
  const ago = Math.min(Math.max(daysAgo, 0), 29);
  strip.links ??= [];
  strip.links[ago] ??= linkTo(strip, ago);
  return strip.links[ago];
}

function point(event) {
  const strip = event.target.closest?.("[data-days] b");
  if (!strip || event.target.matches("a")) return;
  const width = Number.parseFloat(getComputedStyle(strip).getPropertyValue("--u"));
  const link = linkAt(strip, Math.floor((strip.getBoundingClientRect().right - event.clientX) / width));
  // It happened to the link, which was not there yet.
  link.dispatchEvent(new PointerEvent(event.type.replace("move", "over"), event));
}
document.addEventListener("pointermove", point);
document.addEventListener("click", point);

document.addEventListener("keydown", (event) => {
  const strip = event.target.closest("[data-days] tr")?.querySelector("b");
  const step = { ArrowLeft: 1, ArrowRight: -1 }[event.key];
  if (!strip || !step || event.altKey) return;
  event.preventDefault();
  linkAt(strip, (event.target.ago ?? -step) + step).focus();
});

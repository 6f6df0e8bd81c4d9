// What a schedule means, while it is typed; and the runs of a day, by a click on it.

// In a table: its row.
for (const form of document.querySelectorAll("[data-preview]")) {
  const row = form.closest("tr") ?? form;
  let typing;
  let requests = 0;
  row.addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(preview, 400);
  });

  async function preview() {
    requests += 1;
    const request = requests;
    const body = new URLSearchParams(new FormData(form));
    body.set("part", "1");
    const response = await fetch(form.dataset.preview, { method: "POST", body }).catch(() => {});
    if (!response?.ok || response.redirected || request !== requests) return;
    const part = new DOMParser().parseFromString(await response.text(), "text/html").body;
    if (request !== requests) return;
    row.querySelector(".understood").replaceChildren(...part.childNodes);
    document.dispatchEvent(new Event("shown"));
  }
}

// The days: one is pointed at, by pointer or by keys, and opens the runs of it.
const strip = document.querySelector(".quarter[data-day]");
let day = 89;

function dayAt(number) {
  day = Math.min(Math.max(number, 0), 89);
  const date = new Date(`${strip.dataset.day}T00:00Z`);
  date.setUTCDate(date.getUTCDate() + day);
  const { locale, colon } = document.documentElement.dataset;
  const text = date.toLocaleDateString(locale, { dateStyle: "full", timeZone: "UTC" });
  // Equal days in a row are one element, which says how they were.
  let passed = 0;
  for (const part of strip.querySelectorAll("i")) {
    passed += Number(part.className.match(/n(\d+)/)?.[1] ?? 1);
    if (passed <= day) continue;
    strip.setAttribute("aria-label", `${text}${colon}${part.title.split(colon).pop()}`);
    break;
  }
  return `${strip.dataset.job}?day=${date.toISOString().slice(0, 10)}#history`;
}

if (strip) {
  strip.tabIndex = 0;
  strip.setAttribute("role", "slider");
  strip.setAttribute("aria-valuemin", "1");
  strip.setAttribute("aria-valuemax", "90");
  strip.setAttribute("aria-valuenow", "90");
  strip.setAttribute("aria-valuetext", strip.getAttribute("aria-label"));
  const tell = () => {
    dayAt(day);
    strip.setAttribute("aria-valuenow", String(day + 1));
    strip.setAttribute("aria-valuetext", strip.getAttribute("aria-label"));
    strip.title = strip.getAttribute("aria-label");
  };
  strip.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1, Home: -89, End: 89 }[event.key];
    if (step) {
      event.preventDefault();
      dayAt(day + step);
      tell();
    } else if (event.key === "Enter") {
      location.href = dayAt(day);
    }
  });
  strip.addEventListener("click", (event) => {
    const block = event.target.closest("b");
    if (!block) return;
    const blocks = [...strip.querySelectorAll("b")];
    const box = block.getBoundingClientRect();
    const width = Number.parseFloat(getComputedStyle(block).getPropertyValue("--u"));
    const square = Math.min(29, Math.floor((event.clientX - box.left) / width));
    location.href = dayAt(30 * blocks.indexOf(block) + square);
  });
}

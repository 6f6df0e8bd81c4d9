// The page of a job with a script: what a schedule means, while it is typed; and the runs of a day, by a click on it.

const form = document.querySelector("[data-preview]");
let typed, asked = 0;
form?.addEventListener("input", () => {
  clearTimeout(typed);
  typed = setTimeout(preview, 400);
});

async function preview() {
  const mine = ++asked;
  const body = new URLSearchParams(new FormData(form));
  body.set("part", "1");
  const response = await fetch(form.dataset.preview, { method: "POST", body }).catch(() => {});
  if (!response?.ok || response.redirected || mine !== asked) return;
  const part = new DOMParser().parseFromString(await response.text(), "text/html").body;
  if (mine !== asked) return;
  form.querySelector(".understood").replaceChildren(...part.childNodes);
  document.dispatchEvent(new Event("shown"));
}

const strip = document.querySelector(".quarter[data-day]");
strip?.addEventListener("click", (event) => {
  const block = event.target.closest("b");
  if (!block) return;
  const blocks = [...strip.querySelectorAll("b")];
  const box = block.getBoundingClientRect();
  const long = parseFloat(getComputedStyle(block).getPropertyValue("--u"));
  const day = new Date(`${strip.dataset.day}T00:00Z`);
  day.setUTCDate(day.getUTCDate() + 30 * blocks.indexOf(block) + Math.min(29, Math.floor((event.clientX - box.left) / long)));
  location.href = `${strip.dataset.job}?day=${day.toISOString().slice(0, 10)}#history`;
});

// The page of a job with a script: what a schedule means, while it is typed; and the runs of a day, by a click on it.

const form = document.querySelector("[data-preview]");
let typing;
let requests = 0;
form?.addEventListener("input", () => {
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
  form.querySelector(".understood").replaceChildren(...part.childNodes);
  document.dispatchEvent(new Event("shown"));
}

const strip = document.querySelector(".quarter[data-day]");
strip?.addEventListener("click", (event) => {
  const block = event.target.closest("b");
  if (!block) return;
  const blocks = [...strip.querySelectorAll("b")];
  const box = block.getBoundingClientRect();
  const width = Number.parseFloat(getComputedStyle(block).getPropertyValue("--u"));
  const square = Math.min(29, Math.floor((event.clientX - box.left) / width));
  const day = new Date(`${strip.dataset.day}T00:00Z`);
  day.setUTCDate(day.getUTCDate() + 30 * blocks.indexOf(block) + square);
  location.href = `${strip.dataset.job}?day=${day.toISOString().slice(0, 10)}#history`;
});

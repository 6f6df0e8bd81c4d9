// Jobs of the overview that are ticked: how many, by a key, all or none. Ticks stay while the page follows what happens.

const main = () => document.getElementById("main");
const boxes = (place = main()) => [...place.querySelectorAll(".selecting .tick input")];

function countTicked() {
  const count = main().querySelector("[data-chosen]");
  if (count) count.textContent = count.dataset.chosen.replace("{}", boxes().filter((box) => box.checked).length);
}
countTicked();
document.addEventListener("change", (event) => {
  if (event.target.closest(".tick")) countTicked();
});

// Another state of the page took the place of one that had the ticks.
let query = location.search;
document.addEventListener("shown", ({ detail: before }) => {
  const ticked = boxes(before).filter((box) => box.checked);
  const values = new Set(ticked.map((box) => box.value));
  for (const box of query === location.search ? boxes() : []) box.checked = values.has(box.value);
  query = location.search;
  const act = before.querySelector(".chosen select")?.value;
  if (act) for (const option of main().querySelectorAll(".chosen option")) option.selected = option.value === act;
  countTicked();
});

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-tick]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  for (const box of boxes()) box.checked = Boolean(link.dataset.tick);
  countTicked();
});
document.addEventListener("keydown", (event) => {
  const box = event.key === "x" && document.activeElement.closest(".selecting tr")?.querySelector(".tick input");
  if (!box || event.ctrlKey || event.metaKey || event.altKey) return;
  box.click();
});

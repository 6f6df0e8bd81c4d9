// The card of a day, which is a link in a strip: how it was and what ran, for pointers, fingers and keys.

const card = document.getElementById("day");
let day;
let timer;

function close() {
  clearTimeout(timer);
  day?.classList.remove("at");
  day = undefined;
  card.textContent = "";
}

async function show(link) {
  if (link === day) return;
  close();
  day = link;
  link.classList.add("at");
  // The browser's own tip would lie above the card.
  if (link.title) [link.ariaLabel, link.title] = [link.title, ""];
  card.textContent = link.ariaLabel;
  if (!link.href) return;
  link.runs ??= await fetch(link.href.replace("#history", "&part=day"))
    .then((answer) => answer.ok && !answer.redirected && answer.text())
    .catch(() => {});
  if (link === day) card.insertAdjacentHTML("beforeend", link.runs || "");
}

const linkOf = ({ target }) => target.closest?.(":is(.jobs, .quarter) b a");

// The day that is pointed at or has the focus, until something else is or has. The card can be pointed at, too.
function follow(event) {
  const link = linkOf(event);
  clearTimeout(timer);
  if (event.pointerType === "touch" || card.contains(event.target)) return;
  if (link || day !== document.activeElement) timer = setTimeout(link ? () => show(link) : close, 150);
}
document.addEventListener("pointerover", follow);
document.addEventListener("focusin", follow);

// A tap shows the card, which has the link.
document.addEventListener("click", (event) => {
  const link = linkOf(event);
  if (link && event.pointerType === "touch") {
    event.preventDefault();
    show(link);
  } else if (!card.contains(event.target)) close();
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") close();
});
document.addEventListener("shown", close);

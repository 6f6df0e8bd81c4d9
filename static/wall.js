// A screen on a wall: fetches itself again, and says when it could not. Its times are said by app.js, as on all pages.

const EVERY = 15_000;
// After so long without an answer what is shown may be wrong.
const LOST = 45_000;

const clock = document.getElementById("clock");
const lost = document.getElementById("lost");
let fresh = Date.now();

const { locale } = document.documentElement.dataset;
const shown = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
const time = (at) => new Date(at).toLocaleTimeString(locale, shown);

function say(text) {
  document.body.classList.toggle("lost", text !== "");
  lost.hidden = text === "";
  lost.textContent = text;
}

function tick() {
  clock.textContent = new Date().toLocaleTimeString(locale, { ...shown, second: "2-digit" });
  if (Date.now() - fresh > LOST && lost.hidden) {
    say(lost.dataset.lost.replace("{time}", time(fresh)));
  }
}

async function refresh() {
  try {
    const answer = await fetch(location.href, { cache: "no-store", signal: AbortSignal.timeout(EVERY) });
    if (answer.status === 404) {
      say(lost.dataset.gone);
      return;
    }
    if (answer.ok) {
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const main = page.getElementById("wall");
      if (main) {
        document.getElementById("wall").replaceWith(main);
        document.title = page.title;
        document.querySelector('link[rel="icon"]').href = page.querySelector('link[rel="icon"]').href;
        fresh = Date.now();
        document.dispatchEvent(new Event("shown"));
        say("");
      }
    }
  } catch {
    // It is away: the clock says so in a while.
  }
}

tick();
setInterval(tick, 1000);
setInterval(refresh, EVERY);

// The page that stands in for one that did not come: it tries again by itself, and loads that one when the server answers.

const RETRY_EVERY = 15_000;
const main = document.getElementById("main");

async function retry() {
  if (document.hidden) return;
  const options = { headers: { Accept: "application/json" }, cache: "no-store" };
  const response = await fetch(main.dataset.live, options).catch(() => {});
  if (response?.ok) location.reload();
}

// Not where somebody looks at the page itself: it would load itself for ever.
if (!location.pathname.endsWith("/offline")) {
  setInterval(retry, RETRY_EVERY);
  addEventListener("online", retry);
  document.addEventListener("visibilitychange", retry);
}

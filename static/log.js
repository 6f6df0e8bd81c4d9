// The log of the server: while it is followed, new lines come by themselves.

const EVERY = 2000;
// A server that does not answer for so long hangs.
const LOST_AFTER = 8000;
const box = document.getElementById("follow");
if (box) box.closest("label").hidden = false;

async function look() {
  const lines = document.getElementById("lines");
  const address = new URL(location.href);
  address.searchParams.set("since", lines.dataset.mark);
  const options = { headers: { Accept: "text/html" }, cache: "no-store", signal: AbortSignal.timeout?.(LOST_AFTER) };
  const response = await fetch(address, options).catch(() => {});
  document.dispatchEvent(new CustomEvent("connected", { detail: Boolean(response?.ok) && !response.redirected }));
  // Who marks a text goes on reading.
  if (response?.status !== 200 || response.redirected || !getSelection().isCollapsed) return;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  lines.replaceWith(document.adoptNode(page.getElementById("lines")));
  document.dispatchEvent(new Event("shown"));
}

async function step() {
  if (!document.hidden && box.checked) await look();
  setTimeout(step, EVERY);
}

if (box) step();

// Keys among the days of a job; and what a schedule means, while it is typed.

document.addEventListener("keydown", (event) => {
  const days = [...document.querySelectorAll(".quarter a")];
  const at = days.indexOf(event.target);
  const step = { ArrowLeft: -1, ArrowRight: 1, Home: -90, End: 90 }[event.key];
  if (at < 0 || !step || event.altKey) return;
  event.preventDefault();
  days[Math.min(Math.max(at + step, 0), 89)].focus();
});

// In a table: in its row.
for (const form of document.querySelectorAll("[data-preview]")) {
  const row = form.closest("tr") ?? form;
  let typing;
  row.addEventListener("input", () => {
    clearTimeout(typing);
    const last = setTimeout(async () => {
      const body = new URLSearchParams(new FormData(form));
      body.set("part", "1");
      const response = await fetch(form.dataset.preview, { method: "POST", body }).catch(() => {});
      const part = response?.ok && !response.redirected && (await response.text());
      if (!part || last !== typing) return;
      row.querySelector(".understood").innerHTML = part;
      document.dispatchEvent(new Event("shown"));
    }, 400);
    typing = last;
  });
}

// The profile: this browser subscribes to notifications, or ends that. The server sends them through the browser's own
// push service.

const form = document.getElementById("notify");
const problem = document.getElementById("notify-problem");

function bytesOf(text) {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

function say(text) {
  problem.textContent = text;
  problem.hidden = false;
}

async function subscribe() {
  // Waiting for a worker that may not be installed would never end: asking for it says so.
  await navigator.serviceWorker.register(document.documentElement.dataset.worker);
  const registration = await navigator.serviceWorker.ready;
  // A subscription to another key takes nothing of this one.
  await (await registration.pushManager.getSubscription())?.unsubscribe();
  const applicationServerKey = bytesOf(form.dataset.key);
  const subscription = await registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey });
  const { endpoint, keys } = subscription.toJSON();
  Object.assign(form.elements.endpoint, { value: endpoint });
  Object.assign(form.elements.p256dh, { value: keys.p256dh });
  Object.assign(form.elements.auth, { value: keys.auth });
  form.submit();
}

form?.addEventListener("submit", async (event) => {
  event.preventDefault();
  problem.hidden = true;
  const button = event.submitter;
  button.disabled = true;
  try {
    if ((await Notification.requestPermission()) === "granted") return await subscribe();
    say(form.dataset.denied);
  } catch (error) {
    say(`${form.dataset.failed} (${error.message})`);
  }
  button.disabled = false;
});

// Which of the devices this browser is; when it is removed, the browser ends its subscription too.
async function findThisDevice() {
  const registration = await navigator.serviceWorker.getRegistration();
  const subscription = await registration?.pushManager.getSubscription();
  const { p256dh } = subscription?.toJSON().keys ?? {};
  const mark = p256dh && document.querySelector(`#devices [data-browser="${CSS.escape(p256dh)}"]`);
  if (!mark) return;
  mark.hidden = false;
  form.hidden = true;
  mark.closest("tr").addEventListener("submit", async (event) => {
    event.preventDefault();
    await subscription.unsubscribe().catch(() => {});
    event.target.submit();
  });
}

if (form) {
  if (!isSecureContext) say(form.dataset.insecure);
  else if (!navigator.serviceWorker || !("PushManager" in window && "Notification" in window))
    say(form.dataset.unsupported);
  else {
    form.hidden = false;
    findThisDevice().catch(() => {});
  }
}

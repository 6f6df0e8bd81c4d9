// The profile: this browser subscribes to notifications. The server sends them through the browser's own push service.

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
  if ((await Notification.requestPermission()) !== "granted") return say(form.dataset.denied);
  await subscribe().catch((error) => say(`${form.dataset.failed} (${error.message})`));
});

if (form) {
  if (!isSecureContext) say(form.dataset.insecure);
  else if (!("PushManager" in window)) say(form.dataset.unsupported);
  else form.hidden = false;
}

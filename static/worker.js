// The service worker: while the server does not answer, a page that says so stands in for each that is opened, with how
// all jobs were when one was opened last. It answers no page that could be fetched, and never touches what programs call.

// Put before this by the server: the addresses of this version.
const { version, root, offline, files, icon, badge } = self.told;
const PREFIX = `duplistat ${root} `;
// What anybody may have: static files, and the page without any job in it.
const COMMON = `${PREFIX}${version} ${files.join(" ")}`;
// The page with the jobs of who is signed in.
const OWN = `${PREFIX}own`;
const KEEP_EVERY = 60_000;
// What a proxy answers for a server that is away.
const AWAY = [502, 504];

let keptAt = 0;
// Counts sign-ins and sign-outs: what was asked for before one is not kept after it.
let era = 0;

async function install() {
  const common = await caches.open(COMMON);
  await common.addAll([...files, new Request(offline, { credentials: "omit", cache: "no-store" })]);
  await self.skipWaiting();
}

async function activate() {
  const names = await caches.keys();
  const old = names.filter((name) => name.startsWith(PREFIX) && name !== COMMON);
  await Promise.all(old.map((name) => caches.delete(name)));
  await self.clients.claim();
  await keep();
}

// The page for who is signed in now; without a sign-in it has no jobs in it.
async function keep() {
  if (Date.now() - keptAt < KEEP_EVERY) return;
  keptAt = Date.now();
  const before = era;
  const page = await fetch(offline, { cache: "no-store" }).catch(() => {});
  if (!page?.ok || before !== era) return;
  const own = await caches.open(OWN);
  await own.put(offline, page);
  if (before !== era) await caches.delete(OWN);
}

async function forget() {
  era += 1;
  keptAt = 0;
  await caches.delete(OWN);
}

async function open(event, forgotten) {
  await forgotten;
  try {
    const response = await fetch(event.request);
    if (AWAY.includes(response.status)) throw new Error(response.status);
    if (response.ok) event.waitUntil(keep());
    return response;
  } catch {
    return (await kept(OWN)) ?? (await kept(COMMON)) ?? Response.error();
  }
}

// Whoever leaves wants no more notifications here: the server learns so from the push service.
async function unsubscribe() {
  await (await self.registration.pushManager?.getSubscription())?.unsubscribe();
}

function notify({ title, body, tag, path }) {
  return self.registration.showNotification(title, { body, tag, renotify: true, icon, badge, data: { path } });
}

// The page that a notification is of: where it is open already, that one.
async function show(path) {
  const address = new URL(root + path, location.origin).href;
  const windows = await self.clients.matchAll({ type: "window" });
  const there = windows.find((window) => window.url === address);
  return there ? there.focus() : self.clients.openWindow(address);
}

const kept = (cacheName) => caches.match(offline, { cacheName });

self.addEventListener("install", (event) => event.waitUntil(install()));
self.addEventListener("activate", (event) => event.waitUntil(activate()));
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname, search } = new URL(request.url);
  if (origin !== location.origin || !pathname.startsWith(root)) return;
  const page = pathname.slice(root.length);
  if (page.startsWith("api")) return;
  if (request.mode === "navigate") {
    // Whoever leaves posts to /sign-out; a session that ended leads to /sign-in.
    const forgotten = /^sign-(in|out)/.test(page) ? forget() : undefined;
    if (request.method === "GET") event.respondWith(open(event, forgotten));
    else event.waitUntil(page === "sign-out" ? Promise.all([forgotten, unsubscribe()]) : forgotten);
  } else if (files.includes(pathname + search)) {
    event.respondWith(caches.match(request, { cacheName: COMMON }).then((file) => file ?? fetch(request)));
  }
});
self.addEventListener("push", (event) => event.waitUntil(notify(event.data.json())));
self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(show(event.notification.data.path));
});

"use strict";
/* Keeps the kiosk's page for hours without a network, and sends what waits, the oldest first. */
importScripts("queue.js");

const BASE = self.registration.scope;
const CACHE = "kiosk";
const KEPT = ["?lang=vi", "?lang=en", "kiosk.js", "queue.js"];
const PATIENCE_MS = 30000;
let unsaved = 0; // answers that the page could not keep, by its own word

self.addEventListener("install", (event) => event.waitUntil(refresh().then(() => self.skipWaiting())));
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const name = keptName(event.request);
  if (name === null) return;
  const kept = caches.match(BASE + name, { cacheName: CACHE, ignoreVary: true });
  event.respondWith(kept.then((found) => found || fetch(event.request)));
});

self.addEventListener("message", (event) => {
  const { order } = event.data;
  unsaved = event.data.unsaved ?? unsaved;
  if (order === "send") event.waitUntil(send());
  if (order === "refresh") event.waitUntil(refresh().then(() => tell({ state: "refreshed" }), () => {}));
});

/* The browser calls when the line is back, even if the page is shut; a rejection asks it to call again. */
self.addEventListener("sync", (event) => {
  event.waitUntil(send().then((tally) => tally.queued && Promise.reject(new Error("answers wait"))));
});

/* All of them or none: a page never meets the script of another build. */
async function refresh() {
  const cache = await caches.open(CACHE);
  await cache.addAll(KEPT.map((name) => new Request(BASE + name, { cache: "reload" })));
}

function keptName(request) {
  if (request.method !== "GET" || !request.url.startsWith(BASE)) return null;
  const url = new URL(request.url);
  const name = url.origin + url.pathname === BASE ? "" : (url.origin + url.pathname).slice(BASE.length);
  if (name === "") return url.searchParams.get("lang") === "en" ? "?lang=en" : "?lang=vi";
  return KEPT.includes(name) ? name : null;
}

/* One round at a time; whoever asks meanwhile gets the round after it. */
let round = Promise.resolve();
function send() {
  round = round.catch(() => {}).then(drain);
  return round;
}

async function drain() {
  const tally = { state: "online", queued: 0, stuck: unsaved };
  for (const key of await queue.keys()) {
    const state = await offer(key);
    if (state === "taken") await queue.remove(key);
    else if (state === "refused") tally.stuck += 1; // stays, and is offered again in the next round
    else {
      tally.state = state;
      break;
    }
  }
  tally.queued = (await queue.keys()).length;
  if (tally.state === "online") await report(tally);
  if (tally.state === "revoked") await caches.delete(CACHE);
  await tell(tally);
  return tally;
}

/* `taken` only on our server's own word about this very answer. */
async function offer(key) {
  const entry = await queue.get(key);
  const reply = await post("answer", { ...entry, sent: Date.now() });
  if (reply.status === 200 && reply.body.code === entry.code) return "taken";
  if (reply.status === 403) return "revoked";
  if (reply.status === 400 || reply.status === 413) return "refused";
  return reply.status === 0 ? "offline" : "waiting";
}

async function report(tally) {
  const reply = await post("report", { queued: tally.queued, stuck: tally.stuck });
  if (reply.status === 403) tally.state = "revoked";
  else if (reply.status === 200) tally.page = reply.body.page;
  else tally.state = reply.status === 0 ? "offline" : "waiting";
}

async function post(name, body) {
  try {
    const response = await fetch(BASE + name, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
      redirect: "error",
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    return { status: response.status, body: response.ok ? await response.json() : {} };
  } catch {
    return { status: 0, body: {} };
  }
}

async function tell(tally) {
  for (const page of await self.clients.matchAll({ type: "window" })) page.postMessage(tally);
}

"use strict";
/* The kiosk's page: welcome, questions, thanks. An answer is on the tablet's disk before anybody is thanked. */
const QUIET_S = 20; // without a touch, then the question whether somebody is still there
const ASKED_S = 20; // to answer it; together the 40 s after which the next citizen finds an empty form
const LATER_S = 100; // quiet time for who has said once that more time is needed
const SEND_EVERY_MS = 30000;
const ONCE_MORE_MS = 5000; // the line is back before the way to the server is
const ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"; // 32 signs: five random bits each

const $ = (id) => document.getElementById(id);
const root = document.documentElement.dataset;
const form = $("form");
let began = 0;
let touchedAt = 0;
let quiet = QUIET_S;
let unsaved = 0;
let busy = false;
let outdated = false;

/* Screens */

function show(name) {
  for (const screen of document.querySelectorAll(".screen")) screen.hidden = screen.id !== name;
  window.scrollTo(0, 0);
  $(name).querySelector("h1").focus();
}

function here() {
  return document.querySelector(".screen:not([hidden])").id;
}

function begin() {
  began = touchedAt = performance.now();
  show("questions");
}

/* Nothing of the last citizen stays: not on the screen, not in fields, not behind the back button. */
function reset() {
  form.reset();
  fault(null);
  quiet = QUIET_S;
  $("code").textContent = "";
  if ($("still").open) $("still").close();
  if (root.lang !== "vi" || outdated) location.replace("?lang=vi");
  else show("welcome");
}

/* Answers */

function answers() {
  const given = {};
  for (const [name, value] of new FormData(form)) if (value.trim()) (given[name] ??= []).push(value);
  return given;
}

function randomCode() {
  const signs = Array.from(crypto.getRandomValues(new Uint8Array(14)), (byte) => ALPHABET[byte % 32]).join("");
  return `${signs.slice(0, 5)}-${signs.slice(5, 10)}-${signs.slice(10)}`;
}

function fault(name) {
  for (const line of document.querySelectorAll("#errors [data-fault]")) line.hidden = line.dataset.fault !== name;
  $("errors").hidden = name === null;
  if (name !== null) $("errors").focus();
}

async function finish(event) {
  event.preventDefault();
  if (busy) return; // a double tap
  const given = answers();
  const missing = JSON.parse(form.dataset.required).find((id) => !given[id]);
  if (missing !== undefined) return fault(missing);
  if (Object.keys(given).length === 0) return fault("empty");
  busy = true;
  const entry = {
    code: randomCode(),
    device: Number(root.device),
    version: Number(root.version),
    lang: root.lang,
    seconds: Math.round((performance.now() - began) / 1000),
    answered: Date.now(),
    answers: given,
  };
  try {
    if (await kept(entry)) thank(entry.code);
    else fault("unsaved");
  } finally {
    busy = false;
  }
}

/* On the disk, or, when the disk is full, with the server; otherwise nobody is told that it was kept. */
async function kept(entry) {
  try {
    await queue.add(entry);
    send();
    return true;
  } catch {
    const sent = await straight(entry);
    unsaved += sent ? 0 : 1;
    send();
    return sent;
  }
}

async function straight(entry) {
  try {
    const headers = { "Content-Type": "application/json" };
    const body = JSON.stringify({ ...entry, sent: Date.now() });
    const response = await fetch("answer", { method: "POST", headers, body, redirect: "error" });
    return response.ok && (await response.json()).code === entry.code;
  } catch {
    return false;
  }
}

function thank(code) {
  form.reset();
  fault(null);
  $("code").textContent = code;
  show("thanks");
}

/* Time: a warning that any touch answers, and that lasts 20 seconds (WCAG 2.2.1) */

function touched() {
  touchedAt = performance.now();
  if (!$("still").open) return;
  quiet = LATER_S;
  $("still").close();
}

function tick() {
  if (here() === "welcome" || here() === "revoked") return;
  const left = quiet + ASKED_S - (performance.now() - touchedAt) / 1000;
  if (left <= 0) return reset();
  if (left <= ASKED_S && !$("still").open) $("still").showModal();
  $("seconds").textContent = Math.ceil(left);
}

/* Sending is the worker's; the page says when, and shows the staff what is left */

async function send() {
  const registration = await navigator.serviceWorker.ready;
  registration.active.postMessage({ order: "send", unsaved });
  if (registration.sync) registration.sync.register("answers").catch(() => {});
}

function heard({ data }) {
  if (data.state === "refreshed") {
    outdated = true;
    if (here() === "welcome") location.replace("?lang=vi");
    return;
  }
  $("queued").textContent = data.queued;
  $("stuck").textContent = data.stuck;
  $("any-stuck").hidden = data.stuck === 0;
  for (const word of document.querySelectorAll("[data-state]")) word.hidden = word.dataset.state !== data.state;
  if (data.state === "revoked") show("revoked");
  if (data.page && data.page !== root.page && !outdated) order("refresh");
}

async function order(name) {
  (await navigator.serviceWorker.ready).active.postMessage({ order: name });
}

/* The other language takes along what was answered; it stays in this tab and is gone once read */

function changeLanguage() {
  if (here() === "questions") sessionStorage.setItem("draft", JSON.stringify({ given: answers() }));
}

function takeUpDraft() {
  const draft = sessionStorage.getItem("draft");
  sessionStorage.removeItem("draft");
  if (draft === null) return;
  const { given } = JSON.parse(draft);
  for (const field of form.elements) {
    const values = given[field.name];
    if (!values) continue;
    if (field.type === "radio" || field.type === "checkbox") field.checked = values.includes(field.value);
    else field.value = values.shift() ?? "";
  }
  begin();
}

function start() {
  if (!("serviceWorker" in navigator)) return; // the page says so: it needs HTTPS
  $("unsupported").hidden = true;
  navigator.serviceWorker.register("worker.js").catch(() => {});
  navigator.serviceWorker.addEventListener("message", heard);
  navigator.storage?.persist?.();
  for (const box of form.querySelectorAll("textarea, input[type=text]")) box.maxLength = 2000;
  for (const kind of ["pointerdown", "keydown", "input", "wheel", "touchmove"]) addEventListener(kind, touched);
  for (const button of document.querySelectorAll("[data-reset]")) button.addEventListener("click", reset);
  $("other-language").addEventListener("click", changeLanguage);
  $("begin")?.addEventListener("click", begin);
  form.addEventListener("submit", finish);
  form.addEventListener("input", () => fault(null));
  addEventListener("online", () => (send(), setTimeout(send, ONCE_MORE_MS)));
  addEventListener("pagehide", () => form.reset());
  addEventListener("pageshow", (event) => event.persisted && reset());
  setInterval(tick, 1000);
  setInterval(send, SEND_EVERY_MS);
  show("welcome");
  takeUpDraft();
  send();
}

start();

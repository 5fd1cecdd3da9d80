// The registration page of one event: finds the event, shows the form, then the badge.
import { get, Problem } from "../shared/api";
import { byId, el, fill, type Child } from "../shared/dom";
import { icon } from "../shared/icons";
import { createRehearsalMark } from "../shared/rehearsal_mark";
import { dayName } from "../shared/time";
import { createDone } from "./done";
import { createFormView } from "./form_view";
import type { OpenEvent, Registered } from "./types";

const RETRY_MS = 5000;

const page = byId("page");
page.className = "column register";
const head = el("header", { class: "register__head" });
const body = el("div", { class: "register__body" });
fill(page, head, body);

const slug = decodeURIComponent(location.pathname.split("/")[2] ?? "");

async function start(): Promise<void> {
  try {
    const event = await get<OpenEvent>(`/events/${encodeURIComponent(slug)}/public`);
    showHead(event);
    if (event.registration === "open") showForm(event);
    else showClosed();
  } catch (error) {
    if (error instanceof Problem && error.status === 404) return showUnknown();
    showNotice("waiting", "attention", "No connection", "We keep trying. Nothing is lost.");
    window.setTimeout(() => void start(), RETRY_MS);
  }
}

function showHead(event: OpenEvent): void {
  const noon = `${event.date}T12:00:00Z`;
  fill(
    head,
    el("p", { class: "register__kind" }, "Register", createRehearsalMark()),
    el("h1", {}, event.name),
    el("p", { class: "register__when" }, `${dayName(noon, "UTC")} ${event.date.slice(0, 4)} · ${event.venue}`),
  );
}

function showNotice(view: string, state: string, title: string, ...words: Child[]): void {
  page.dataset.view = view;
  fill(
    body,
    el(
      "div",
      { class: "notice", data: { state }, role: "status" },
      icon(state === "refused" ? "question" : "info"),
      el("div", {}, el("h2", { class: "notice__title" }, title), el("p", {}, ...words)),
    ),
  );
}

function showUnknown(): void {
  fill(head, el("h1", {}, "Register"));
  showNotice(
    "unknown",
    "refused",
    "We don't know this event",
    "Please check the link that you were given, or ask who sent it to you.",
  );
}

function showClosed(): void {
  showNotice(
    "closed",
    "attention",
    "Registration is closed here",
    "If you would still like to come, please ask the organizers, or come to the registration desk on the day. ",
    "Already registered? Your badge stays good.",
  );
}

function showForm(event: OpenEvent): void {
  page.dataset.view = "form";
  const element = createFormView(event, slug, {
    onDone: (registered) => showDone(event, registered),
    onClosed: showClosed,
  });
  fill(body, element);
}

function showDone(event: OpenEvent, registered: Registered): void {
  page.dataset.view = "done";
  const element = createDone(registered, () => showForm(event));
  fill(body, element);
  window.scrollTo(0, 0);
}

void start();

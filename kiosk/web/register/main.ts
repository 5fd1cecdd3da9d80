// The registration page of one event: finds the event, shows the form, sends it, hands over the badge.
import { get, Problem } from "../shared/api";
import { byId, el, fill, type Child } from "../shared/dom";
import { icon } from "../shared/icons";
import { createRehearsalMark } from "../shared/rehearsal_mark";
import { dayName } from "../shared/time";
import { createDone } from "./done";
import { createForm, type Form } from "./form";
import { createSubmitter } from "./submission";
import type { OpenEvent } from "./types";

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
  showNotice("unknown", "refused", "We don't know this event", "Please check the link that you were given, or ask who sent it to you.");
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
  const form = createForm(event);
  const submitter = createSubmitter(slug);
  const summary = el("div", { class: "summary", role: "alert", tabindex: "-1", hidden: true });
  const send = el("button", { class: "button button--main button--large", type: "submit" }, "Register");
  const status = el("p", { class: "form__status", role: "status" });
  const element = el("form", { class: "form", novalidate: true }, summary, form.element, send, status);
  let isSending = false;

  async function submit(): Promise<void> {
    if (isSending) return;
    const registration = form.read();
    if (!registration) return showSummary(summary, form, []);
    summary.hidden = true;
    lock(true);
    status.textContent = "Registering…";
    try {
      const registered = await submitter.send(registration, () => {
        status.textContent = "The connection is slow. Still trying; you won't be registered twice.";
      });
      page.dataset.view = "done";
      fill(body, createDone(registered, () => showForm(event)));
      window.scrollTo(0, 0);
    } catch (error) {
      lock(false);
      status.textContent = "";
      refuse(error);
    }
  }

  function lock(on: boolean): void {
    isSending = on;
    form.element.inert = on;
    send.setAttribute("aria-disabled", String(on));
  }

  function refuse(error: unknown): void {
    if (!(error instanceof Problem)) {
      status.textContent = "No connection. Your answers are still here: please press Register again in a moment.";
    } else if (error.status === 403) {
      showClosed();
    } else if (error.errors.length) {
      showSummary(summary, form, form.mark(error.errors));
    } else {
      status.textContent = "That did not work. Please try again, or ask the organizers for help.";
    }
  }

  element.addEventListener("submit", (event_) => {
    event_.preventDefault();
    void submit();
  });
  page.dataset.view = "form";
  fill(body, element);
}

/** The list of what to correct, each leading to its question, in view and in focus. */
function showSummary(summary: HTMLElement, form: Form, others: string[]): void {
  const wrong = form.wrong();
  const count = wrong.length + others.length;
  const items = wrong.map((question) => {
    const link = el("a", { href: `#${question.target.id}` }, `${question.label.replace(/\?$/, "")}: `, question.problem);
    link.addEventListener("click", (event) => {
      event.preventDefault();
      question.target.focus();
    });
    return el("li", {}, link);
  });
  fill(
    summary,
    el("h2", {}, icon("warning"), count === 1 ? "One thing to correct" : `${count} things to correct`),
    el("ul", {}, ...items, ...others.map((text) => el("li", {}, text))),
  );
  summary.hidden = count === 0;
  summary.focus();
}

void start();

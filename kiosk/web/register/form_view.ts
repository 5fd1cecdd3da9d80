// The form on the page: sending it, and what is said while that lasts and when it fails.
import { Problem } from "../shared/api";
import { el, fill } from "../shared/dom";
import { icon } from "../shared/icons";
import { createForm, type Form } from "./form";
import { createSubmitter } from "./submission";
import type { OpenEvent, Registered } from "./types";

export interface Outcomes {
  onDone(registered: Registered): void;
  /** Registration was closed while the form was being filled in. */
  onClosed(): void;
}

/** An empty form that registers at `slug`. */
export function createFormView(event: OpenEvent, slug: string, outcomes: Outcomes): HTMLElement {
  const form = createForm(event);
  const submitter = createSubmitter(slug);
  const summary = createSummary(form);
  const send = el("button", { class: "button button--main button--large", type: "submit" }, "Register");
  const status = el("p", { class: "form__status", role: "status" });
  let isSending = false;

  function lock(on: boolean): void {
    isSending = on;
    form.element.inert = on;
    send.setAttribute("aria-disabled", String(on));
  }

  async function submit(): Promise<void> {
    if (isSending) return;
    const registration = form.read();
    summary.show([]);
    if (!registration) return;
    lock(true);
    status.textContent = "Registering…";
    try {
      const onWaiting = (): void => {
        status.textContent = "The connection is slow. Still trying; you won't be registered twice.";
      };
      outcomes.onDone(await submitter.send(registration, onWaiting));
    } catch (error) {
      lock(false);
      status.textContent = "";
      refuse(error);
    }
  }

  function refuse(error: unknown): void {
    if (!(error instanceof Problem)) {
      status.textContent = "No connection. Your answers are still here: please press Register again in a moment.";
    } else if (error.status === 403) {
      outcomes.onClosed();
    } else if (error.errors.length) {
      summary.show(form.mark(error.errors));
    } else {
      status.textContent = "That did not work. Please try again, or ask the organizers for help.";
    }
  }

  const onSubmit = (event_: Event): void => {
    event_.preventDefault();
    void submit();
  };
  return el(
    "form",
    { class: "form", novalidate: true, on: { submit: onSubmit } },
    summary.element,
    form.element,
    send,
    status,
  );
}

/** The list of what to correct, each leading to its question; in view and in focus as long as there is any. */
function createSummary(form: Form) {
  const element = el("div", {
    class: "summary",
    role: "group",
    "aria-label": "What to correct",
    tabindex: "-1",
    hidden: true,
  });
  return {
    element,
    /** `others`: problems that belong to no question. */
    show(others: string[]): void {
      const wrong = form.wrong();
      const count = wrong.length + others.length;
      element.hidden = count === 0;
      if (count === 0) return;
      const links = wrong.map((question) => {
        const onClick = (event: Event): void => {
          event.preventDefault();
          question.target.focus();
        };
        const label = `${question.label.replace(/\?$/, "")}: `;
        return el("a", { href: `#${question.target.id}`, on: { click: onClick } }, label, question.problem);
      });
      fill(
        element,
        el("h2", {}, icon("warning"), count === 1 ? "One thing to correct" : `${count} things to correct`),
        el("ul", {}, ...[...links, ...others].map((entry) => el("li", {}, entry))),
      );
      element.focus();
    },
  };
}

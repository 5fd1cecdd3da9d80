// Check-in without a badge: number and last name. A whole badge code pasted or scanned into the number works too.
import { el } from "../shared/dom";
import { icon } from "../shared/icons";
import { isWholeCode } from "../shared/keyboard_scanner";
import { createTextField } from "../shared/text_field";
import type { KioskTexts } from "./texts";

export interface TypedEntry {
  element: HTMLElement;
  open(): void;
  close(): void;
  setTexts(texts: KioskTexts): void;
}

export interface TypedEntryActions {
  onEntry(number: string, lastName: string): void;
  onCode(code: string): void;
  onBack(): void;
}

export function createTypedEntry(actions: TypedEntryActions): TypedEntry {
  const number = createTextField("number", { autocapitalize: "characters", maxlength: 512 });
  const lastName = createTextField("last-name", { autocapitalize: "words", maxlength: 200 });
  const title = el("h2", { class: "typed__title", id: "typed-title" });
  const send = el("button", { class: "button button--main button--large", type: "submit" });
  const back = el("button", { class: "button button--large", type: "button", on: { click: actions.onBack } });
  const form = el(
    "form",
    { class: "typed__form", novalidate: true, autocomplete: "off" },
    title,
    number.element,
    lastName.element,
    el("div", { class: "typed__buttons" }, send, back),
  );
  const element = el("section", { class: "typed", hidden: true, "aria-labelledby": "typed-title" }, form);
  let texts: KioskTexts;

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (isWholeCode(number.input.value)) return actions.onCode(number.input.value);
    const typedNumber = number.input.value.trim();
    const typedName = lastName.input.value.trim();
    number.setProblem(typedNumber === "" ? texts.typed.numberMissing : "");
    lastName.setProblem(typedName === "" ? texts.typed.lastNameMissing : "");
    if (typedNumber === "") number.input.focus();
    else if (typedName === "") lastName.input.focus();
    else actions.onEntry(typedNumber, typedName);
  });
  element.addEventListener("keydown", (event) => {
    if (event.key === "Escape") actions.onBack();
  });

  function clear(): void {
    form.reset();
    number.setProblem("");
    lastName.setProblem("");
  }

  return {
    element,
    open() {
      clear();
      element.hidden = false;
      number.input.focus();
    },
    close() {
      element.hidden = true;
      clear();
    },
    setTexts(next) {
      texts = next;
      title.textContent = texts.typed.title;
      number.setLabel(texts.typed.number, texts.typed.numberHint);
      lastName.setLabel(texts.typed.lastName);
      send.textContent = texts.typed.send;
      back.replaceChildren(icon("close"), texts.typed.back);
    },
  };
}

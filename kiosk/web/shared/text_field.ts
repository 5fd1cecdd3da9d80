// A large field with its label above, a hint, and its problem in words below.
import { el } from "./dom";

export interface TextField {
  element: HTMLElement;
  input: HTMLInputElement;
  setLabel(text: string, hint?: string): void;
  /** An empty text takes the problem away. */
  setProblem(text: string): void;
}

/** `attributes` go to the input. */
export function createTextField(id: string, attributes: Record<string, string | number> = {}): TextField {
  const label = el("label", { class: "field__label", for: id });
  const hint = el("p", { class: "field__hint", id: `${id}-hint`, hidden: true });
  const problem = el("p", { class: "field__problem", id: `${id}-problem`, role: "alert" });
  const input = el("input", {
    class: "field__input field__input--large",
    id,
    name: id,
    type: "text",
    autocomplete: "off",
    autocorrect: "off",
    spellcheck: "false",
    "aria-describedby": `${id}-hint ${id}-problem`,
    ...attributes,
  });
  return {
    element: el("div", { class: "field" }, label, hint, input, problem),
    input,
    setLabel(text: string, hintText = ""): void {
      label.textContent = text;
      hint.textContent = hintText;
      hint.hidden = hintText === "";
    },
    setProblem(text: string): void {
      problem.textContent = text;
      input.setAttribute("aria-invalid", String(text !== ""));
    },
  };
}

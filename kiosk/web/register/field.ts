// One question of the form: a label above, an optional hint, the control, and its problem in words beside it.
import { el } from "../shared/dom";
import { icon } from "../shared/icons";

export interface Question {
  element: HTMLElement;
  /** What the summary of problems leads to. */
  target: HTMLElement;
  label: string;
  /** null takes the problem away. */
  setProblem(problem: string | null): void;
  readonly problem: string | null;
}

export interface TextQuestion extends Question {
  readonly value: string;
}

export interface TextOptions {
  name: string;
  label: string;
  hint?: string;
  type?: "text" | "email" | "tel";
  autocomplete: string;
  isOptional?: boolean;
}

/** A line of text. Its problem goes away as soon as it is changed. */
export function textQuestion(options: TextOptions): TextQuestion {
  const id = `field-${options.name}`;
  const problem = problemLine(`${id}-problem`);
  const input = el("input", {
    class: "field__input",
    id,
    name: options.name,
    type: options.type ?? "text",
    autocomplete: options.autocomplete,
    maxlength: 200,
    required: options.isOptional !== true,
    "aria-describedby": options.hint ? `${id}-hint ${id}-problem` : `${id}-problem`,
    ...(options.type === "email" ? { autocapitalize: "off", spellcheck: "false" } : {}),
  });
  input.addEventListener("input", () => setProblem(null));

  function setProblem(text: string | null): void {
    problem.set(text);
    if (text === null) input.removeAttribute("aria-invalid");
    else input.setAttribute("aria-invalid", "true");
  }

  const element = el(
    "div",
    { class: "field" },
    el("label", { class: "field__label", for: id }, options.label, options.isOptional && optionalMark()),
    options.hint && el("p", { class: "field__hint", id: `${id}-hint` }, options.hint),
    input,
    problem.element,
  );
  return {
    element,
    target: input,
    label: options.label,
    setProblem,
    get problem() {
      return problem.text;
    },
    get value() {
      return input.value.trim().replace(/\s+/g, " ");
    },
  };
}

/** A group of choices under one legend. Its problem goes away when anything in it changes. */
export function groupQuestion(
  name: string,
  label: string,
  content: HTMLElement[],
  options: { hint?: string; isOptional?: boolean } = {},
): Question {
  const id = `field-${name}`;
  const problem = problemLine(`${id}-problem`);
  const target = content[0]?.querySelector<HTMLElement>("summary, input") ?? null;
  const element = el(
    "fieldset",
    { class: "field group", id, "aria-describedby": `${id}-problem` },
    el("legend", { class: "field__label" }, label, options.isOptional && optionalMark()),
    options.hint && el("p", { class: "field__hint" }, options.hint),
    problem.element,
    ...content,
  );
  element.addEventListener("change", () => setProblem(null));

  function setProblem(text: string | null): void {
    problem.set(text);
    element.classList.toggle("group--wrong", text !== null);
  }

  return {
    element,
    target: target ?? element,
    label,
    setProblem,
    get problem() {
      return problem.text;
    },
  };
}

function optionalMark(): HTMLElement {
  return el("span", { class: "optional" }, " (optional)");
}

function problemLine(id: string) {
  const element = el("p", { class: "field__problem", id });
  let text: string | null = null;
  return {
    element,
    get text() {
      return text;
    },
    set(next: string | null): void {
      if (next === text) return;
      text = next;
      element.replaceChildren();
      if (next !== null) element.append(icon("warning"), el("span", {}, next));
    },
  };
}

// Large choices: a whole card to touch around a native radio button or checkbox.
import { el } from "../shared/dom";
import type { Discipline, Topic } from "./types";

/** A longer label takes the whole width. */
const LONG_LABEL = 40;

export interface Choice {
  element: HTMLElement;
  input: HTMLInputElement;
}

/** A discipline's colour is a narrow band beside its name and never the whole card. */
export function createChoice(
  type: "radio" | "checkbox",
  name: string,
  value: string,
  label: string,
  options: { hint?: string; colour?: string } = {},
): Choice {
  const id = `choice-${name}-${value || "none"}`;
  const input = el("input", {
    class: "choice__input",
    type,
    name,
    value,
    id,
    "aria-describedby": options.hint ? `${id}-hint` : null,
  });
  const element = el(
    "label",
    { class: label.length > LONG_LABEL ? "choice choice--long" : "choice", for: id },
    input,
    el("span", { class: "choice__band", "aria-hidden": "true", hidden: !options.colour }),
    el(
      "span",
      { class: "choice__text" },
      el("span", { class: "choice__label" }, label),
      options.hint && el("span", { class: "choice__hint", id: `${id}-hint` }, options.hint),
    ),
  );
  if (options.colour && /^#[0-9a-f]{6}$/i.test(options.colour)) element.style.setProperty("--band", options.colour);
  return { element, input };
}

/** The one discipline that is shown and counted, and more that make eligible. */
export function createDisciplines(disciplines: Discipline[]) {
  const main = [
    ...disciplines.map((item) => createChoice("radio", "discipline", item.code, item.name, { colour: item.colour })),
    createChoice("radio", "discipline", "", "Something else", {
      hint: "You are welcome in every session that is open to all.",
    }),
  ];
  const more = disciplines.map((item) =>
    createChoice("checkbox", "also", item.code, item.name, { colour: item.colour }),
  );
  const also = el(
    "details",
    { class: "more", hidden: true },
    el("summary", {}, "I also work in another field"),
    el("div", { class: "choices" }, ...more.map((choice) => choice.element)),
  );
  const chosen = (): Choice | undefined => main.find((choice) => choice.input.checked);
  const update = (): void => {
    const code = chosen()?.input.value;
    also.hidden = !code || disciplines.length < 2;
    for (const choice of more) choice.element.hidden = choice.input.value === code;
  };
  const element = el("div", { class: "choices choices--two" }, ...main.map((choice) => choice.element));
  element.addEventListener("change", update);
  return {
    element,
    also,
    /** Codes, the shown one first; empty for something else; null when nothing is chosen yet. */
    get value(): string[] | null {
      const first = chosen();
      if (!first) return null;
      if (first.input.value === "") return [];
      const others = more.filter((choice) => choice.input.checked && choice.input.value !== first.input.value);
      return [first.input.value, ...others.map((choice) => choice.input.value)];
    },
  };
}

/** Topics in the order in which they were touched: the first is the dearest wish. */
export function createWishes(topics: Topic[]) {
  let order: string[] = [];
  const choices = topics.map((topic) => createChoice("checkbox", "wish", topic.code, topic.title));
  const marks = choices.map((choice) => {
    const mark = el("span", { class: "wish" });
    choice.element.append(mark);
    return mark;
  });
  const update = (choice: Choice): void => {
    order = order.filter((code) => code !== choice.input.value);
    if (choice.input.checked) order.push(choice.input.value);
    choices.forEach(({ input }, at) => {
      const rank = order.indexOf(input.value) + 1;
      marks[at]?.replaceChildren(...(rank ? [`Wish ${rank}`] : []));
    });
  };
  for (const choice of choices) choice.input.addEventListener("change", () => update(choice));
  return {
    element: el(
      "details",
      { class: "more" },
      el("summary", {}, "Choose topics"),
      el(
        "p",
        { class: "field__hint" },
        "Touch what matters most to you first. You get it where your profession and the seats allow.",
      ),
      el("div", { class: "choices choices--two" }, ...choices.map((choice) => choice.element)),
    ),
    get value(): string[] {
      return order;
    },
  };
}

// The registration form: its questions, what is wrong with the answers, and the body they make.
import type { FieldProblem } from "../shared/api";
import { el } from "../shared/dom";
import { createChoice, createDisciplines, createWishes } from "./choices";
import { groupQuestion, textQuestion, type Question } from "./field";
import { createPrivacy } from "./privacy";
import type { OpenEvent, Registration } from "./types";

const ACCESS = [
  { code: "wheelchair", label: "Wheelchair or step-free way" },
  { code: "hearing", label: "Hearing: a loop or a sign language interpreter" },
  { code: "sight", label: "Sight: large print or someone to guide me" },
];

export interface Form {
  /** All questions, in the order of the page. */
  element: HTMLElement;
  /** Checks the answers and marks what is wrong. The body, or null. */
  read(): Registration | null;
  /** Marks what the server found; gives back what belongs to no question here. */
  mark(problems: FieldProblem[]): string[];
  /** The questions that have a problem now. */
  wrong(): Question[];
}

/** The form of one event, empty. */
export function createForm(event: OpenEvent): Form {
  const texts = createTexts();
  const disciplines = createDisciplines(event.disciplines);
  const discipline = groupQuestion("discipline", "What do you do?", [disciplines.element, disciplines.also]);
  const access = ACCESS.map((need) => createChoice("checkbox", "access", need.code, need.label));
  const accessibility = groupQuestion(
    "accessibility",
    "What do you need to take part?",
    [el("div", { class: "choices" }, ...access.map((choice) => choice.element))],
    { isOptional: true },
  );
  const wishes = createWishes(event.topics);
  const preferences = groupQuestion("preferences", "What would you like to learn?", [wishes.element], {
    isOptional: true,
  });
  const privacy = createPrivacy();

  const questions: Record<string, Question> = {
    first_name: texts.first_name,
    last_name: texts.last_name,
    discipline,
    agency: texts.agency,
    county: texts.county,
    email: texts.email,
    phone: texts.phone,
    accessibility,
    preferences,
    ...privacy.questions,
  };

  function check(): void {
    // What the server found before is for the server to find again.
    for (const question of Object.values(questions)) question.setProblem(null);
    const t = texts;
    t.first_name.setProblem(t.first_name.value ? null : "Please write your first name");
    t.last_name.setProblem(t.last_name.value ? null : "Please write your last name");
    discipline.setProblem(disciplines.value ? null : "Please choose what comes closest");
    t.email.setProblem(
      isEmail(t.email.value) ? null : "This does not look like an email address, such as name@example.org",
    );
    t.phone.setProblem(
      isPhone(t.phone.value) ? null : "Please write a phone number with digits only, such as 505 555 0100",
    );
    privacy.check();
  }

  function wrong(): Question[] {
    return Object.values(questions).filter((question) => question.problem !== null);
  }

  function body(): Registration {
    const optional = (["agency", "county", "email", "phone"] as const).flatMap((name) =>
      texts[name].value ? [[name, texts[name].value] as const] : [],
    );
    const needs = access.filter((choice) => choice.input.checked).map((choice) => choice.input.value);
    return {
      first_name: texts.first_name.value,
      last_name: texts.last_name.value,
      discipline: disciplines.value ?? [],
      ...Object.fromEntries(optional),
      ...(needs.length ? { accessibility: needs } : {}),
      ...(wishes.value.length ? { preferences: wishes.value } : {}),
      ...(privacy.alias ? { confidential: true, alias: privacy.alias } : {}),
    };
  }

  return {
    element: el(
      "div",
      { class: "form__questions" },
      texts.first_name.element,
      texts.last_name.element,
      discipline.element,
      texts.agency.element,
      texts.county.element,
      texts.email.element,
      texts.phone.element,
      accessibility.element,
      event.topics.length > 0 && preferences.element,
      privacy.element,
    ),
    wrong,
    read() {
      check();
      return wrong().length ? null : body();
    },
    mark(problems) {
      const rest: string[] = [];
      for (const { field, problem } of problems) {
        const question = questions[field.split(/[.[]/)[0] ?? ""];
        if (question) question.setProblem(problem);
        else rest.push(problem);
      }
      return rest;
    },
  };
}

function createTexts() {
  const reach = "So that the desk finds you if you come without your badge.";
  return {
    first_name: textQuestion({ name: "first_name", label: "First name", autocomplete: "given-name" }),
    last_name: textQuestion({ name: "last_name", label: "Last name", autocomplete: "family-name" }),
    agency: textQuestion({
      name: "agency",
      label: "Agency or organization",
      autocomplete: "organization",
      isOptional: true,
    }),
    county: textQuestion({ name: "county", label: "County you work in", autocomplete: "off", isOptional: true }),
    email: textQuestion({
      name: "email",
      label: "Email",
      type: "email",
      autocomplete: "email",
      isOptional: true,
      hint: reach,
    }),
    phone: textQuestion({ name: "phone", label: "Phone", type: "tel", autocomplete: "tel", isOptional: true }),
  };
}

function isEmail(text: string): boolean {
  return text === "" || /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(text);
}

function isPhone(text: string): boolean {
  return text === "" || (/^[+\d\s().\-/x]+$/i.test(text) && (text.match(/\d/g)?.length ?? 0) >= 5);
}

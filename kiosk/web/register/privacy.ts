// For those whose name must not be shown: asked discreetly, explained, and an alias instead.
import { el } from "../shared/dom";
import { createChoice } from "./choices";
import { groupQuestion, textQuestion } from "./field";

const EXPLANATION =
  "Choose another name. Your badge, every screen and every list show that name alone, and not your agency, email or " +
  "phone. Nothing shows that it is not your real one. The organizers can look up your real name only with a reason, " +
  "and that is recorded.";

/** The question with its two names below, which appear when they are needed. */
export function createPrivacy() {
  const cover = createChoice("checkbox", "confidential", "yes", "My real name must not be shown", {
    hint: "For example because you work under cover, or with people in danger.",
  });
  const first = textQuestion({ name: "alias", label: "First name to be shown", autocomplete: "off" });
  const last = textQuestion({ name: "alias_last", label: "Last name to be shown", autocomplete: "off" });
  const names = el(
    "div",
    { class: "alias", hidden: true },
    el("p", { class: "field__hint" }, EXPLANATION),
    first.element,
    last.element,
  );
  cover.input.addEventListener("change", () => (names.hidden = !cover.input.checked));
  const confidential = groupQuestion("confidential", "Is it safe to show your name?", [cover.element, names], {
    isOptional: true,
  });
  return {
    element: confidential.element,
    questions: { confidential, alias: first, alias_last: last },
    check(): void {
      if (!cover.input.checked) return;
      first.setProblem(first.value ? null : "Please choose a first name to be shown");
      last.setProblem(last.value ? null : "Please choose a last name to be shown");
    },
    /** "First Last", null when the real name may be shown. */
    get alias(): string | null {
      return cover.input.checked ? `${first.value} ${last.value}` : null;
    },
  };
}

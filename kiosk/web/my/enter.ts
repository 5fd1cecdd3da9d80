// Without a (known) badge in the address: a field for the letters that are printed under the code, or the whole link.
import { el } from "../shared/dom";
import { icon } from "../shared/icons";
import { readCredential } from "./credential";

/** `notice`: what is the matter, kindly; null when nothing is. */
export function createEnter(notice: { title: string; words: string } | null): HTMLElement {
  const problem = el("p", { class: "field__problem", id: "letters-problem", role: "alert" });
  const input = el("input", {
    class: "field__input",
    id: "letters",
    type: "text",
    autocomplete: "off",
    autocapitalize: "characters",
    spellcheck: "false",
    maxlength: 600,
    "aria-describedby": "letters-hint letters-problem",
  });
  input.addEventListener("input", () => {
    problem.textContent = "";
    input.removeAttribute("aria-invalid");
  });
  const form = el(
    "form",
    { class: "enter__form", novalidate: true },
    el("label", { class: "field__label", for: "letters" }, "The letters on your badge, or your link"),
    el(
      "p",
      { class: "field__hint", id: "letters-hint" },
      "28 letters in seven groups of four. Large or small letters are the same.",
    ),
    input,
    problem,
    el("button", { class: "button button--main button--large", type: "submit" }, "Show my badge"),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const credential = readCredential(input.value);
    if (credential) {
      location.hash = credential;
      return;
    }
    problem.textContent =
      input.value.trim() === ""
        ? "Please type the letters first"
        : "These are not the 28 letters of a badge. Please check them.";
    input.setAttribute("aria-invalid", "true");
    input.focus();
  });
  return el(
    "section",
    { class: "enter" },
    el("h1", {}, "Your badge and your day"),
    notice &&
      el(
        "div",
        { class: "notice", data: { state: "refused" }, role: "alert" },
        icon("question"),
        el("div", {}, el("h2", { class: "notice__title" }, notice.title), el("p", {}, notice.words)),
      ),
    form,
  );
}

// A badge that can't be read: its number, typed. A whole code typed or pasted there works too.
import { el } from "../shared/dom";
import { isWholeCode } from "../shared/keyboard_scanner";
import { createSheet } from "../shared/sheet";
import { createTextField } from "../shared/text_field";

export function createNumberSheet(onNumber: (number: string) => void, onCode: (code: string) => void) {
  const number = createTextField("number", { autocapitalize: "characters", maxlength: 512 });
  const send = el("button", { class: "button button--main button--large", type: "submit" }, "Scan");
  const sheet = createSheet("typed", submit, number.element, send);
  sheet.setTitle("When a badge can’t be read");
  number.setLabel("Number", "It is on the badge, for example K7-214");

  function submit(): void {
    const typed = number.input.value.trim();
    number.setProblem(typed === "" ? "Please type the number." : "");
    if (typed === "") return number.input.focus();
    sheet.close();
    if (isWholeCode(typed)) onCode(typed);
    else onNumber(typed);
  }

  return {
    element: sheet.element,
    open(): void {
      number.input.value = "";
      number.setProblem("");
      sheet.open(number.input);
    },
    close: sheet.close,
  };
}

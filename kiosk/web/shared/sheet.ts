// A small form over the page: from below on a phone, in the middle elsewhere. The browser keeps the focus inside and
// closes it with Escape.
import { el } from "./dom";
import { icon } from "./icons";

export interface Sheet {
  element: HTMLDialogElement;
  isOpen(): boolean;
  setTitle(title: string): void;
  open(focus?: HTMLElement): void;
  close(): void;
}

/** `id` names the sheet; `onSubmit` is for a form's Enter and its main button. */
export function createSheet(id: string, onSubmit: () => void, ...children: Node[]): Sheet {
  const title = el("h2", { class: "sheet__title", id: `${id}-title` });
  const back = el("button", { class: "button button--large", type: "button", on: { click: close } }, icon("close"), "Back");
  const form = el("form", { class: "sheet__form", novalidate: true, autocomplete: "off" }, title, ...children, back);
  const element = el("dialog", { class: "sheet", id, "aria-labelledby": `${id}-title` }, form);

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    onSubmit();
  });
  element.addEventListener("click", (event) => {
    if (event.target === element) close(); // beside the sheet
  });

  function close(): void {
    element.close();
  }

  return {
    element,
    isOpen: () => element.open,
    setTitle: (text) => (title.textContent = text),
    open(focus) {
      if (!element.open) element.showModal();
      element.scrollTop = 0;
      focus?.focus();
    },
    close,
  };
}

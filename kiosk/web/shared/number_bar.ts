// A number and its bar: "41 / 70 ▇▇▇▁▁". The bar is decoration; the text says everything.
import { el } from "./dom";

export interface NumberBar {
  element: HTMLElement;
  set(value: number, limit: number, state?: string): void;
}

/** `separator` stands between value and limit. States: open, amber, full, over, closed. */
export function createNumberBar(separator = " / "): NumberBar {
  const text = el("span", { class: "number-bar__text" });
  const bar = el("span", { class: "number-bar__fill" });
  const element = el(
    "span",
    { class: "number-bar" },
    text,
    el("span", { class: "number-bar__track", "aria-hidden": "true" }, bar),
  );
  return {
    element,
    set(value, limit, state = "open") {
      text.textContent = `${value}${separator}${limit}`;
      const share = limit > 0 ? Math.min(1, value / limit) : value > 0 ? 1 : 0;
      bar.style.width = `${share * 100}%`;
      element.dataset.state = state;
    },
  };
}

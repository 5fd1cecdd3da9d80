// IN, OUT or AUTO: three buttons, each of its own shape. The choice outlives a reload.
import { el } from "../shared/dom";
import { icon, type IconName } from "../shared/icons";
import type { Direction } from "../shared/scan_queue";

const BUTTONS: { direction: Direction; word: string; icon: IconName; spoken: string }[] = [
  { direction: "in", word: "IN", icon: "arrow_right", spoken: "In: everybody scanned goes in" },
  { direction: "out", word: "OUT", icon: "arrow_left", spoken: "Out: everybody scanned goes out" },
  { direction: "auto", word: "AUTO", icon: "swap", spoken: "Auto: in, or out if they are inside" },
];

export interface Directions {
  element: HTMLElement;
  chosen(): Direction;
}

/** `key` names where the choice is remembered. */
export function createDirections(key: string, onChange: () => void): Directions {
  let chosen = load(key);
  const buttons = BUTTONS.map(({ direction, word, icon: name, spoken }) =>
    el(
      "button",
      {
        class: "way",
        type: "button",
        "aria-label": spoken,
        data: { way: direction },
        on: { click: () => choose(direction) },
      },
      el("span", { class: "way__shape" }, icon(name), word),
    ),
  );
  const element = el("div", { class: "ways", role: "group", "aria-label": "Which way people go" }, ...buttons);

  function draw(): void {
    for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.way === chosen));
    element.dataset.direction = chosen;
  }

  function choose(direction: Direction): void {
    chosen = direction;
    try {
      localStorage.setItem(key, direction);
    } catch {
      // Without storage it is AUTO again after a reload.
    }
    draw();
    onChange();
  }

  draw();
  return { element, chosen: () => chosen };
}

function load(key: string): Direction {
  try {
    const found = localStorage.getItem(key);
    return found === "in" || found === "out" ? found : "auto";
  } catch {
    return "auto";
  }
}

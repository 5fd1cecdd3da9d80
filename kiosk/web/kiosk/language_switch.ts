// EN ES: one button for each language, in its own name for screen readers.
import { el } from "../shared/dom";
import { LANGUAGE_NAMES, LANGUAGES, type Language } from "../shared/words";
import type { KioskTexts } from "./texts";

interface Words {
  readonly language: Language;
  readonly texts: KioskTexts;
  set(language: Language): void;
  onChange(listener: () => void): void;
}

export function createLanguageSwitch(words: Words): HTMLElement {
  const group = el("div", { class: "languages", role: "group" });
  const buttons = LANGUAGES.map((language) =>
    el(
      "button",
      {
        class: "button button--plain languages__button",
        type: "button",
        lang: language,
        "aria-label": LANGUAGE_NAMES[language],
        data: { language },
        on: { click: () => words.set(language) },
      },
      language.toUpperCase(),
    ),
  );
  group.append(...buttons);

  function draw(): void {
    group.setAttribute("aria-label", words.texts.language);
    for (const button of buttons) {
      button.setAttribute("aria-pressed", String(button.dataset.language === words.language));
    }
  }
  words.onChange(draw);
  draw();
  return group;
}

// Languages of the pages that strangers use at the venue. The default is English; a page goes back to it when idle.
// Each page keeps its own texts as a `Texts<...>`: the compiler refuses a language that lacks one.

export const LANGUAGES = ["en", "es"] as const;
export type Language = (typeof LANGUAGES)[number];
export const DEFAULT_LANGUAGE: Language = "en";
export const LANGUAGE_NAMES: Record<Language, string> = { en: "English", es: "Español" };

export type Texts<T> = Record<Language, T>;

/** A page's texts in the chosen language. Changing it sets the page's `lang` and tells every listener. */
export function createWords<T>(texts: Texts<T>) {
  let language: Language = DEFAULT_LANGUAGE;
  const listeners = new Set<() => void>();
  document.documentElement.lang = language;
  return {
    get language(): Language {
      return language;
    },
    get texts(): T {
      return texts[language];
    },
    set(next: Language): void {
      if (next === language) return;
      language = next;
      document.documentElement.lang = next;
      for (const listener of listeners) listener();
    },
    onChange(listener: () => void): void {
      listeners.add(listener);
    },
  };
}

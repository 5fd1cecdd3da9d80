// A USB scanner is a keyboard that types very fast. Its bursts are caught anywhere on the page, also while a field has
// the focus: at least six keys, mostly no more than 50 ms apart, ended by Enter, Tab or silence. A few longer gaps (a
// busy tablet, a radio scanner) break no burst, so that no code is cut in two; people are slower with every key.

const USUAL_GAP_MS = 50;
const LONGEST_GAP_MS = 300;
const SILENCE_AFTER_WHOLE_CODE_MS = 100;
const MIN_LENGTH = 6;
const CODE_LETTERS = 28;

/** Whether all letters of a badge's code are there. */
export function isWholeCode(text: string): boolean {
  return text.replace(/[\s-]/g, "").length >= CODE_LETTERS;
}

type TextField = HTMLInputElement | HTMLTextAreaElement;

/** Calls `onCode` with each burst. Returns how to stop. */
export function watchKeyboardScanner(onCode: (code: string) => void): () => void {
  let text = "";
  let slowGaps = 0;
  let lastAt = -Infinity;
  let field: TextField | null = null;
  let before = "";
  let timer: number | undefined;

  function isBurst(): boolean {
    return text.length >= MIN_LENGTH && slowGaps * 4 <= text.length;
  }

  /** Gives the burst, if it is one. Less than that stays: the next key's own time tells whether it still belongs. */
  function finish(): void {
    window.clearTimeout(timer);
    if (!isBurst()) return;
    const code = text;
    text = "";
    if (field) restore(field, before);
    onCode(code);
  }

  function begin(): void {
    field = focusedField();
    before = field?.value ?? "";
    text = "";
    slowGaps = 0;
  }

  function onKey(event: KeyboardEvent): void {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    const gap = event.timeStamp - lastAt;
    if (event.key === "Enter" || event.key === "Tab") {
      if (isBurst()) swallow(event);
      finish();
      text = "";
      return;
    }
    if (event.key.length !== 1 || event.repeat) return;
    // The pause after a code that was ended is no gap within one.
    if (gap > LONGEST_GAP_MS || text === "") begin();
    else if (gap > USUAL_GAP_MS) slowGaps += 1;
    text += event.key;
    lastAt = event.timeStamp;
    // Nothing may scroll or press a button; in a field the first keys show until the burst is known for what it is.
    if (!field || isBurst()) swallow(event);
    window.clearTimeout(timer);
    const silence = isWholeCode(text) ? SILENCE_AFTER_WHOLE_CODE_MS : LONGEST_GAP_MS;
    // Twice, so that keys which came while the page was busy are taken before the burst is called ended.
    timer = window.setTimeout(() => (timer = window.setTimeout(finish, 0)), silence);
  }

  window.addEventListener("keydown", onKey, { capture: true });
  return () => {
    window.clearTimeout(timer);
    window.removeEventListener("keydown", onKey, { capture: true });
  };
}

function swallow(event: KeyboardEvent): void {
  // A space that a person presses on a button stays theirs: it is no part of a burst yet.
  if (event.key === " " && document.activeElement instanceof HTMLButtonElement) return;
  event.preventDefault();
  event.stopPropagation();
}

function focusedField(): TextField | null {
  const active = document.activeElement;
  return active instanceof HTMLInputElement || active instanceof HTMLTextAreaElement ? active : null;
}

function restore(field: TextField, value: string): void {
  field.value = value;
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

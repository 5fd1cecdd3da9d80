// A USB scanner is a keyboard that types very fast. Its bursts are caught anywhere on the page, also while a field has
// the focus: keys no more than 50 ms apart, at least six, ended by Enter, Tab or 100 ms of silence. People are slower.

const MAX_GAP_MS = 50;
const END_MS = 100;
const MIN_LENGTH = 6;

type TextField = HTMLInputElement | HTMLTextAreaElement;

/** Calls `onCode` with each burst. Returns how to stop. */
export function watchKeyboardScanner(onCode: (code: string) => void): () => void {
  let text = "";
  let lastAt = -Infinity;
  let field: TextField | null = null;
  let before = "";
  let timer: number | undefined;

  function finish(): void {
    window.clearTimeout(timer);
    const code = text;
    text = "";
    if (code.length < MIN_LENGTH) return;
    if (field) restore(field, before);
    onCode(code);
  }

  function begin(): void {
    field = focusedField();
    before = field?.value ?? "";
    text = "";
  }

  function onKey(event: KeyboardEvent): void {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    const at = event.timeStamp;
    const isPartOfBurst = at - lastAt <= MAX_GAP_MS;
    if (event.key === "Enter" || event.key === "Tab") {
      if (text.length >= MIN_LENGTH) swallow(event); // its timer would have ended it, had it been longer ago
      finish();
      return;
    }
    if (event.key.length !== 1 || event.repeat) return;
    if (!isPartOfBurst) begin();
    text += event.key;
    lastAt = at;
    // Nothing may scroll or press a button; in a field the first keys show until the burst is known for what it is.
    if (!field || text.length >= MIN_LENGTH) swallow(event);
    window.clearTimeout(timer);
    timer = window.setTimeout(finish, END_MS);
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

// An usher's count: how many people are really inside. It corrects what scans say.
import { post, Problem } from "../shared/api";
import { el } from "../shared/dom";
import { createSheet } from "../shared/sheet";
import { createTextField } from "../shared/text_field";

const MOST = 100_000;

export interface Counted {
  room: string;
  headcount: number;
  adjustment: number;
}

export interface CountSheetOptions {
  device: string;
  event: string;
  room: string;
  /** What the scans say now. */
  headcount(): number | null;
  onCounted(counted: Counted): void;
}

export function createCountSheet({ device, event, room, headcount, onCounted }: CountSheetOptions) {
  const number = createTextField("counted", { inputmode: "numeric", maxlength: 6 });
  const send = el("button", { class: "button button--main button--large", type: "submit" }, "Save the count");
  const sheet = createSheet("count", () => void save(), number.element, send);
  const path = `/events/${encodeURIComponent(event)}/rooms/${encodeURIComponent(room)}/headcount`;
  sheet.setTitle("Count the room");

  async function save(): Promise<void> {
    const typed = number.input.value.trim();
    const isNumber = /^\d+$/.test(typed) && Number(typed) <= MOST;
    number.setProblem(isNumber ? "" : "Please type how many people are inside, as a number.");
    if (!isNumber) return number.input.focus();
    send.disabled = true;
    try {
      const counted = await post<Counted>(path, { counted: Number(typed) }, { device });
      sheet.close();
      onCounted(counted);
    } catch (error) {
      number.setProblem(troubleOf(error));
    } finally {
      send.disabled = false;
    }
  }

  return {
    element: sheet.element,
    open(): void {
      const known = headcount();
      number.setLabel("People inside now", known === null ? "" : `Scans say ${known}.`);
      number.input.value = "";
      number.setProblem("");
      sheet.open(number.input);
    },
    close: sheet.close,
  };
}

function troubleOf(error: unknown): string {
  if (error instanceof Problem && !error.isTemporary) return "The server did not take this count. Please tell an organizer.";
  return "There is no connection. Please try again in a moment.";
}

// "Let in anyway…": a reason from a short list, or typed, and the volunteer's name. With the name remembered it is one
// tap here.
import { el } from "../shared/dom";
import type { Scan } from "../shared/scan_queue";
import { createSheet } from "../shared/sheet";
import { createTextField } from "../shared/text_field";
import type { ScanAnswer } from "../shared/types";
import type { Place } from "./answers";

const REASONS = ["Speaker or helper here", "Goes with somebody inside", "Needs this room", "An organizer said yes"];
const NAME_KEY = "checkin.door.by";
const LONGEST = 200;
const LONGEST_NAME = 100;

export interface OverrideSheet {
  element: HTMLElement;
  open(scan: Scan, answer: ScanAnswer): void;
  close(): void;
  /** Whether it is open for the badge that is perhaps still in front of the camera. */
  isAbout(credential: string): boolean;
}

/** `onLetIn` gets the refused scan and the decision. */
export function createOverrideSheet(
  place: () => Place,
  onLetIn: (scan: Scan, override: { reason: string; by: string }) => void,
): OverrideSheet {
  const name = createTextField("override-by", { autocapitalize: "words", maxlength: LONGEST_NAME, autocomplete: "name" });
  const other = createTextField("override-reason", { maxlength: LONGEST });
  const why = el("p", { class: "override__why" });
  const reasons = REASONS.map((reason) =>
    el("button", { class: "button button--large", type: "button", on: { click: () => decide(reason) } }, reason),
  );
  const send = el("button", { class: "button button--large", type: "submit" }, "Let in");
  const sheet = createSheet(
    "override",
    submit,
    why,
    name.element,
    el("div", { class: "override__reasons", role: "group", "aria-label": "Why" }, ...reasons),
    el("div", { class: "override__other" }, other.element, send),
  );
  let refused: Scan | null = null;
  name.setLabel("Your name");
  other.setLabel("Another reason");

  function decide(reason: string): void {
    const by = name.input.value.trim();
    name.setProblem(by === "" ? "Please type your name." : "");
    if (by === "") return name.input.focus();
    keepName(by);
    const scan = refused;
    sheet.close();
    if (scan) onLetIn(scan, { reason, by });
  }

  function submit(): void {
    const reason = other.input.value.trim();
    other.setProblem(reason === "" ? "Please say why." : "");
    if (reason === "") return other.input.focus();
    decide(reason);
  }

  return {
    element: sheet.element,
    open(scan, answer) {
      refused = scan;
      const who = answer.attendee?.display_name ?? scan.number ?? "this person";
      sheet.setTitle(`Why let ${who} in?`);
      why.textContent = consequence(answer, place());
      name.setProblem("");
      other.setProblem("");
      other.input.value = "";
      name.input.value = keptName();
      sheet.open(name.input.value === "" ? name.input : reasons[0]);
    },
    close: sheet.close,
    isAbout: (credential) => sheet.isOpen() && refused?.credential === credential,
  };
}

function consequence({ reason, occupancy }: ScanAnswer, { room }: Place): string {
  if (reason === "room_full" && occupancy) return `This takes ${room.name} over its limit of ${occupancy.posted_limit}.`;
  return "Reason and name are kept with the scan.";
}

function keptName(): string {
  try {
    return localStorage.getItem(NAME_KEY) ?? "";
  } catch {
    return "";
  }
}

function keepName(by: string): void {
  try {
    localStorage.setItem(NAME_KEY, by);
  } catch {
    // Without storage the name is typed each time.
  }
}

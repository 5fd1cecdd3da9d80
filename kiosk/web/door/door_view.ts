// What the page of a door looks like between two scans, from top to bottom. Decides nothing.
import { CAMERA_TEXTS } from "../shared/camera_texts";
import { createCameraView } from "../shared/camera_view";
import { el } from "../shared/dom";
import { icon } from "../shared/icons";
import type { Facing } from "../shared/scanner";
import { createTopLine, type Connection } from "../shared/top_line";
import { CONNECTION } from "./texts";

export interface DoorActions {
  onCamera(): void;
  onTurnCamera(): void;
  onNumber(): void;
  onCount(): void;
}

/** `parts` are made by the page; this puts them in their places. */
export function createDoorView(
  parts: { status: HTMLElement; directions: HTMLElement; recent: HTMLElement; sheets: HTMLElement[] },
  actions: DoorActions,
) {
  const top = createTopLine();
  const waiting = el("span", { class: "door__waiting", hidden: true, data: { waiting: 0 } });
  const camera = createCameraView(CAMERA_TEXTS.en, () => actions.onCamera());
  const said = el("p", { class: "door__said", role: "status" });
  const button = (name: "keyboard" | "people" | "swap", words: string, run: () => void, kind = ""): HTMLElement =>
    el("button", { class: `button ${kind}`, type: "button", on: { click: () => run() } }, icon(name), words);
  const turn = button("swap", "", actions.onTurnCamera, "door__turn");
  turn.setAttribute("aria-label", "Other camera");
  camera.element.append(turn);
  top.end.append(waiting);
  const main = el(
    "main",
    { class: "door" },
    parts.status,
    camera.element,
    parts.directions,
    el(
      "div",
      { class: "door__more" },
      button("keyboard", "Type a number", actions.onNumber),
      button("people", "Count the room", actions.onCount),
    ),
    said,
    parts.recent,
  );
  return {
    elements: [top.element, main, ...parts.sheets],
    camera,
    setRoom: (name: string) => {
      top.setTitle(name);
      document.title = name;
    },
    setZone: top.setZone,
    setFacing: (facing: Facing) => camera.setFacing(facing),
    setConnection(connection: Connection, scans: number): void {
      top.setConnection(connection, CONNECTION[connection]);
      waiting.dataset.waiting = String(scans);
      waiting.textContent = `${scans} waiting`;
      waiting.hidden = scans === 0;
    },
    say: (words: string) => (said.textContent = words),
  };
}

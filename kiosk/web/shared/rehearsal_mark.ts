// The mark that says that the server's clock was set for a rehearsal, for pages without the devices' top line.
import * as clock from "./clock";
import { el } from "./dom";

export function createRehearsalMark(): HTMLElement {
  const mark = el("span", { class: "mark", hidden: !clock.inRehearsal() }, "Rehearsal");
  clock.onClockChange(() => (mark.hidden = !clock.inRehearsal()));
  return mark;
}

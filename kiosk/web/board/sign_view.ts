// The sign of one room, to be read across a foyer: what takes place, until when, how many seats are free, what is next.
import * as clock from "../shared/clock";
import { el } from "../shared/dom";
import { icon, type IconName } from "../shared/icons";
import { createRehearsalMark } from "../shared/rehearsal_mark";
import { setText } from "../shared/room_state";
import { localMinute, sessionAfter } from "../shared/schedule";
import { timeOfDay } from "../shared/time";
import type { Agenda, Occupancy, RoomOccupancy } from "../shared/types";
import { createLostBanner } from "./header";
import type { View } from "./view";

interface Seats {
  state: "free" | "few" | "none" | "closed" | "unknown";
  icon: IconName;
  words: string;
}

/** So many are few. */
const FEW = 5;

export function createSignView(code: string): View {
  const root = document.documentElement;
  const name = el("h1", { class: "sign__room", dir: "auto" }, code.toUpperCase());
  const time = el("time", { class: "sign__clock" });
  const title = el("p", { class: "sign__session", dir: "auto" });
  const span = el("p", { class: "sign__span" });
  const seats = el("p", { class: "sign__seats", role: "status" });
  const next = el("p", { class: "sign__next", dir: "auto" });
  const lost = createLostBanner();
  const head = el("header", { class: "sign__head" }, name, time, createRehearsalMark());
  const element = el("section", { class: "sign" }, head, title, span, seats, next);
  let agenda: Agenda | null = null;
  let last: Occupancy | null = null;

  function tell(instant: number | string): string {
    if (agenda) return timeOfDay(instant, agenda.event.timezone);
    return typeof instant === "string" ? instant.slice(11, 16) : "";
  }

  function draw(): void {
    if (!last) return;
    const room = last.rooms.find((candidate) => candidate.code === code);
    const now = clock.now() ?? Date.parse(last.at);
    if (!room) return setText(title, "There is no such room in this event.");
    setText(name, room.name);
    document.title = room.name;
    const { session } = room;
    setText(title, session?.title ?? "No session now");
    setText(span, session ? `${tell(session.starts_at)} – ${tell(session.ends_at)}` : "");
    drawSeats(seatsOf(room));
    drawNext(now);
  }

  function drawSeats(shown: Seats): void {
    element.dataset.seats = shown.state;
    if (seats.dataset.words === shown.words) return;
    seats.dataset.words = shown.words;
    seats.hidden = shown.words === "";
    seats.replaceChildren(icon(shown.icon), shown.words);
  }

  function drawNext(now: number): void {
    const after = agenda && sessionAfter(agenda, code, localMinute(now, agenda.event.timezone));
    // A session that opens early is shown already: the next one is the one after it.
    const isShown = after && last?.rooms.find((room) => room.code === code)?.session?.code === after.session;
    const shown = isShown && agenda ? sessionAfter(agenda, code, after.starts) : after;
    setText(next, shown ? `Next at ${shown.starts.slice(11)}: ${shown.title}` : "");
  }

  root.dataset.live = "connecting";
  return {
    elements: [lost.element, element],
    show(frame) {
      last = frame;
      draw();
    },
    setAgenda(known) {
      agenda = known;
      draw();
    },
    setLive() {
      root.dataset.live = "live";
      lost.hide();
    },
    setStale(age) {
      root.dataset.live = "stale";
      const now = clock.now();
      lost.show(age !== null && now !== null ? tell(now - age) : last && tell(last.at));
    },
    tick() {
      const now = clock.now();
      setText(time, now === null ? "" : tell(now));
      draw();
    },
  };
}

/** Seats are free as the plan has them; a full room has none whatever the plan says. */
function seatsOf({ state, session, seats_free, headcount, posted_limit }: RoomOccupancy): Seats {
  if (state === "closed") return { state: "closed", icon: "close", words: "Closed" };
  if (state === "full" || state === "over") return { state: "none", icon: "stop", words: "Full" };
  if (!session) return { state: "unknown", icon: "info", words: "" };
  if (seats_free === undefined || seats_free === null) {
    return { state: "unknown", icon: "people", words: `${headcount} of ${posted_limit} inside` };
  }
  if (seats_free <= 0) return { state: "none", icon: "stop", words: "No free seats" };
  const words = seats_free === 1 ? "1 free seat" : `${seats_free} free seats`;
  return { state: seats_free <= FEW ? "few" : "free", icon: seats_free <= FEW ? "warning" : "tick", words };
}

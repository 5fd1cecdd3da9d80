// What a door shows of its room at all times: the session and until when, how many are inside, the limit, who is due.
import { el } from "../shared/dom";
import { createLimitBar, createStateChip, setText, stateOf } from "../shared/room_state";
import { localMinute, sessionAfter } from "../shared/schedule";
import { timeOfDay } from "../shared/time";
import type { Agenda, RoomOccupancy, ScanAnswer } from "../shared/types";

export interface RoomStatus {
  element: HTMLElement;
  show(room: RoomOccupancy, now: number): void;
  /** An answer knows the count before the next frame comes. */
  hear(answer: ScanAnswer): void;
  setAgenda(agenda: Agenda): void;
  /** Since when nothing is known: a time of day; null while the numbers are live. */
  setStale(since: string | null): void;
  headcount(): number | null;
}

export function createRoomStatus(): RoomStatus {
  const session = el("strong", { class: "room-status__session", dir: "auto" });
  const until = el("span", { class: "room-status__until" });
  const bar = createLimitBar();
  const due = el("span", { class: "room-status__due" });
  const chip = createStateChip();
  const note = el("span", { class: "room-status__note" });
  const count = el("div", { class: "room-status__count", hidden: true }, bar.element, due);
  const element = el(
    "section",
    { class: "room-status", "aria-label": "This room now" },
    el("p", { class: "room-status__what" }, session, " ", until),
    count,
    el("p", { class: "room-status__more" }, chip.element, note),
  );
  let room: RoomOccupancy | null = null;
  let agenda: Agenda | null = null;
  let stale: string | null = null;

  function time(instant: string): string {
    return agenda ? timeOfDay(instant, agenda.event.timezone) : instant.slice(11, 16);
  }

  function drawSession({ session: known, code }: RoomOccupancy, now: number): void {
    setText(session, known?.title ?? "No session now");
    if (known) {
      const isAhead = Date.parse(known.starts_at) > now;
      return setText(until, isAhead ? `from ${time(known.starts_at)}` : `until ${time(known.ends_at)}`);
    }
    const next = agenda && sessionAfter(agenda, code, localMinute(now, agenda.event.timezone));
    setText(until, next ? `next at ${next.starts.slice(11)}: ${next.title}` : "");
  }

  function drawCount(shown: RoomOccupancy): void {
    count.hidden = false;
    element.dataset.state = shown.state;
    element.dataset.headcount = String(shown.headcount);
    bar.show(shown);
    setText(due, shown.session ? `${shown.expected} due` : "");
    chip.show(shown);
    chip.element.hidden = shown.state === "open";
    const counted = shown.counted_at ? `counted at ${time(shown.counted_at)}` : "";
    setText(note, stale ? `numbers from ${stale}` : counted);
  }

  return {
    element,
    show(next, now) {
      room = next;
      drawSession(next, now);
      drawCount(next);
    },
    hear({ occupancy }) {
      if (!room || !occupancy || occupancy.room !== room.code) return;
      const { headcount, posted_limit } = occupancy;
      const state = room.state === "closed" ? "closed" : stateOf(headcount, posted_limit);
      room = { ...room, headcount, posted_limit, state };
      drawCount(room);
    },
    setAgenda: (known) => (agenda = known),
    setStale(since) {
      if (since === stale) return;
      stale = since;
      element.dataset.stale = since ? "yes" : "no";
      if (room) drawCount(room);
    },
    headcount: () => room?.headcount ?? null,
  };
}

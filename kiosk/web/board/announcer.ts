// Says big changes to screen readers, politely: a room's state, never single arrivals.
import { el } from "../shared/dom";
import { stateWord } from "../shared/room_state";
import type { RoomOccupancy } from "../shared/types";

export function createAnnouncer() {
  const element = el("p", { class: "visually-hidden", role: "status" });
  let states = new Map<string, string>();
  return {
    element,
    hear(rooms: RoomOccupancy[]): void {
      const changed = rooms.filter((room) => states.has(room.code) && states.get(room.code) !== room.state);
      states = new Map(rooms.map((room) => [room.code, room.state]));
      if (changed.length) element.textContent = changed.map((room) => `${room.name}: ${stateWord(room)}.`).join(" ");
    },
  };
}

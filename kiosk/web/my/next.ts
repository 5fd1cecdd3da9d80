// The one sentence that stays in view: where to be now, or where to go next.
import { timeOfDay } from "../shared/time";
import type { ItineraryItem, Room } from "../shared/types";
import { whenOf } from "./day";

export interface Next {
  label: string;
  /** The largest words of the bar. */
  main: string;
  under: string;
}

/** `room` is the server's word on where to go and brings the directions. */
export function findNext(items: ItineraryItem[], room: Room | null, now: number | null, zone: string): Next | null {
  if (items.length === 0) return null;
  if (now === null) {
    const known = items.find((item) => item.room?.code === room?.code);
    return room ? { label: "Go to", main: room.name, under: join(room.directions, known?.title) } : null;
  }
  const running = items.find((item) => whenOf(item, now) === "now");
  if (running?.room) {
    return {
      label: "Now",
      main: `${running.room.name} until ${timeOfDay(running.ends_at, zone)}`,
      under: join(directionsOf(running.room, room), running.title),
    };
  }
  const next = running ?? items.find((item) => whenOf(item, now) === "later");
  if (!next) return { label: "Your day", main: "All done", under: "Thank you for coming." };
  const at = timeOfDay(next.starts_at, zone);
  if (!next.room)
    return { label: running ? "Now" : "Next", main: `${at}: no seat yet`, under: "Please ask at the help desk." };
  return { label: "Next", main: `${next.room.name} at ${at}`, under: join(directionsOf(next.room, room), next.title) };
}

function directionsOf(place: Room, told: Room | null): string | null {
  return place.directions ?? (told?.code === place.code ? (told.directions ?? null) : null);
}

function join(directions: string | null | undefined, title: string | null | undefined): string {
  return directions || title || "";
}

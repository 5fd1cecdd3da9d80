// What takes place in a room, from the agenda. Its times are the event's own local times, which compare as text.
import { isoDate, timeOfDay } from "./time";
import type { Agenda } from "./types";

export interface Scheduled {
  session: string;
  title: string;
  /** "2027-01-26T10:15" */
  starts: string;
  ends: string;
}

/** An instant (epoch ms or RFC 3339) as the event's local minute. */
export function localMinute(instant: number | string, zone: string): string {
  return `${isoDate(instant, zone)}T${timeOfDay(instant, zone)}`;
}

/** The sessions of a room in their order. */
export function sessionsIn(agenda: Agenda, room: string): Scheduled[] {
  const slots = new Map(agenda.slot.map((slot) => [slot.code, slot]));
  return agenda.session
    .filter((session) => session.room === room)
    .flatMap(({ code, title, slot }) => {
      const span = slots.get(slot);
      if (!span) return [];
      const day = span.date ?? agenda.event.date;
      return [{ session: code, title, starts: minuteOf(day, span.starts), ends: minuteOf(day, span.ends) }];
    })
    .sort((one, other) => one.starts.localeCompare(other.starts));
}

/** The session that runs in a room at a local minute. */
export function sessionAt(agenda: Agenda, room: string, minute: string): Scheduled | null {
  return sessionsIn(agenda, room).find(({ starts, ends }) => starts <= minute && minute < ends) ?? null;
}

/** The first session of that day in a room which begins after a local minute. */
export function sessionAfter(agenda: Agenda, room: string, minute: string): Scheduled | null {
  const isLater = ({ starts }: Scheduled): boolean => starts > minute && starts.slice(0, 10) === minute.slice(0, 10);
  return sessionsIn(agenda, room).find(isLater) ?? null;
}

/** The instant (epoch ms) of a local minute, reckoned from another of the same day. */
export function instantOf(minute: string, near: number, zone: string): number {
  return near + Date.parse(`${minute}Z`) - Date.parse(`${localMinute(near, zone)}Z`) - (near % 60_000);
}

function minuteOf(day: string, time: string): string {
  return `${day}T${time.slice(0, 5)}`;
}

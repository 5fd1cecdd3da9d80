// The counts minute by minute: the last hour for the small lines beside the rooms, a whole day to look back.
import { get, getFile } from "../shared/api";
import { instantOf, localMinute, sessionAt } from "../shared/schedule";
import { stateOf } from "../shared/room_state";
import type { Agenda, History, Occupancy, RoomOccupancy } from "../shared/types";

const HOUR_MINUTES = 60;
const DAY_MS = 24 * 3_600_000;

export interface Span {
  from: number;
  to: number;
}

export interface HistorySource {
  lastHour(): Promise<History>;
  during(span: Span): Promise<History>;
  table(span: Span): Promise<Blob>;
}

/** Asks on behalf of a device. */
export function createHistorySource(event: string, device: string): HistorySource {
  const path = `/events/${encodeURIComponent(event)}/occupancy/history`;
  const query = ({ from, to }: Span): string => `?from=${stamp(from)}&to=${stamp(to)}`;
  const options = { device, timeoutMs: 15_000 };
  return {
    lastHour: () => get<History>(path, options),
    during: (span) => get<History>(path + query(span), options),
    table: (span) => getFile(`${path}${query(span)}&format=csv`, options),
  };
}

/** From the event's midnight until now. */
export function today(now: number, zone: string): Span {
  const midnight = `${localMinute(now, zone).slice(0, 10)}T00:00`;
  return { from: Math.max(instantOf(midnight, now, zone), now - DAY_MS), to: now };
}

/** The hour of a room that ends with minute number `at`. */
export function hourBefore(history: History, code: string, at = history.minutes.length - 1): number[] {
  const counts = history.rooms.find((room) => room.code === code)?.headcounts ?? [];
  return counts.slice(Math.max(0, at - HOUR_MINUTES + 1), at + 1);
}

/** The board as it was at minute number `at`, as far as counts and the agenda tell. */
export function frameAt(history: History, at: number, last: Occupancy, agenda: Agenda): Occupancy {
  const instant = Date.parse(history.minutes[at] ?? last.at);
  const rooms = last.rooms.map((room): RoomOccupancy => {
    const headcount = history.rooms.find(({ code }) => code === room.code)?.headcounts[at] ?? 0;
    const state = stateOf(headcount, room.posted_limit);
    return { ...room, headcount, state, session: sessionOf(agenda, room.code, instant), counted_at: null };
  });
  const { event, version, registered } = last;
  const counts = { checked_in: history.checked_in[at] ?? 0, on_site: history.on_site[at] ?? 0 };
  return { event, version, registered, ...counts, at: new Date(instant).toISOString(), rooms, disciplines: [] };
}

function sessionOf(agenda: Agenda, code: string, instant: number): RoomOccupancy["session"] {
  const zone = agenda.event.timezone;
  const found = sessionAt(agenda, code, localMinute(instant, zone));
  if (!found) return null;
  const time = (minute: string): string => new Date(instantOf(minute, instant, zone)).toISOString();
  return { code: found.session, title: found.title, starts_at: time(found.starts), ends_at: time(found.ends) };
}

function stamp(instant: number): string {
  return encodeURIComponent(new Date(instant).toISOString());
}

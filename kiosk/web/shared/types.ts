// The wire's shapes that more than one page reads. Fields may be added by the server, so everything else is ignored.

export interface Room {
  code: string;
  name: string;
  directions?: string | null;
}

export interface ItineraryItem {
  slot: string;
  session: string | null;
  title: string | null;
  starts_at: string;
  ends_at: string;
  room: Room | null;
  why: string;
}

export interface AgendaEvent {
  slug: string;
  name: string;
  venue: string;
  timezone: string;
  date: string;
  last_date?: string | null;
  doors_open?: string | null;
  doors_close?: string | null;
}

export interface Agenda {
  event: AgendaEvent;
  discipline: { code: string; name: string; short: string; colour: string }[];
  room: { code: string; name: string; posted_limit: number; seats: number; directions?: string | null }[];
  slot: { code: string; name: string; date?: string; starts: string; ends: string }[];
  session: { code: string; title: string; slot: string; room: string; kind?: string }[];
}

export type Verdict = "admitted" | "repeat" | "refused";

export interface ScanAnswer {
  scan_id: string;
  verdict: Verdict;
  reason: string;
  recorded_at: string;
  attendee: { number: string; first_name: string; display_name: string } | null;
  room?: Room | null;
  itinerary?: ItineraryItem[];
  first_at?: string;
  first_device?: string;
  /** At doors. */
  occupancy?: { room: string; headcount: number; posted_limit: number } | null;
  /** Where there is a free seat instead. */
  alternatives?: { session: string; title: string; starts_at: string; room: Room; seats_free: number }[];
  /** The code of the room that the person was in until now. */
  left_room?: string | null;
  /** The refusals that an override let pass. */
  overridden?: string[];
  /** Of a late scan: what would have refused it. */
  conflict?: string[];
}

export type RoomState = "closed" | "over" | "full" | "amber" | "open";

export interface RoomOccupancy {
  code: string;
  name: string;
  headcount: number;
  adjustment: number;
  seats: number;
  posted_limit: number;
  state: RoomState;
  session: { code: string; title: string; starts_at: string; ends_at: string } | null;
  expected: number;
  last_scan_at: string | null;
  /** When an usher counted, while that count stands. */
  counted_at?: string | null;
  /** Of the running or open session. */
  seats_free?: number | null;
}

export interface Alert {
  id: string;
  kind: string;
  room: string | null;
  device: string | null;
  raised_at: string;
  text: string;
}

/** The next slot that has not begun: who is assigned to its rooms, and how many of those are on site. */
export interface NextSlot {
  code: string;
  name: string;
  starts_at: string;
  rooms: { code: string; session: string; title: string; assigned: number; checked_in: number }[];
}

export interface Occupancy {
  event: string;
  at: string;
  version: number;
  registered: number;
  checked_in: number;
  on_site: number;
  rooms: RoomOccupancy[];
  disciplines: { code: string; registered: number; checked_in: number }[];
  /** Open and not acknowledged, the gravest first. */
  alerts?: Alert[];
  next_slot?: NextSlot | null;
  /** First check-ins per five minutes. */
  arrivals?: { at: string; n: number }[];
}

/** Minute by minute: headcounts of the rooms, and of the venue. */
export interface History {
  from: string;
  to: string;
  minutes: string[];
  rooms: { code: string; headcounts: number[] }[];
  checked_in: number[];
  on_site: number[];
}

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
  session: { code: string; title: string; slot: string; room: string; kind: string }[];
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
}

export interface RoomOccupancy {
  code: string;
  name: string;
  headcount: number;
  adjustment: number;
  seats: number;
  posted_limit: number;
  state: "closed" | "over" | "full" | "amber" | "open";
  session: { code: string; title: string; starts_at: string; ends_at: string } | null;
  expected: number;
  last_scan_at: string | null;
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
}

// The day as an iCalendar file (RFC 5545), made in the page. It names sessions and rooms, never the person or the
// badge.
import type { PublicEvent } from "../shared/attendee";
import type { ItineraryItem } from "../shared/types";

const LINE_BYTES = 73;

/** All items that have a session. `stamp` is the server's time or any other now. */
export function createCalendar(items: ItineraryItem[], event: PublicEvent, stamp: Date): Blob {
  const seated = items.filter((item) => item.session !== null);
  const lines = [
    "BEGIN:VCALENDAR",
    "VERSION:2.0",
    "PRODID:-//checkin//attendee page//EN",
    `NAME:${escape(event.name)}`,
    `X-WR-CALNAME:${escape(event.name)}`,
    ...seated.flatMap((item) => entry(item, event, stamp)),
    "END:VCALENDAR",
  ];
  return new Blob([lines.map((line) => `${fold(line)}\r\n`).join("")], { type: "text/calendar;charset=utf-8" });
}

function entry(item: ItineraryItem, event: PublicEvent, stamp: Date): string[] {
  return [
    "BEGIN:VEVENT",
    // The slot and not the session: imported again after a change, it takes the old one's place.
    `UID:${item.slot}.${event.date}.${slugOf(event.name)}@checkin.invalid`,
    `DTSTAMP:${utc(stamp)}`,
    `DTSTART:${utc(new Date(item.starts_at))}`,
    `DTEND:${utc(new Date(item.ends_at))}`,
    `SUMMARY:${escape(item.title ?? event.name)}`,
    `LOCATION:${escape([item.room?.name, event.venue].filter(Boolean).join(", "))}`,
    "END:VEVENT",
  ];
}

function utc(date: Date): string {
  return date.toISOString().replace(/[-:]|\.\d+/g, "");
}

function escape(text: string): string {
  return text.replace(/[\\;,]/g, "\\$&").replace(/\r?\n/g, "\\n");
}

function slugOf(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]+/g, "-");
}

/** Lines of at most 75 bytes; no character is cut in two. */
function fold(line: string): string {
  const bytes = new TextEncoder();
  let folded = "";
  let length = 0;
  for (const char of line) {
    const size = bytes.encode(char).length;
    if (length + size > LINE_BYTES) {
      folded += "\r\n ";
      length = 1;
    }
    folded += char;
    length += size;
  }
  return folded;
}

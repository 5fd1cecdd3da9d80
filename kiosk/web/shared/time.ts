// Times as people read them, always in the event's time zone, 24 hours.

const formats = new Map<string, Intl.DateTimeFormat>();

function format(key: string, options: Intl.DateTimeFormatOptions, zone: string, language: string): Intl.DateTimeFormat {
  const id = `${key} ${zone} ${language}`;
  let found = formats.get(id);
  if (!found) {
    found = new Intl.DateTimeFormat(language, { ...options, timeZone: zone });
    formats.set(id, found);
  }
  return found;
}

/** "08:41" of an instant (epoch ms or RFC 3339). */
export function timeOfDay(instant: number | string, zone: string): string {
  const options: Intl.DateTimeFormatOptions = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  return format("time", options, zone, "en-GB").format(toDate(instant));
}

/** "Tuesday, 26 January" of an instant (epoch ms or RFC 3339). */
export function dayName(instant: number | string, zone: string, language = "en-GB"): string {
  return format("day", { weekday: "long", day: "numeric", month: "long" }, zone, language).format(toDate(instant));
}

/** "2027-01-26" of an instant, to compare with the agenda's dates. */
export function isoDate(instant: number | string, zone: string): string {
  return format("date", { year: "numeric", month: "2-digit", day: "2-digit" }, zone, "sv-SE").format(toDate(instant));
}

/** "07:30" from an agenda's local time "07:30:00". */
export function shortLocalTime(local: string): string {
  return local.slice(0, 5);
}

function toDate(instant: number | string): Date {
  return new Date(instant);
}

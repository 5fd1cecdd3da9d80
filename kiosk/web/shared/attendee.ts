// What a registered person may ask with the credential: their own badge and day. The credential goes in the body of
// a POST and behind a `#` only, so that no server, proxy or history of visited paths ever sees it.
import { post } from "./api";
import type { ItineraryItem, Room } from "./types";

export interface PublicEvent {
  name: string;
  venue: string;
  date: string;
  timezone: string;
}

export interface Mine {
  number: string;
  display_name: string;
  discipline: string | null;
  itinerary: ItineraryItem[];
  /** Where to go now or next. */
  room: Room | null;
  version: number;
  event: PublicEvent;
  /** Base64, when asked for. */
  badge_png?: string;
}

/** The holder's day. Anything that is not a valid badge is a Problem with status 404. Safe to repeat. */
export function askMine(credential: string): Promise<Mine> {
  return post<Mine>("/my", { credential });
}

/** The same with the picture of the badge. */
export function askBadge(credential: string): Promise<Mine> {
  return post<Mine>("/my", { credential, badge: true }, { timeoutMs: 15000 });
}

/** The attendee's own page. */
export function myPage(credential: string): string {
  return `/my#${credential}`;
}

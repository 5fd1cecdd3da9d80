// What to show for each answer of the server: a pure function of answer, agenda, time and language.
import type { IconName } from "../shared/icons";
import type { StateContent } from "../shared/state_screen";
import { dayName, isoDate, shortLocalTime, timeOfDay } from "../shared/time";
import type { AgendaEvent, ItineraryItem, ScanAnswer } from "../shared/types";
import type { KioskTexts } from "./texts";

export interface Situation {
  texts: KioskTexts;
  language: string;
  event: AgendaEvent | null;
  /** The server's time, epoch ms. */
  now: number;
  /** Typed number and name instead of a badge: some words differ. */
  isTyped: boolean;
}

const ANSWER_SECONDS = 4;
const REFUSAL_SECONDS = 5;

/** The screen for a scan's answer. A reason it does not know becomes a plain screen of its verdict, never an error. */
export function contentFor(answer: ScanAnswer, situation: Situation): StateContent {
  if (answer.verdict === "refused") return refusal(answer, situation);
  if (answer.reason === "left_venue" || answer.reason === "exited_unmatched") return farewell(answer, situation);
  return arrival(answer, situation);
}

function arrival(answer: ScanAnswer, situation: Situation): StateContent {
  const { texts } = situation;
  const name = answer.attendee?.first_name ?? "";
  const base = { reason: answer.reason, seconds: ANSWER_SECONDS, ...guidance(answer, situation) };
  if (answer.verdict === "repeat") {
    const title = answer.first_at ? texts.already(clockTime(answer.first_at, situation)) : texts.alreadyPlain;
    const before = base.before && name ? texts.nameGoTo(name) : base.before;
    return { ...base, state: "repeat", icon: "double_tick", title, before };
  }
  const greet = answer.reason === "returned" ? texts.welcomeBack : texts.welcome;
  return { ...base, state: "admitted", icon: "tick", title: name ? greet(name) : texts.welcomePlain };
}

type Guidance = Pick<StateContent, "before" | "main" | "under" | "details">;

/** Where to go now: the room with its directions, time and title; without a room what to do instead. */
function guidance(answer: ScanAnswer, situation: Situation): Guidance {
  const { texts, now } = situation;
  const ahead = (answer.itinerary ?? []).filter((item) => Date.parse(item.ends_at) > now);
  const room = answer.room ?? null;
  if (room) {
    const item = ahead.find((candidate) => candidate.room?.code === room.code);
    const session = item?.title ? `${startTime(item, situation)}\u2002${item.title}` : undefined;
    return { before: texts.goTo, main: room.name, under: room.directions ?? undefined, details: [session] };
  }
  if (ahead.length === 0 && (answer.itinerary ?? []).length > 0) return { under: texts.dayOver };
  const withoutSeat = ahead.find((item) => item.session === null);
  const later = ahead.find((item) => item.room !== null && item.title !== null);
  return {
    main: texts.askRoom,
    under: withoutSeat ? texts.askRoomFor(startTime(withoutSeat, situation)) : texts.askRoomAny,
    details: [later && texts.next(startTime(later, situation), later.title ?? "", later.room?.name ?? "")],
  };
}

function farewell(answer: ScanAnswer, situation: Situation): StateContent {
  const { texts } = situation;
  const name = answer.attendee?.first_name;
  return {
    state: "admitted",
    reason: answer.reason,
    icon: "door_out",
    title: name ? texts.goodbye(name) : texts.goodbyePlain,
    under: answer.reason === "left_venue" ? texts.seeYou : texts.notCheckedIn,
    seconds: ANSWER_SECONDS,
  };
}

function refusal(answer: ScanAnswer, situation: Situation): StateContent {
  const { texts, isTyped } = situation;
  const screen = (icon: IconName, title: string, under: string): StateContent => ({
    state: "refused",
    reason: answer.reason,
    icon,
    title,
    under,
    seconds: REFUSAL_SECONDS,
  });
  switch (answer.reason) {
    case "unknown_badge":
      return isTyped
        ? screen("question", texts.unknownTyped, texts.checkTyped)
        : screen("question", texts.unknownBadge, texts.seeDesk);
    case "other_event":
      return screen("calendar", texts.otherEvent, texts.seeDesk);
    case "badge_replaced":
      return screen("swap", texts.badgeReplaced, texts.useNewBadge);
    case "registration_cancelled":
      return screen("hand", texts.cancelled, texts.cancelledWay);
    case "closed": {
      const opening = nextOpening(situation);
      return screen("clock", opening ?? texts.doorsClosed, opening ? texts.comeBack : texts.seeDesk);
    }
    default:
      return screen("hand", texts.failed, texts.seeDesk);
  }
}

/** "Doors open at 07:30", on another day with its name; null when they do not open again. */
function nextOpening(situation: Situation): string | null {
  const { event, now, texts, language } = situation;
  if (!event?.doors_open) return null;
  const time = shortLocalTime(event.doors_open);
  const today = isoDate(now, event.timezone);
  const last = event.last_date ?? event.date;
  if (today >= event.date && today <= last && timeOfDay(now, event.timezone) < time) return texts.doorsOpenAt(time);
  const day = today < event.date ? event.date : nextDate(today);
  if (day > last) return null;
  // Noon UTC of that date, named in UTC: a date has no time zone.
  return texts.doorsOpenOn(dayName(`${day}T12:00:00Z`, "UTC", language), time);
}

function nextDate(date: string): string {
  return new Date(Date.parse(`${date}T12:00:00Z`) + 86_400_000).toISOString().slice(0, 10);
}

/** "10:15", or with the day before it when it is not today. */
function startTime(item: ItineraryItem, situation: Situation): string {
  const zone = situation.event?.timezone;
  const time = clockTime(item.starts_at, situation);
  if (!zone || isoDate(item.starts_at, zone) === isoDate(situation.now, zone)) return time;
  return `${dayName(item.starts_at, zone, situation.language)}, ${time}`;
}

/** Before the agenda is known, the time as the server wrote it, which is local to the event. */
function clockTime(instant: string, situation: Situation): string {
  return situation.event ? timeOfDay(instant, situation.event.timezone) : instant.slice(11, 16);
}

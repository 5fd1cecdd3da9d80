// What a door says to each answer of the server: the full screen, and its line among the last scans. Pure functions.
import type { IconName } from "../shared/icons";
import type { StateContent } from "../shared/state_screen";
import { shortLocalTime, timeOfDay } from "../shared/time";
import type { AgendaEvent, Room, ScanAnswer } from "../shared/types";

export interface Place {
  /** This door's room. */
  room: Room;
  event: AgendaEvent | null;
  roomName(code: string): string;
}

/** The next scan interrupts any screen; a refusal stays long enough to read the way to the right room. */
const PASSED_SECONDS = 1;
const REFUSED_SECONDS = 8;

const OVERRIDABLE = new Set(["closed", "room_closed", "wrong_room", "not_eligible", "room_full", "session_full"]);
const SHOWN_ALTERNATIVES = 3;

/** Whether a volunteer may let this person in all the same. */
export function mayBeOverridden(answer: ScanAnswer): boolean {
  return answer.verdict === "refused" && OVERRIDABLE.has(answer.reason);
}

/** The full screen. `letIn` is what "Let in anyway…" does. */
export function contentFor(answer: ScanAnswer, place: Place, letIn: () => void): StateContent {
  if (answer.verdict !== "refused") return passed(answer, place);
  const content = { state: "refused" as const, reason: answer.reason, seconds: REFUSED_SECONDS, ...refusal(answer, place) };
  const action = { words: "Let in anyway…", run: letIn };
  return mayBeOverridden(answer) ? { ...content, action } : content;
}

const PASSED: Record<string, { icon: IconName; main: string }> = {
  entered: { icon: "tick", main: "In" },
  exited: { icon: "door_out", main: "Out" },
  exited_unmatched: { icon: "door_out", main: "Out" },
  already_inside: { icon: "double_tick", main: "Already in" },
  already_outside: { icon: "double_tick", main: "Already out" },
};

function passed(answer: ScanAnswer, place: Place): StateContent {
  const isRepeat = answer.verdict === "repeat";
  const known = PASSED[answer.reason] ?? PASSED[isRepeat ? "already_inside" : "entered"];
  const { occupancy, left_room, overridden } = answer;
  const details = [
    answer.reason === "exited_unmatched" ? "Was not scanned in here" : undefined,
    overridden?.length ? "Let in by you. It is noted." : undefined,
    left_room ? `Left ${place.roomName(left_room)}` : undefined,
    occupancy ? `${occupancy.headcount} of ${occupancy.posted_limit} now` : undefined,
  ];
  return {
    state: isRepeat ? "repeat" : "admitted",
    reason: answer.reason,
    icon: known?.icon ?? "tick",
    title: nameOf(answer),
    main: known?.main,
    details,
    seconds: PASSED_SECONDS,
  };
}

type Refusal = Omit<StateContent, "state" | "reason" | "seconds" | "action">;

function refusal(answer: ScanAnswer, place: Place): Refusal {
  const here = place.room.name;
  const { occupancy } = answer;
  switch (answer.reason) {
    case "wrong_room":
      return { icon: "hand", title: `${here} is not yours`, before: nameOf(answer), ...way(answer.room, place) };
    case "room_closed":
      return { icon: "close", title: `${here} is closed`, before: nameOf(answer), ...way(answer.room, place) };
    case "not_eligible":
      return {
        icon: "hand",
        title: "Not for this profession",
        before: nameOf(answer),
        ...way(answer.room, place, "This session is for others. The desk knows which one fits."),
      };
    case "room_full": {
      const count = occupancy ? `: ${occupancy.headcount} of ${occupancy.posted_limit}` : "";
      return { icon: "stop", title: `${here} is full${count}`, ...instead(answer, place) };
    }
    case "session_full":
      return { icon: "stop", title: "No free seat in this session", ...instead(answer, place) };
    case "closed":
      return { icon: "clock", title: closedWords(place.event), under: nameOf(answer) };
    case "unknown_badge":
      return { icon: "question", title: "We don’t know this badge", under: "Please send them to the desk." };
    case "other_event":
      return { icon: "calendar", title: "This badge is for another event", under: "Please send them to the desk." };
    case "badge_replaced":
      return { icon: "swap", title: "This badge was replaced", under: "Only the new one counts. The desk can help." };
    case "registration_cancelled":
      return { icon: "hand", title: "This registration was cancelled", under: "Please send them to the desk." };
    default:
      return { icon: "hand", title: "Not this time", under: "Please send them to the desk." };
  }
}

/** The right room as the largest thing, with the way to it. */
function way(room: Room | null | undefined, place: Place, otherwise = "The desk knows where to go."): Partial<Refusal> {
  if (!room || room.code === place.room.code) return { under: otherwise };
  return { main: room.name, under: room.directions ?? undefined };
}

function instead(answer: ScanAnswer, place: Place): Partial<Refusal> {
  const shown = (answer.alternatives ?? []).slice(0, SHOWN_ALTERNATIVES);
  const seats = (free: number): string => (free === 1 ? "1 seat" : `${free} seats`);
  const name = nameOf(answer);
  if (shown.length === 0) return { under: name, details: ["There is no other session with a free seat now."] };
  return {
    before: name ? `${name} can go to` : "Free seats",
    details: shown.map(({ room, title, starts_at, seats_free }) =>
      [place.roomName(room.code) || room.name, `${clockTime(starts_at, place)} ${title}`, seats(seats_free)].join(" · "),
    ),
  };
}

function closedWords(event: AgendaEvent | null): string {
  if (!event?.doors_open || !event.doors_close) return "Doors are closed now";
  return `Doors are open from ${shortLocalTime(event.doors_open)} to ${shortLocalTime(event.doors_close)}`;
}

function nameOf({ attendee }: ScanAnswer): string {
  return attendee?.display_name ?? "";
}

/** Before the agenda is known, the time as the server wrote it, which is local to the event. */
function clockTime(instant: string, { event }: Place): string {
  return event ? timeOfDay(instant, event.timezone) : instant.slice(11, 16);
}

export interface Line {
  time: string;
  icon: IconName;
  /** "Ana R.", or what stands for somebody we don't know. */
  who: string;
  /** "in", "wrong room → Room A101" */
  what: string;
}

const SHORT: Record<string, string> = {
  entered: "in",
  exited: "out",
  exited_unmatched: "out, was not in",
  already_inside: "already in",
  already_outside: "already out",
  unknown_badge: "not known",
  other_event: "of another event",
  badge_replaced: "was replaced",
  registration_cancelled: "cancelled",
  closed: "doors closed",
  room_closed: "room closed",
  wrong_room: "wrong room",
  not_eligible: "not for them",
  room_full: "room full",
  session_full: "no free seat",
};

/** The answer in one line. */
export function lineFor(answer: ScanAnswer, place: Place): Line {
  const isElsewhere = answer.reason === "wrong_room" || answer.reason === "room_closed";
  const target = isElsewhere && answer.room && answer.room.code !== place.room.code ? ` → ${answer.room.name}` : "";
  const word = SHORT[answer.reason] ?? (answer.verdict === "refused" ? "refused" : "in");
  const against = answer.conflict?.[0];
  const although = against ? ` although ${SHORT[against] ?? "refused"}` : "";
  const refused: IconName = "hand";
  return {
    time: clockTime(answer.recorded_at, place),
    icon: answer.verdict === "refused" ? refused : (PASSED[answer.reason]?.icon ?? "tick"),
    who: nameOf(answer) || "Badge",
    what: (answer.overridden?.length ? "let in" : word) + although + target,
  };
}

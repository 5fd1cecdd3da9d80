// What the board's page needs of whatever it shows: the board of all rooms, or the sign of one.
import type { Agenda, History, Occupancy } from "../shared/types";

export interface View {
  elements: HTMLElement[];
  show(frame: Occupancy): void;
  setAgenda(agenda: Agenda): void;
  /** Views with small lines get the last hour once a minute. */
  setLastHour?(history: History): void;
  /** `age` in milliseconds: since the server last confirmed the numbers. */
  setLive(age: number | null): void;
  setStale(age: number | null): void;
  /** To be called several times a second. */
  tick(): void;
}

/** Tenths while they mean something. */
export function ageWords(age: number | null): string {
  if (age === null) return "";
  const seconds = age / 1000;
  return seconds < 10 ? `${seconds.toFixed(1)} s old` : `${Math.round(seconds)} s old`;
}

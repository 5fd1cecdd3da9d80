// What the registration page says to the server and hears from it.
import type { PublicEvent } from "../shared/attendee";

export interface Discipline {
  code: string;
  name: string;
  short: string;
  colour: string;
}

export interface Topic {
  code: string;
  title: string;
}

export interface OpenEvent extends PublicEvent {
  registration: "open" | "staff" | "closed";
  disciplines: Discipline[];
  topics: Topic[];
}

/** The body of a registration: what was left empty is left out. */
export interface Registration {
  first_name: string;
  last_name: string;
  discipline: string[];
  agency?: string;
  county?: string;
  email?: string;
  phone?: string;
  accessibility?: string[];
  preferences?: string[];
  confidential?: boolean;
  alias?: string;
}

export interface Registered {
  number: string;
  credential: string;
  page: string;
}

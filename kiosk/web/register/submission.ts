// Sends a registration so that bad Wi-Fi never registers anybody twice: the same answers always go with the same
// Idempotency-Key, however often they are sent.
import { post, Problem, Unreachable } from "../shared/api";
import { randomUuid } from "../shared/uuid";
import type { Registered, Registration } from "./types";

const WAITS_MS = [1000, 2000, 4000, 6000, 8000, 8000];

export interface Submitter {
  /**
   * Tries again by itself for about half a minute; `onWaiting` is told when it does. Raises Unreachable when it gives
   * up (safe to call again) and Problem when the server refuses.
   */
  send(registration: Registration, onWaiting: () => void): Promise<Registered>;
}

export function createSubmitter(slug: string): Submitter {
  const path = `/events/${encodeURIComponent(slug)}/registrations`;
  let key = "";
  let keyOf = "";
  return {
    async send(registration, onWaiting) {
      const body = JSON.stringify(registration);
      if (body !== keyOf) {
        key = randomUuid();
        keyOf = body;
      }
      for (const wait of WAITS_MS) {
        try {
          return await post<Registered>(path, registration, { headers: { "Idempotency-Key": key } });
        } catch (error) {
          if (!isPassing(error)) throw error;
          onWaiting();
          await pause(Math.max(wait, error instanceof Problem ? (error.retryAfterSeconds ?? 0) * 1000 : 0));
        }
      }
      throw new Unreachable();
    },
  };
}

/** 409: the first attempt is still being worked on. */
function isPassing(error: unknown): boolean {
  if (error instanceof Unreachable) return true;
  return error instanceof Problem && (error.isTemporary || error.status === 429 || error.status === 409);
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((done) => window.setTimeout(done, milliseconds));
}

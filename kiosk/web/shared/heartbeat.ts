// Asks for the agenda now and then: whether the server answers, what time it is there, whether this device still may
// speak, and whether the event's words or hours changed.
import { get, Problem } from "./api";
import type { Agenda } from "./types";

export interface HeartbeatEvents {
  onAgenda(agenda: Agenda): void;
  onConnection(isOnline: boolean): void;
  onRevoked(): void;
}

const ONLINE_MS = 20_000;
const OFFLINE_MS = 3_000;

/** Beats until the page goes away or the device is revoked. */
export function startHeartbeat(event: string, device: string, events: HeartbeatEvents): void {
  let timer: number | undefined;
  let isBeating = false;

  async function beat(): Promise<void> {
    if (isBeating) return;
    isBeating = true;
    window.clearTimeout(timer);
    let isOnline = true;
    try {
      events.onAgenda(await get<Agenda>(`/events/${encodeURIComponent(event)}`, { device, timeoutMs: 4000 }));
    } catch (error) {
      if (error instanceof Problem && error.status === 401) return events.onRevoked();
      isOnline = error instanceof Problem && !error.isTemporary;
    } finally {
      isBeating = false;
    }
    events.onConnection(isOnline);
    timer = window.setTimeout(() => void beat(), isOnline ? ONLINE_MS : OFFLINE_MS);
  }

  for (const type of ["online", "offline"]) window.addEventListener(type, () => void beat());
  void beat();
}

// The live occupancy of one event. A browser opens at most six connections to a server, so that only one tab holds the
// stream (Web Locks) and the others hear it from that tab (BroadcastChannel). An EventSource cannot tell a silent server
// from a cut cable; so each visible tab asks once when nothing came for a while, and knows how old its numbers are.
import { API, get, Problem } from "./api";
import type { Occupancy } from "./types";

export type StreamState = "connecting" | "live" | "lost" | "revoked";

export interface StreamEvents {
  onFrame(frame: Occupancy): void;
  onState(state: StreamState): void;
}

export interface OccupancyStream {
  /** Milliseconds since the server last confirmed the numbers on the page; null before the first. */
  age(): number | null;
  stop(): void;
}

type Message = { kind: "frame"; frame: Occupancy } | { kind: "hello" };

const CONFIRM_AFTER_MS = 4000;
const LOST_AFTER_MS = 8000;
const RECONNECT_MS = [500, 1000, 2000, 5000];

/** Follows `event` on behalf of `device` until stopped. */
export function followOccupancy(event: string, device: string, events: StreamEvents): OccupancyStream {
  const channel = "BroadcastChannel" in window ? new BroadcastChannel(`checkin.occupancy.${event}`) : null;
  const stopped = new AbortController();
  const follower = createFollower(event, device, events);
  const leader = createLeader(event, device, (frame) => {
    follower.take(frame);
    channel?.postMessage({ kind: "frame", frame } satisfies Message);
  });
  follower.onStale = () => leader.restart();

  channel?.addEventListener("message", (message: MessageEvent<Message>) => {
    if (message.data.kind === "frame") follower.take(message.data.frame);
    else if (leader.isActive && follower.last) channel.postMessage({ kind: "frame", frame: follower.last });
  });
  channel?.postMessage({ kind: "hello" } satisfies Message);
  lead(`checkin.stream.${event}`, stopped.signal, leader);
  follower.start();

  return {
    age: () => follower.age(),
    stop() {
      stopped.abort();
      leader.stop();
      follower.stop();
      channel?.close();
    },
  };
}

/** Holds the lock, and with it the stream, until stopped. Without Web Locks (plain http) each tab has its own stream. */
function lead(name: string, signal: AbortSignal, leader: Leader): void {
  if (!("locks" in navigator)) return leader.start();
  const held = (): Promise<void> =>
    new Promise((release) => {
      signal.addEventListener("abort", () => release());
      leader.start();
    });
  navigator.locks.request(name, { signal }, held).catch(() => undefined);
}

interface Leader {
  isActive: boolean;
  start(): void;
  restart(): void;
  stop(): void;
}

function createLeader(event: string, device: string, onFrame: (frame: Occupancy) => void): Leader {
  const url = `${API}/events/${encodeURIComponent(event)}/occupancy/stream?device=${encodeURIComponent(device)}`;
  let source: EventSource | null = null;
  let tries = 0;
  let timer: number | undefined;

  function open(): void {
    source?.close();
    source = new EventSource(url);
    source.addEventListener("occupancy", (message: MessageEvent<string>) => {
      tries = 0;
      onFrame(JSON.parse(message.data) as Occupancy);
    });
    source.onerror = () => {
      // CONNECTING: the browser tries again by itself. CLOSED: it has given up (an error answer), so we do.
      if (source?.readyState === EventSource.CLOSED) again();
    };
  }

  function again(): void {
    window.clearTimeout(timer);
    timer = window.setTimeout(open, RECONNECT_MS[Math.min(tries++, RECONNECT_MS.length - 1)]);
  }

  const leader: Leader = {
    isActive: false,
    start() {
      leader.isActive = true;
      open();
    },
    restart() {
      if (leader.isActive) again();
    },
    stop() {
      leader.isActive = false;
      window.clearTimeout(timer);
      source?.close();
    },
  };
  return leader;
}

function createFollower(event: string, device: string, events: StreamEvents) {
  const path = `/events/${encodeURIComponent(event)}/occupancy`;
  let confirmedAt = -Infinity;
  let isAsking = false;
  let state: StreamState = "connecting";
  let timer: number | undefined;

  function setState(next: StreamState): void {
    if (next === state) return;
    state = next;
    events.onState(next);
  }

  function take(frame: Occupancy): void {
    confirmedAt = performance.now();
    const isNews = frame.version !== follower.last?.version || frame.at !== follower.last.at;
    follower.last = frame;
    setState("live");
    if (isNews) events.onFrame(frame);
  }

  /** Asks the server itself: confirms what is shown, brings what a stalled stream missed, or finds that it is gone. */
  async function confirm(): Promise<void> {
    isAsking = true;
    try {
      const frame = await get<Occupancy>(path, { device, timeoutMs: 3000 });
      const wasLate = follower.last !== null && frame.version > follower.last.version;
      take(frame);
      if (wasLate) follower.onStale();
    } catch (error) {
      if (error instanceof Problem && error.status === 401) setState("revoked");
    } finally {
      isAsking = false;
    }
  }

  function watch(): void {
    const age = performance.now() - confirmedAt;
    if (age > LOST_AFTER_MS && state === "live") setState("lost");
    if (age > CONFIRM_AFTER_MS && !isAsking && !document.hidden && state !== "revoked") void confirm();
  }

  const follower = {
    last: null as Occupancy | null,
    onStale: (): void => undefined,
    take,
    age: () => (follower.last === null ? null : performance.now() - confirmedAt),
    start() {
      timer = window.setInterval(watch, 500);
      watch();
    },
    stop: () => window.clearInterval(timer),
  };
  return follower;
}

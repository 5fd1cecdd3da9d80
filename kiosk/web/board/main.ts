// The live board, or with ?room=CODE the sign of one room: follows the event's occupancy and shows it, or says clearly
// that it cannot. No names, ever.
import { findDevice, forgetDevice, type Device } from "../shared/devices";
import { byId, el, fill } from "../shared/dom";
import { startHeartbeat } from "../shared/heartbeat";
import { icon } from "../shared/icons";
import { followOccupancy, type StreamState } from "../shared/stream";
import { keepScreenOn } from "../shared/wake_lock";
import { createBoardView } from "./board_view";
import { createHistorySource, type HistorySource } from "./history";
import { createSignView } from "./sign_view";
import type { View } from "./view";

const TICK_MS = 200;
const LAST_HOUR_MS = 60_000;
/** So long a first connection may take before the page says that there is none. */
const PATIENCE_MS = 6000;

const page = byId("page");

function start(): void {
  const device = findDevice("display", "kiosk", "door");
  if (device) run(device);
  else location.replace("/pair");
}

function run({ device_id, event }: Device): void {
  const room = new URLSearchParams(location.search).get("room");
  const source = createHistorySource(event, device_id);
  const view = room ? createSignView(room) : createBoardView(event, source);
  const startedAt = performance.now();
  let state: StreamState = "connecting";

  function tick(): void {
    const age = stream.age();
    const isLate = state === "connecting" && performance.now() - startedAt > PATIENCE_MS;
    if (state === "live") view.setLive(age);
    else if (state === "lost" || isLate) view.setStale(age);
    view.tick();
  }

  function setState(next: StreamState): void {
    if (state === "revoked") return;
    state = next;
    if (next !== "revoked") return tick();
    stream.stop();
    window.clearInterval(ticker);
    showRevoked(device_id);
  }

  page.className = room ? "board board--sign" : "board";
  fill(page, ...view.elements);
  keepScreenOn();
  const stream = followOccupancy(event, device_id, { onFrame: view.show, onState: setState });
  const ticker = window.setInterval(tick, TICK_MS);
  // Titles and times may change during the day.
  startHeartbeat(event, device_id, {
    onAgenda: view.setAgenda,
    onConnection: () => undefined,
    onRevoked: () => setState("revoked"),
  });
  followLastHour(source, view);
}

/** The small lines need no second's haste; a server that has none is asked again all the same. */
function followLastHour(source: HistorySource, view: View): void {
  if (!view.setLastHour) return;
  const ask = (): void => {
    if (document.hidden) return;
    source.lastHour().then(
      (history) => view.setLastHour?.(history),
      () => undefined,
    );
  };
  ask();
  window.setInterval(ask, LAST_HOUR_MS);
}

function showRevoked(deviceId: string): void {
  forgetDevice(deviceId);
  document.documentElement.dataset.live = "stale";
  page.className = "column";
  fill(
    page,
    el("h1", {}, "Live board"),
    el(
      "div",
      { class: "notice", data: { state: "refused" }, role: "alert" },
      icon("stop"),
      el("p", {}, "This screen is no longer paired with the event. Ask the organizers for a new code."),
    ),
    el("p", {}, el("a", { class: "button button--main button--large", href: "/pair" }, "Pair this screen")),
  );
}

start();

// The live board: follows the event's occupancy and shows it, or says clearly that it cannot. No names, ever.
import { get, Problem } from "../shared/api";
import * as clock from "../shared/clock";
import { findDevice, forgetDevice, type Device } from "../shared/devices";
import { byId, el, fill } from "../shared/dom";
import { icon } from "../shared/icons";
import { followOccupancy, type StreamState } from "../shared/stream";
import { timeOfDay } from "../shared/time";
import type { Agenda, Occupancy } from "../shared/types";
import { keepScreenOn } from "../shared/wake_lock";
import { createAnnouncer } from "./announcer";
import { createArrivals } from "./arrivals";
import { createArrivalChart, createDisciplineList } from "./footer";
import { createHeader, createLostBanner } from "./header";
import { createSorter } from "./order";
import { createRoomTable } from "./rooms";

const TICK_MS = 200;
const RETRY_MS = 5000;
/** So long a first connection may take before the page says that there is none. */
const PATIENCE_MS = 6000;

const page = byId("page");
const root = document.documentElement;

const device = findDevice("display", "kiosk", "door");
if (device) run(device);
else location.replace("/pair");

function run({ device_id, event }: Device): void {
  const header = createHeader();
  const banner = createLostBanner();
  const table = createRoomTable();
  const disciplines = createDisciplineList();
  const chart = createArrivalChart();
  const announcer = createAnnouncer();
  const sorter = createSorter();
  const arrivals = createArrivals(event);
  const startedAt = performance.now();
  let agenda: Agenda | null = null;
  let last: Occupancy | null = null;
  let state: StreamState = "connecting";

  const body = el("div", { class: "board__body", hidden: true }, table.element, el("div", { class: "board__foot" }, disciplines.element, chart.element));
  page.className = "board";
  fill(page, header.element, banner.element, body, announcer.element);
  root.dataset.live = "connecting";
  keepScreenOn();

  const tellTime = (instant: string): string =>
    // Times come with the event's own offset: their digits are right even before the agenda is here.
    agenda ? timeOfDay(instant, agenda.event.timezone) : instant.slice(11, 16);

  function draw(): void {
    if (!last) return;
    const now = clock.now() ?? Date.parse(last.at);
    table.show(last.rooms, sorter.sort(last.rooms, performance.now()), now, tellTime);
    disciplines.show(last.disciplines, agenda?.discipline ?? []);
    chart.show(arrivals.spans(), (at) => (agenda ? timeOfDay(at, agenda.event.timezone) : ""));
  }

  function take(frame: Occupancy): void {
    last = frame;
    arrivals.add(frame);
    header.show(frame);
    announcer.hear(frame.rooms);
    body.hidden = false;
    root.dataset.checkedIn = String(frame.checked_in);
    root.dataset.onSite = String(frame.on_site);
    root.dataset.version = String(frame.version);
    draw();
  }

  function tick(): void {
    const now = clock.now();
    const zone = agenda?.event.timezone;
    header.setTime(now !== null && zone ? timeOfDay(now, zone) : "");
    if (state === "live") header.setStatus("live", `live, ${ageWords(stream.age())}`);
    const isLate = state === "connecting" && performance.now() - startedAt > PATIENCE_MS;
    if (isLate && root.dataset.live === "connecting") setStale();
  }

  function setStale(): void {
    const age = stream.age();
    const now = clock.now();
    const zone = agenda?.event.timezone;
    root.dataset.live = "stale";
    header.setStatus("stale", "no connection");
    banner.show(age !== null && now !== null && zone ? timeOfDay(now - age, zone) : last ? last.at.slice(11, 16) : null);
  }

  function setState(next: StreamState): void {
    state = next;
    if (next === "live") {
      root.dataset.live = "live";
      banner.hide();
      tick();
    } else if (next === "lost") {
      setStale();
    } else if (next === "revoked") {
      showRevoked(device_id);
      stream.stop();
    }
  }

  async function loadAgenda(): Promise<void> {
    try {
      agenda = await get<Agenda>(`/events/${encodeURIComponent(event)}`, { device: device_id });
      header.setTitle(agenda.event.name);
      draw();
    } catch (error) {
      if (!(error instanceof Problem) || error.isTemporary) window.setTimeout(() => void loadAgenda(), RETRY_MS);
    }
  }

  header.setStatus("connecting", "connecting…");
  const stream = followOccupancy(event, device_id, { onFrame: take, onState: setState });
  window.setInterval(tick, TICK_MS);
  // Draws again without news, too: rows may move now, and a session that was ahead has begun.
  window.setInterval(draw, 1000);
  void loadAgenda();
}

function showRevoked(deviceId: string): void {
  forgetDevice(deviceId);
  root.dataset.live = "stale";
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

/** Tenths while they mean something. */
function ageWords(age: number | null): string {
  if (age === null) return "";
  const seconds = age / 1000;
  return seconds < 10 ? `${seconds.toFixed(1)} s old` : `${Math.round(seconds)} s old`;
}

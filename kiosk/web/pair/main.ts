// Pairs this browser with an event: by a typed code, or at once by the link /pair#CODE. The code leaves the address bar
// before anything else happens, so that no history or picture of the screen keeps it.
import { post, Problem } from "../shared/api";
import { listDevices, rememberDevice, type Device, type Role } from "../shared/devices";
import { byId, el, fill } from "../shared/dom";
import { icon, type IconName } from "../shared/icons";

const ROLE_WORDS: Record<Role, string> = { kiosk: "Arrival kiosk", door: "Door", display: "Live board" };

const code = byId("code") as HTMLInputElement;
const problem = byId("code-problem");
const result = byId("result");
const send = byId("send") as HTMLButtonElement;

function pageOf(device: Device): string {
  if (device.role === "kiosk") return "/kiosk";
  if (device.role === "door") return "/door";
  return device.room ? `/board?room=${encodeURIComponent(device.room)}` : "/board";
}

async function pair(typed: string): Promise<void> {
  const pairingCode = typed.trim();
  setProblem(pairingCode === "" ? "Please type the pairing code." : "");
  if (pairingCode === "") return code.focus();
  send.disabled = true;
  say("hourglass", "attention", "One moment. This device is being paired.");
  try {
    const paired = await post<Device>("/pair", { pairing_code: pairingCode });
    const { device_id, role, event, room, name } = paired; // never the token: it is in a cookie
    const device: Device = { device_id, role, event, room: room ?? null, name: name ?? ROLE_WORDS[role] };
    rememberDevice(device);
    arrive(device);
  } catch (error) {
    fill(result);
    setProblem(wordsFor(error));
    code.focus();
    code.select();
  } finally {
    send.disabled = false;
  }
}

function arrive(device: Device): void {
  window.location.replace(pageOf(device));
}

function wordsFor(error: unknown): string {
  if (!(error instanceof Problem)) return "There is no connection to the server. Check the network, then try again.";
  if (error.status === 404 || error.status === 400) {
    return "This code is not valid. A code works once, for 15 minutes. Ask an organizer for a new one.";
  }
  if (error.status === 429) return "Too many tries. Wait a minute, then try again.";
  return "The server cannot take it now. Wait a moment, then try again.";
}

function setProblem(text: string): void {
  problem.textContent = text;
  code.setAttribute("aria-invalid", String(text !== ""));
}

function say(name: IconName, state: string, text: string): void {
  fill(result, el("p", { class: "notice", data: { state } }, icon(name), el("span", {}, text)));
}

/** Links to what this browser is paired with already. */
function drawKnown(): void {
  const known = listDevices();
  byId("known").hidden = known.length === 0;
  fill(
    byId("known-list"),
    ...known.map((device) =>
      el("li", {}, el("a", { class: "button", href: pageOf(device) }, `${device.name} · ${ROLE_WORDS[device.role]}`)),
    ),
  );
}

function pairByLink(): void {
  const linked = decodeURIComponent(window.location.hash.slice(1));
  if (linked === "") return;
  history.replaceState(null, "", window.location.pathname);
  code.value = linked;
  void pair(linked);
}

byId("form").addEventListener("submit", (event) => {
  event.preventDefault();
  void pair(code.value);
});
window.addEventListener("hashchange", pairByLink);
drawKnown();
pairByLink();

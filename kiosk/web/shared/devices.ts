// The pairings of this browser. Only names and ids are kept here: the tokens are in cookies that no script can read.

export type Role = "kiosk" | "door" | "display";

export interface Device {
  device_id: string;
  role: Role;
  event: string;
  room: string | null;
  name: string;
}

const KEY = "checkin.devices";
const CHOSEN = "checkin.device.";

/** All pairings, the newest last. */
export function listDevices(): Device[] {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(stored) ? stored.filter(isDevice) : [];
  } catch {
    return [];
  }
}

/** Remembers a pairing and makes it this tab's device of its role. */
export function rememberDevice(device: Device): void {
  store([...listDevices().filter((known) => known.device_id !== device.device_id), device]);
  sessionStorage.setItem(CHOSEN + device.role, device.device_id);
}

export function forgetDevice(deviceId: string): void {
  store(listDevices().filter((known) => known.device_id !== deviceId));
}

/** The device this tab speaks for: the one paired in this tab, else the newest of the first role that has one. */
export function findDevice(...roles: Role[]): Device | null {
  const devices = listDevices();
  for (const role of roles) {
    const chosen = sessionStorage.getItem(CHOSEN + role);
    const ofRole = devices.filter((device) => device.role === role);
    const found = ofRole.find((device) => device.device_id === chosen) ?? ofRole.at(-1);
    if (found) return found;
  }
  return null;
}

function store(devices: Device[]): void {
  localStorage.setItem(KEY, JSON.stringify(devices));
}

function isDevice(value: unknown): value is Device {
  const device = value as Partial<Device> | null;
  return (
    typeof device === "object" &&
    device !== null &&
    typeof device.device_id === "string" &&
    typeof device.role === "string" &&
    typeof device.event === "string"
  );
}

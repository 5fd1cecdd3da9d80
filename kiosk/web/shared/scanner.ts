// Camera and decoder. Owns the video stream; shows nothing of its own. A code that stays in the picture is given again
// with every frame: pages pass it, and what a USB scanner typed, through one createSameCodeFilter.
import type { WorkerMessage } from "./scan_worker";

export type CameraTrouble = "insecure" | "denied" | "missing" | "busy" | "failed";

/** Towards whoever stands before the screen, or away from it. */
export type Facing = "user" | "environment";

export interface ScannerEvents {
  /** A code was read: its text and performance.now() at that moment. */
  onCode(text: string, decodedAt: number): void;
  onReady(): void;
  onTrouble(trouble: CameraTrouble): void;
}

export interface Scanner {
  /** Asks for the camera; safe to call again, after trouble or for the other camera. */
  start(facing?: Facing): Promise<void>;
  stop(): void;
}

const SAME_CODE_MS = 3000;
const FRAME_GAP_MS = 40;
const STALLED_MS = 5000;

export function createScanner(video: HTMLVideoElement, events: ScannerEvents): Scanner {
  let stream: MediaStream | null = null;
  let worker: Worker | null = null;
  let isDecoding = false;
  let sentAt = 0;
  let timer: number | undefined;
  let wanted: Facing = "user";

  function startWorker(): Worker {
    const started = new Worker(new URL("./scan_worker.ts", import.meta.url), { type: "module" });
    started.onmessage = (event: MessageEvent<WorkerMessage>) => receive(event.data);
    started.onerror = () => trouble("failed");
    return started;
  }

  function receive(message: WorkerMessage): void {
    if ("failed" in message) return trouble("failed");
    if ("ready" in message) return;
    isDecoding = false;
    if (message.text !== null) events.onCode(message.text, performance.now());
  }

  async function sendFrame(): Promise<void> {
    if (!worker || document.hidden || video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return;
    const now = performance.now();
    if (isDecoding && now - sentAt < STALLED_MS) return;
    isDecoding = true;
    sentAt = now;
    try {
      const frame = await createImageBitmap(video);
      worker.postMessage(frame, [frame]);
    } catch {
      isDecoding = false; // the frame was gone; the next one comes
    }
  }

  function loop(): void {
    void sendFrame();
    timer = window.setTimeout(loop, FRAME_GAP_MS);
  }

  function stop(): void {
    window.clearTimeout(timer);
    for (const track of stream?.getTracks() ?? []) track.stop();
    stream = null;
    video.srcObject = null;
    worker?.terminate();
    worker = null;
    isDecoding = false;
  }

  function trouble(kind: CameraTrouble): void {
    stop();
    events.onTrouble(kind);
  }

  async function start(facing = wanted): Promise<void> {
    wanted = facing;
    stop();
    if (!navigator.mediaDevices) return trouble("insecure");
    try {
      stream = await openCamera(facing);
      for (const track of stream.getVideoTracks()) track.onended = () => trouble("busy");
      video.srcObject = stream;
      await video.play();
      worker = startWorker();
    } catch (error) {
      return trouble(troubleOf(error));
    }
    loop();
    events.onReady();
  }

  return { start, stop };
}

/** True for a code unless the same one was seen within the last three seconds; seeing it again extends that time. */
export function createSameCodeFilter(): { isNew(text: string, at: number): boolean; forget(): void } {
  let last = "";
  let seenAt = -Infinity;
  return {
    isNew(text, at) {
      const isNew = text !== last || at - seenAt > SAME_CODE_MS;
      last = text;
      seenAt = at;
      return isNew;
    },
    forget: () => (last = ""),
  };
}

function openCamera(facing: Facing): Promise<MediaStream> {
  return navigator.mediaDevices.getUserMedia({
    audio: false,
    video: { width: { ideal: 1280 }, height: { ideal: 720 }, facingMode: { ideal: facing } },
  });
}

function troubleOf(error: unknown): CameraTrouble {
  const name = error instanceof DOMException ? error.name : "";
  if (name === "NotAllowedError" || name === "SecurityError") return "denied";
  if (name === "NotFoundError" || name === "OverconstrainedError") return "missing";
  if (name === "NotReadableError" || name === "AbortError") return "busy";
  return "failed";
}

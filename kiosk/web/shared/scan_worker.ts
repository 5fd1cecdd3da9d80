// Decodes camera frames off the main thread, so that the page stays smooth. Tries the cheap middle first, then the
// whole frame, then the middle enlarged twice, which reads small and distant codes.
import { prepareZXingModule, readBarcodes, type ReaderOptions } from "zxing-wasm/reader";
import wasmUrl from "zxing-wasm/reader/zxing_reader.wasm?url";

export type WorkerMessage = { ready: true } | { text: string | null; ms: number } | { failed: string };

interface WorkerScope {
  onmessage: ((event: MessageEvent<ImageBitmap>) => void) | null;
  postMessage(message: WorkerMessage): void;
}

const scope = self as unknown as WorkerScope;
const OPTIONS: ReaderOptions = { formats: ["QRCode"], tryHarder: true, tryInvert: false, maxNumberOfSymbols: 1 };
const MIDDLE = 0.7; // of the shorter side
const canvas = new OffscreenCanvas(1, 1);
const surface = canvas.getContext("2d", { willReadFrequently: true });

prepareZXingModule({
  overrides: { locateFile: (path: string, prefix: string) => (path.endsWith(".wasm") ? wasmUrl : prefix + path) },
  fireImmediately: true,
}).then(
  () => scope.postMessage({ ready: true }),
  (error: unknown) => scope.postMessage({ failed: String(error) }),
);

scope.onmessage = (event) => {
  const frame = event.data;
  const startedAt = performance.now();
  read(frame)
    .catch(() => null)
    .then((text) => {
      frame.close();
      scope.postMessage({ text, ms: performance.now() - startedAt });
    })
    .catch(() => undefined);
};

async function read(frame: ImageBitmap): Promise<string | null> {
  const side = Math.round(Math.min(frame.width, frame.height) * MIDDLE);
  const x = Math.round((frame.width - side) / 2);
  const y = Math.round((frame.height - side) / 2);
  return (
    (await decode(pixels(frame, x, y, side, side, 1))) ??
    (await decode(pixels(frame, 0, 0, frame.width, frame.height, 1))) ??
    (await decode(pixels(frame, x, y, side, side, 2)))
  );
}

function pixels(frame: ImageBitmap, x: number, y: number, width: number, height: number, scale: number): ImageData {
  if (!surface) throw new Error("no canvas");
  canvas.width = width * scale;
  canvas.height = height * scale;
  surface.drawImage(frame, x, y, width, height, 0, 0, canvas.width, canvas.height);
  return surface.getImageData(0, 0, canvas.width, canvas.height);
}

async function decode(image: ImageData): Promise<string | null> {
  const [found] = await readBarcodes(image, OPTIONS);
  return found?.isValid && found.text !== "" ? found.text : null;
}

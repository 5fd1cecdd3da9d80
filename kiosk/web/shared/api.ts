// Calls to the server: JSON both ways, problem+json as a typed error, a time limit, and the server's clock on the way.
import { observe } from "./clock";

export interface FieldProblem {
  field: string;
  problem: string;
}

/** The server answered with an error. `code` is stable; texts for people are made by the page. */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly errors: FieldProblem[];
  readonly retryAfterSeconds: number | null;

  constructor(status: number, code: string, detail: string, errors: FieldProblem[], retryAfterSeconds: number | null) {
    super(detail);
    this.name = "Problem";
    this.status = status;
    this.code = code;
    this.errors = errors;
    this.retryAfterSeconds = retryAfterSeconds;
  }

  /** Nothing was stored and the same call may be sent again. */
  get isTemporary(): boolean {
    return this.status >= 500 || this.status === 408;
  }
}

/** No answer: no connection, cut off, or too slow. Whether it was stored is not known. */
export class Unreachable extends Error {
  constructor() {
    super("no answer from the server");
    this.name = "Unreachable";
  }
}

export interface CallOptions {
  /** Device this call speaks for; sent as `Checkin-Device`. */
  device?: string | undefined;
  headers?: Record<string, string>;
  timeoutMs?: number;
}

export const API = "/api/v1";

/** GET `path` below /api/v1. Safe to repeat. */
export function get<T>(path: string, options: CallOptions = {}): Promise<T> {
  return call<T>("GET", path, undefined, options);
}

/** POST JSON to `path` below /api/v1. Repeat only with an id the server knows again (scan_id, Idempotency-Key). */
export function post<T>(path: string, body: unknown, options: CallOptions = {}): Promise<T> {
  return call<T>("POST", path, body, options);
}

/** GET a file below /api/v1, such as a table as CSV. */
export async function getFile(path: string, options: CallOptions = {}): Promise<Blob> {
  try {
    const response = await send("GET", path, undefined, options);
    if (!response.ok) throw problemOf(response, await readJson(response));
    return await response.blob();
  } catch (error) {
    throw error instanceof Problem ? error : new Unreachable();
  }
}

async function call<T>(method: string, path: string, body: unknown, options: CallOptions): Promise<T> {
  let response: Response;
  let data: unknown;
  try {
    response = await send(method, path, body, options);
    data = await readJson(response);
  } catch {
    throw new Unreachable();
  }
  if (!response.ok) throw problemOf(response, data);
  return data as T;
}

async function send(method: string, path: string, body: unknown, options: CallOptions): Promise<Response> {
  const headers: Record<string, string> = { Accept: "application/json", ...options.headers };
  if (options.device) headers["Checkin-Device"] = options.device;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const askedAt = performance.now();
  const response = await fetch(API + path, {
    method,
    headers,
    body: body === undefined ? null : JSON.stringify(body),
    credentials: "same-origin",
    cache: "no-store",
    signal: AbortSignal.timeout(options.timeoutMs ?? 8000),
  });
  observe(response.headers, askedAt, performance.now());
  return response;
}

/** A cut connection throws; a body that is not JSON (a proxy's error page) is undefined. */
async function readJson(response: Response): Promise<unknown> {
  const text = await response.text();
  try {
    return JSON.parse(text) as unknown;
  } catch {
    if (response.ok && text !== "") throw new Unreachable();
    return undefined;
  }
}

function problemOf(response: Response, data: unknown): Problem {
  const body = (typeof data === "object" && data !== null ? data : {}) as Record<string, unknown>;
  const code = typeof body.code === "string" ? body.code : "unknown";
  const detail = typeof body.detail === "string" ? body.detail : response.statusText;
  const errors = Array.isArray(body.errors) ? (body.errors as FieldProblem[]) : [];
  const wait = Number.parseFloat(response.headers.get("Retry-After") ?? "");
  return new Problem(response.status, code, detail, errors, Number.isFinite(wait) ? wait : null);
}

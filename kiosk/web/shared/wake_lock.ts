// Keeps the screen on where the browser can (HTTPS or localhost). The browser drops the lock when the page is hidden.

/** Asks for the lock whenever the page is visible and `isWanted` says so. Call the result when that answer changed. */
export function keepScreenOn(isWanted: () => boolean = () => true): () => void {
  let lock: WakeLockSentinel | null = null;
  let isAsking = false;

  async function update(): Promise<void> {
    if (!("wakeLock" in navigator) || isAsking) return;
    const wanted = isWanted() && !document.hidden;
    if (wanted === (lock !== null && !lock.released)) return;
    isAsking = true;
    try {
      if (wanted) lock = await navigator.wakeLock.request("screen");
      else await lock?.release();
    } catch {
      lock = null; // Refused, for example to save battery: the page works all the same.
    } finally {
      isAsking = false;
    }
  }

  const check = (): void => void update();
  document.addEventListener("visibilitychange", check);
  check();
  return check;
}

// Reads a credential as people type, paste or follow it. Only its shape is known here; whether it is genuine says the
// server.

const SHAPE = /^[BCDEFGHIJKLNOPRSTUVX]{28}$/;

/** The 28 letters, or null. Any case, spaces and hyphens; a link that ends in `#` and the letters counts too. */
export function readCredential(text: string): string | null {
  const letters = text
    .slice(text.lastIndexOf("#") + 1)
    .replace(/[\s‐-―-]/g, "")
    .toUpperCase();
  return SHAPE.test(letters) ? letters : null;
}

/**
 * A name for what this phone remembers of one badge: 53 bits, too few to give the credential back. No crypto.subtle: it
 * does not exist on plain http, and nothing is protected here but the storage key.
 */
export function storageName(credential: string): string {
  let high = 0xdeadbeef;
  let low = 0x41c6ce57;
  for (const char of credential) {
    const code = char.charCodeAt(0);
    high = Math.imul(high ^ code, 2654435761);
    low = Math.imul(low ^ code, 1597334677);
  }
  high = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909);
  low = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909);
  return (4294967296 * (2097151 & low) + (high >>> 0)).toString(36);
}

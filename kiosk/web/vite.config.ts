// Builds every page to ../dist. A folder with an index.html is a page; nothing is listed here by name.
import { existsSync, readdirSync } from "node:fs";
import { resolve } from "node:path";
import { defineConfig } from "vite";

const root = import.meta.dirname;

function pages(): Record<string, string> {
  const found: Record<string, string> = {};
  for (const entry of readdirSync(root, { withFileTypes: true })) {
    const html = resolve(root, entry.name, "index.html");
    if (entry.isDirectory() && entry.name !== "node_modules" && existsSync(html)) found[entry.name] = html;
  }
  return found;
}

export default defineConfig({
  root,
  appType: "mpa",
  publicDir: false,
  worker: { format: "es" },
  build: {
    outDir: resolve(root, "../dist"),
    emptyOutDir: true,
    target: ["chrome111", "firefox114", "safari16.4"],
    // The content security policy allows no data: fonts or scripts, so nothing may be inlined.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: { input: pages() },
  },
});

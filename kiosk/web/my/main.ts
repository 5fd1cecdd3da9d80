// An attendee's own page. The credential stands behind the `#` and goes nowhere else; title and path say nothing.
import { byId, fill } from "../shared/dom";
import { createBadgePage, type BadgePage } from "./badge_page";
import { readCredential } from "./credential";
import { createEnter } from "./enter";

const UNKNOWN = {
  title: "We don't know this badge",
  words: "It may have been replaced by a newer one. Please check the letters, or ask at the registration desk.",
};
const MISTYPED = {
  title: "This link is not complete",
  words: "Part of the address is missing. Please open the whole link again, or type the letters of your badge.",
};

const page = byId("page");
let current: BadgePage | null = null;

function start(): void {
  current?.stop();
  current = null;
  const text = location.hash.slice(1);
  const credential = readCredential(text);
  if (credential) {
    page.dataset.view = "badge";
    current = createBadgePage(credential, () => enter("unknown", UNKNOWN));
    fill(page, current.element);
  } else if (text === "") {
    enter("enter", null);
  } else {
    enter("mistyped", MISTYPED);
  }
}

function enter(view: string, notice: typeof UNKNOWN | null): void {
  current?.stop();
  current = null;
  page.dataset.view = view;
  fill(page, createEnter(notice));
}

window.addEventListener("hashchange", start);
start();

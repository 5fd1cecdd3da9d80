// After registering: the badge at once, to save, print or open on the phone. The credential stays in this page's
// memory.
import { Problem } from "../shared/api";
import { askBadge, myPage } from "../shared/attendee";
import { el, fill } from "../shared/dom";
import { icon } from "../shared/icons";
import { saveFile } from "../shared/save_file";
import type { Registered } from "./types";

const COPIED_MS = 4000;

/** The finished page of one registration. `again` starts a new one for somebody else. */
export function createDone(registered: Registered, again: () => void): HTMLElement {
  const heading = el("h2", { class: "done__title", tabindex: "-1" }, icon("tick"), "You are registered");
  const picture = el("div", { class: "badge", data: { badge: "loading" } });
  const save = el(
    "button",
    { class: "button button--main button--large", type: "button" },
    icon("download"),
    "Save the badge",
  );
  const print = el("button", { class: "button button--large", type: "button" }, icon("printer"), "Print it");
  const status = el("p", { class: "visually-hidden", role: "status" });
  save.disabled = print.disabled = true;
  print.addEventListener("click", () => window.print());

  async function load(): Promise<void> {
    fill(picture, el("p", { class: "badge__waiting" }, "Your badge is on its way…"));
    try {
      const mine = await askBadge(registered.credential);
      if (!mine.badge_png) throw new Error("no picture in the answer");
      const png = decode(mine.badge_png);
      await showPicture(picture, png, registered.number);
      save.disabled = print.disabled = false;
      save.onclick = () => saveFile(png, `badge-${registered.number}.png`);
      status.textContent = "Your badge is ready.";
    } catch (problem) {
      // Letters that no printer of ours has: asking again would not help.
      const canRetry = !(problem instanceof Problem && problem.code === "conflict");
      const why = canRetry
        ? "You are registered, but the picture of your badge did not arrive."
        : "You are registered, but your name has characters that we can't print. Your own page works all the same; " +
          "please ask for a printed badge at the desk.";
      picture.dataset.badge = "failed";
      fill(picture, el("p", { class: "badge__waiting", role: "alert" }, why));
      if (canRetry)
        picture.append(
          el("button", { class: "button", type: "button", on: { click: () => void load() } }, "Try again"),
        );
    }
  }

  void load();
  queueMicrotask(() => heading.focus());
  return el(
    "section",
    { class: "done", data: { number: registered.number } },
    heading,
    el(
      "p",
      { class: "done__words" },
      "Bring this badge, on paper or on your phone. Hold it in front of a camera when you arrive.",
    ),
    picture,
    el("div", { class: "done__buttons" }, save, print),
    openPart(registered.credential),
    status,
    el(
      "p",
      {},
      el("button", { class: "button", type: "button", on: { click: again } }, "Register somebody else"),
    ),
  );
}

async function showPicture(place: HTMLElement, png: Blob, number: string): Promise<void> {
  const image = el("img", {
    class: "badge__picture",
    alt: `Your badge, number ${number}, with your name and a QR code`,
    width: 1200,
    height: 900,
  });
  image.src = URL.createObjectURL(png);
  await image.decode();
  place.dataset.badge = "ready";
  fill(place, image);
}

function openPart(credential: string): HTMLElement {
  const link = location.origin + myPage(credential);
  const words = el("span", {}, "Copy the link");
  const copy = el("button", { class: "button", type: "button", "aria-live": "polite" }, words);
  const shown = el("input", { class: "field__input", readonly: true, hidden: true, "aria-label": "Link to your page" });
  copy.addEventListener("click", () => {
    // Without HTTPS there is no clipboard: the link is shown to be copied by hand.
    const byHand = (): void => {
      shown.hidden = false;
      shown.value = link;
      shown.focus();
      shown.select();
    };
    if (!("clipboard" in navigator)) return byHand();
    navigator.clipboard.writeText(link).then(() => {
      words.textContent = "Copied";
      window.setTimeout(() => (words.textContent = "Copy the link"), COPIED_MS);
    }, byHand);
  });
  return el(
    "div",
    { class: "card own" },
    el("h3", { class: "own__title" }, "Your own page"),
    el(
      "p",
      {},
      "It shows your code, where to go next, and every change of your day. Keep its link for yourself: it is your " +
        "badge.",
    ),
    el(
      "div",
      { class: "done__buttons" },
      el(
        "a",
        { class: "button", href: myPage(credential), target: "_blank", rel: "noopener" },
        icon("phone"),
        "Open my page",
      ),
      copy,
    ),
    shown,
  );
}

function decode(base64: string): Blob {
  return new Blob([Uint8Array.from(atob(base64), (char) => char.charCodeAt(0))], { type: "image/png" });
}

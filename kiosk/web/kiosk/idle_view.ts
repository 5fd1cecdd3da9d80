// The screen between two people: camera, one instruction, and the two ways without a badge or out.
import { el, fill } from "../shared/dom";
import { icon } from "../shared/icons";
import type { CameraTrouble } from "../shared/scanner";
import type { KioskTexts } from "./texts";

export interface IdleView {
  element: HTMLElement;
  video: HTMLVideoElement;
  setTexts(texts: KioskTexts): void;
  setLeaving(isLeaving: boolean): void;
  setCamera(state: "starting" | "ready" | CameraTrouble): void;
}

export interface IdleActions {
  onNoBadge(): void;
  onLeaving(): void;
  onCamera(): void;
}

export function createIdleView(actions: IdleActions): IdleView {
  const video = el("video", { class: "camera__video", playsinline: true, muted: true, "aria-hidden": "true" });
  video.muted = true;
  const cover = el("div", { class: "camera__cover" });
  const camera = el(
    "div",
    { class: "camera", data: { camera: "starting" } },
    video,
    el("div", { class: "camera__aim", "aria-hidden": "true" }),
    cover,
  );
  const title = el("h2", { class: "idle__title" });
  const hint = el("p", { class: "idle__hint" });
  const noBadge = el("button", { class: "button button--large", type: "button", on: { click: actions.onNoBadge } });
  const leaving = el("button", { class: "button button--large", type: "button", on: { click: actions.onLeaving } });
  const element = el(
    "section",
    { class: "idle" },
    camera,
    el(
      "div",
      { class: "idle__side" },
      el("div", { class: "idle__words" }, title, el("div", { class: "idle__picture" }, badgePicture(), hint)),
      el("div", { class: "idle__ways" }, noBadge, leaving),
    ),
  );
  let texts: KioskTexts;
  let isLeaving = false;
  let state: "starting" | "ready" | CameraTrouble = "starting";

  function draw(): void {
    title.textContent = isLeaving ? texts.holdToLeave : texts.hold;
    hint.textContent = texts.qrUp;
    fill(noBadge, icon("keyboard"), texts.noBadge);
    fill(leaving, icon(isLeaving ? "close" : "door_out"), isLeaving ? texts.staying : texts.leaving);
    leaving.setAttribute("aria-pressed", String(isLeaving));
    drawCover();
  }

  function drawCover(): void {
    camera.dataset.camera = state === "starting" || state === "ready" ? state : "trouble";
    cover.hidden = state === "ready";
    if (state === "starting") return fill(cover, el("p", {}, texts.cameraStarting));
    if (state === "ready") return fill(cover);
    const again = { class: "button button--main button--large", type: "button", on: { click: actions.onCamera } };
    fill(
      cover,
      el("div", { class: "camera__icon" }, icon("camera")),
      el("p", { role: "alert" }, texts.camera[state]),
      el("button", again, texts.cameraAgain),
    );
  }

  return {
    element,
    video,
    setTexts(next) {
      texts = next;
      draw();
    },
    setLeaving(next) {
      isLeaving = next;
      draw();
    },
    setCamera(next) {
      state = next;
      drawCover();
    },
  };
}

/** A badge with its square code up, so that nobody has to read how to hold it. */
function badgePicture(): SVGSVGElement {
  const picture = icon("badge_up");
  picture.classList.add("idle__badge");
  return picture;
}

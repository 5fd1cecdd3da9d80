// The screen between two people: camera, one instruction, and the two ways without a badge or out.
import type { CameraTexts } from "../shared/camera_texts";
import { createCameraView, type CameraView } from "../shared/camera_view";
import { el, fill } from "../shared/dom";
import { icon } from "../shared/icons";
import type { KioskTexts } from "./texts";

export interface IdleView {
  element: HTMLElement;
  camera: CameraView;
  setTexts(texts: KioskTexts, camera: CameraTexts): void;
  setLeaving(isLeaving: boolean): void;
}

export interface IdleActions {
  onNoBadge(): void;
  onLeaving(): void;
  onCamera(): void;
}

export function createIdleView(cameraTexts: CameraTexts, actions: IdleActions): IdleView {
  const camera = createCameraView(cameraTexts, actions.onCamera);
  const title = el("h2", { class: "idle__title" });
  const hint = el("p", { class: "idle__hint" });
  const noBadge = el("button", { class: "button button--large", type: "button", on: { click: actions.onNoBadge } });
  const leaving = el("button", { class: "button button--large", type: "button", on: { click: actions.onLeaving } });
  const element = el(
    "section",
    { class: "idle" },
    camera.element,
    el(
      "div",
      { class: "idle__side" },
      el("div", { class: "idle__words" }, title, el("div", { class: "idle__picture" }, badgePicture(), hint)),
      el("div", { class: "idle__ways" }, noBadge, leaving),
    ),
  );
  let texts: KioskTexts;
  let isLeaving = false;

  function draw(): void {
    title.textContent = isLeaving ? texts.holdToLeave : texts.hold;
    hint.textContent = texts.qrUp;
    fill(noBadge, icon("keyboard"), texts.noBadge);
    fill(leaving, icon(isLeaving ? "close" : "door_out"), isLeaving ? texts.staying : texts.leaving);
    leaving.setAttribute("aria-pressed", String(isLeaving));
  }

  return {
    element,
    camera,
    setTexts(next, nextCamera) {
      texts = next;
      camera.setTexts(nextCamera);
      draw();
    },
    setLeaving(next) {
      isLeaving = next;
      draw();
    },
  };
}

/** A badge with its square code up, so that nobody has to read how to hold it. */
function badgePicture(): SVGSVGElement {
  const picture = icon("badge_up");
  picture.classList.add("idle__badge");
  return picture;
}

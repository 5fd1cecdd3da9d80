// The camera's picture with its square to aim at; when there is none, one sentence and one button.
import type { CameraTexts } from "./camera_texts";
import { el, fill } from "./dom";
import { icon } from "./icons";
import type { CameraTrouble, Facing } from "./scanner";

export type CameraState = "starting" | "ready" | CameraTrouble;

export interface CameraView {
  element: HTMLElement;
  video: HTMLVideoElement;
  setTexts(texts: CameraTexts): void;
  setState(state: CameraState): void;
  setFacing(facing: Facing): void;
}

/** `onStart` is asked to start the camera again. */
export function createCameraView(texts: CameraTexts, onStart: () => void): CameraView {
  const video = el("video", { class: "camera__video", playsinline: true, muted: true, "aria-hidden": "true" });
  video.muted = true;
  const cover = el("div", { class: "camera__cover" });
  const element = el(
    "div",
    { class: "camera", data: { camera: "starting", facing: "user" } },
    video,
    el("div", { class: "camera__aim", "aria-hidden": "true" }),
    cover,
  );
  let state: CameraState = "starting";

  function draw(): void {
    element.dataset.camera = state === "starting" || state === "ready" ? state : "trouble";
    cover.hidden = state === "ready";
    if (state === "starting") return fill(cover, el("p", {}, texts.starting));
    if (state === "ready") return fill(cover);
    const again = { class: "button button--main button--large", type: "button", on: { click: onStart } };
    fill(
      cover,
      el("div", { class: "camera__icon" }, icon("camera")),
      el("p", { role: "alert" }, texts.trouble[state]),
      el("button", again, texts.again),
    );
  }

  draw();
  return {
    element,
    video,
    setTexts(next) {
      texts = next;
      draw();
    },
    setState(next) {
      state = next;
      draw();
    },
    setFacing: (facing) => (element.dataset.facing = facing),
  };
}

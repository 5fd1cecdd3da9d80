// What a camera's picture says when it is not there, in every language of the pages that scan.
import type { CameraTrouble } from "./scanner";
import type { Texts } from "./words";

export interface CameraTexts {
  trouble: Record<CameraTrouble, string>;
  again: string;
  starting: string;
}

export const CAMERA_TEXTS: Texts<CameraTexts> = {
  en: {
    trouble: {
      insecure: "The camera only works on a secure address (https). The badge scanner and typing still work.",
      denied: "The camera is not allowed yet. Please allow it in the browser.",
      missing: "There is no camera here. The badge scanner and typing still work.",
      busy: "The camera stopped, perhaps because another program uses it.",
      failed: "The camera did not start.",
    },
    again: "Start the camera",
    starting: "The camera is starting",
  },
  es: {
    trouble: {
      insecure: "La cámara solo funciona con una dirección segura (https). Puede usar el lector o escribir.",
      denied: "La cámara aún no tiene permiso. Permítala en el navegador.",
      missing: "Aquí no hay cámara. Puede usar el lector o escribir.",
      busy: "La cámara se detuvo; quizá la usa otro programa.",
      failed: "La cámara no se inició.",
    },
    again: "Iniciar la cámara",
    starting: "La cámara se está iniciando",
  },
};

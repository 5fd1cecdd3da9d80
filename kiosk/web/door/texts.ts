// What a door says when there is no answer. Doors are worked by volunteers, who share one language.
import type { TurnTexts } from "../shared/turns";

export const TEXTS: TurnTexts = {
  moment: "Not checked yet",
  momentWay: "No connection. The scan is kept and sent as soon as there is one. Until then you decide.",
  tooMany: "Please wait a moment",
  tooManyWay: "Then type the number once more.",
  failed: "That did not work",
  seeDesk: "Please scan again, or send them to the desk.",
  unpaired: "This door is not paired",
  unpairedWay: "Ask an organizer for a new code.",
  pairAgain: "Pair this door",
};

export const CONNECTION = { online: "Online", connecting: "Connecting", offline: "No connection" };

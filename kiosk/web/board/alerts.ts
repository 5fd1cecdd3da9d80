// What needs somebody to act, the gravest first, above everything. Only shown: whoever may take an alert away does that
// from a page of their own.
import { el, fill } from "../shared/dom";
import { icon, type IconName } from "../shared/icons";
import type { Alert } from "../shared/types";
import type { TellTime } from "./rooms";

const SHOWN = 4;

const ICONS: Record<string, IconName> = {
  over: "hand",
  full: "stop",
  closed: "close",
  amber: "warning",
  device: "phone",
  drift: "people",
};

export function createAlertList() {
  const list = el("ul", { class: "alerts__list" });
  const more = el("p", { class: "alerts__more" });
  const element = el("section", { class: "alerts", "aria-label": "Alerts", hidden: true }, list, more);
  let drawn = "";
  return {
    element,
    show(alerts: Alert[], time: TellTime): void {
      const shown = alerts.slice(0, SHOWN);
      element.hidden = shown.length === 0;
      element.dataset.alerts = String(alerts.length);
      const words = JSON.stringify([shown, alerts.length]);
      if (words === drawn) return;
      drawn = words;
      fill(list, ...shown.map((alert) => item(alert, time)));
      const rest = alerts.length - shown.length;
      more.textContent = rest > 0 ? `and ${rest} more` : "";
    },
  };
}

function item({ id, kind, text, raised_at }: Alert, time: TellTime): HTMLElement {
  return el(
    "li",
    { class: "alert", data: { alert: id, kind } },
    icon(ICONS[kind] ?? "info"),
    el("span", { class: "alert__text", dir: "auto" }, text),
    el("time", { class: "alert__since" }, `since ${time(raised_at)}`),
  );
}

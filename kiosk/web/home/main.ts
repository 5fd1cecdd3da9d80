// The front page: says what this is and sends each kind of visitor on. It asks the server nothing.
import { listDevices, type Device } from "../shared/devices";
import { byId, el, fill } from "../shared/dom";
import { icon, type IconName } from "../shared/icons";

const PAGE_OF_ROLE: Record<Device["role"], string> = { kiosk: "/kiosk", door: "/door", display: "/board" };

function card(name: IconName, title: string, ...body: Node[]): HTMLElement {
  return el(
    "section",
    { class: "card way" },
    el("h2", { class: "way__title" }, icon(name), title),
    el("div", { class: "way__body" }, ...body),
  );
}

function attendees(events: string[]): HTMLElement {
  const links = events.map((slug) =>
    el(
      "p",
      {},
      el(
        "a",
        { href: `/register/${encodeURIComponent(slug)}` },
        events.length > 1 ? `Register for ${slug}` : "Register here",
      ),
    ),
  );
  return card(
    "badge",
    "You are attending",
    el("p", {}, "To register, open the link that the organizers sent you."),
    ...links,
    el("p", {}, "Registered already? Your badge and your day are on ", el("a", { href: "/my" }, "your own page"), "."),
  );
}

function devices(paired: Device[]): HTMLElement {
  const links = paired.map((device) =>
    el("p", {}, el("a", { href: PAGE_OF_ROLE[device.role] }, `Open ${device.name || device.role}`)),
  );
  return card(
    "phone",
    "Tablets and screens",
    el("p", {}, "A kiosk, a door or a live board is paired once, with a code from the organizers."),
    ...links,
    el("p", {}, el("a", { class: "button button--main", href: "/pair" }, "Pair this device")),
  );
}

function organizers(): HTMLElement {
  return card(
    "keyboard",
    "You are organizing",
    el(
      "p",
      {},
      "Use the ",
      el("code", {}, "checkin"),
      " command on the server, or the ",
      el("a", { href: "/api/v1/openapi.json" }, "API"),
      " with a token from ",
      el("code", {}, "checkin token create"),
      ".",
    ),
  );
}

function show(): void {
  const paired = listDevices();
  const events = [...new Set(paired.map((device) => device.event))];
  const page = byId("page");
  page.className = "home";
  fill(
    page,
    el(
      "header",
      { class: "home__head" },
      el("h1", {}, "Conference check-in"),
      el(
        "p",
        {},
        "People register and get a badge. At the entrance a camera reads it and the screen says where to go. " +
          "Boards show how full each room is.",
      ),
    ),
    attendees(events),
    devices(paired),
    organizers(),
  );
}

show();

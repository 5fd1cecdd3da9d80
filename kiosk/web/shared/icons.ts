// The icons, drawn here on a 24 × 24 grid. Each state has an outline of its own, so that it is known without its colour.

const SHAPES = {
  tick: "M3.5 12.5 9.5 18.5 20.5 6",
  double_tick: "M1.5 13 6.5 18 15.5 7.5 M10.5 15.5 13 18 22 7.5",
  hand: "M8 12.5V5.5a1.5 1.5 0 0 1 3 0V11 M11 11V3.5a1.5 1.5 0 0 1 3 0V11 M14 11V5a1.5 1.5 0 0 1 3 0v7 M17 12V8a1.5 1.5 0 0 1 3 0v7a7 7 0 0 1-7 7c-3 0-4.6-1.3-6-3.6L3.9 14a1.6 1.6 0 0 1 2.6-1.8L8 14.2",
  question: "M7 8.5a5 5 0 1 1 7.6 4.3c-1.6 1-2.6 1.9-2.6 3.7 M12 20.9v.1",
  clock: "M12 2.5a9.5 9.5 0 1 1 0 19 9.5 9.5 0 0 1 0-19Z M12 6.5V12l4 2.5",
  hourglass: "M6 2.5h12 M6 21.5h12 M7.5 2.5v4.2c0 2 4.5 3.6 4.5 5.3s-4.5 3.3-4.5 5.3v4.2 M16.5 2.5v4.2c0 2-4.5 3.6-4.5 5.3s4.5 3.3 4.5 5.3v4.2",
  door_out: "M13.5 3H5v18h8.5 M10 12h11 M17 7.5 21.5 12 17 16.5",
  swap: "M4 8.5h14 M14.5 4.5l4 4-4 4 M20 15.5H6 M9.5 11.5l-4 4 4 4",
  stop: "M8 2.5h8L21.5 8v8L16 21.5H8L2.5 16V8Z M8 12h8",
  warning: "M12 3 22 20.5H2Z M12 10v4.5 M12 17.6v.1",
  info: "M12 2.5a9.5 9.5 0 1 1 0 19 9.5 9.5 0 0 1 0-19Z M12 11v6 M12 7.2v.1",
  camera: "M3 7.5h4l1.8-3h6.4l1.8 3h4v12H3Z M12 9.5a3.8 3.8 0 1 1 0 7.6 3.8 3.8 0 0 1 0-7.6Z",
  keyboard: "M2.5 6h19v12h-19Z M6 10h.1 M10 10h.1 M14 10h.1 M18 10h.1 M7 14.2h10",
  badge: "M5 5.5h14v16H5Z M9.5 2.5h5v3h-5Z M9 10h6v6H9Z M9 19h6",
  badge_up:
    "M7.5 1 12 5.5 16.5 1 M6 5.5h12a1.5 1.5 0 0 1 1.5 1.5v14a1.5 1.5 0 0 1-1.5 1.5H6A1.5 1.5 0 0 1 4.5 21V7A1.5 1.5 0 0 1 6 5.5Z " +
    "M8 9h3v3H8Z M13 9h3v3h-3Z M8 14h3v3H8Z M13 14h.1 M16 14h.1 M14.5 15.5h.1 M13 17h.1 M16 17h.1 M8 19.8h8",
  pin: "M12 21.5s-7-6.2-7-11.7a7 7 0 0 1 14 0c0 5.5-7 11.7-7 11.700Z M12 7.300a2.5 2.5 0 1 1 0 5 2.5 2.5 0 0 1 0-5Z",
  arrow_right: "M4 12h15 M13 6l6 6-6 6",
  arrow_left: "M20 12H5 M11 6l-6 6 6 6",
  undo: "M8.5 4 4 8.5 8.5 13 M4 8.500h10a6 6 0 0 1 0 12H8",
  people: "M9 4.500a3.5 3.5 0 1 1 0 7 3.5 3.5 0 0 1 0-7Z M2.5 20.500c0-4 2.600-6.500 6.500-6.500s6.500 2.500 6.500 6.500 M15.500 5a3.300 3.300 0 0 1 0 6.200 M18 14.800c2.200.9 3.500 2.900 3.500 5.700",
  close: "M5 5l14 14 M19 5 5 19",
  printer: "M7 8.500V3h10v5.5 M7 17.500H3v-9h18v9h-4 M7 14h10v7H7Z",
  download: "M12 3v12 M6.5 10 12 15.5 17.5 10 M4 20.500h16",
  phone: "M7 2.500h10v19H7Z M11 18.500h2",
  calendar: "M3.5 5.500h17v15.5h-17Z M3.5 10h17 M8 3v4.5 M16 3v4.5",
} as const;

export type IconName = keyof typeof SHAPES;

const SVG = "http://www.w3.org/2000/svg";

/** The icon as inline SVG, 1em large, hidden from screen readers: the words beside it say the same. */
export function icon(name: IconName): SVGSVGElement {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("focusable", "false");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", SHAPES[name]);
  svg.append(path);
  return svg;
}

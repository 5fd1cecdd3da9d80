// The badge's QR code, made in the page so that it shows without a connection: version 2, level Q, alphanumeric, four
// modules of quiet zone, always dark on white, whatever the theme.
import qrcode from "qrcode-generator";

const VERSION = 2;
const QUIET = 4;
const SVG = "http://www.w3.org/2000/svg";

/** One path of whole modules, sharp at any size. */
export function drawQrCode(letters: string): SVGSVGElement {
  const code = qrcode(VERSION, "Q");
  code.addData(letters, "Alphanumeric");
  code.make();
  const modules = code.getModuleCount();
  let path = "";
  for (let row = 0; row < modules; row++) {
    for (let column = 0; column < modules; column++) {
      if (code.isDark(row, column)) path += `M${column + QUIET} ${row + QUIET}h1v1h-1z`;
    }
  }
  const size = modules + 2 * QUIET;
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `0 0 ${size} ${size}`);
  svg.setAttribute("shape-rendering", "crispEdges");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", "QR code of your badge");
  const ground = document.createElementNS(SVG, "rect");
  ground.setAttribute("width", String(size));
  ground.setAttribute("height", String(size));
  ground.setAttribute("fill", "#ffffff");
  const dark = document.createElementNS(SVG, "path");
  dark.setAttribute("d", path);
  dark.setAttribute("fill", "#000000");
  svg.append(ground, dark);
  return svg;
}

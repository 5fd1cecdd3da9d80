// The last hour of a room as a small line under its limit. A picture only: the numbers beside it say what counts.
import { el } from "../shared/dom";

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 120;
const HEIGHT = 32;
/** Room for the line's own width. */
const EDGE = 2;

export function createSparkline() {
  const line = shape("polyline", "spark__line");
  const limit = shape("line", "spark__limit");
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "spark");
  svg.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("aria-hidden", "true");
  svg.append(limit, line);
  const words = el("span", { class: "visually-hidden" });
  const element = el("span", { class: "spark-box" }, svg, words);
  return {
    element,
    /** `counts` minute by minute, the newest last. */
    show(counts: number[], posted_limit: number): void {
      element.hidden = counts.length < 2;
      const top = Math.max(posted_limit, ...counts, 1);
      const y = (count: number): string => (HEIGHT - EDGE - ((HEIGHT - 2 * EDGE) * count) / top).toFixed(1);
      const x = (place: number): string => ((WIDTH * place) / Math.max(1, counts.length - 1)).toFixed(1);
      line.setAttribute("points", counts.map((count, place) => `${x(place)},${y(count)}`).join(" "));
      for (const [name, value] of Object.entries({ x1: 0, x2: WIDTH, y1: y(posted_limit), y2: y(posted_limit) })) {
        limit.setAttribute(name, String(value));
      }
      const first = counts[0] ?? 0;
      words.textContent = counts.length < 2 ? "" : `${first} at its beginning, at most ${Math.max(...counts)}`;
    },
  };
}

function shape<K extends keyof SVGElementTagNameMap>(name: K, kind: string): SVGElementTagNameMap[K] {
  const made = document.createElementNS(SVG, name);
  made.setAttribute("class", kind);
  made.setAttribute("vector-effect", "non-scaling-stroke");
  return made;
}

import { h, type Child } from "../dom";
import { percent } from "../format";

export interface Part {
  readonly name: string;
  readonly value: number;
  /** Number of the series colour, 1 to 6. */
  readonly series: number;
  /** The value as it is shown. */
  readonly text: string;
}

/** One bar of several parts; its length is its share of `whole`. Read out as a list of names and values. */
export function bar(label: string, parts: readonly Part[], whole: number): HTMLElement {
  const element = h("div", { class: "bar", role: "img", "aria-label": `${label}: ${parts.map((part) => `${part.name} ${part.text}`).join(", ")}` });
  for (const part of parts) {
    if (part.value <= 0 || whole <= 0) continue;
    const piece = h("span", { class: `piece fill-${part.series}`, title: `${part.name}: ${part.text} (${percent(part.value / whole)})` });
    piece.style.width = `${(100 * part.value) / whole}%`;
    element.append(piece);
  }
  return element;
}

/** What the colours of the bars mean. */
export function key(entries: readonly (readonly [name: string, series: number])[]): HTMLElement {
  return h("ul", { class: "key" }, ...entries.map(([name, series]) => h("li", {}, h("span", { class: `swatch fill-${series}` }), name)));
}

export interface BarRow {
  readonly label: Child;
  readonly name: string;
  readonly parts: readonly Part[];
  readonly total: number;
  readonly cells: readonly Child[];
}

/** Rows with a stacked bar each, all on one scale, and figures beside it: a table, so that it reads without the colours. */
export function barTable(caption: string, labelHead: string, heads: readonly string[], rows: readonly BarRow[]): HTMLElement {
  const whole = Math.max(0, ...rows.map((row) => row.total));
  return h(
    "div",
    { class: "scroll", role: "region", tabindex: 0, "aria-label": caption },
    h(
      "table",
      { class: "bars" },
      h("caption", { class: "hidden" }, caption),
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          h("th", { scope: "col" }, labelHead),
          h("th", { scope: "col", class: "wide" }, h("span", { class: "hidden" }, "Share")),
          ...heads.map((head) => h("th", { scope: "col", class: "number" }, head)),
        ),
      ),
      h(
        "tbody",
        {},
        ...rows.map((row) =>
          h(
            "tr",
            {},
            h("th", { scope: "row" }, row.label),
            h("td", { class: "wide" }, bar(row.name, row.parts, whole)),
            ...row.cells.map((cell) => h("td", { class: "number" }, cell)),
          ),
        ),
      ),
    ),
  );
}

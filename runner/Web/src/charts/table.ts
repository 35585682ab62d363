import { h, type Child } from "../dom";

export interface Column {
  readonly name: string;
  /** Numbers are aligned to the right. */
  readonly numeric?: boolean;
}

/** A table with a caption for screen readers, in a region of its own that scrolls where the page is narrow. */
export function table(caption: string, columns: readonly Column[], rows: readonly (readonly Child[])[]): HTMLElement {
  const head = h("tr", {}, ...columns.map((column) => h("th", { scope: "col", class: column.numeric ? "number" : null }, column.name)));
  const body = rows.map((row) =>
    h(
      "tr",
      {},
      ...row.map((cell, index) => {
        const numeric = columns[index]?.numeric ? "number" : null;
        return index === 0 ? h("th", { scope: "row", class: numeric }, cell) : h("td", { class: numeric }, cell);
      }),
    ),
  );
  return h(
    "div",
    { class: "scroll", role: "region", tabindex: 0, "aria-label": caption },
    h("table", {}, h("caption", { class: "hidden" }, caption), h("thead", {}, head), h("tbody", {}, ...body)),
  );
}

/** Names and values, one pair a line. */
export function facts(pairs: readonly (readonly [string, Child])[]): HTMLElement {
  return h("dl", { class: "facts" }, ...pairs.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))));
}

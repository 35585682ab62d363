import { bar, key, type Part } from "../charts/bars";
import type { Results } from "../data";
import { h, type Child } from "../dom";
import { count } from "../format";
import { badge, card } from "./parts";

/** Where every transaction of the window went, as two sums that must come out even. */
export function ledgerCard(results: Results): HTMLElement {
  const part = (name: string, value: number, series: number): Part => ({ name, value, series, text: count(value) });
  const outcomes = [part("committed", results.committed, 3), part("rejected", results.rejected, 2), part("lost", results.lost, 4), part("unsent", results.unsent, 6)];
  const reasons = Object.entries(results.rejection_reasons ?? {}).sort((a, b) => b[1] - a[1]);
  return card(
    "Ledger",
    h("p", {}, results.balanced ? badge("BALANCED", "good") : badge("NOT BALANCED", "bad")),
    sum(figure("scheduled", results.scheduled), figure("sent", results.sent), figure("unsent", results.unsent)),
    sum(figure("sent", results.sent, false), figure("committed", results.committed), figure("rejected", results.rejected), figure("lost", results.lost)),
    bar("Outcome of the scheduled transactions", outcomes, results.scheduled),
    key(outcomes.map((entry) => [entry.name, entry.series])),
    h("p", { class: "note" }, "Duplicates, apart: ", figure("duplicates", results.duplicates)),
    reasons.length === 0 ? null : h("ul", { class: "remarks" }, ...reasons.map(([reason, times]) => h("li", {}, `${count(times)} × ${reason}`))),
  );
}

function figure(name: string, value: number, named = true): HTMLElement {
  return h("span", { class: "figure" }, h("span", { class: "name" }, name), " ", h("b", { "data-ledger": named ? name : null, "data-value": value }, count(value)));
}

function sum(total: HTMLElement, ...parts: HTMLElement[]): HTMLElement {
  const terms: Child[] = parts.flatMap((part, index) => [index === 0 ? " = " : " + ", part]);
  return h("p", { class: "sum" }, total, ...terms);
}

import { chart, type Series } from "../charts/chart";
import type { Load, ResourceRow } from "../data";
import { percent, short } from "../format";
import type { Colour } from "../theme";
import { card, without } from "./parts";

const colours: readonly Colour[] = ["series-1", "series-2", "series-3", "series-4", "series-5", "series-6"];

/** CPU and memory of each validator, second by second. */
export function resourcesCard(load: Load): HTMLElement {
  const rows = load.resources ?? [];
  if (rows.length === 0) return card("Resources of the validators", without("this run did not sample what the validators used."));
  const x = [...new Set(rows.map((row) => row.t))].sort((a, b) => a - b);
  const nodes = [...new Set(rows.map((row) => row.node))];
  const lines = (pick: (row: ResourceRow) => number | null): Series[] =>
    nodes.slice(0, colours.length).map((node, index) => {
      const values = new Map(rows.filter((row) => row.node === node).map((row) => [row.t, pick(row)]));
      return { label: node, values: x.map((t) => values.get(t)), colour: colours[index] ?? "series-1" };
    });
  return card(
    "Resources of the validators",
    chart({ title: "Processor", note: "100% is one processor.", xLabel: "Time s", yLabel: "CPU", x, series: lines((row) => (row.cpu_percent ?? null) === null ? null : (row.cpu_percent ?? 0) / 100), yFormat: percent, height: 180 }),
    chart({ title: "Memory", note: "Resident memory.", xLabel: "Time s", yLabel: "MiB", x, series: lines((row) => (row.memory_bytes ?? null) === null ? null : (row.memory_bytes ?? 0) / 1048576), yFormat: short, height: 180 }),
  );
}

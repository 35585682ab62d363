import { chart, type Series } from "../charts/chart";
import { table } from "../charts/table";
import type { Load, ResourceRow } from "../data";
import { h } from "../dom";
import { bytes, exists, short, type Figure } from "../format";
import type { Colour } from "../theme";
import { card, without } from "./parts";

const colours: readonly Colour[] = ["series-1", "series-2", "series-3", "series-4", "series-5", "series-6"];
const dashes: readonly (readonly number[])[] = [[], [8, 4], [2, 3], [8, 3, 2, 3], [12, 4], [4, 4]];

/** What each validator used: processor and memory by the second for the busiest ones, sums for all. */
export function resourcesCard(load: Load): HTMLElement {
  const rows = load.resources ?? [];
  if (rows.length === 0) return card("Resources of the validators", without("this run did not sample what the validators used."));
  const nodes = new Map<string, ResourceRow[]>();
  for (const row of rows) nodes.set(row.node, [...(nodes.get(row.node) ?? []), row]);
  const used = [...nodes].map(([name, samples]) => ({ name, samples, cpu: mean(samples.map((sample) => sample.cpu)) }));
  const busiest = [...used].sort((a, b) => (b.cpu ?? 0) - (a.cpu ?? 0)).slice(0, colours.length);
  const shown = used.filter((node) => busiest.includes(node));
  const x = [...new Set(rows.map((row) => row.t))].sort((a, b) => a - b);
  const lines = (pick: (row: ResourceRow) => Figure): Series[] =>
    shown.map(({ name, samples }, index) => {
      const values = new Map(samples.map((row) => [row.t, pick(row)]));
      return { label: name, values: x.map((t) => values.get(t)), colour: colours[index] ?? "series-1", dash: dashes[index] ?? [] };
    });
  const some = shown.length < used.length ? ` The ${shown.length} busiest of ${used.length} are shown.` : "";
  return card(
    "Resources of the validators",
    chart({ title: "Processor", note: `1 is one processor all the time.${some}`, xLabel: "Time s", yLabel: "Processors", x, series: lines((row) => row.cpu), height: 190 }),
    chart({ title: "Memory", note: `Resident memory.${some}`, xLabel: "Time s", yLabel: "MiB", x, series: lines((row) => row.memory_bytes / 1048576), height: 190 }),
    table(
      "What each validator used",
      [{ name: "Validator" }, { name: "Processors", numeric: true }, { name: "Peak memory", numeric: true }, { name: "Written", numeric: true }, { name: "Received", numeric: true }, { name: "Sent", numeric: true }],
      used.map(({ name, samples, cpu }) => [
        name,
        short(cpu),
        bytes(Math.max(...samples.map((sample) => sample.memory_bytes))),
        bytes(sum(samples.map((sample) => sample.disk_written_bytes))),
        bytes(sum(samples.map((sample) => sample.received_bytes))),
        bytes(sum(samples.map((sample) => sample.sent_bytes))),
      ]),
    ),
    load.resources_note ? h("p", { class: "note" }, `Note: ${load.resources_note}.`) : null,
  );
}

function sum(values: readonly Figure[]): Figure {
  const known = values.filter(exists);
  return known.length === 0 ? null : known.reduce((total, value) => total + value, 0);
}

function mean(values: readonly Figure[]): Figure {
  const total = sum(values);
  return exists(total) ? total / values.filter(exists).length : null;
}

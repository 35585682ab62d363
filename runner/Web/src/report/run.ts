import { chart } from "../charts/chart";
import { facts, table } from "../charts/table";
import type { Estimate, Interval, RunData, Saturation, SummaryRow } from "../data";
import { h } from "../dom";
import { count, exists, ms, percent, rate, short, words, type Figure } from "../format";
import { percentileChart } from "./distribution";
import { card, safetyBadge, section, verdictBadge, without } from "./parts";

/** What holds for the run as a whole: all loads in one table, the curve over them, their distributions. */
export function runSections(data: RunData): HTMLElement[] {
  const sections = [section("results", "Results", null, results(data.summary.results), saturation(data.summary.saturation)), section("curve", "Throughput and latency over the loads", "Load curve", ...curve(data.summary.results))];
  sections.push(section("distribution", "Latency distribution", "Distribution", percentileChart(data.loads)));
  if (data.summary.intervals?.length) sections.push(section("intervals", "Intervals over repeats", "Intervals", intervals(data.summary.intervals)));
  if (data.summary.comparison?.length) sections.push(section("comparison", "Beside other networks", "Comparison", comparison(data)));
  return sections;
}

function results(rows: readonly SummaryRow[]): HTMLElement {
  if (rows.length === 0) return without("no load was measured before the run ended.");
  return table(
    "Results of all loads",
    [
      { name: "#" },
      { name: "Offered tx/s", numeric: true },
      { name: "Committed tx/s", numeric: true },
      { name: "Efficiency", numeric: true },
      { name: "Mean ms", numeric: true },
      { name: "p50 ms", numeric: true },
      { name: "p99 ms", numeric: true },
      { name: "Failed", numeric: true },
      { name: "Verdict" },
      { name: "Safety" },
    ],
    rows.map((row) => [
      h("a", { href: `#load-${row.benchmark_number}` }, `${row.benchmark_number}`),
      count(row.load),
      short(row.throughput),
      percent(row.efficiency),
      short(row.avg_latency_ms),
      short(row.p50_ms),
      short(row.p99_ms),
      count(row.rejected + row.lost),
      verdictBadge(row.verdict),
      safetyBadge(row.safe),
    ]),
  );
}

/** The highest load that the network sustained, where it was looked for. */
function saturation(found: Saturation | null | undefined): HTMLElement | null {
  if (!found) return null;
  return card(
    `Saturation point${found.finished ? "" : " (the search was cut off)"}`,
    facts([
      ["Highest load sustained", exists(found.load) ? `${rate(found.load)} (${found.measurements} measurements)` : "none"],
      ["Throughput there", rate(found.throughput)],
      ["Latency p50, p99", `${ms(found.p50_ms)}, ${ms(found.p99_ms)}`],
      ["Lowest load not sustained", exists(found.not_sustained) ? rate(found.not_sustained) : "none"],
      ["Limited by", words(found.limited_by)],
      ["Sustained means", found.criterion],
    ]),
  );
}

/** The curve that shows saturation: latency against what was really committed. */
function curve(rows: readonly SummaryRow[]): HTMLElement[] {
  const measured = rows.filter((row) => exists(row.throughput)).sort((a, b) => (a.throughput ?? 0) - (b.throughput ?? 0));
  if (measured.length === 0) return [without("no load has a throughput.")];
  const byLoad = [...measured].sort((a, b) => a.load - b.load);
  return [
    h(
      "div",
      { class: "pair" },
      chart({
        title: "Latency against throughput",
        note: "One point a measurement. Where it turns upwards the network is saturated.",
        xLabel: "Committed tx/s",
        yLabel: "Latency ms (log)",
        yLog: true,
        x: measured.map((row) => row.throughput ?? 0),
        series: [
          { label: "p50 ms", values: measured.map((row) => row.p50_ms), colour: "series-1", kind: "points" },
          { label: "p99 ms", values: measured.map((row) => row.p99_ms), colour: "series-2", kind: "points", dash: [6, 3] },
        ],
      }),
      chart({
        title: "Committed against offered",
        note: "On the dashed line everything that was offered was committed.",
        xLabel: "Offered tx/s",
        yLabel: "tx/s",
        x: byLoad.map((row) => row.load),
        series: [
          { label: "Committed tx/s", values: byLoad.map((row) => row.throughput), colour: "series-3", kind: "points" },
          { label: "Offered tx/s", values: byLoad.map((row) => row.load), colour: "muted", dash: [3, 3] },
        ],
      }),
    ),
  ];
}

function intervals(rows: readonly Interval[]): HTMLElement {
  return table(
    "Intervals over the repeats of each load",
    ["Offered tx/s", "Repeats used", "Committed tx/s", "Efficiency", "p50 ms", "p99 ms"].map((name) => ({ name, numeric: true })),
    rows.map((row) => [count(row.load), `${row.used} of ${row.repeats}`, estimate(row.throughput, short), estimate(row.efficiency, percent), estimate(row.p50_ms, short), estimate(row.p99_ms, short)]),
  );
}

function estimate(figure: Estimate, format: (value: Figure) => string): HTMLElement {
  return h("span", {}, format(figure.value), h("small", {}, `${format(figure.low)} to ${format(figure.high)}`));
}

function comparison(data: RunData): HTMLElement {
  return table(
    "The newest run of each network kind in the same output directory",
    [{ name: "Network" }, { name: "Offered tx/s", numeric: true }, { name: "Committed tx/s", numeric: true }, { name: "Efficiency", numeric: true }, { name: "p50 ms", numeric: true }, { name: "p99 ms", numeric: true }, { name: "Verdict" }, { name: "Run" }],
    (data.summary.comparison ?? []).map((row) => [row.network_type, count(row.load), short(row.throughput), percent(row.efficiency), short(row.p50_ms), short(row.p99_ms), verdictBadge(row.verdict), row.run]),
  );
}

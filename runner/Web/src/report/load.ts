import { chart } from "../charts/chart";
import type { Mark } from "../charts/marks";
import { table } from "../charts/table";
import type { Load } from "../data";
import { h } from "../dom";
import { count, exists, ms, percent, rate, seconds, short, words } from "../format";
import { densityChart } from "./distribution";
import { eventsOf, faultList } from "./faults";
import { breakdownCard, leadersCard } from "./inside";
import { ledgerCard } from "./ledger";
import { badge, card, safetyBadge, section, verdictBadge, without } from "./parts";
import { resourcesCard } from "./resources";
import { safetyCard } from "./safety";

/** Everything about one measurement. */
export function loadSection(load: Load): HTMLElement {
  const { results, verdict, parameters } = load;
  const events = eventsOf(load);
  const repeat = (parameters.repeats ?? 1) > 1 ? `, repeat ${parameters.repeat} of ${parameters.repeats}` : "";
  const title = `#${load.benchmark_number}: ${count(parameters.load)} tx/s for ${seconds(parameters.duration)}${repeat}`;
  const body = section(
    `load-${load.benchmark_number}`,
    title,
    `#${load.benchmark_number}: ${count(parameters.load)} tx/s`,
    h("p", { class: "badges" }, verdictBadge(verdict.status), safetyBadge(load.safety.violations.length === 0)),
    remarks(load),
    tiles(load),
    ...overTime(load, events.map((event) => event.mark)),
    events.length > 0 ? faultList(events) : null,
    h(
      "div",
      { class: "cards" },
      ledgerCard(results),
      safetyCard(load.safety),
      card("Latency", latencies(load)),
      h("div", { class: "card" }, densityChart(load.histogram)),
      breakdownCard(load.latency_breakdown),
      leadersCard(load.leaders),
      resourcesCard(load),
      thresholdsCard(load),
      instrumentCard(load),
    ),
  );
  return body;
}

/** Why the verdict is what it is, and what else a reader must know. */
function remarks(load: Load): HTMLElement | null {
  const lines = [
    ...(load.interrupted ? ["Interrupted: the figures are over the time that was measured."] : []),
    ...load.verdict.reasons,
    ...(load.node_failures ?? []).map((failure) => `${failure.name} ${failure.reason}`),
    ...load.verdict.notes,
  ];
  return lines.length === 0 ? null : h("ul", { class: "remarks" }, ...lines.map((line) => h("li", {}, line)));
}

function tiles(load: Load): HTMLElement {
  const { results, parameters } = load;
  const figures: readonly (readonly [string, string])[] = [
    ["Offered", rate(parameters.load)],
    ["Committed", rate(results.throughput)],
    ["Efficiency", percent(results.efficiency)],
    ["Latency p50", ms(results.p50_ms)],
    ["Latency p99", ms(results.p99_ms)],
    ...(exists(results.cost_per_million_usd) ? [["Cost of a million", `$${short(results.cost_per_million_usd)}`] as const] : []),
  ];
  return h("dl", { class: "tiles" }, ...figures.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))));
}

function overTime(load: Load, marks: readonly Mark[]): HTMLElement[] {
  const rows = load.time_series;
  if (rows.length === 0) return [without("no second of the window was measured, so that there is nothing over time.")];
  const x = rows.map((row) => row.t);
  const rejected = rows.some((row) => row.rejected > 0);
  return [
    h(
      "div",
      { class: "pair" },
      chart({
        title: "Throughput over time",
        note: `Transactions that were due and that were committed, in each second. From ${seconds(load.results.duration_secs)} on: the drain.`,
        xLabel: "Time s",
        yLabel: "tx/s",
        x,
        marks,
        series: [
          { label: "Committed", values: rows.map((row) => row.committed), colour: "series-3" },
          { label: "Offered", values: rows.map((row) => row.scheduled), colour: "muted", dash: [4, 3] },
          ...(rejected ? [{ label: "Rejected", values: rows.map((row) => row.rejected), colour: "series-2" as const, dash: [2, 2] }] : []),
        ],
      }),
      chart({
        title: "Latency over time",
        note: "From the scheduled time, of the transactions that were committed in each second.",
        xLabel: "Time s",
        yLabel: "Latency ms (log)",
        yLog: true,
        x,
        marks,
        series: [
          { label: "p50", values: rows.map((row) => row.p50_ms), colour: "series-1" },
          { label: "p99", values: rows.map((row) => row.p99_ms), colour: "series-2", dash: [6, 3] },
          { label: "max", values: rows.map((row) => row.max_ms), colour: "series-4", dash: [2, 3] },
        ],
      }),
    ),
  ];
}

function latencies(load: Load): HTMLElement {
  const { results } = load;
  const missing = results.missing ?? {};
  const rows: readonly (readonly [string, string, number | null | undefined])[] = [
    ["Mean", "avg_latency_ms", results.avg_latency_ms],
    ["Standard deviation", "latency_std_dev_ms", results.latency_std_dev_ms],
    ["p50", "p50_ms", results.p50_ms],
    ["p90", "p90_ms", results.p90_ms],
    ["p95", "p95_ms", results.p95_ms],
    ["p99", "p99_ms", results.p99_ms],
    ["p99.9", "p999_ms", results.p999_ms],
    ["Maximum", "max_ms", results.max_ms],
    ["Service time p50", "service_p50_ms", results.service_p50_ms],
    ["Service time p99", "service_p99_ms", results.service_p99_ms],
    ["Generator lag p99", "generator_lag_p99_ms", results.generator_lag_p99_ms],
  ];
  return table(
    "Latencies",
    [{ name: "Figure" }, { name: "Value", numeric: true }],
    rows.map(([name, key, value]) => [name, exists(value) ? ms(value) : h("span", { class: "reason" }, missing[key] ?? "not measured")]),
  );
}

function thresholdsCard(load: Load): HTMLElement | null {
  const thresholds = load.thresholds ?? [];
  if (thresholds.length === 0) return null;
  return card(
    "Thresholds",
    table(
      "Thresholds",
      [{ name: "Threshold" }, { name: "Measured", numeric: true }, { name: "Outcome" }],
      thresholds.map((entry) => [entry.threshold, exists(entry.value) ? String(entry.value) : (entry.reason ?? "no figure"), entry.passed ? badge("passed", "good") : badge("failed", "bad")]),
    ),
  );
}

function instrumentCard(load: Load): HTMLElement {
  const use = load.instrument;
  if (!use) return card("Instrument", without("this run did not record what the runner itself used."));
  const shown = Object.entries(use).filter((entry): entry is [string, number] => exists(entry[1]));
  return card(
    "Instrument",
    h("p", { class: "note" }, "What the runner itself took in the window. Where it was the bottleneck, the verdict says so."),
    table("What the runner used", [{ name: "Figure" }, { name: "Value", numeric: true }], shown.map(([name, value]) => [words(name), unit(name, value)])),
  );
}

function unit(name: string, value: number): string {
  if (name.endsWith("_bytes")) return `${count(value / 1048576)} MiB`;
  if (name.endsWith("_ms")) return ms(value);
  if (name.endsWith("_seconds")) return seconds(value);
  return name === "machine_cpu" ? percent(value) : count(value);
}

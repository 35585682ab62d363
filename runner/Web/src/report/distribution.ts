import { chart, type Series } from "../charts/chart";
import type { Histogram, Load } from "../data";
import { percent, short } from "../format";
import type { Colour } from "../theme";
import { without } from "./parts";

const colours: readonly Colour[] = ["series-1", "series-2", "series-3", "series-4", "series-5", "series-6"];
const dashes: readonly (readonly number[])[] = [[], [8, 4], [2, 3], [8, 3, 2, 3], [12, 4], [4, 4]];
const most = colours.length;

/** Percentiles on a scale that gives each further nine the same room, as tails are compared. */
export function percentileChart(loads: readonly Load[]): HTMLElement {
  const measured = loads.filter((load) => load.histogram.count > 0);
  if (measured.length === 0) return without("nothing was committed, so that there are no latencies.");
  const shown = measured.length <= most ? measured : spread(measured);
  const samples = Math.max(...shown.map((load) => load.histogram.count + load.histogram.lost));
  const nines = Math.min(6, Math.max(2, Math.floor(Math.log10(samples))));
  const x = Array.from({ length: nines * 20 + 1 }, (_, index) => index / 20);
  const series = shown.map((load, index): Series => ({
    label: `${load.parameters.load} tx/s #${load.benchmark_number}`,
    values: percentiles(load.histogram, x.map((nine) => 1 - 10 ** -nine)),
    colour: colours[index] ?? "series-1",
    dash: dashes[index] ?? [],
  }));
  return chart({
    title: "Latency by percentile",
    note: `From the scheduled time to the observed commit. A line ends where the rest was never committed.${shown.length < measured.length ? ` ${shown.length} of ${measured.length} measurements are shown.` : ""}`,
    xLabel: "Percentile",
    yLabel: "Latency ms (log)",
    yLog: true,
    x,
    series,
    xSplits: Array.from({ length: nines + 1 }, (_, index) => index),
    xFormat: (nine) => `p${Number((100 * (1 - 10 ** -nine)).toFixed(Math.max(1, Math.ceil(nine))))}`,
    height: 300,
  });
}

/** One load's latencies in bins of equal width on a logarithmic axis. */
export function densityChart(histogram: Histogram): HTMLElement {
  if (histogram.count === 0) return without("nothing was committed, so that there are no latencies.");
  const perDecade = 20;
  const bins = new Map<number, number>();
  for (const [us, count] of histogram.buckets) {
    const bin = Math.floor(Math.log10(Math.max(1, us) / 1000) * perDecade);
    bins.set(bin, (bins.get(bin) ?? 0) + count);
  }
  const low = Math.min(...bins.keys());
  const high = Math.max(...bins.keys());
  const x = Array.from({ length: high - low + 1 }, (_, index) => low + index);
  const total = histogram.count + histogram.lost;
  const decades = Array.from({ length: 12 }, (_, index) => index - 3).filter((decade) => decade * perDecade >= low - perDecade && decade * perDecade <= high + perDecade);
  return chart({
    title: "Latency distribution",
    note: histogram.lost > 0 ? `${percent(histogram.lost / total)} were never committed and lie beyond the right edge.` : "Share of all transactions by latency, on a logarithmic axis.",
    xLabel: "Latency ms (log)",
    yLabel: "Share of transactions",
    x: x.map((bin) => (bin + 0.5) / perDecade),
    series: [{ label: "Share", values: x.map((bin) => (bins.get(bin) ?? 0) / total), colour: "series-1", kind: "bars" }],
    xSplits: decades.length > 2 ? decades : halves(low / perDecade, (high + 1) / perDecade),
    xFormat: (decade) => short(10 ** decade),
    yFormat: percent,
  });
}

/** Values of the histogram at ascending shares; null where a share falls among those that were never committed. */
function percentiles(histogram: Histogram, shares: readonly number[]): (number | null)[] {
  const total = histogram.count + histogram.lost;
  let seen = 0;
  let at = 0;
  return shares.map((share) => {
    const rank = Math.max(1, Math.ceil(share * total - 1e-6));
    if (rank > histogram.count) return null;
    while (at < histogram.buckets.length && seen + (histogram.buckets[at]?.[1] ?? 0) < rank) {
      seen += histogram.buckets[at]?.[1] ?? 0;
      at += 1;
    }
    return (histogram.buckets[at]?.[0] ?? 0) / 1000;
  });
}

function halves(low: number, high: number): number[] {
  const marks: number[] = [];
  for (let decade = Math.floor(low); decade <= Math.ceil(high); decade += 1) {
    for (const leading of [1, 2, 5]) marks.push(decade + Math.log10(leading));
  }
  return marks.filter((mark) => mark >= low - 0.1 && mark <= high + 0.1);
}

function spread(loads: readonly Load[]): Load[] {
  return Array.from({ length: most }, (_, index) => loads[Math.round((index * (loads.length - 1)) / (most - 1))]).filter((load) => load !== undefined);
}

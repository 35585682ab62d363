import { chartView, type Chart } from "../charts/chart";
import type { Mark } from "../charts/marks";
import { h } from "../dom";
import { clock, zone } from "../format";
import { get, type Point, type SeriesAnswer } from "./api";
import type { Live } from "./live";
import { poll } from "./view";

/** What the charts show, and how far back stages of the latency are looked at. */
export const span = 300;

export interface LiveCharts {
  readonly element: HTMLElement;
  readonly newest: () => Point | undefined;
  readonly close: () => void;
}

/** Rates and latencies of the last minutes of a deployment, second by second. */
export function liveCharts(live: Live, deployment: number | null, changed: () => void = () => undefined): LiveCharts {
  const throughput = chartView(throughputChart([], []));
  const latency = chartView(latencyChart([], []));
  let points: Point[] = [];
  let marks: readonly Mark[] = [];
  const redraw = (): void => {
    throughput.update(throughputChart(points, marks));
    latency.update(latencyChart(points, marks));
    changed();
  };
  const series = poll(
    30,
    () => get<SeriesAnswer>("series", { deployment, seconds: span }),
    (answer) => {
      points = [...answer.points];
      marks = answer.rounds.map((round): Mark => ({ from: round.start, to: round.start + round.duration, label: `${round.round} ${round.exp}`, kind: "round" }));
      redraw();
    },
    () => undefined,
  );
  const stops = [
    live.on("point", (point) => {
      if (deployment !== null && point.deployment_id !== deployment) return;
      points = [...points.filter((known) => known.t < point.t && known.t > point.t - span), point];
      redraw();
    }),
    // Points of the time without a stream are missing.
    live.on("connection", (open) => {
      if (open) series.now();
    }),
  ];
  return {
    element: h("div", { class: "pair" }, throughput.element, latency.element),
    newest: () => points.at(-1),
    close: () => {
      stops.forEach((stop) => stop());
      series.stop();
    },
  };
}

function throughputChart(points: readonly Point[], marks: readonly Mark[]): Chart {
  return {
    title: "Offered and committed",
    note: "Transactions a second over the last five minutes. Bands are rounds of experiments.",
    xLabel: `Time (${zone()})`,
    yLabel: "tx/s",
    xTime: true,
    xFormat: clock,
    x: points.map((point) => point.t),
    marks,
    series: [
      { label: "Committed", values: points.map((point) => point.committed_tps), colour: "series-3" },
      { label: "Offered", values: points.map((point) => point.offered_tps), colour: "muted", dash: [4, 3] },
    ],
  };
}

function latencyChart(points: readonly Point[], marks: readonly Mark[]): Chart {
  return {
    title: "Latency",
    note: "Traced transactions, from the mempool that received them to their commit there.",
    xLabel: `Time (${zone()})`,
    yLabel: "Latency ms (log)",
    yLog: true,
    xTime: true,
    xFormat: clock,
    x: points.map((point) => point.t),
    marks,
    series: [
      { label: "p50", values: points.map((point) => point.p50_ms), colour: "series-1" },
      { label: "p99", values: points.map((point) => point.p99_ms), colour: "series-2", dash: [6, 3] },
    ],
  };
}

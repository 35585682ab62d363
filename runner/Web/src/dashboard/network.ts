import { chartView, type Chart } from "../charts/chart";
import type { Mark } from "../charts/marks";
import { h, replace } from "../dom";
import { clock, count, digest, ms, rate, short } from "../format";
import { badge } from "../report/parts";
import { get, type DagAnswer, type EventsAnswer, type LatencyAnswer, type LeadersAnswer, type Overview, type PeersAnswer, type Point, type SeriesAnswer } from "./api";
import { DagWindow } from "./dag";
import type { Live } from "./live";
import { eventsBody, latencyBody, leadersBody, nodesBody, peersBody } from "./panels";
import { Panel, poll, type View } from "./view";

const span = 300;

/** One deployment of a network as it is now. */
export function networkView(live: Live, deployment: number | null): View {
  const tiles = h("dl", { class: "tiles" });
  const alarm = h("div", { role: "alert" });
  const throughput = chartView(throughputChart([], []));
  const latency = chartView(latencyChart([], []));
  const nodes = new Panel("Validators", "Their heartbeats, and how far each is behind the foremost one.");
  const leaders = new Panel("Leader outcomes by authority", "How the leader slots of each authority were decided.");
  const stages = new Panel("Where the latency goes", "Of the transactions that the validators traced in the last five minutes.");
  const peers = new Panel("Peers", "Whether each validator (row) holds its link to each other one (column).");
  const events = new Panel("Heartbeats and restarts", "The last hour.");
  const dag = new DagWindow(() => polls.dag.now());
  let points: Point[] = [];
  let rounds: SeriesAnswer["rounds"] = [];
  let last: Overview | null = null;

  const redraw = (): void => {
    const marks = rounds.map((round): Mark => ({ from: round.start, to: round.start + round.duration, label: `${round.exp} ${round.round}`, kind: "round" }));
    throughput.update(throughputChart(points, marks));
    latency.update(latencyChart(points, marks));
  };
  const show = (overview: Overview): void => {
    last = overview;
    replace(alarm, overview.safety.agreement === false ? conflicts(overview) : null);
    replace(tiles, ...tilesOf(overview, points.at(-1)));
    nodes.show(nodesBody(overview));
  };

  const query = { deployment };
  const polls = {
    series: poll(30, () => get<SeriesAnswer>("series", { ...query, seconds: span }), (answer) => {
      points = [...answer.points];
      rounds = answer.rounds;
      redraw();
    }, () => undefined),
    overview: poll(15, () => get<Overview>("overview", query), show, (error) => nodes.fail(error)),
    leaders: poll(5, () => get<LeadersAnswer>("leaders", query), (answer) => leaders.show(leadersBody(answer)), (error) => leaders.fail(error)),
    stages: poll(5, () => get<LatencyAnswer>("latency", { ...query, seconds: span }), (answer) => stages.show(latencyBody(answer)), (error) => stages.fail(error)),
    peers: poll(5, () => get<PeersAnswer>("peers", query), (answer) => peers.show(peersBody(answer)), (error) => peers.fail(error)),
    events: poll(5, () => get<EventsAnswer>("events", { ...query, seconds: 3600 }), (answer) => events.show(eventsBody(answer, Date.now() / 1000, 3600)), (error) => events.fail(error)),
    dag: poll(2, () => get<DagAnswer>("dag", { ...query, rounds: 24, before: dag.before }), (answer) => dag.show(answer), (error) => dag.panel.fail(error)),
  };
  const stops = [
    live.on("overview", show),
    live.on("point", (point) => {
      points = [...points.filter((known) => known.t < point.t && known.t > point.t - span), point];
      redraw();
      if (last) replace(tiles, ...tilesOf(last, point));
    }),
  ];
  return {
    title: "Network",
    element: h(
      "div",
      {},
      alarm,
      tiles,
      h("div", { class: "pair" }, throughput.element, latency.element),
      nodes.element,
      h("div", { class: "cards" }, leaders.element, events.element, stages.element, peers.element),
      dag.panel.element,
    ),
    close: () => {
      stops.forEach((stop) => stop());
      Object.values(polls).forEach((running) => running.stop());
    },
  };
}

function tilesOf(overview: Overview, point: Point | undefined): HTMLElement[] {
  const { safety, liveness } = overview;
  const agreement = safety.agreement === null ? badge("NOTHING TO COMPARE", "plain") : safety.agreement && !safety.equivocations ? badge("SAFE", "good") : badge(safety.agreement ? "EQUIVOCATION" : "VIOLATED", "bad");
  const tile = (name: string, value: HTMLElement | string, note: string): HTMLElement => h("div", {}, h("dt", {}, name), h("dd", {}, value, h("small", {}, note)));
  return [
    tile("Safety", agreement, `${count(safety.compared_commits)} commits compared, ${count(safety.equivocations)} equivocations`),
    tile("Committed", rate(point?.committed_tps ?? liveness.committed_tps), `offered ${rate(point?.offered_tps)}`),
    tile("Latency p50", ms(point?.p50_ms), `p99 ${ms(point?.p99_ms)}`),
    tile("Round", count(liveness.round), `${short(liveness.rounds_per_sec)} a second`),
    tile("Commit", count(safety.commit_index), `${short(liveness.commits_per_sec)} a second`),
  ];
}

function conflicts(overview: Overview): HTMLElement {
  return h(
    "ul",
    { class: "remarks problem" },
    ...overview.safety.conflicts.map((conflict) =>
      h(
        "li",
        {},
        `Commit ${conflict.commit_index}: ${Object.entries(conflict.digests)
          .map(([chain, nodes]) => `${nodes.join(", ")} have ${digest(chain)}`)
          .join("; ")}`,
      ),
    ),
  );
}

function throughputChart(points: readonly Point[], marks: readonly Mark[]): Chart {
  return {
    title: "Offered and committed",
    note: "Transactions a second over the last five minutes. Bands are rounds of experiments.",
    xLabel: "Time",
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
    xLabel: "Time",
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

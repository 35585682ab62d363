import { h, patch } from "../dom";
import { count, digest, exists, ms, rate, short, wholeSeconds } from "../format";
import { badge } from "../report/parts";
import { get, type DagAnswer, type EventsAnswer, type LatencyAnswer, type LeadersAnswer, type Overview, type PeersAnswer, type Point } from "./api";
import { liveCharts, span } from "./charts";
import { DagWindow } from "./dag";
import type { Live } from "./live";
import { eventsBody, latencyBody, leadersBody, nodesBody, peersBody } from "./panels";
import { Panel, poll, type View } from "./view";

/** Traces that are older say nothing of now. */
const freshSeconds = 5;

/** One deployment of a network as it is now. */
export function networkView(live: Live, deployment: number | null): View {
  const tiles = h("dl", { class: "tiles" });
  const alarm = h("div", { role: "alert" });
  const nodes = new Panel("Validators", "Their heartbeats, and how many commits each is behind the foremost one.");
  const leaders = new Panel("Leader outcomes by authority", "How the newest leader slots of each authority were decided.");
  const stages = new Panel("Where the latency goes", "Of the transactions that the validators traced in the last five minutes.");
  const peers = new Panel("Peers", "Whether each validator (row) holds its link to each other one (column); ×3: it changed three times.");
  const events = new Panel("Heartbeats and restarts", "The last hour.");
  const dag = new DagWindow(() => polls.dag.now());
  let last: Overview | null = null;

  const summary = (): void => {
    if (last) patch(tiles, ...tilesOf(last, charts.newest()));
  };
  const charts = liveCharts(live, deployment, summary);
  const show = (overview: Overview): void => {
    last = overview;
    patch(alarm, overview.safety.agreement === false ? conflicts(overview) : null);
    summary();
    nodes.show(nodesBody(overview));
  };

  const query = { deployment };
  const polls = {
    overview: poll(15, () => get<Overview>("overview", query), show, (error) => nodes.fail(error)),
    leaders: poll(5, () => get<LeadersAnswer>("leaders", query), (answer) => leaders.show(leadersBody(answer)), (error) => leaders.fail(error)),
    stages: poll(5, () => get<LatencyAnswer>("latency", { ...query, seconds: span }), (answer) => stages.show(latencyBody(answer)), (error) => stages.fail(error)),
    peers: poll(5, () => get<PeersAnswer>("peers", query), (answer) => peers.show(peersBody(answer, last)), (error) => peers.fail(error)),
    events: poll(5, () => get<EventsAnswer>("events", { ...query, seconds: 3600 }), (answer) => events.show(eventsBody(answer, 3600)), (error) => events.fail(error)),
    dag: poll(2, () => get<DagAnswer>("dag", { ...query, rounds: 24, before: dag.before }), (answer) => dag.show(answer), (error) => dag.panel.fail(error)),
  };
  const stop = live.on("overview", show);
  return {
    title: "Network",
    element: h(
      "div",
      {},
      alarm,
      tiles,
      charts.element,
      nodes.element,
      h("div", { class: "cards" }, leaders.element, events.element, stages.element, peers.element),
      dag.panel.element,
    ),
    close: () => {
      stop();
      charts.close();
      Object.values(polls).forEach((running) => running.stop());
    },
  };
}

function tilesOf(overview: Overview, point: Point | undefined): HTMLElement[] {
  const { safety, liveness, network } = overview;
  const tile = (name: string, value: HTMLElement | string, note: string): HTMLElement => h("div", {}, h("dt", {}, name), h("dd", {}, value, h("small", {}, note)));
  const safe = tile("Safety", safetyOf(overview), `${count(safety.compared_nodes)} validators agree up to commit ${count(safety.compared_commits)}, ${count(safety.equivocations)} equivocations`);
  if (network.frozen || !exists(network.fetch_lag_sec) || network.fetch_lag_sec > freshSeconds) {
    const why = network.frozen ? "tracing is frozen" : exists(network.fetch_lag_sec) ? `no traces for ${wholeSeconds(network.fetch_lag_sec)}` : "no traces yet";
    return [safe, tile("Committed", rate(null), why), tile("Latency p50", ms(null), why), tile("Round", count(liveness.round), "when last heard of"), tile("Commit", count(safety.commit_index), "when last heard of")];
  }
  return [
    safe,
    tile("Committed", rate(point?.committed_tps ?? liveness.committed_tps), `offered ${rate(point?.offered_tps)}`),
    tile("Latency p50", ms(point?.p50_ms), `p99 ${ms(point?.p99_ms)}`),
    tile("Round", count(liveness.round), `${short(liveness.rounds_per_sec)} a second`),
    tile("Commit", count(safety.commit_index), `${short(liveness.commits_per_sec)} a second`),
  ];
}

function safetyOf({ safety }: Overview): HTMLElement {
  if (safety.agreement === false) return badge("VIOLATED", "bad");
  if (exists(safety.equivocations) && safety.equivocations > 0) return badge("EQUIVOCATION", "bad");
  return safety.agreement === null ? badge("NOTHING TO COMPARE", "plain") : badge("SAFE", "good");
}

function conflicts(overview: Overview): HTMLElement {
  return h(
    "ul",
    { class: "remarks problem" },
    ...overview.safety.conflicts.map((conflict) =>
      h(
        "li",
        {},
        `Validators differ from commit ${conflict.commit_index} on: ${Object.entries(conflict.digests)
          .map(([chain, nodes]) => `${nodes.join(", ")} have ${digest(chain)}`)
          .join("; ")}`,
      ),
    ),
  );
}

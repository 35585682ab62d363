import { bar, key } from "../charts/bars";
import { table } from "../charts/table";
import { h, type Child } from "../dom";
import { clock, count, exists, missing, short, wholeSeconds, type Figure } from "../format";
import { leaderTable } from "../report/inside";
import { badge } from "../report/parts";
import type { EventsAnswer, LatencyAnswer, LeadersAnswer, Overview, PeersAnswer } from "./api";

function stateBadge(state: string): HTMLElement {
  return badge(state === "unknown" ? "never seen" : state, state === "online" ? "good" : state === "suspect" ? "warn" : "bad");
}

export function nodesBody(overview: Overview): HTMLElement {
  if (overview.nodes.length === 0) {
    return h(
      "p",
      { class: "without" },
      "No validator has reported yet. Start the service with --embedded 4 for a network of its own, name one with --outputs FILE, or start validators with --heartbeat-url. An experiment can bring its own network, too.",
    );
  }
  return table(
    "Validators",
    [{ name: "Validator" }, { name: "State" }, { name: "Heartbeat", numeric: true }, { name: "Round", numeric: true }, { name: "Commit", numeric: true }, { name: "Commits behind", numeric: true }, { name: "Restarts", numeric: true }, { name: "Trace entries lost", numeric: true }],
    overview.nodes.map((node) => [
      node.node_name,
      stateBadge(node.state),
      exists(node.last_heartbeat) ? `${wholeSeconds(Math.max(0, overview.now - node.last_heartbeat))} ago` : missing,
      count(node.round),
      count(node.commit_index),
      warned(node.commit_lag, mostBehind),
      count(node.restarts),
      warned(node.dropped, 0),
    ]),
  );
}

/** More commits than a validator is behind that keeps up. */
const mostBehind = 100;

function warned(value: Figure, most: number): Child {
  return exists(value) && value > most ? badge(count(value), "warn") : count(value);
}

export function leadersBody(answer: LeadersAnswer): HTMLElement {
  if (answer.authorities.length === 0) return h("p", { class: "without" }, "No leader slot was decided yet.");
  const timeouts = answer.authorities.filter((row) => exists(row.timeouts) && row.timeouts > 0).map((row) => `${row.node_name} ${count(row.timeouts)}`);
  return h(
    "div",
    {},
    leaderTable(answer.authorities.map((row) => ({ ...row, name: row.node_name }))),
    h("p", { class: "note" }, `${count(answer.slots)} slots since ${exists(answer.since) ? clock(answer.since, true) : missing}, as ${answer.observer ?? missing} decided them. Time-outs of leaders: ${timeouts.join(", ") || "none"}.`),
  );
}

export function latencyBody(answer: LatencyAnswer): HTMLElement {
  const order = ["inclusion", "propagation", "commit", "total"];
  const stages = [...answer.stages].sort((a, b) => order.indexOf(a.stage) - order.indexOf(b.stage));
  if (answer.samples === 0) return h("p", { class: "without" }, "No transaction was traced in this time.");
  const whole = stages.find((stage) => stage.stage === "total")?.mean_ms ?? 0;
  const parts = stages
    .filter((stage) => stage.stage === "inclusion" || stage.stage === "commit")
    .map((stage, index) => ({ name: stage.stage, value: stage.mean_ms ?? 0, series: [1, 3][index] ?? 1, text: `${short(stage.mean_ms)} ms` }));
  return h(
    "div",
    {},
    bar("Mean latency by stage", parts, whole ?? 0),
    key(parts.map((part) => [part.name, part.series])),
    table(
      "Latency by stage",
      [{ name: "Stage" }, { name: "Mean ms", numeric: true }, { name: "p50 ms", numeric: true }, { name: "p99 ms", numeric: true }],
      stages.map((stage) => [h("span", {}, stage.stage, h("small", {}, explained[stage.stage] ?? "")), short(stage.mean_ms), short(stage.p50_ms), short(stage.p99_ms)]),
    ),
    h("p", { class: "note" }, `${count(answer.samples)} samples.`),
  );
}

const explained: Readonly<Record<string, string>> = {
  inclusion: "queued in the mempool, until a block of the validator has it",
  propagation: "of the newest blocks, from their making until peers have them; part of commit. Hosts with clocks of their own: give or take their offset",
  commit: "in a block, until it is committed",
  total: "inclusion and commit",
};

/** A validator that is offline cannot say that its links are gone. */
export function peersBody(answer: PeersAnswer, overview: Overview | null): HTMLElement {
  if (answer.links.length === 0) return h("p", { class: "without" }, "No link was reported yet.");
  const silent = new Set(overview?.nodes.filter((node) => node.state === "offline").map((node) => node.node_name));
  const links = new Map(answer.links.map((link) => [`${link.node_name}/${link.peer}`, link]));
  return table(
    "Links",
    [{ name: "Validator" }, ...answer.nodes.map((node) => ({ name: `to ${node.authority}` }))],
    answer.nodes.map(({ node_name: node, authority }): Child[] => [
      node,
      ...answer.nodes.map((peer): Child => (peer.authority === authority ? "·" : silent.has(node) ? badge("silent", "plain") : linkCell(links.get(`${node}/${peer.authority}`)))),
    ]),
  );
}

function linkCell(link: PeersAnswer["links"][number] | undefined): Child {
  if (!link) return missing;
  const changes = exists(link.changes) && link.changes > 1 ? ` ×${link.changes}` : "";
  return badge(`${link.up ? "up" : "down"}${changes}`, link.up ? "good" : "bad");
}

/** One row of the last `span` seconds for each node, restarts marked on it. */
export function eventsBody(answer: EventsAnswer, span: number): HTMLElement {
  const { now } = answer;
  const names = [...new Set([...answer.heartbeats, ...answer.restarts].map((entry) => entry.node_name))].sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
  if (names.length === 0) return h("p", { class: "without" }, "No heartbeat came in this time. Validators send them where they are started with --heartbeat-url.");
  const place = (time: number): number => (100 * (Math.min(now, Math.max(now - span, time)) - (now - span))) / span;
  const rows = names.map((name) => {
    const segments = answer.heartbeats.filter((segment) => segment.node_name === name);
    const restarts = answer.restarts.filter((restart) => restart.node_name === name);
    const online = segments.filter((segment) => segment.state === "online").reduce((sum, segment) => sum + Math.max(0, Math.min(now, segment.to) - Math.max(now - span, segment.from)), 0);
    const line = h("div", { class: "timeline", role: "img", "aria-label": `${name}: online for ${wholeSeconds(online)} of the last ${wholeSeconds(span)}, ${restarts.length} restarts` });
    for (const segment of segments.filter((candidate) => candidate.to > candidate.from)) {
      const piece = h("span", { class: segment.state === "online" ? "fill-3" : "fill-2", title: `${segment.state} ${clock(segment.from)} to ${clock(segment.to)}` });
      piece.style.left = `${place(segment.from)}%`;
      piece.style.width = `${Math.max(0.3, place(segment.to) - place(segment.from))}%`;
      line.append(piece);
    }
    for (const restart of restarts) {
      const tick = h("i", { title: `restart at ${clock(restart.time)}: ${restart.reason ?? ""}` });
      tick.style.left = `${place(restart.time)}%`;
      line.append(tick);
    }
    return h("div", { class: "lane" }, h("span", { class: "name" }, name), line);
  });
  const happened = [
    ...answer.restarts.map((restart) => [restart.time, restart.node_name, `restart: ${restart.reason ?? "no reason"}${exists(restart.code) ? ` (code ${restart.code})` : ""}`] as const),
    ...answer.timeouts.map((timeout) => [timeout.time, timeout.node_name, `leader timeout in round ${timeout.round}`] as const),
    ...answer.peer_changes.map((change) => [change.time, change.node_name, `peer ${change.peer} ${change.up ? "up" : "down"}`] as const),
  ].sort((a, b) => b[0] - a[0]);
  return h(
    "div",
    {},
    ...rows,
    h("div", { class: "lane" }, h("span", { class: "name" }), h("div", { class: "ends" }, h("span", {}, clock(now - span)), h("span", {}, clock(now)))),
    key([["online", 3], ["offline", 2]]),
    happened.length === 0 ? null : table("What happened, newest first", [{ name: "Time" }, { name: "Validator" }, { name: "Event" }], happened.slice(0, 8).map(([time, node, text]) => [clock(time), node, text])),
  );
}

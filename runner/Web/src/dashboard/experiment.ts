import { bar, key } from "../charts/bars";
import { chartView, type Chart } from "../charts/chart";
import { facts, table } from "../charts/table";
import { h, patch, replace, type Child } from "../dom";
import { clock, count, exists, missing, short, wholeSeconds } from "../format";
import { safetyBadge, verdictBadge } from "../report/parts";
import { get, post, Refusal, type Experiment, type ExperimentAnswer, type Round } from "./api";
import { liveCharts, type LiveCharts } from "./charts";
import { isRunning, setupPairs, statusBadge } from "./experiments";
import { LogView } from "./log";
import type { Live } from "./live";
import { planTable } from "./plan";
import { Panel, poll, problem, type View } from "./view";

/** One experiment while it runs, and afterwards. */
export function experimentView(live: Live, name: string): View {
  const status = h("p", { class: "badges", role: "status" });
  const state = new Panel("State", "", status);
  const actions = actionsOf(name, () => polls.now());
  state.element.append(actions.element);
  const now = h("div", {});
  const rounds = new Panel("Rounds", "Each with the ledger of its transactions; failed are rejected and lost ones, missed those that were not sent.");
  const curve = roundCharts();
  const plan = new Panel("Plan", "Everything that it does, decided before it began.");
  const setup = new Panel("Parameters");
  const log = new LogView();
  const element = h("div", {});
  let charts: LiveCharts | null = null;
  const show = (answer: ExperimentAnswer): void => {
    patch(status, statusBadge(answer.state.status), h("span", {}, answer.state.step_name ?? ""));
    actions.show(answer.state);
    state.show(...stateBody(answer.state));
    rounds.show(answer.rounds.length === 0 ? h("p", { class: "without" }, "No round has finished yet.") : roundsTable(answer.rounds));
    curve.show(answer.rounds);
    plan.show(answer.plan ? planTable(answer.plan) : h("p", { class: "without" }, "It was not kept."));
    setup.show(facts(setupPairs(answer.state.setup_json)));
    log.show(answer.logs);
    // The network that it runs on is known once it runs.
    if (isRunning(answer.state) && charts === null && exists(answer.state.deployment_id)) {
      charts = liveCharts(live, answer.state.deployment_id);
      replace(now, charts.element);
    } else if (!isRunning(answer.state) && charts !== null) {
      charts.close();
      charts = null;
      replace(now);
    }
  };
  const polls = poll(15, () => get<ExperimentAnswer>(`experiments/${encodeURIComponent(name)}`), show, (error) => {
    if (!(error instanceof Refusal) || error.status !== 404) {
      state.fail(error);
      return;
    }
    polls.stop();
    replace(element, back(), problem(error));
  });
  const stops = [
    live.on("experiment", (event) => {
      if (event.state.name === name) polls.now();
    }),
    live.on("log", (line) => {
      if (line.name === name) log.add(line);
    }),
  ];
  replace(element, back(), state.element, now, curve.element, rounds.element, plan.element, h("div", { class: "cards" }, log.element, setup.element));
  return {
    title: name,
    element,
    close: () => {
      stops.forEach((stop) => stop());
      polls.stop();
      charts?.close();
    },
  };
}

function back(): HTMLElement {
  return h("p", {}, h("a", { href: "#experiments" }, "All experiments"));
}

/** What can be done with it. The controls stay the same while what is around them changes. */
function actionsOf(name: string, changed: () => void): { element: HTMLElement; show: (state: Experiment) => void } {
  const cancel = h("button", { type: "button", class: "danger", hidden: true }, "Cancel experiment");
  const answer = h("div", {});
  cancel.addEventListener("click", () => {
    if (cancel.getAttribute("aria-disabled") === "true" || !confirm(`Cancel ${name}? Its load stops at once.`)) return;
    cancel.setAttribute("aria-disabled", "true");
    replace(answer);
    post("experiments/cancel", {}, { name })
      .catch((error: unknown) => replace(answer, problem(error)))
      .finally(() => {
        cancel.removeAttribute("aria-disabled");
        changed();
      });
  });
  return {
    element: h("div", {}, h("p", { class: "buttons" }, cancel, h("a", { class: "button", href: `#experiments/${encodeURIComponent(name)}` }, "Use as template")), answer),
    show: (state) => {
      cancel.hidden = !isRunning(state) || state.status === "cancelling";
    },
  };
}

function stateBody(state: Experiment): Child[] {
  const [step, steps] = [state.step ?? 0, state.steps ?? 0];
  return [
    steps > 0 ? h("progress", { max: steps, value: step, "aria-label": `Step ${step} of ${steps}` }) : null,
    ...[state.errors, state.warnings].map((lines, index) => (lines?.length ? h("ul", { class: index === 0 ? "remarks problem" : "remarks" }, ...lines.map((line) => h("li", {}, line))) : null)),
    facts([
      ["Started", clock(state.created_at, true)],
      ["Ended", exists(state.ended_at) ? `${clock(state.ended_at, true)}, after ${wholeSeconds(state.ended_at - state.created_at)}` : missing],
      ["Deployment", count(state.deployment_id)],
      ["Plan", h("code", {}, state.plan_hash?.slice(0, 16) ?? missing)],
      ...(state.description ? [["Description", state.description] as const] : []),
      ...(state.comment ? [["Comment", state.comment] as const] : []),
    ]),
  ];
}

function roundsTable(rounds: readonly Round[]): HTMLElement {
  return h(
    "div",
    {},
    key([["successful", 3], ["failed", 2], ["missed", 6]]),
    table(
      "Rounds",
      [{ name: "Round" }, { name: "Rate tx/s", numeric: true }, { name: "Committed tx/s", numeric: true }, { name: "p50 ms", numeric: true }, { name: "p99 ms", numeric: true }, { name: "Ledger" }, { name: "Total", numeric: true }, { name: "Successful", numeric: true }, { name: "Failed", numeric: true }, { name: "Missed", numeric: true }, { name: "Verdict" }, { name: "Safety" }],
      rounds.map((round): Child[] => [
        count(round.round),
        short(round.rate),
        short(round.committed_rate),
        short(round.p50),
        short(round.p99),
        ledgerBar(round),
        count(round.total),
        count(round.successful),
        count(round.failed),
        count(round.missed),
        round.verdict ? h("span", {}, verdictBadge(round.verdict), h("small", {}, (round.verdict_reasons ?? []).join("; "))) : missing,
        round.safe === null || round.safe === undefined ? missing : safetyBadge(round.safe),
      ]),
    ),
  );
}

function ledgerBar(round: Round): HTMLElement {
  const part = (name: string, value: number | null | undefined, series: number) => ({ name, value: value ?? 0, series, text: count(value) });
  return bar(`Round ${round.round}`, [part("successful", round.successful, 3), part("failed", round.failed, 2), part("missed", round.missed, 6)], round.total ?? 0);
}

/** Made once: what somebody opened or points at in them stays as rounds end. */
function roundCharts(): { element: HTMLElement; show: (rounds: readonly Round[]) => void } {
  const [rates, latencies] = [chartView(rateChart([])), chartView(latencyChart([]))];
  const element = h("div", { class: "pair", hidden: true }, rates.element, latencies.element);
  return {
    element,
    show: (rounds) => {
      element.hidden = rounds.length === 0;
      rates.update(rateChart(rounds));
      latencies.update(latencyChart(rounds));
    },
  };
}

function rateChart(rounds: readonly Round[]): Chart {
  const x = rounds.map((round) => round.round);
  return {
    title: "Offered and committed by round",
    note: "Transactions a second.",
    xLabel: "Round",
    yLabel: "tx/s",
    x,
    xSplits: x,
    series: [
      { label: "Committed", values: rounds.map((round) => round.committed_rate), colour: "series-3", kind: "points" },
      { label: "Offered", values: rounds.map((round) => round.rate), colour: "muted", kind: "points", dash: [4, 3] },
    ],
  };
}

function latencyChart(rounds: readonly Round[]): Chart {
  const x = rounds.map((round) => round.round);
  return {
    title: "Latency by round",
    note: "From the scheduled time to the observed commit.",
    xLabel: "Round",
    yLabel: "Latency ms (log)",
    yLog: true,
    x,
    xSplits: x,
    series: [
      { label: "p50", values: rounds.map((round) => round.p50), colour: "series-1", kind: "points" },
      { label: "p99", values: rounds.map((round) => round.p99), colour: "series-2", kind: "points", dash: [6, 3] },
    ],
  };
}

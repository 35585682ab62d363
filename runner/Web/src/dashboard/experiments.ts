import { table } from "../charts/table";
import { h, type Child } from "../dom";
import { clock, count, exists, missing } from "../format";
import { badge } from "../report/parts";
import { get, type Experiment } from "./api";
import { experimentForm } from "./form";
import type { Live } from "./live";
import { Panel, poll, type View } from "./view";

const page = 50;
const mostListed = 1_000;
const running = ["pending", "running", "draining", "cancelling"];

export function isRunning(experiment: Experiment): boolean {
  return running.includes(experiment.status);
}

export function statusBadge(status: string): HTMLElement {
  return badge(status, status === "succeeded" ? "good" : status === "failed" ? "bad" : running.includes(status) ? "plain" : "warn");
}

export function experimentLink(name: string): HTMLElement {
  return h("a", { href: `#experiment/${encodeURIComponent(name)}` }, name);
}

/** All experiments, and a form that starts one. */
export function experimentsView(live: Live, template: string | null): View {
  const list = new Panel("Experiments", "Choose two to compare them.");
  const chosen: string[] = [];
  let shown: readonly Experiment[] = [];
  let limit = page;
  const compare = h("a", { class: "button", hidden: true }, "Compare");
  const older = h("button", { type: "button", hidden: true }, "Show older ones");
  list.element.append(h("p", { class: "buttons" }, compare, older));
  const mark = (): void => {
    for (const box of list.element.querySelectorAll<HTMLInputElement>("input[type=checkbox]")) box.checked = chosen.includes(box.value);
    compare.hidden = chosen.length !== 2;
    compare.href = `#compare/${chosen.map(encodeURIComponent).join("/")}`;
  };
  const show = (experiments: readonly Experiment[]): void => {
    shown = experiments;
    older.hidden = experiments.length < limit || limit >= mostListed;
    list.show(experiments.length === 0 ? h("p", { class: "without" }, "There are none yet: start one below.") : listTable(experiments));
    mark();
  };
  list.element.addEventListener("change", ({ target }) => {
    if (!(target instanceof HTMLInputElement)) return;
    const known = chosen.indexOf(target.value);
    if (known >= 0) chosen.splice(known, 1);
    if (target.checked) chosen.push(target.value);
    if (chosen.length > 2) chosen.shift();
    mark();
  });
  older.addEventListener("click", () => {
    limit += page;
    polls.now();
  });
  const polls = poll(10, () => get<readonly Experiment[]>("experiments", { limit }), show, (error) => list.fail(error));
  const stop = live.on("experiment", ({ state }) => {
    const known = shown.findIndex((experiment) => experiment.name === state.name);
    show(known < 0 ? [state, ...shown] : shown.map((experiment, index) => (index === known ? state : experiment)));
  });
  return {
    title: "Experiments",
    element: h("div", {}, list.element, experimentForm(template)),
    close: () => {
      stop();
      polls.stop();
    },
  };
}

function listTable(experiments: readonly Experiment[]): HTMLElement {
  return table(
    "Experiments",
    [{ name: "Name" }, { name: "Status" }, { name: "Step" }, { name: "Started" }, { name: "Ended" }, { name: "Deployment", numeric: true }, { name: "Compare" }],
    experiments.map((experiment): Child[] => [
      experimentLink(experiment.name),
      statusBadge(experiment.status),
      experiment.step_name ?? missing,
      clock(experiment.created_at, true),
      exists(experiment.ended_at) ? clock(experiment.ended_at, true) : missing,
      count(experiment.deployment_id),
      h("input", { type: "checkbox", value: experiment.name, "aria-label": `Compare ${experiment.name}` }),
    ]),
  );
}

/** The setup of an experiment under the names that the service knows. */
export function setupPairs(setup: Readonly<Record<string, unknown>> | null): (readonly [string, Child])[] {
  return Object.entries(setup ?? {})
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([name, value]): readonly [string, Child] => [name, typeof value === "object" ? h("code", {}, JSON.stringify(value)) : String(value)]);
}

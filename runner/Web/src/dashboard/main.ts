import "../style.css";
import { append, h, patch, replace } from "../dom";
import { clock, exists, wholeSeconds, zone } from "../format";
import { badge } from "../report/parts";
import type { Overview } from "./api";
import { compareView } from "./compare";
import { experimentView } from "./experiment";
import { experimentLink, experimentsView, isRunning, statusBadge } from "./experiments";
import { Live } from "./live";
import { networkView } from "./network";
import type { View } from "./view";

/** The page: a header that is always there, and one view, chosen by the address behind the #. */
class Dashboard {
  private readonly live = new Live();
  private readonly title = h("h1", { tabindex: -1 });
  private readonly main = h("main", { id: "main" });
  private readonly connection = h("span", { role: "status" }, badge("connecting", "plain"));
  private readonly facts = h("span", { class: "badges" });
  private readonly deployments = h("select", { id: "deployment" }, h("option", { value: "" }, "newest"));
  private readonly links = [h("a", { href: "#network" }, "Network"), h("a", { href: "#experiments" }, "Experiments")];
  private view: View | null = null;

  constructor(page: HTMLElement) {
    append(page, [
      h("a", { class: "skip", href: "#main" }, "Skip to the content"),
      h("header", {}, h("p", { class: "overline" }, "Mysticeti experiments"), this.title, h("p", { class: "badges lead" }, this.connection, this.facts)),
      h("nav", { "aria-label": "Views" }, h("ul", {}, ...this.links.map((link) => h("li", {}, link)), h("li", { class: "right" }, h("label", { for: "deployment" }, "Deployment "), this.deployments))),
      this.main,
    ]);
    this.deployments.addEventListener("change", () => {
      this.live.open(this.deployment);
      this.route();
    });
    page.querySelector(".skip")?.addEventListener("click", (event) => {
      event.preventDefault();
      this.title.focus();
    });
    addEventListener("hashchange", () => {
      this.route();
      this.title.focus({ preventScroll: true });
    });
    this.live.on("overview", (overview) => this.header(overview));
    this.live.on("connection", (open) => this.connected(open ? null : "not connected"));
    this.live.on("trouble", ({ detail }) => this.connected(detail));
    this.live.open(null);
    this.route();
  }

  /** Announced when it changes, and only then. */
  private connected(trouble: string | null): void {
    patch(this.connection, trouble === null ? badge("live", "good") : badge(trouble, "warn"));
  }

  private get deployment(): number | null {
    return this.deployments.value === "" ? null : Number(this.deployments.value);
  }

  private route(): void {
    const [place = "", ...names] = location.hash.replace(/^#/, "").split("/").map(decoded);
    this.view?.close();
    this.view = this.viewOf(place, names);
    this.title.textContent = this.view.title;
    document.title = `${this.view.title} – Mysticeti experiments`;
    for (const link of this.links) {
      const here = link.hash === (place === "network" || place === "" ? "#network" : "#experiments");
      if (here) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    replace(this.main, this.view.element);
  }

  private viewOf(place: string, [first, second]: readonly string[]): View {
    if (place === "experiment" && first) return experimentView(this.live, first);
    if (place === "compare" && first && second) return compareView(first, second);
    return place === "experiments" ? experimentsView(this.live, first ?? null) : networkView(this.live, this.deployment);
  }

  private header(overview: Overview): void {
    const { network, experiment } = overview;
    this.connected(null);
    const lag = exists(network.fetch_lag_sec) ? `traces ${network.fetch_lag_sec < 1.5 ? "up to date" : `${wholeSeconds(network.fetch_lag_sec)} old`}` : "no traces fetched";
    patch(
      this.facts,
      h("span", {}, `${network.name ?? "no network"}, ${overview.nodes.length} validators, ${lag}, times in ${zone()}`),
      network.frozen ? badge("tracing frozen", "warn") : null,
      experiment && isRunning(experiment) ? h("span", {}, experimentLink(experiment.name), " ", statusBadge(experiment.status)) : null,
    );
    const known = [...this.deployments.options].map((option) => option.value).join();
    const options = ["", ...overview.deployments.map((deployment) => String(deployment.deployment_id))];
    if (known !== options.join()) {
      const chosen = this.deployments.value;
      replace(this.deployments, h("option", { value: "" }, "newest"), ...overview.deployments.map((deployment) => h("option", { value: deployment.deployment_id }, `${deployment.deployment_id} (${clock(deployment.created_at, true)})`)));
      this.deployments.value = options.includes(chosen) ? chosen : "";
    }
  }
}

/** An address that somebody mangled is one of a view that is not there. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

const page = document.getElementById("page");
if (page) new Dashboard(page);

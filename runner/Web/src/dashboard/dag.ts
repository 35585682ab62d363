import { h } from "../dom";
import { bytes, count, exists } from "../format";
import type { Block, DagAnswer } from "./api";
import { Panel } from "./view";

/** A window on the DAG: rounds from left to right, one row an authority. It follows the newest round until it is held. */
export class DagWindow {
  /** Rounds below this one are shown; null: the newest. */
  before: number | null = null;
  readonly panel: Panel;
  private readonly follow: HTMLButtonElement;
  private shown: DagAnswer | null = null;

  constructor(changed: () => void) {
    const move = (rounds: number): void => {
      const end = this.shown ? this.shown.to_round + 1 : null;
      this.before = end === null ? null : Math.max(2, end + rounds);
      this.follow.setAttribute("aria-pressed", "false");
      changed();
    };
    const earlier = h("button", { type: "button" }, "Earlier");
    const later = h("button", { type: "button" }, "Later");
    this.follow = h("button", { type: "button", "aria-pressed": "true" }, "Follow");
    earlier.addEventListener("click", () => move(-6));
    later.addEventListener("click", () => move(6));
    this.follow.addEventListener("click", () => {
      this.before = this.before === null && this.shown ? this.shown.to_round + 1 : null;
      this.follow.setAttribute("aria-pressed", String(this.before === null));
      changed();
    });
    this.panel = new Panel("Window on the DAG", "Rounds from left to right. A number is the last three digits of the commit that sequenced the block, where the trace tells it; a thick border marks a leader, two blocks in one place an equivocation.", h("span", { class: "buttons" }, earlier, later, this.follow));
  }

  show(answer: DagAnswer): void {
    this.shown = answer;
    if (answer.blocks.length === 0) {
      this.panel.show(h("p", { class: "without" }, "No block was traced in these rounds."));
      return;
    }
    const blocks = new Map<string, Block[]>();
    for (const block of answer.blocks) {
      const place = `${block.round}/${block.authority}`;
      blocks.set(place, [...(blocks.get(place) ?? []), block]);
    }
    const rounds = Array.from({ length: answer.to_round - answer.from_round + 1 }, (_, index) => answer.from_round + index);
    const before = this.region;
    const atEnd = before === null || before.scrollLeft + before.clientWidth >= before.scrollWidth - 2;
    const authorities = Array.from({ length: answer.authorities }, (_, index) => index);
    this.panel.show(
      h(
        "div",
        { class: "scroll", role: "region", tabindex: 0, "aria-label": "Blocks by round and authority" },
        h(
          "table",
          { class: "dag" },
          h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Authority"), ...rounds.map((round) => h("th", { scope: "col" }, `${round}`)))),
          h(
            "tbody",
            {},
            ...authorities.map((authority) =>
              h("tr", {}, h("th", { scope: "row" }, `${authority}`), ...rounds.map((round) => h("td", {}, ...(blocks.get(`${round}/${authority}`) ?? []).map(cell)))),
            ),
          ),
        ),
      ),
      h("ul", { class: "key" }, ...(["committed", "accepted", "seen", "uncommitted", "rejected"] as const).map((status) => h("li", {}, h("span", { class: `block ${status}` }), status))),
    );
    if (this.before === null && atEnd && this.region) this.region.scrollLeft = this.region.scrollWidth;
  }

  private get region(): HTMLElement | null {
    return this.panel.element.querySelector(".scroll");
  }
}

function cell(block: Block): HTMLElement {
  const commit = exists(block.commit_index) ? `, commit ${block.commit_index}` : "";
  const leader = block.leader ? `, leader: ${block.leader}` : "";
  const text = `Round ${block.round}, authority ${block.authority}: ${block.status}${commit}${leader}, ${count(block.tx_count)} transactions, ${bytes(block.bytes)}, seen by ${count(block.seen_by)}`;
  const parity = exists(block.commit_index) && block.commit_index % 2 === 1 ? " odd" : "";
  return h(
    "span",
    { class: `block ${block.status}${block.leader ? " leader" : ""}${parity}`, title: text },
    h("span", { "aria-hidden": "true" }, exists(block.commit_index) ? `${block.commit_index % 1000}` : ""),
    h("span", { class: "hidden" }, text),
  );
}

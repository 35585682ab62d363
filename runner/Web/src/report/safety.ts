import { facts, table } from "../charts/table";
import type { Safety } from "../data";
import { h } from "../dom";
import { count, digest, exists } from "../format";
import { badge, card, safetyBadge } from "./parts";

/** The audit: did the network stay one, and did each transaction take effect at most once? */
export function safetyCard(safety: Safety): HTMLElement {
  const { digests } = safety;
  const compared =
    digests && exists(digests.lowest_compared) && exists(digests.highest_compared) && digests.compared > 0
      ? `${count(digests.lowest_compared)} to ${count(digests.highest_compared)}, ${count(digests.compared)} indexes`
      : "no commit index was reported by two nodes";
  const last = new Map((digests?.last ?? []).map((node) => [node.node, node]));
  const nodes = safety.nodes ?? [];
  return card(
    "Safety",
    h("p", {}, safetyBadge(safety.violations.length === 0)),
    safety.violations.length === 0 ? null : h("ul", { class: "remarks" }, ...safety.violations.map((line) => h("li", {}, line))),
    facts([
      ["Chain digests compared", compared],
      ["Highest commit", count(safety.commit_index)],
      ["Its chain digest", h("code", {}, digest(safety.chain_digest))],
      ["Transactions that took effect twice", count(safety.duplicates)],
      ["Foreign transactions", count(safety.foreign)],
    ]),
    nodes.length === 0
      ? null
      : table(
          "Evidence of each node",
          [{ name: "Node" }, { name: "Last commit", numeric: true }, { name: "Chain digest" }, { name: "Transactions", numeric: true }, { name: "Stream" }],
          nodes.map((node) => [
            node.node,
            count(last.get(node.node)?.commit_index),
            h("code", {}, digest(last.get(node.node)?.chain_digest)),
            count(node.transactions),
            node.connected ? (node.reconnects > 0 ? `${node.reconnects} reconnects` : badge("open", "plain")) : h("span", { class: "reason" }, node.error ?? "never open"),
          ]),
        ),
  );
}

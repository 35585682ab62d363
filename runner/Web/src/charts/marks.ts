import type uPlot from "uplot";
import { colour } from "../theme";

/** Something that happened at a time, or from one time to another. */
export interface Mark {
  readonly from: number;
  readonly to: number | null;
  /** Stands at the axis; the full text is in the list beside the chart. */
  readonly label: string;
  /** A round of an experiment instead of a fault. */
  readonly kind?: "round";
}

/** Draws marks, in the order of their beginnings, behind the lines: a band where they last, a dashed line where they begin, and of the label what fits before the next one. */
export function drawMarks(plot: uPlot, marks: readonly Mark[]): void {
  const { ctx, bbox } = plot;
  const ratio = devicePixelRatio;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  marks.forEach((mark, index) => {
    const paint = mark.kind === "round" ? "muted" : "fault";
    const x = plot.valToPos(mark.from, "x", true);
    if (mark.to !== null) {
      ctx.fillStyle = colour(paint, 0.14);
      ctx.fillRect(x, bbox.top, plot.valToPos(mark.to, "x", true) - x, bbox.height);
    }
    ctx.strokeStyle = colour(paint);
    ctx.lineWidth = ratio;
    ctx.setLineDash([4 * ratio, 3 * ratio]);
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    ctx.fillStyle = colour(paint);
    ctx.font = `600 ${11 * ratio}px system-ui, sans-serif`;
    ctx.textBaseline = "top";
    ctx.textAlign = "left";
    const next = marks[index + 1];
    ctx.save();
    ctx.beginPath();
    ctx.rect(x, bbox.top, next && next.from > mark.from ? plot.valToPos(next.from, "x", true) - x : bbox.width, bbox.height);
    ctx.clip();
    ctx.fillText(mark.label, x + 3 * ratio, bbox.top + 3 * ratio);
    ctx.restore();
  });
  ctx.restore();
}

import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { h, replace, uniqueId } from "../dom";
import { exists, mark, missing, short, type Figure } from "../format";
import { colour, onThemeChange, type Colour } from "../theme";
import { drawMarks, type Mark } from "./marks";
import { table } from "./table";

export interface Series {
  readonly label: string;
  readonly values: readonly Figure[];
  readonly colour: Colour;
  /** Told apart without colour, too. */
  readonly dash?: readonly number[];
  readonly kind?: "line" | "bars" | "points";
}

export interface Chart {
  readonly title: string;
  /** What the chart shows, for those who do not see it and as its legend's first words. */
  readonly note: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly x: readonly number[];
  readonly series: readonly Series[];
  readonly yLog?: boolean;
  /** The x axis is Unix time. */
  readonly xTime?: boolean;
  readonly xFormat?: (x: number) => string;
  readonly yFormat?: (y: number) => string;
  /** Where the x axis has its marks; by default round numbers. */
  readonly xSplits?: readonly number[];
  readonly marks?: readonly Mark[];
  readonly height?: number;
}

export interface ChartView {
  readonly element: HTMLElement;
  /** Shows other numbers; titles, axes and the series' names and colours stay what they are. */
  readonly update: (options: Chart) => void;
}

const drawn = new Set<WeakRef<uPlot>>();
onThemeChange(() => {
  for (const reference of drawn) {
    const plot = reference.deref();
    if (plot?.root.isConnected) plot.redraw(false, true);
    else drawn.delete(reference);
  }
});

/** A chart with a title, a legend that shows the values under the cursor (mouse or arrow keys), and its numbers as a table. */
export function chart(options: Chart): HTMLElement {
  return chartView(options).element;
}

/** The same for numbers that change. */
export function chartView(first: Chart): ChartView {
  let options = first;
  let plot: uPlot | null = null;
  const title = uniqueId("chart");
  const place = h("div", { class: "plot", tabindex: 0, role: "img", "aria-label": `${options.title}. ${options.note} Arrow keys move along the chart; the values are in the table below it.` });
  const element = h(
    "figure",
    { class: "chart", "aria-labelledby": title },
    h("figcaption", {}, h("span", { class: "title", id: title }, options.title), h("span", { class: "note" }, options.note)),
    place,
    numbers(() => options),
  );
  // It can be drawn only once its place on the page has a width.
  new ResizeObserver(() => {
    const width = Math.floor(place.clientWidth);
    if (width < 40) return;
    if (plot === null) {
      plot = draw(place, () => options);
      drawn.add(new WeakRef(plot));
    } else if (plot.width !== width) {
      plot.setSize({ width, height: plot.height });
    }
  }).observe(place);
  return {
    element,
    update: (next) => {
      options = next;
      plot?.setData(dataOf(options));
    },
  };
}

function dataOf(options: Chart): uPlot.AlignedData {
  const values = options.series.map((series) => series.values.map((y) => (exists(y) && (!options.yLog || y > 0) ? y : null)));
  return [options.x, ...values] as uPlot.AlignedData;
}

function draw(element: HTMLElement, current: () => Chart): uPlot {
  const options = current();
  const xFormat = options.xFormat ?? mark;
  const yFormat = options.yFormat ?? short;
  const plot = new uPlot(
    {
      width: Math.floor(element.clientWidth),
      height: options.height ?? 240,
      scales: {
        x: { time: options.xTime ?? false, range: (_, low, high) => xRange(options, low, high) },
        y: options.yLog ? { distr: 3, log: 10, range: (_, low, high) => (exists(low) && exists(high) ? uPlot.rangeLog(low, high, 10, false) : [1, 1_000]) } : { range: (_, __, high) => [0, high > 0 ? high * 1.08 : 1] },
      },
      series: [{ label: options.xLabel, value: (_, x) => (exists(x) ? xFormat(x) : missing) }, ...options.series.map((series) => line(series, yFormat, options.x.length <= 40 && !options.xTime))],
      axes: [
        { ...axis(options.xLabel, options.xFormat ?? mark, 44), ...(options.xTime ? { space: 80 } : {}), ...(options.xSplits ? { splits: () => [...(current().xSplits ?? [])] } : {}) },
        { ...axis(options.yLabel, options.yFormat ?? mark, 62), ...(options.yLog ? { filter: (u: uPlot, splits: number[]) => decades(u, splits) } : {}) },
      ],
      legend: { live: true },
      cursor: { points: { size: 7 }, drag: { x: true, y: false } },
      hooks: { drawClear: [(u) => drawMarks(u, current().marks ?? [])] },
    },
    dataOf(options),
    element,
  );
  element.addEventListener("keydown", (event) => moveCursor(plot, event));
  return plot;
}

/** Of a logarithmic axis, labels at the powers of ten, and between them where there are few. */
function decades(plot: uPlot, splits: number[]): (number | null)[] {
  const { min, max } = plot.scales["y"] ?? {};
  const few = exists(min) && exists(max) && Math.log10(max / min) < 2.5;
  return splits.map((value) => {
    const leading = Math.round(value / 10 ** Math.floor(Math.log10(value) + 1e-9));
    return leading === 1 || (few && (leading === 2 || leading === 5)) ? value : null;
  });
}

function xRange(options: Chart, low: number, high: number): [number, number] {
  if (!exists(low) || !exists(high)) return [0, 1];
  if (low === high) return [low - 1, high + 1];
  const margin = options.series.some((series) => series.kind === "points" || series.kind === "bars") ? (high - low) * 0.04 : 0;
  return [low - margin, high + margin];
}

function line(series: Series, format: (y: number) => string, points: boolean): uPlot.Series {
  const paint = (): string => colour(series.colour);
  const common: uPlot.Series = {
    label: series.label,
    stroke: paint,
    width: 1.8,
    dash: series.dash ? [...series.dash] : undefined,
    value: (_, y) => (exists(y) ? format(y) : missing),
    spanGaps: false,
    points: { show: points, size: 5, fill: paint, stroke: paint },
  };
  if (series.kind === "bars") {
    return { ...common, fill: () => colour(series.colour, 0.55), width: 1, points: { show: false }, paths: uPlot.paths.bars?.({ size: [0.9, 60] }) };
  }
  if (series.kind === "points") {
    return { ...common, points: { show: true, size: 8, fill: paint, stroke: paint } };
  }
  return common;
}

function axis(label: string, format: (value: number) => string, size: number): uPlot.Axis {
  return {
    label,
    labelSize: 18,
    labelFont: "12px system-ui, sans-serif",
    font: "12px system-ui, sans-serif",
    size,
    stroke: () => colour("muted"),
    grid: { stroke: () => colour("line"), width: 1 },
    ticks: { stroke: () => colour("line"), width: 1 },
    values: (_, values) => values.map((value) => (exists(value) ? format(value) : "")),
  };
}

function moveCursor(plot: uPlot, event: KeyboardEvent): void {
  const last = plot.data[0].length - 1;
  const step = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10, Home: -last, End: last }[event.key];
  if (step === undefined || last < 0) return;
  event.preventDefault();
  const index = Math.min(last, Math.max(0, (plot.cursor.idx ?? 0) + step));
  plot.setCursor({ left: plot.valToPos(plot.data[0][index] ?? 0, "x"), top: plot.over.clientHeight / 2 });
}

/** The chart's numbers, made when they are asked for: they may be many. */
function numbers(current: () => Chart): HTMLElement {
  const place = h("div", {});
  const details = h("details", { class: "numbers" }, h("summary", {}, "Numbers"), place);
  details.addEventListener("toggle", () => {
    const options = current();
    if (!details.open) return;
    replace(
      place,
      table(
        options.title,
        [{ name: options.xLabel, numeric: true }, ...options.series.map((series) => ({ name: series.label, numeric: true }))],
        options.x.map((x, index) => [(options.xFormat ?? mark)(x), ...options.series.map((series) => short(series.values[index]))]),
      ),
    );
  });
  return details;
}

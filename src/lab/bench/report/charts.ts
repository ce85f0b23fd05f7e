// The report's charts, as SVG: a histogram, a time line of all requests, and the slowest requests in detail.
import type { Bar } from "../load/figures.ts";
import type { RequestRecord } from "../load/record.ts";
import { at, html, type Markup, ticks } from "./html.ts";
import { ms } from "./text.ts";

/** The parts of a request in drawing order; their shades also differ on black-and-white paper. `style`: its class. */
const parts = [
  { key: "queueMs", name: "queue", style: "queue" },
  { key: "gatewayMs", name: "hub and gateway", style: "gateway" },
  { key: "wireMs", name: "wire", style: "wire" },
  { key: "mcuMs", name: "MCU", style: "mcu" },
] as const;

/** A chart is drawn for a page and for a phone: scaled down, its text could not be read there. */
const shapes = [
  { style: "wide", width: 720 },
  { style: "narrow", width: 360 },
] as const;

type Shape = (typeof shapes)[number] & { readonly plotWidth: number };

const left = 56;

function inEachShape(draw: (shape: Shape) => Markup): Markup[] {
  return shapes.map((shape) => draw({ ...shape, plotWidth: shape.width - left - 8 }));
}

/** Latencies as bars, on a logarithmic scale of time. */
export function histogramChart(bars: readonly Bar[]): Markup[] {
  return inEachShape((shape) => histogram(bars, shape));
}

function histogram(bars: readonly Bar[], { style, width, plotWidth }: Shape): Markup {
  const [height, foot] = [190, 34];
  const most = Math.max(1, ...bars.map(({ count }) => count));
  const step = plotWidth / Math.max(1, bars.length);
  const y = (count: number) => height - foot - (count / most) * (height - foot - 10);
  const columns = bars.map(({ fromMs, toMs, count }, index) => {
    const x = left + index * step;
    const title = html`<title>${ms(fromMs)} to ${ms(toMs)} ms: ${count}</title>`;
    return html`<rect x="${at(x + 0.5)}" y="${at(y(count))}" width="${at(step - 1)}" height="${at(height - foot - y(count))}" class="wire">${title}</rect>${
      index % (style === "wide" ? 4 : 6) === 0 &&
      html`<text x="${at(x)}" y="${height - foot + 14}" text-anchor="middle">${ms(fromMs)}</text>`
    }`;
  });
  return html`<svg class="${style}" viewBox="0 0 ${width} ${height}" role="img" aria-label="histogram of latencies">
${gridLines(width, ticks(most, 4), y, (value) => at(value))}${columns}
<text x="${left + plotWidth / 2}" y="${height - 4}" text-anchor="middle">total, ms (logarithmic)</text></svg>`;
}

/** More columns cannot be told apart on paper. */
const columnsMax = { wide: 600, narrow: 150 } as const;

/** Every request in the order of its start, as a column of its parts; with many requests, the slowest of each group. */
export function timeLineChart(records: readonly RequestRecord[]): Markup[] {
  return inEachShape((shape) => timeLine(records, shape));
}

function timeLine(records: readonly RequestRecord[], { style, width, plotWidth }: Shape): Markup {
  const [height, foot] = [230, 34];
  const ordered = [...records].sort((one, other) => one.startMs - other.startMs);
  const groupSize = Math.max(1, Math.ceil(ordered.length / columnsMax[style]));
  const shown = Array.from({ length: Math.ceil(ordered.length / groupSize) }, (_, index) =>
    slowestOf(ordered.slice(index * groupSize, (index + 1) * groupSize)),
  );
  const most = Math.max(0.001, ...shown.map(({ totalMs }) => totalMs));
  const step = plotWidth / Math.max(1, shown.length);
  const y = (value: number) => height - foot - (value / most) * (height - foot - 10);
  const columns = shown.map((record, index) => {
    const x = left + index * step;
    return stack(record).map(({ fromMs, toMs, style: part, name }) => {
      const title = html`<title>request ${record.index}, ${record.outcome}: ${ms(record.totalMs)} ms; ${name} ${ms(toMs - fromMs)} ms</title>`;
      return html`<rect x="${at(x)}" y="${at(y(toMs))}" width="${at(step + 0.05)}" height="${at(y(fromMs) - y(toMs))}" class="${part}">${title}</rect>`;
    });
  });
  const marks = [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const record = shown[Math.min(shown.length - 1, Math.floor(share * shown.length))];
    const anchor = share === 0 ? "start" : share === 1 ? "end" : "middle";
    const seconds = `${((record?.startMs ?? 0) / 1000).toFixed(1)} s`;
    return html`<text x="${at(left + share * plotWidth)}" y="${height - foot + 14}" text-anchor="${anchor}">${seconds}</text>`;
  });
  const what = groupSize === 1 ? "each request" : `the slowest of each ${groupSize} requests`;
  return html`<svg class="${style}" viewBox="0 0 ${width} ${height}" role="img" aria-label="time line of requests">
${gridLines(width, ticks(most, 4), y, (value) => `${at(value)} ms`)}${columns}${marks}
<text x="${left + plotWidth / 2}" y="${height - 4}" text-anchor="middle">${what}, in order of start</text></svg>`;
}

const slowestShown = 15;

/** The slowest requests, each as a bar of its parts from left to right. */
export function slowestChart(records: readonly RequestRecord[]): Markup[] {
  return inEachShape((shape) => slowest(records, shape));
}

function slowest(records: readonly RequestRecord[], { style, width }: Shape): Markup {
  const shown = [...records].sort((one, other) => other.totalMs - one.totalMs).slice(0, slowestShown);
  const most = Math.max(0.001, ...shown.map(({ totalMs }) => totalMs));
  const [rowHeight, foot, nameWidth] = [16, 20, style === "wide" ? 150 : 110];
  const height = shown.length * rowHeight + foot;
  const scale = (width - nameWidth - 70) / most;
  const rows = shown.map((record, index) => {
    const y = index * rowHeight;
    const bars = stack(record).map(
      ({ fromMs, toMs, style: part }) =>
        html`<rect x="${at(nameWidth + fromMs * scale)}" y="${y + 2}" width="${at((toMs - fromMs) * scale)}" height="${rowHeight - 4}" class="${part}"/>`,
    );
    const name = `#${record.index} at ${(record.startMs / 1000).toFixed(2)} s`;
    const end = html`<text x="${at(nameWidth + record.totalMs * scale + 4)}" y="${y + 12}">${ms(record.totalMs)} ms</text>`;
    return html`<text x="${nameWidth - 6}" y="${y + 12}" text-anchor="end">${name}</text>${bars}${end}`;
  });
  return html`<svg class="${style}" viewBox="0 0 ${width} ${height}" role="img" aria-label="slowest requests">${rows}</svg>`;
}

/** The meaning of the colours. */
export function legend(): Markup {
  const entries = [...parts, { name: "not answered", style: "failed" }];
  return html`<p class="legend">${entries.map(({ name, style }) => html`<span><i class="${style}"></i>${name}</span>`)}</p>`;
}

function slowestOf(records: readonly RequestRecord[]): RequestRecord {
  const slowest = records.reduce((one, other) => (other.outcome !== "ok" || other.totalMs > one.totalMs ? other : one));
  return slowest;
}

/** A request as consecutive pieces of time. */
function stack({ split, totalMs, outcome }: RequestRecord) {
  if (outcome !== "ok") return [{ fromMs: 0, toMs: totalMs, style: "failed", name: "not answered" }];
  if (split === undefined) return [{ fromMs: 0, toMs: totalMs, style: parts[1].style, name: "total" }];
  let fromMs = 0;
  return parts.map(({ key, name, style }) => {
    const piece = { fromMs, toMs: fromMs + split[key], style, name };
    fromMs = piece.toMs;
    return piece;
  });
}

function gridLines(
  width: number,
  values: readonly number[],
  y: (value: number) => number,
  text: (value: number) => string,
): Markup[] {
  return values.map(
    (value) =>
      html`<line x1="${left}" x2="${width - 8}" y1="${at(y(value))}" y2="${at(y(value))}"/><text x="${left - 6}" y="${at(y(value) + 3.5)}" text-anchor="end">${text(value)}</text>`,
  );
}

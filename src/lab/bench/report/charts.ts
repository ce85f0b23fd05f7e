// The report's charts, as SVG: a histogram, a time line of all requests, and the slowest requests in detail.
import type { Bar } from "../load/figures.ts";
import type { RequestRecord } from "../load/record.ts";
import { at, html, type Markup, ticks } from "./html.ts";
import { ms } from "./text.ts";

/** The parts of a request in drawing order; the shades also differ on black-and-white paper. */
export const parts = [
  { key: "queueMs", name: "queue", colour: "#b9bfc7" },
  { key: "gatewayMs", name: "hub and gateway", colour: "#7a5ea8" },
  { key: "wireMs", name: "wire", colour: "#2f6fb0" },
  { key: "mcuMs", name: "MCU", colour: "#57a773" },
] as const;
const failedColour = "#c8372d";

const width = 720;
const left = 52;
const plotWidth = width - left - 8;

/** Latencies as bars, on a logarithmic scale of time. */
export function histogramChart(bars: readonly Bar[]): Markup {
  const [height, foot] = [190, 34];
  const most = Math.max(1, ...bars.map(({ count }) => count));
  const step = plotWidth / Math.max(1, bars.length);
  const y = (count: number) => height - foot - (count / most) * (height - foot - 10);
  const columns = bars.map(({ fromMs, toMs, count }, index) => {
    const x = left + index * step;
    const title = html`<title>${ms(fromMs)} to ${ms(toMs)} ms: ${count}</title>`;
    return html`<rect x="${at(x + 0.5)}" y="${at(y(count))}" width="${at(step - 1)}" height="${at(height - foot - y(count))}" fill="#2f6fb0">${title}</rect>${
      index % 4 === 0 && html`<text x="${at(x)}" y="${height - foot + 14}" text-anchor="middle">${ms(fromMs)}</text>`
    }`;
  });
  return html`<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="histogram of latencies">
${gridLines(ticks(most, 4), y, (value) => at(value))}${columns}
<text x="${left + plotWidth / 2}" y="${height - 4}" text-anchor="middle">total, ms (logarithmic)</text></svg>`;
}

/** More columns cannot be told apart on paper. */
const columnsMax = 600;

/** Every request in the order of its start, as a column of its parts; with many requests, the slowest of each group. */
export function timeLineChart(records: readonly RequestRecord[]): Markup {
  const [height, foot] = [230, 34];
  const ordered = [...records].sort((one, other) => one.startMs - other.startMs);
  const groupSize = Math.max(1, Math.ceil(ordered.length / columnsMax));
  const shown = Array.from({ length: Math.ceil(ordered.length / groupSize) }, (_, index) =>
    slowestOf(ordered.slice(index * groupSize, (index + 1) * groupSize)),
  );
  const most = Math.max(0.001, ...shown.map(({ totalMs }) => totalMs));
  const step = plotWidth / Math.max(1, shown.length);
  const y = (value: number) => height - foot - (value / most) * (height - foot - 10);
  const columns = shown.map((record, index) => {
    const x = left + index * step;
    return stack(record).map(({ fromMs, toMs, colour, name }) => {
      const title = html`<title>request ${record.index}, ${record.outcome}: ${ms(record.totalMs)} ms; ${name} ${ms(toMs - fromMs)} ms</title>`;
      return html`<rect x="${at(x)}" y="${at(y(toMs))}" width="${at(step + 0.05)}" height="${at(y(fromMs) - y(toMs))}" fill="${colour}">${title}</rect>`;
    });
  });
  const marks = [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const record = shown[Math.min(shown.length - 1, Math.floor(share * shown.length))];
    const anchor = share === 0 ? "start" : share === 1 ? "end" : "middle";
    const seconds = `${((record?.startMs ?? 0) / 1000).toFixed(1)} s`;
    return html`<text x="${at(left + share * plotWidth)}" y="${height - foot + 14}" text-anchor="${anchor}">${seconds}</text>`;
  });
  const what = groupSize === 1 ? "each request" : `the slowest of each ${groupSize} requests`;
  return html`<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="time line of requests">
${gridLines(ticks(most, 4), y, (value) => `${at(value)} ms`)}${columns}${marks}
<text x="${left + plotWidth / 2}" y="${height - 4}" text-anchor="middle">${what}, in order of start</text></svg>`;
}

const slowestShown = 15;

/** The slowest requests, each as a bar of its parts from left to right. */
export function slowestChart(records: readonly RequestRecord[]): Markup {
  const shown = [...records].sort((one, other) => other.totalMs - one.totalMs).slice(0, slowestShown);
  const most = Math.max(0.001, ...shown.map(({ totalMs }) => totalMs));
  const [rowHeight, foot, nameWidth] = [16, 20, 150];
  const height = shown.length * rowHeight + foot;
  const scale = (width - nameWidth - 70) / most;
  const rows = shown.map((record, index) => {
    const y = index * rowHeight;
    const bars = stack(record).map(
      ({ fromMs, toMs, colour }) =>
        html`<rect x="${at(nameWidth + fromMs * scale)}" y="${y + 2}" width="${at((toMs - fromMs) * scale)}" height="${rowHeight - 4}" fill="${colour}"/>`,
    );
    const name = `#${record.index} at ${(record.startMs / 1000).toFixed(2)} s`;
    const end = html`<text x="${at(nameWidth + record.totalMs * scale + 4)}" y="${y + 12}">${ms(record.totalMs)} ms</text>`;
    return html`<text x="${nameWidth - 6}" y="${y + 12}" text-anchor="end">${name}</text>${bars}${end}`;
  });
  return html`<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="slowest requests">${rows}</svg>`;
}

/** The meaning of the colours. */
export function legend(): Markup {
  const entries = [...parts, { name: "not answered", colour: failedColour }];
  return html`<p class="legend">${entries.map(({ name, colour }) => html`<span><i style="background:${colour}"></i>${name}</span>`)}</p>`;
}

function slowestOf(records: readonly RequestRecord[]): RequestRecord {
  const slowest = records.reduce((one, other) => (other.outcome !== "ok" || other.totalMs > one.totalMs ? other : one));
  return slowest;
}

/** A request as consecutive pieces of time. */
function stack({ split, totalMs, outcome }: RequestRecord) {
  if (outcome !== "ok") return [{ fromMs: 0, toMs: totalMs, colour: failedColour, name: "not answered" }];
  if (split === undefined) return [{ fromMs: 0, toMs: totalMs, colour: parts[1].colour, name: "total" }];
  let fromMs = 0;
  return parts.map(({ key, name, colour }) => {
    const piece = { fromMs, toMs: fromMs + split[key], colour, name };
    fromMs = piece.toMs;
    return piece;
  });
}

function gridLines(values: readonly number[], y: (value: number) => number, text: (value: number) => string): Markup[] {
  return values.map(
    (value) =>
      html`<line x1="${left}" x2="${width - 8}" y1="${at(y(value))}" y2="${at(y(value))}" stroke="#dfe3e8"/><text x="${left - 6}" y="${at(y(value) + 3.5)}" text-anchor="end">${text(value)}</text>`,
  );
}

import type { Frame, Latency } from "../frame.ts";
import { byId, element, setText } from "./dom.ts";
import { duration, timeOfDay } from "./text.ts";

/** So many labels have room below the histogram of a phone. */
const labelsMax = 5;

export function drawLatency({ latency }: Frame): void {
  const { count, p50Ms, p90Ms, p99Ms, maxMs } = latency;
  const entries = Object.entries({ p50: p50Ms, p90: p90Ms, p99: p99Ms, max: maxMs });
  byId("percentiles").replaceChildren(
    ...entries.map(([name, ms]) =>
      element("div", "", element("dt", "", name), element("dd", "", ms === undefined ? "–" : duration(ms))),
    ),
  );
  setText(
    byId("latency-note"),
    count === 0 ? "No answers yet." : `Of the latest ${count} answers, from a request's arrival here.`,
  );
  drawHistogram(latency);
}

function drawHistogram({ buckets, count, p50Ms, p99Ms }: Latency): void {
  const most = Math.max(1, ...buckets.map((bucket) => bucket.count));
  const step = Math.ceil(buckets.length / labelsMax);
  const histogram = byId("histogram");
  histogram.replaceChildren(
    ...buckets.map((bucket, index) => {
      const bar = element("i");
      bar.style.height = `${(100 * bucket.count) / most}%`;
      const label = (buckets.length - 1 - index) % step === 0 ? [element("span", "", shortMs(bucket.toMs))] : [];
      return element("div", "", bar, ...label);
    }),
  );
  const figures = `half of them within ${duration(p50Ms ?? 0)}, 99 of 100 within ${duration(p99Ms ?? 0)}`;
  histogram.setAttribute("aria-label", `Histogram of ${count} latencies${count === 0 ? "" : `: ${figures}`}`);
}

const shortMs = (ms: number) => (ms < 1000 ? `${ms} ms` : `${ms / 1000} s`);

export function drawOutcomes({ outcomes, since }: Frame): void {
  byId("outcomes").replaceChildren(
    ...outcomes.map(({ outcome, count, meaning, executed }) =>
      element(
        "tr",
        "",
        element("td", outcome === "ok" ? "good" : "error", outcome),
        element("td", "number", String(count)),
        element("td", "", meaning === undefined ? "" : `${meaning}; executed: ${executed}`),
      ),
    ),
  );
  setText(byId("outcomes-note"), `Of what this page has seen since ${timeOfDay(since)}.`);
}

export function drawIncidents({ incidents }: Frame): void {
  const marks = { good: "✓", info: "·", warn: "!", error: "✗" } as const;
  const shown = incidents.map(({ time, board, level, text }) =>
    element(
      "li",
      level,
      element("span", "time", timeOfDay(time)),
      element("span", "", `${marks[level]} ${board === undefined || board === "board" ? "" : `${board}: `}${text}`),
    ),
  );
  byId("incidents").replaceChildren(...(shown.length > 0 ? shown : [element("li", "note", "Nothing yet.")]));
}

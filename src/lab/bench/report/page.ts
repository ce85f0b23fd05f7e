// The report: one self-contained HTML page, for a browser and for paper.
import type { Conformance } from "../conformance/check-board.ts";
import { type RuleResult, type Verdict, verdictNames } from "../conformance/rule.ts";
import { partNames, percentileNames } from "../load/figures.ts";
import type { LoadPlan } from "../load/plan.ts";
import { histogramChart, legend, slowestChart, timeLineChart } from "./charts.ts";
import type { Comparison } from "./compare.ts";
import { html, type Markup } from "./html.ts";
import { type BenchResult, deviations, type Environment, nameOf, type Specimen, verdictOf } from "./result.ts";
import { styleFor } from "./style.ts";
import { countNames, lineText, ms, paceText, percent } from "./text.ts";

/** Lines shown for each rule; a rule that fills a window with long lines has more. */
const exchangesShown = 40;
const lineCharacters = 160;

/** The page, complete. */
export function resultPage(result: BenchResult): string {
  const { environment, conformance, load } = result;
  const name = nameOf(result);
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Bench report: ${name}</title>
<style>${{ markup: styleFor(`${name}, ${dateText(environment.startedAt)}`, verdictOf(result)) }}</style>
</head>
<body><main>
<h1>Bench report: ${name}</h1>
<p class="subtitle">rrpc-gateway ${environment.version} · ${dateText(environment.startedAt)}</p>
<div class="signed">${verdictBox(result)}${signature(environment.specimen)}</div>
<h2>Specimen and environment</h2>
${environmentTable(environment, conformance)}
${result.against && comparisonSection(result.against)}
${conformance && conformanceSection(conformance)}
${load && loadSection(load, environment)}
</main></body>
</html>
`.markup;
}

function verdictBox(result: BenchResult): Markup {
  const found = deviations(result);
  const passes = [result.conformance && "conformance", result.load && "load"].filter(Boolean).join(" and ");
  if (found.length === 0)
    return html`<div class="verdict pass"><strong>PASS: no deviations found</strong><p>Passes run: ${passes}.</p></div>`;
  return html`<div class="verdict fail"><strong>FAIL: deviations found</strong>${found.map((one) => html`<p>${one}.</p>`)}</div>`;
}

function signature({ operator }: Specimen): Markup {
  return html`<div class="signature"><div class="name">Tested by${operator !== undefined && `: ${operator}`}</div><div>Date</div><div>Signature</div></div>`;
}

function comparisonSection({ startedAt, firmware, worse, better, notCompared }: Comparison): Markup {
  const list = (style: string, words: readonly string[]) =>
    words.map((one) => html`<tr><th class="${style}">${style}</th><td>${one}</td></tr>`);
  const none = worse.length + better.length === 0 && html`<tr><td>Nothing is worse, and nothing better.</td></tr>`;
  return html`<h2>Compared with an earlier run</h2>
<p>The run of ${startedAt}, firmware ${firmware ?? "unnamed"}.</p>
<table>${list("worse", worse)}${list("better", better)}${none}</table>
${notCompared.map((one) => html`<p class="note">Not compared: ${one}.</p>`)}`;
}

function environmentTable(
  { specimen, adapter, port, format, machine, node, cutoffMs, replyBytesMax, commands }: Environment,
  conformance: Conformance | undefined,
): Markup {
  const rows: (readonly [string, string | Markup])[] = [
    ["Board", specimen.board ?? "not given"],
    ["Serial number", specimen.serialNumber ?? "not given"],
    ["Firmware", conformance === undefined ? "not tested" : (conformance.hello?.fw ?? "its hello does not say")],
    ["Operator", specimen.operator ?? "not given"],
    ["Adapter", adapter ?? "no name in /dev/serial/by-id"],
    ["Port", port],
    ["Line", `${format} (baud, format)`],
    ["Hello", conformance === undefined ? "not tested" : helloText(conformance)],
    ["Commands", html`<code>${commands.plain}</code>, <code>${commands.count}</code>, <code>${commands.slow}</code>`],
    ["Server's cutoff", `${cutoffMs} ms`],
    ["Longest reply", `${replyBytesMax} bytes (serial.replyBytesMax)`],
    ["Machine", `${machine}, Node.js ${node}`],
  ];
  return html`<table class="short">${rows.map(([name, value]) => html`<tr><th>${name}</th><td>${value}</td></tr>`)}</table>`;
}

function helloText({ hello }: Conformance): string {
  if (hello === undefined) return "none: checked only against the rules for every board";
  const { window, lineBytesMax, crc, dedup, cancel, boot } = hello;
  const line = lineBytesMax === undefined ? "not given" : `${lineBytesMax} bytes`;
  return `window ${window}, line ${line}, checksums ${crc ? "yes" : "no"}, remembers ${dedup}, cancel ${
    cancel ? "yes" : "no"
  }, boot ${boot ?? "not given"}`;
}

function conformanceSection({ results }: Conformance): Markup {
  const count = (verdict: Verdict) => results.filter((one) => one.verdict === verdict).length;
  const counts = (["pass", "fail", "not_claimed", "not_judged"] as const).map(
    (one) => `${count(one)} ${verdictNames[one]}`,
  );
  return html`<h2>Conformance</h2>
<p>By docs/line-protocol.md, version 1: ${counts.join(", ")}. Features that the board's hello does not claim are not tested.</p>
<table><tr><th>Verdict</th><th>Rule</th><th class="section">Section</th></tr>${results.map(ruleRow)}</table>`;
}

function ruleRow({ verdict, name, note, section, exchanged }: RuleResult): Markup {
  const lines = exchanged.slice(-exchangesShown).map(({ direction, line }) => {
    return `${direction === "sent" ? "▶" : "◀"} ${lineText(line, lineCharacters)}`;
  });
  const cut = exchanged.length - lines.length;
  const wire = lines.length > 0 && html`<pre>${cut > 0 ? `(${cut} earlier lines)\n` : ""}${lines.join("\n")}</pre>`;
  // For failed rules the lines are printed; for the others they can be opened in a browser.
  const details =
    wire &&
    (verdict === "fail"
      ? wire
      : html`<details><summary>${exchanged.length === 1 ? "1 line" : `${exchanged.length} lines`} sent ▶ and received ◀</summary>${wire}</details>`);
  return html`<tr><td><span class="mark ${verdict}">${verdictNames[verdict]}</span></td>
<td>${name}${note !== "" && html`<div class="note">${note}</div>`}${details}</td><td class="section">${section}</td></tr>`;
}

function loadSection({ result, figures }: NonNullable<BenchResult["load"]>, { cutoffMs }: Environment): Markup {
  const { requests, answered, shareInTime, perSecond } = figures;
  const names = [
    ...Object.keys(countNames),
    ...[...result.gatewayCounts.keys()].filter((name) => !(name in countNames)),
  ];
  const counts = names.map((name) => [countNames[name] ?? name, result.gatewayCounts.get(name) ?? 0] as const);
  const right = result.echoes
    ? "Each reply was compared with its request."
    : "The board does not echo: replies were not compared with their requests.";
  return html`<h2>Load</h2>
<p>${planText(result.plan)} <strong>${answered} of ${requests} answered</strong>, ${percent(shareInTime)} of all before the
cutoff of ${cutoffMs} ms, ${perSecond.toFixed(1)} per second. ${right}</p>
${figures.errors.length > 0 && html`<h3>Errors</h3><table class="short">${figures.errors.map(([name, count]) => html`<tr><td>${name}</td><td class="number">${count}</td></tr>`)}</table>`}
<h3>Latency, ms</h3>
<table class="short"><tr><td></td>${percentileNames.map((name) => html`<th class="number">${name}</th>`)}</tr>
${partNames.map((part) => html`<tr><th>${partTexts[part]}</th>${percentileNames.map((name) => html`<td class="number">${ms(figures.latency[part]?.[name])}</td>`)}</tr>`)}
</table>
<p class="note">Measured at the hub, from the call to the reply. "Wire" is computed from baud rate and bytes. "MCU" is the rest
of the time between writing and reading: it includes adapter and drivers and, with a window above 1, the other commands
that the board holds. Percentiles of parts do not add up to the total's.</p>
<h3>Histogram</h3>${histogramChart(figures.histogram)}
<h3>Time line</h3>${legend()}${timeLineChart(result.records)}
<h3>Slowest requests</h3>${slowestChart(result.records)}
<h3>Counts of the gateway and the hub</h3>
<table class="short">${counts.map(([name, count]) => html`<tr><td>${name}</td><td class="number">${count}</td></tr>`)}
<tr><td>unexpected replies at the hub</td><td class="number">${result.strayReplies}</td></tr></table>`;
}

const partTexts = { total: "Total", queue: "Queue", gateway: "Hub and gateway", wire: "Wire", mcu: "MCU" } as const;

function planText({ pace, sizesBytes, requests, durationMs }: LoadPlan): string {
  const long = durationMs === undefined ? "" : `, for ${durationMs / 1000} s`;
  const many = requests === undefined ? "" : `, ${requests} in total`;
  return `${paceText(pace)}${many}${long}, payloads of ${sizesBytes.join(", ")} bytes.`;
}

function dateText(date: Date): string {
  return `${date.toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

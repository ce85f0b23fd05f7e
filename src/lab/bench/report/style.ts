/** The report's style, for screens, light and dark, and for A4; it loads no font, picture or script. */
const style = `
:root { --ink: #1c2430; --soft: #4a5563; --paper: #fff; --rule: #dfe3e8; --panel: #f4f6f8; --good: #2e7d4f; --good-panel: #eef7f1;
  --bad: #c8372d; --bad-panel: #fcf0ef; --faint: #66717e; --doubt: #8a6000; --queue: #b9bfc7; --gateway: #7a5ea8; --wire: #2f6fb0;
  --mcu: #57a773; color-scheme: light; }
@media screen and (prefers-color-scheme: dark) {
  :root { --ink: #e4e8ee; --soft: #a9b4c2; --paper: #14181e; --rule: #2d343d; --panel: #1d232b; --good: #6cc58e; --good-panel: #16261c;
    --bad: #f0776c; --bad-panel: #2c1918; --faint: #8e99a8; --doubt: #e0b04a; --queue: #5d6672; --gateway: #a78bd8; --wire: #5c9ede;
    --mcu: #6cc58e; color-scheme: dark; }
}
:root { color: var(--ink); background: var(--paper); font: 14px/1.45 system-ui, "Segoe UI", "DejaVu Sans", sans-serif; }
body { max-width: 760px; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; margin: 0; overflow-wrap: anywhere; }
h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; border-bottom: 2px solid var(--ink); padding-bottom: .2rem; }
h3 { font-size: .95rem; margin: 1.2rem 0 .3rem; }
p { margin: .3rem 0; }
table { border-collapse: collapse; width: 100%; font-size: .86rem; }
th, td { text-align: left; vertical-align: top; padding: .25rem .5rem; border-bottom: 1px solid var(--rule); overflow-wrap: anywhere; }
th { font-weight: 600; color: var(--soft); overflow-wrap: normal; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; overflow-wrap: normal; }
code, pre { font: .8rem/1.4 ui-monospace, "DejaVu Sans Mono", monospace; }
code { overflow-wrap: anywhere; }
pre { margin: .3rem 0; padding: .4rem .6rem; background: var(--panel); white-space: pre-wrap; overflow-wrap: anywhere; }
summary { cursor: pointer; color: var(--soft); }
.subtitle, .note { color: var(--soft); }
.signed { display: flex; flex-wrap: wrap; gap: 1rem 2rem; align-items: stretch; margin: 1rem 0; }
.verdict { flex: 3 1 18rem; padding: .7rem 1rem; border: 2px solid; border-radius: 4px; }
.verdict.pass { border-color: var(--good); background: var(--good-panel); }
.verdict.fail { border-color: var(--bad); background: var(--bad-panel); }
.verdict strong { font-size: 1.1rem; }
.signature { flex: 2 1 14rem; display: grid; grid-template-columns: 1fr 1fr; gap: 2.2rem 1rem; align-content: end; padding-top: 2rem; }
.signature div { border-top: 1px solid var(--ink); padding-top: .2rem; font-size: .8rem; color: var(--soft); }
.signature .name { grid-column: 1 / -1; }
.mark { font-weight: 700; font-size: .74rem; white-space: nowrap; }
.mark.pass { color: var(--good); }
.mark.fail, .worse { color: var(--bad); }
.mark.not_claimed { color: var(--faint); }
.mark.not_judged { color: var(--doubt); }
.better { color: var(--good); }
.legend span { margin-right: 1.2em; font-size: .82rem; white-space: nowrap; }
.legend i { display: inline-block; width: .8em; height: .8em; margin-right: .4em; vertical-align: -.05em; print-color-adjust: exact; }
.queue { fill: var(--queue); background: var(--queue); } .gateway { fill: var(--gateway); background: var(--gateway); }
.wire { fill: var(--wire); background: var(--wire); } .mcu { fill: var(--mcu); background: var(--mcu); }
.failed { fill: var(--bad); background: var(--bad); }
svg { width: 100%; height: auto; display: block; }
svg.narrow { display: none; }
svg text { font: 11px system-ui, "DejaVu Sans", sans-serif; fill: var(--soft); }
svg line { stroke: var(--rule); }
@media screen and (max-width: 600px) {
  body { margin: 1rem auto; }
  svg.wide { display: none; }
  svg.narrow { display: block; }
  .section { display: none; }
  th, td { padding: .25rem .3rem; }
}
@media print {
  :root { font-size: 10.5px; }
  body { margin: 0; padding: 0; max-width: none; }
  * { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
  h2, h3 { break-after: avoid; }
  tr, svg, pre, .signed, table.short { break-inside: avoid; }
  .signature { row-gap: 12mm; padding-top: 10mm; }
  details:not([open]) { display: none; }
}
`;

/** The style, with the report's name and verdict at the head of each printed page, and the pages' numbers at its foot. */
export function styleFor(name: string, verdict: "PASS" | "FAIL"): string {
  const box = "font: 9px system-ui, sans-serif; color: #4a5563;";
  return `${style}@page { size: A4; margin: 18mm 14mm 16mm;
  @top-left { content: ${cssText(`Bench report: ${name}`)}; ${box} }
  @top-right { content: ${cssText(verdict)}; ${box} font-weight: bold; }
  @bottom-right { content: "page " counter(page) " of " counter(pages); ${box} } }
`;
}

/** What a board or a person has said never ends the string, nor the style. */
function cssText(text: string): string {
  return `"${text.replace(/[^A-Za-z0-9 .,:_/-]/gu, (one) => `\\${(one.codePointAt(0) ?? 0).toString(16)} `)}"`;
}

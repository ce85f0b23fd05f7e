/** The report's style, for screens and for A4; it loads no font, picture or script. */
export const style = `
:root { color: #1c2430; background: #fff; font: 14px/1.45 system-ui, "Segoe UI", "DejaVu Sans", sans-serif; }
body { max-width: 760px; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; margin: 0; }
h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; border-bottom: 2px solid #1c2430; padding-bottom: .2rem; }
h3 { font-size: .95rem; margin: 1.2rem 0 .3rem; }
p { margin: .3rem 0; }
table { border-collapse: collapse; width: 100%; font-size: .86rem; }
th, td { text-align: left; vertical-align: top; padding: .25rem .5rem; border-bottom: 1px solid #dfe3e8; }
th { font-weight: 600; color: #4a5563; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
code, pre { font: .8rem/1.4 ui-monospace, "DejaVu Sans Mono", monospace; }
code { overflow-wrap: anywhere; }
pre { margin: .3rem 0; padding: .4rem .6rem; background: #f4f6f8; white-space: pre-wrap; overflow-wrap: anywhere; }
summary { cursor: pointer; color: #4a5563; }
.subtitle { color: #4a5563; }
.verdict { margin: 1rem 0; padding: .7rem 1rem; border: 2px solid; border-radius: 4px; }
.verdict.pass { border-color: #2e7d4f; background: #eef7f1; }
.verdict.fail { border-color: #c8372d; background: #fcf0ef; }
.verdict strong { font-size: 1.1rem; }
.mark { font-weight: 700; font-size: .74rem; white-space: nowrap; }
.mark.pass { color: #2e7d4f; }
.mark.fail { color: #c8372d; }
.mark.not_claimed { color: #7b8794; }
.mark.not_judged { color: #9a6b00; }
.note { color: #4a5563; }
.legend span { margin-right: 1.2em; font-size: .82rem; }
.legend i { display: inline-block; width: .8em; height: .8em; margin-right: .4em; vertical-align: -.05em; }
svg { width: 100%; height: auto; display: block; }
svg text { font: 10px system-ui, "DejaVu Sans", sans-serif; fill: #4a5563; }
.signature { display: grid; grid-template-columns: 1fr 1fr 1fr; gap: 2rem; margin-top: 4rem; }
.signature div { border-top: 1px solid #1c2430; padding-top: .2rem; font-size: .8rem; color: #4a5563; }
@page { size: A4; margin: 16mm 14mm; }
@media print {
  :root { font-size: 10.5px; }
  body { margin: 0; padding: 0; max-width: none; }
  * { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
  h2, h3 { break-after: avoid; }
  tr, svg, pre, .verdict, .signature { break-inside: avoid; }
  details:not([open]) { display: none; }
}
`;

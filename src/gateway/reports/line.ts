import { describeSkips } from "../../protocol/describe-framing.ts";
import { printable } from "../../runtime/text.ts";
import { byteText, type ReportEntry, type ReportOf } from "./entry.ts";

/** What the MCU says of its own accord. */
export const mcuLog: ReportEntry<ReportOf<"mcu_log">> = {
  level: () => "info",
  text: ({ bytes }) => `mcu says: ${printable(bytes.toString())}`,
  key: () => "mcu log",
  incident: "mcu words",
  beginsIncident: false,
};

export const mcuLogHidden: ReportEntry<ReportOf<"mcu_log_hidden">> = {
  level: () => "info",
  text({ byteCount, cause }) {
    const why = cause === undefined ? "" : ` (${cause})`;
    return `mcu says ${byteText(byteCount)} that may be an answer: not shown${why}`;
  },
  incident: "mcu words",
  beginsIncident: false,
  hidesLine: true,
};

export const bytesSkipped: ReportEntry<ReportOf<"bytes_skipped">> = {
  level: ({ around }) => (around === undefined ? "debug" : "info"),
  text({ skips, around }) {
    const text = `mcu: taken off a line: ${describeSkips(skips)}`;
    if (around === undefined) return text;
    const shown = around.length === 0 ? "" : ` (${around.join(" … ")})`;
    return `${text}${shown}; more of it is only counted`;
  },
  incident: "board",
  beginsIncident: false,
  measure({ skips }, meter) {
    for (const { name, byteCount } of skips) meter.count("skipped", name, byteCount);
  },
};

export const otherLineEnd: ReportEntry<ReportOf<"other_line_end">> = {
  level: () => "warn",
  text({ ours, byteCount }) {
    const [came, expected, option] = ours === "lf" ? ["CR", "LF", "cr"] : ["LF", "CR", "lf"];
    return `mcu: ${byteText(byteCount)} with ${came} and no ${expected}: if its lines end so, set serial.lineEnd: ${option}`;
  },
  incident: "board",
  beginsIncident: false,
};

export const writeStalled: ReportEntry<ReportOf<"write_stalled">> = {
  level: () => "warn",
  text: () => "the serial port takes no bytes",
  incident: "board",
  beginsIncident: true,
  measure: (_, meter) => meter.count("writeStalls"),
};

export const commandResent: ReportEntry<ReportOf<"command_resent">> = {
  level: () => "info",
  text: ({ processId }) => `request ${processId}: command sent again`,
  incident: "board",
  beginsIncident: false,
  measure: (_, meter) => meter.count("resent"),
};

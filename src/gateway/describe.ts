import type { EchoFinding } from "../core/echo.ts";
import type { McuState } from "../core/phase.ts";
import type { DropName, Report } from "../core/report.ts";
import { describeSkips } from "../protocol/describe-framing.ts";
import type { Level } from "../runtime/logger.ts";
import { printable, seconds } from "../runtime/text.ts";

/** Where a drop is nothing to be warned of: that echoes come is told once, apart from them. */
const dropLevels: { readonly [name in DropName]?: Level } = { unpublished_event: "info", echoed_line: "debug" };

const doctorHint = "rrpc-gateway doctor says what to look at";

/** What the operator reads of echoes. */
const echoTexts: { readonly [finding in EchoFinding]: { readonly level: Level; readonly text: string } } = {
  heard: {
    level: "info",
    text: "what is written to the serial port comes back: such lines are dropped as echoed_line",
  },
  missing: {
    level: "warn",
    text: "what was written to the serial port has not come back, though serial.echo is always (in dialect template no answer counts before its echo)",
  },
  prompted: {
    level: "info",
    text: "what is written to the serial port comes back behind a prompt: serial.prompt takes it off, of answers too",
  },
  torn: {
    level: "warn",
    text:
      "what is written to the serial port comes back in pieces, as consoles do it that wrap their lines: set serial.echo: always. " +
      "A device that answers with the beginning of its command needs serial.echo: never",
  },
  alone: {
    level: "warn",
    text:
      "what is sent comes back, and nobody else answers: is TX joined to RX? " +
      "A device that answers with the words of its command needs serial.echo: never",
  },
};

/** What stands in front of a reply, at most 32 bytes, twice, and what to do. */
const misframedMax = 240;

const misframedTexts = { misframed_hello: "a hello of the mcu", misframed_event: "what looks like an event" } as const;

/** What the operator reads of a report. Two reports of one key say the same thing of different requests. */
export function describeReport(report: Report): { level: Level; key: string; text: string } {
  switch (report.kind) {
    case "settled": {
      const { processId, outcome, totalMs, queueMs } = report;
      const key = `settled ${outcome}`;
      const ms = `${totalMs.toFixed(1)} ms${queueMs === undefined ? "" : `, ${queueMs.toFixed(1)} ms of it queued`}`;
      if (outcome === "ok") return { level: "debug", key, text: `request ${printable(processId)}: ok after ${ms}` };
      return { level: "warn", key, text: `request ${printable(processId)}: ${outcome} after ${ms}` };
    }
    case "dropped": {
      const { name, processId, detail, isKnown } = report;
      if (name === "misframed_reply" || name === "misframed_hello" || name === "misframed_event") {
        const reply = processId === undefined ? "what looks like a reply" : `the reply to ${printable(processId)}`;
        const what = name === "misframed_reply" ? reply : misframedTexts[name];
        const text = `${what} has ${printable(detail ?? "", misframedMax)}`;
        return { level: isKnown ? "debug" : "warn", key: `dropped ${name}`, text };
      }
      const of = processId ? ` of request ${printable(processId)}` : "";
      const why = detail === undefined ? "" : ` (${printable(detail)})`;
      return {
        level: isKnown ? "debug" : (dropLevels[name] ?? "warn"),
        key: `dropped ${name}`,
        text: `dropped ${name}${of}${why}`,
      };
    }
    case "mcu_log":
      return { level: "info", key: "mcu log", text: `mcu says: ${printable(report.bytes.toString())}` };
    case "mcu_log_hidden":
      return {
        level: "info",
        key: report.kind,
        text: `mcu says ${bytes(report.byteCount)} that may be an answer: not shown${report.cause === undefined ? "" : ` (${report.cause})`}`,
      };
    case "bytes_skipped": {
      const { skips, around } = report;
      const text = `mcu: taken off a line: ${describeSkips(skips)}`;
      if (around === undefined) return { level: "debug", key: report.kind, text };
      const shown = around.length === 0 ? "" : ` (${around.join(" … ")})`;
      return { level: "info", key: report.kind, text: `${text}${shown}; more of it is only counted` };
    }
    case "other_line_end": {
      const { ours, byteCount } = report;
      const [came, expected, option] = ours === "lf" ? ["CR", "LF", "cr"] : ["LF", "CR", "lf"];
      return {
        level: "warn",
        key: report.kind,
        text: `mcu: ${bytes(byteCount)} with ${came} and no ${expected}: if its lines end so, set serial.lineEnd: ${option}`,
      };
    }
    case "mcu_greeted":
      return { level: "info", key: report.kind, text: `mcu: ${printable(report.text)}` };
    case "mcu_without_hello":
      return {
        level: "info",
        key: report.kind,
        text:
          report.waitedMs === 0
            ? "no hello of the mcu is waited for: served with window 1, no checksums, until it sends one"
            : `mcu has sent no hello within ${report.waitedMs} ms: served with window 1, no checksums, until it sends one`,
      };
    case "mcu_version_unsupported":
      return report.isSure
        ? {
            level: "error",
            key: report.kind,
            text: `mcu speaks ${printable(report.version)}, this gateway rrpc/1: its requests are refused`,
          }
        : {
            level: "warn",
            key: "mcu_version_doubted",
            text: `mcu has said hello as ${printable(report.version)}, this gateway speaks rrpc/1: it is asked again`,
          };
    case "mcu_restarted":
      return {
        level: "warn",
        key: report.kind,
        text: `mcu has restarted, ${report.inFlightCount} commands were in flight`,
      };
    case "mcu_damage_report":
      return { level: "warn", key: report.kind, text: "mcu has received a damaged line" };
    case "mcu_away":
      return {
        level: "error",
        key: report.kind,
        text: report.answersProbes
          ? `mcu is away: it answers probes, but no command (${report.unansweredCount} in a row); requests are refused; ${doctorHint}`
          : `mcu is away: ${report.unansweredCount} commands or probes in a row unanswered; requests are refused; ${doctorHint}`,
      };
    case "mcu_back":
      return {
        level: "info",
        key: report.kind,
        text: `mcu answers again after ${seconds(report.awayMs)}, last tried: ${report.rung}`,
      };
    case "command_resent":
      return { level: "info", key: report.kind, text: `request ${report.processId}: command sent again` };
    case "echo":
      return { key: `echo ${report.finding}`, ...echoTexts[report.finding] };
    case "writes_held":
      return { level: report.reason === "first_opening" ? "info" : "warn", key: report.kind, text: whyHeld(report) };
    case "recovering":
      return {
        level: report.rung === "probe" || report.rung === "resync" ? "debug" : "warn",
        key: `recovering ${report.rung}`,
        text: report.answersProbes
          ? `mcu has answered probes, but no command, for ${seconds(report.awayMs)}: trying ${report.rung}`
          : `mcu has not answered for ${seconds(report.awayMs)}: trying ${report.rung}`,
      };
    case "write_stalled":
      return { level: "warn", key: report.kind, text: "the serial port takes no bytes" };
    default:
      return report satisfies never;
  }
}

function bytes(count: number): string {
  return count === 1 ? "1 byte" : `${count} bytes`;
}

/** Firmware that answers in order is sent nothing for a while. */
function whyHeld({ reason, forMs, processId }: Report & { readonly kind: "writes_held" }): string {
  const held = `nothing is sent to the mcu for ${seconds(forMs)}`;
  switch (reason) {
    case "unanswered":
      return `${held}, or until it answers: the late answer to request ${printable(processId)} would be taken for the next one's`;
    case "stray_answer":
      return `${held} after its last answer: one came that no command awaits, so the next may be another's`;
    case "stray_line":
      return `${held} after a line of an answer that no command awaits; where the firmware says such lines unasked, serial.template.log names them`;
    case "first_opening":
      return `${held}, or until it answers: what was sent before this start may be answered yet`;
    default:
      return reason satisfies never;
  }
}

/** What the operator reads of a new session's round trip, which `marginMs` of the deadline has to cover. */
export function describeRoundTrip(roundTripMs: number, marginMs: number): { level: Level; text: string } {
  const text = `session: round trip ${roundTripMs.toFixed(0)} ms`;
  if (roundTripMs <= marginMs) return { level: "info", text };
  const advice = "an error at the deadline comes too late for the caller: raise rrpc.marginMs";
  return { level: "warn", text: `${text}, longer than rrpc.marginMs (${marginMs} ms); ${advice}` };
}

/** What keeps the MCU from serving, for the line that systemd shows; undefined where nothing is known to. */
export function describeMcuTrouble(state: McuState): string | undefined {
  switch (state) {
    case "away":
      return "does not answer";
    case "away_answers_probes":
      return "answers probes, but no command";
    case "incompatible":
      return "speaks another version of the line protocol";
    case "unlinked":
    case "greeting":
    case "serving":
    case "suspect":
      return undefined;
    default:
      return state satisfies never;
  }
}

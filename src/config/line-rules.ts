/** The rules about the line's speed and about what has to be transmitted within the deadline; see `rules.ts`. */
import { responseWaitMaxMs, responseWaitMs } from "../iot-hub/limits.ts";
import { bitsPerCharacter, wireTimeMs } from "../protocol/wire-time.ts";
import { nearestBaudRate } from "./baud-rates.ts";
import { budgetOf, wireBytesMax } from "./budget.ts";
import type { Mismatch } from "./findings.ts";
import { options } from "./options.ts";
import type { IsGiven, Rule, RulePath, RuleSettings } from "./rule.ts";

const wireFormat = ["serial.baudRate", "serial.dataBits", "serial.parity", "serial.stopBits"] as const;

export const lineRules: readonly Rule[] = [
  {
    at: "serial.baudRate",
    reads: ["serial.baudRate"],
    check: ({ serial: { baudRate } }) => {
      const nearest = nearestBaudRate(baudRate);
      return nearest === baudRate
        ? undefined
        : {
            severity: "warning",
            expected: `a rate that boards and adapters have (the nearest is ${nearest})`,
            found: `${baudRate}, of which a driver makes what it can`,
          };
    },
  },
  {
    at: "rrpc.cutoffMs",
    reads: ["rrpc.cutoffMs", "hub.host"],
    check: ({ rrpc: { cutoffMs }, hub: { host } }) =>
      cutoffMs <= responseWaitMs || host !== undefined
        ? undefined
        : {
            severity: "warning",
            expected: `at most ${responseWaitMs} ms, because what comes later may reach nobody: IoT Hub's SDK documents say ${responseWaitMs} ms, newer pages ${responseWaitMaxMs}`,
            found: `${cutoffMs} ms`,
          },
  },
  {
    at: longestLine,
    reads: ["rrpc.cutoffMs", "rrpc.marginMs", "serial.commandBytesMax", "serial.replyBytesMax", ...wireFormat],
    check: longestLinesFit,
  },
  {
    at: writeOption,
    reads: ["serial.writeTimeoutMs", "rrpc.cutoffMs", "rrpc.marginMs", "serial.commandBytesMax", ...wireFormat],
    check: (settings, isGiven) => {
      const { serial } = settings;
      const commandMs = Math.ceil(wireTimeMs(serial.commandBytesMax, serial));
      // A line that does not fit into the deadline is reported by another rule.
      if (serial.writeTimeoutMs > commandMs || longestLinesFit(settings, isGiven) !== undefined) return undefined;
      const isAtCommand = writeOption(isGiven) === "serial.commandBytesMax";
      return {
        expected:
          `${isAtCommand ? "serial.writeTimeoutMs of " : ""}more than the ${commandMs} ms of a command of serial.commandBytesMax ` +
          `(${serial.commandBytesMax} bytes) at ${serial.baudRate} baud`,
        found: `${serial.writeTimeoutMs} ms`,
      };
    },
  },
];

function writeOption(isGiven: IsGiven): "serial.commandBytesMax" | "serial.writeTimeoutMs" {
  const isCommandAlone = isGiven("serial.commandBytesMax") && !isGiven("serial.writeTimeoutMs");
  return isCommandAlone ? "serial.commandBytesMax" : "serial.writeTimeoutMs";
}

/** Which of the options that decide together the message points at: a length that the file gives, or else another given option. */
function longestLine(isGiven: IsGiven, { serial }: RuleSettings): RulePath {
  const keys = ["commandBytesMax", "replyBytesMax"] as const;
  const excess = (key: (typeof keys)[number]) =>
    isGiven(`serial.${key}`) ? serial[key] / options.options.serial.options[key].default : 0;
  const [longest = "replyBytesMax"] = [...keys].sort((a, b) => excess(b) - excess(a));
  if (excess(longest) > 0) return `serial.${longest}`;
  return (["serial.baudRate", "rrpc.cutoffMs", "rrpc.marginMs"] as const).find(isGiven) ?? `serial.${longest}`;
}

function longestLinesFit(settings: RuleSettings, isGiven: IsGiven): Mismatch | undefined {
  const { serial } = settings;
  const { deadlineMs, leftMs, commandMs, replyMs } = budgetOf(settings);
  if (deadlineMs <= 0 || leftMs > 0) return undefined;
  const bytesMax = wireBytesMax(deadlineMs, serial);
  const bytes = serial.commandBytesMax + serial.replyBytesMax;
  const found = `${bytes} bytes, which take ${Math.ceil(commandMs + replyMs)} ms`;
  const why =
    `what crosses a line of ${serial.baudRate} baud with ${bitsPerCharacter(serial)} bits a byte within the deadline of ` +
    `${deadlineMs} ms (rrpc.cutoffMs - rrpc.marginMs)`;
  const at = longestLine(isGiven, settings);
  const [own, other] =
    at === "serial.commandBytesMax"
      ? (["commandBytesMax", "replyBytesMax"] as const)
      : (["replyBytesMax", "commandBytesMax"] as const);
  const left = bytesMax - serial[other];
  if (at === `serial.${own}` && left >= options.options.serial.options[own].min)
    return {
      expected: `at most ${left} bytes, which with serial.${other} (${serial[other]} bytes) is ${why}`,
      found: `${serial[own]} bytes, together ${found}`,
    };
  return { expected: `serial.commandBytesMax + serial.replyBytesMax of at most ${bytesMax} bytes, ${why}`, found };
}

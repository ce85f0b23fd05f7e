/** The bench's eyes: a board's lines read strictly, so that doctor names a fault in the same words. */
import { readBoardLine } from "../../lab/bench/conformance/board-line.ts";
import { findEighthBit } from "../../lab/bench/conformance/format-fault.ts";
import { bareProbeProblem, memoryProblems } from "../../lab/bench/conformance/hello.ts";
import { quoted } from "../../lab/bench/conformance/quoted.ts";
import type { HelloFaults } from "../checks/lines.ts";
import type { Instead } from "../checks/mcu.ts";

/** Undefined for a line that is no attempt at a hello. @param bytes without what stands around the line */
export function readHelloStrictly(bytes: Buffer): HelloFaults | undefined {
  const text = bytes.toString("latin1");
  if (!/^=rrpc\//i.test(text)) return undefined;
  const line = readBoardLine(text, false);
  const checksum = line.checksumFault && `${quoted(text)} ${line.checksumFault.words}`;
  if (line.kind === "malformed")
    return { malformed: `${quoted(text)} is no hello: ${line.problem}`, checksum, memory: undefined };
  if (line.kind !== "hello") return undefined;
  const { problems } = line.hello;
  const malformed = problems.length === 0 ? undefined : `its hello: ${problems.join("; ")}`;
  return { malformed, checksum, memory: memoryProblems(line.hello).join("; ") || undefined };
}

/** What to say of an MCU that is silent, and sent `bytes` at the configured rate; undefined where they show nothing. */
export function formatIn(bytes: Buffer): Instead | undefined {
  const found = findEighthBit(bytes.toString("latin1"));
  if (found === undefined) return undefined;
  const { is, format, shown } = found;
  const options = format?.options;
  return {
    code: "other_format",
    evidence: `the eighth bit of its bytes is ${is}${options === undefined ? "" : ` (${options})`}; without it they say ${shown}`,
    help: options === undefined ? "check serial.dataBits, serial.parity and serial.stopBits" : `set ${options}`,
  };
}

/** Of an MCU that answers a probe only where it has a checksum. */
export const noBareProbe: Instead = {
  code: "no_bare_probe",
  evidence: bareProbeProblem,
  help: "answer a bare ? as well, whatever the hello says (docs/line-protocol.md, Checksum)",
};

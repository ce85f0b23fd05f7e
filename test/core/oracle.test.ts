/** The oracle of the random worlds, judged: whatever promise is broken on purpose, it notices. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Correlator } from "../../src/core/correlator.ts";
import type { Input } from "../../src/core/input.ts";
import type { Instant } from "../../src/core/instant.ts";
import type { Output } from "../../src/core/output.ts";
import { Coverage } from "./coverage.ts";
import { type Kind, usualKinds } from "./kinds.ts";
import { World } from "./world.ts";

/** Enough that most of what is tampered with happens in one of them. */
const worldCountUsual = 100;

/** What becomes of one output of a correlator, and of what input it came. */
type Tamper = (output: Output, input: Input) => readonly Output[];

function violationsWith(tamper: Tamper, kinds: ReadonlySet<Kind>, worldCount: number): string[] {
  const found: string[] = [];
  for (let seed = 1; seed <= worldCount; seed++) {
    const world = new World(seed, {
      coverage: new Coverage(),
      kinds,
      createCore(options) {
        const correlator = new Correlator(options);
        const step = (input: Input, now: Instant) =>
          correlator.step(input, now).flatMap((output) => tamper(output, input));
        return { step, wakeAt: () => correlator.wakeAt() };
      },
    });
    world.run();
    found.push(...world.oracle.violations);
  }
  return found;
}

test("a correlator that takes a request from this machine for one of the hub's is noticed", () => {
  const found: string[] = [];
  for (let seed = 1; seed <= worldCountUsual; seed++) {
    const world = new World(seed, {
      coverage: new Coverage(),
      createCore(options) {
        const correlator = new Correlator(options);
        return {
          step: (input, now) => correlator.step(input, now),
          wakeAt: () => correlator.wakeAt(),
          get hasHubRequest() {
            return correlator.firstDeadline() !== undefined;
          },
        };
      },
    });
    world.run();
    found.push(...world.oracle.violations);
  }
  assert.ok(found.some((what) => /requests of the hub are open/.test(what)));
});

function withText(output: Output & { kind: "publish" }, change: (text: string) => string): Output {
  return { ...output, payload: Buffer.from(change(output.payload.toString())) };
}

function underOtherId(output: Output & { kind: "publish_event" }): Output {
  const text = output.payload.toString();
  return { ...output, payload: Buffer.from(text.replace('"processId":"', '"processId":"1')) };
}

function lateReply({ processId, payload }: Output & { kind: "publish" }): Output {
  const news = { gateway: "late_reply", processId, lateMs: 1, outcome: "ok", payload: payload.toString() };
  return { kind: "publish_event", name: "late_reply", payload: Buffer.from(JSON.stringify(news)) };
}

function isCommand(output: Output): output is Output & { kind: "write" } {
  return output.kind === "write" && output.bytes[0] === 0x3e;
}

interface Broken {
  readonly promise: string;
  readonly tamper: Tamper;
  readonly notices: RegExp;
  /** What the worlds need for it, besides what they usually have. */
  readonly kinds?: readonly Kind[];
  /** How many worlds it needs, where it happens in few. */
  readonly worldCount?: number;
}

const tampered: readonly Broken[] = [
  {
    promise: "one response",
    tamper: (output) => (output.kind === "publish" ? [output, output] : [output]),
    notices: /which nobody asked/,
  },
  {
    promise: "one answer to a request from this machine",
    tamper: (output) => (output.kind === "answer" ? [output, output] : [output]),
    notices: /published for L.* which nobody asked/,
  },
  {
    promise: "an answer to each request from this machine",
    tamper: (output) => (output.kind === "answer" && output.processId === "L000001" ? [] : [output]),
    notices: /no response to L000001/,
  },
  {
    promise: "nothing for the hub of what somebody at this machine has asked",
    tamper: (output) => (output.kind === "answer" ? [{ ...output, kind: "publish" }] : [output]),
    notices: /published for L.* which nobody asked/,
  },
  {
    promise: "an end of each probe that was asked for",
    tamper: (output) => (output.kind === "probed" ? [] : [output]),
    notices: /never told what came of a probe/,
  },
  {
    promise: "no earlier hello as the answer to a probe that was asked for",
    tamper: (output) =>
      output.kind === "probed" && output.result.kind === "answered" && output.result.ms !== undefined
        ? [{ ...output, result: { ...output.result, ms: output.result.ms / 2 } }]
        : [output],
    notices: /an asked probe of .* is answered after/,
    worldCount: 400,
  },
  {
    promise: "a response for each request",
    tamper: (output) => (output.kind === "publish" && output.processId === "1" ? [] : [output]),
    notices: /no response to 1/,
  },
  {
    promise: "the answer to this request, and to no other",
    tamper: (output) =>
      output.kind === "publish" ? [withText(output, (text) => text.replace(/^R(\d+)/, "R1$1"))] : [output],
    notices: /which nobody asked/,
  },
  {
    promise: "what the MCU has said, byte for byte",
    tamper: (output) =>
      output.kind === "publish" ? [withText(output, (text) => text.replace(/^R.*/, "$&\r"))] : [output],
    notices: /is not what the MCU has said/,
  },
  {
    promise: "no mutilated command",
    tamper: (output) =>
      isCommand(output) ? [{ ...output, bytes: Buffer.from(`${output.bytes}`.replace(".", "")) }] : [output],
    notices: /executed what nobody has asked for/,
  },
  {
    promise: "done once",
    tamper: (output) =>
      isCommand(output) ? [{ ...output, bytes: Buffer.concat([output.bytes, output.bytes]) }] : [output],
    notices: /was executed 2 times and asked 1 times/,
  },
  {
    promise: "written again only after a proof",
    tamper: (output) =>
      isCommand(output) ? [{ ...output, bytes: Buffer.concat([output.bytes, output.bytes]) }] : [output],
    notices: /written twice without a proof/,
  },
  {
    promise: "an honest word about what was executed",
    tamper: (output) =>
      output.kind === "publish" ? [withText(output, (text) => text.replace('"unknown"', '"no"'))] : [output],
    notices: /it was said 1 times that it was not executed/,
  },
  {
    promise: "no restart where there was none",
    kinds: ["busy"],
    tamper: (output, input) =>
      output.kind === "report" && input.kind === "line" && input.bytes[0] === 0x3d
        ? [output, { kind: "report", report: { kind: "mcu_restarted", inFlightCount: 1 } }]
        : [output],
    notices: /told that the MCU has restarted, and it has not/,
  },
  {
    promise: "an honest word about execution",
    tamper: (output) =>
      output.kind === "publish" ? [withText(output, (text) => text.replace('"unknown"', '"no"'))] : [output],
    notices: /says that it was not executed/,
  },
  {
    promise: "no stale command",
    tamper: (output) =>
      output.kind === "publish"
        ? [output, { kind: "write", bytes: Buffer.from(`>${output.processId} r1.\n`), discardsUnsent: false }]
        : [output],
    notices: /stale command/,
  },
  {
    promise: "no late command where flow control has held it",
    tamper: (output) => (output.kind === "write" ? [{ ...output, discardsUnsent: false }] : [output]),
    notices: /arrived too late/,
    worldCount: 1200,
  },
  {
    promise: "one write at a time",
    tamper: (output) => (output.kind === "write" ? [output, output] : [output]),
    notices: /while another is under way/,
  },
  {
    promise: "fast refusal",
    tamper: (output) => (output.kind === "publish" && output.payload.includes("serial_down") ? [] : [output]),
    notices: /no fast refusal/,
  },
  {
    promise: "nothing written that is not allowed",
    tamper: (output, input) =>
      input.kind === "request" && output.kind === "publish" && output.payload.includes("not_allowed")
        ? [
            { kind: "write", bytes: Buffer.from(`>${input.processId} ${input.payload}\n`), discardsUnsent: false },
            output,
          ]
        : [output],
    notices: /it is not allowed: >/,
    worldCount: 300,
  },
  {
    promise: "nothing refused that is allowed",
    tamper: (output) =>
      output.kind === "publish" ? [withText(output, (text) => text.replace("mcu_stalled", "not_allowed"))] : [output],
    notices: /is allowed, and .* is told that it is not/,
  },
  {
    promise: "events that leave room for responses",
    tamper: (output) => (output.kind === "publish_event" ? Array<Output>(20).fill(output) : [output]),
    notices: /too many events/,
  },
  {
    promise: "a late reply under its own id",
    tamper: (output) => (output.kind === "publish_event" ? [underOtherId(output)] : [output]),
    notices: /late reply .* is another's/,
  },
  {
    promise: "a late reply only where the caller had none",
    tamper: (output) =>
      output.kind === "publish" && output.payload.toString("latin1").startsWith("R")
        ? [output, lateReply(output)]
        : [output],
    notices: /late reply .* which was answered in time/,
  },
  {
    promise: "recovery without a person",
    tamper: (output) => (output.kind === "reopen" ? [] : [output]),
    notices: /does not serve/,
  },
  {
    promise: "nothing dropped silently",
    tamper: (output) => (output.kind === "report" && output.report.kind === "dropped" ? [] : [output]),
    notices: /than were accounted for/,
  },
  {
    promise: "no exception",
    tamper(output) {
      if (output.kind === "reopen") throw new Error("a bug");
      return [output];
    },
    notices: /a bug/,
  },
  {
    promise: "an end of the drain",
    tamper: (output) => (output.kind === "drained" ? [] : [output]),
    notices: /never said that nothing is open/,
  },
];

for (const { promise, tamper, notices, kinds = [], worldCount = worldCountUsual } of tampered) {
  test(`a correlator that breaks its promise is noticed: ${promise}`, () => {
    const found = violationsWith(tamper, new Set([...usualKinds, ...kinds]), worldCount);
    assert.ok(
      found.some((what) => notices.test(what)),
      `${found.length} violations, among them ${found[0]}`,
    );
  });
}

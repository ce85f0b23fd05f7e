import type { CorrelatorOptions } from "../../src/core/options.ts";
import type { Dialect } from "../../src/protocol/dialect.ts";
import { createFraming } from "../../src/protocol/framing.ts";
import type { PayloadRules } from "../../src/protocol/payload-rules.ts";
import type { SeededRandom } from "../support/seeded-random.ts";
import { aspectOf } from "./aspects.ts";
import { defaultOptions } from "./default-options.ts";
import type { Kind } from "./kinds.ts";
import { drawLineStyle, type LineStyle } from "./line-style.ts";
import { bareSpeech, orderedSpeech, rrpcSpeech, type Speech } from "./speech.ts";
import type { Cut } from "./uart.ts";

/** What stays as it is in one world, whatever happens there. */
export interface Scenario {
  readonly kinds: ReadonlySet<Kind>;
  readonly speech: Speech;
  /** From how many processIDs the hub draws: few come back while they still mean something. Undefined: it counts. */
  readonly idCount: number | undefined;
  /** Whether ids that are in flight are used again, with another payload. */
  readonly reusesIds: boolean;
  /**
   * How the port takes a write: at once, and the bytes arrive so (an MCU's own USB); at once, and they leave at the
   * baud rate; or only as they leave.
   */
  readonly port: "usb" | "buffered" | "blocking";
  readonly cut: Cut;
  /** Whether what the gateway writes comes back to it. */
  readonly echoes: boolean;
  /** Whether the MCU can hold what the port has taken. */
  readonly hasFlowControl: boolean;
  /** What the configuration says of echoes. */
  readonly echo: CorrelatorOptions["echoMode"];
  readonly lineStyle: LineStyle;
  /** Whether firmware that answers in order may take longer than the configuration says. */
  readonly isOverdue: boolean;
  /** How long requests and faults come; afterwards nothing goes wrong any more. */
  readonly busyMs: number;
}

export function drawScenario(random: SeededRandom, seed: number, kinds: ReadonlySet<Kind>): Scenario {
  const quietMs = random.pick([5000, 9000, 12_000]);
  const speech = drawSpeech(random, quietMs, kinds);
  const echoRandom = aspectOf(seed, "echo");
  const echoes = kinds.has("echo") && echoRandom.chance(0.25);
  const hasFlowControl = kinds.has("flow_control") && aspectOf(seed, "flow").chance(0.3);
  // What comes back after the answer that another's was taken for cannot be told from one: by flow control, or where any
  // line is an answer.
  const canBeOverdue =
    speech.name === "bare" ? !echoes && !hasFlowControl : speech.name === "ordered" && !hasFlowControl;
  const lineStyle = drawLineStyle(aspectOf(seed, "manners"), kinds);
  return {
    kinds,
    speech,
    idCount: random.pick([12, 1000, 65_536, 65_536, undefined, undefined, undefined]),
    reusesIds: kinds.has("same_id") && aspectOf(seed, "ids").chance(0.3),
    port: random.pick(["usb", "buffered", "blocking"] as const),
    cut: kinds.has("half_line") ? "anywhere" : "between_lines",
    echoes,
    hasFlowControl,
    echo: echoRandom.pick(echoes ? (["always", "maybe"] as const) : (["never", "maybe"] as const)),
    // Where any line is a reply, so is whatever stands around one.
    lineStyle: speech.name === "bare" ? { ...lineStyle, head: "", tail: "", prompt: undefined } : lineStyle,
    isOverdue: kinds.has("overdue") && canBeOverdue && aspectOf(seed, "overdue").chance(0.3),
    // Seldom so long that all is tried that there is to try on an MCU that is away.
    busyMs: random.chance(0.02) ? random.whole(60_000, 120_000) : random.whole(5000, 30_000),
  };
}

function drawSpeech(random: SeededRandom, quietMs: number, kinds: ReadonlySet<Kind>): Speech {
  if (random.chance(0.8)) return rrpcSpeech;
  return random.chance(0.5) && kinds.has("bare") ? bareSpeech(quietMs) : orderedSpeech(quietMs);
}

/**
 * What an operator may have configured for a gateway that serves `speech`; late replies come within 20 s.
 * @param seed of what is drawn with a seed of its own
 */
export function drawOptions(
  random: SeededRandom,
  { speech, echo, lineStyle, hasFlowControl }: Scenario,
  seed: number,
): CorrelatorOptions {
  const { lateReplyWindowMs: quietMs = Number.POSITIVE_INFINITY } = speech.dialect;
  const times = [
    [4000, 3500],
    [4000, 3500],
    [6000, 4500],
    [10_000, 9000],
  ] as const;
  // A late answer that comes before the deadline of the next command would be taken for the answer to it.
  const [cutoffMs, deadlineMs] = random.pick(times.filter(([, deadlineMs]) => deadlineMs <= quietMs));
  return {
    ...defaultOptions,
    echoMode: echo,
    hasFlowControl,
    cutoffMs,
    deadlineMs,
    dialect: withPrompt(speech.dialect, lineStyle.prompt),
    queueMax: random.pick([2, 8, 64, 64, 512]),
    payloadRules: aspectOf(seed, "payload-rules").chance(0.03) ? fewDenied : undefined,
    windowMax: random.pick([1, 4, 16]),
    commandBytesMax: random.pick([48, 256]),
    idleProbeMs: random.pick([0, 10_000]),
    events: {
      isPublished: random.chance(0.5),
      lateReplies: aspectOf(seed, "late replies").chance(0.5),
      perSecondMax: 5,
      eventBytesMax: 400,
    },
    recovery: {
      reopen: random.pick(["idle", "always"] as const),
      canPulse: random.chance(0.5),
      hasCommand: random.chance(0.5),
    },
    helloWaitMs: random.pick([0, 500, 2000]),
    lateReplyMs: 20_000,
    responseBytesMax: 400,
    wireFormat: { ...defaultOptions.wireFormat, baudRate: random.pick([2400, 9600, 115_200]) },
  };
}

/** One request of eleven may not be sent, but each that nothing speaks against (`plainRequest`). */
const fewDenied: PayloadRules = {
  judge(payload) {
    const [, number = "1"] = /^r(\d+)\./.exec(payload.toString("latin1")) ?? [];
    return Number(number) % 11 === 0
      ? { kind: "denied", by: { list: "deny", index: 0 } }
      : { kind: "allowed", by: undefined };
  },
};

/** The dialect of a gateway whose configuration names the console's prompt. */
function withPrompt(dialect: Dialect, prompt: string | undefined): Dialect {
  if (prompt === undefined) return dialect;
  return { ...dialect, frame: createFraming({ prompt, lineEnd: "lf", keepsSpaces: !dialect.tellsDirections }) };
}

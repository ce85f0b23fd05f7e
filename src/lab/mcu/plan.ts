/** The firmware's answer to a command. Payloads are bytes, one character for each. */
export type Answer =
  | { readonly kind: "reply"; readonly payload: string; readonly id: "own" | "wrong"; readonly times: 1 | 2 }
  | { readonly kind: "refusal"; readonly code: string; readonly text: string }
  | { readonly kind: "nothing" }
  | { readonly kind: "restart" };

/** What the firmware does with a command: it works, executes it, and answers. */
export interface Plan {
  /** Time until the execution; the command keeps its place in the window until then. */
  readonly workMs: number;
  /** Time from the execution to the answer; the place is free meanwhile. */
  readonly lateMs: number;
  readonly answer: Answer;
}

/** The commands that the firmware knows by name, for people. Every other payload is echoed. */
export const knownCommands = `  echo X           reply with the whole payload, as to every payload that is not in this list
  busy, fail X     refuse: busy motor is homing
  refuse CODE TEXT refuse with this code and text
  slow MS          execute and reply after MS milliseconds
  late MS          execute at once, reply after MS milliseconds
  silent           execute, never reply
  double           reply twice
  wrongid          reply with another id
  binary N         reply with N bytes 00, 01 … FF, 00 …
  big N            reply with N letters
  boot             restart instead of a reply`;

// Far longer than any cutoff of IoT Hub (10 s): nobody waits for such an answer.
const waitMsMax = 60_000;
// Some 60 times IoT Hub's limit (16 KB): enough for any overlong reply.
const replyBytesMax = 1_000_000;

const reply = (payload: string, changes: { id?: "wrong"; times?: 2 } = {}): Answer => ({
  kind: "reply",
  payload,
  id: changes.id ?? "own",
  times: changes.times ?? 1,
});

/**
 * Decides what to do with a command.
 *
 * @param ordinary makes the reply's payload, unless the command itself asks for another one
 */
export function planFor(payload: string, ordinary: (payload: string) => string): Plan {
  const [word = "", argument = "", ...rest] = payload.split(" ");
  const number = /^\d{1,9}$/.test(argument) ? Number(argument) : undefined;
  const plan = (answer: Answer, workMs = 0, lateMs = 0): Plan => ({ workMs, lateMs, answer });

  if (payload.startsWith("busy") || word === "fail") {
    return plan({ kind: "refusal", code: "busy", text: "motor is homing" });
  }
  if (word === "refuse" && /^[\w-]{1,32}$/.test(argument)) {
    return plan({ kind: "refusal", code: argument, text: rest.join(" ") });
  }
  if (word === "slow" && number !== undefined) return plan(reply(ordinary(payload)), Math.min(number, waitMsMax));
  if (word === "late" && number !== undefined) return plan(reply(ordinary(payload)), 0, Math.min(number, waitMsMax));
  if (word === "binary" && number !== undefined) return plan(reply(binaryBytes(Math.min(number, replyBytesMax))));
  if (word === "big" && number !== undefined) return plan(reply("b".repeat(Math.min(number, replyBytesMax))));
  switch (payload) {
    case "silent":
      return plan({ kind: "nothing" });
    case "double":
      return plan(reply(ordinary(payload), { times: 2 }));
    case "wrongid":
      return plan(reply(ordinary(payload), { id: "wrong" }));
    case "boot":
      return plan({ kind: "restart" });
    default:
      return plan(reply(ordinary(payload)));
  }
}

function binaryBytes(length: number): string {
  return Buffer.from(Array.from({ length }, (_, at) => at & 0xff)).toString("latin1");
}

// What is decided at the end, by everything that the board has sent: its checksums, what stands around its lines, how long they are.
import { type Board, type Exchange, type LineSettings, type ReceivedLine, rightManner } from "./board.ts";
import type { WrongChecksum } from "./checksum-fault.ts";
import type { Trial } from "./handshake.ts";
import { quoted } from "./quoted.ts";
import { notJudged, passUnless, type Rule, type RuleOutcome } from "./rule.ts";

/** More of one kind say no more about its cause. */
const problemsShown = 3;

const kinds = ["checksum", "malformed", "restart", "too_long"] as const;
type Kind = (typeof kinds)[number];

/** Problems of one kind: the first ones in words, and the lines that show them. */
interface Problems {
  readonly words: string[];
  readonly exchanged: Exchange[];
}

/** Everything that the board has sent, as far as it is a problem. */
export class Output {
  readonly #problems = new Map<Kind, Problems>(kinds.map((kind) => [kind, { words: [], exchanged: [] }]));
  readonly #replyBytesMax: number;
  readonly #isHelloTold: boolean;
  #computed: WrongChecksum | undefined;

  /** @param isHelloTold whether the rule on probes tells of hellos that are none */
  constructor({ replyBytesMax }: LineSettings, isHelloTold: boolean) {
    this.#replyBytesMax = replyBytesMax;
    this.#isHelloTold = isHelloTold;
  }

  /** @param boot the boot word before these lines; @param isTold whether a failed rule shows what is malformed */
  take(lines: readonly ReceivedLine[], ruleId: string, boot: string | undefined, isTold: boolean): void {
    for (const received of lines) {
      const { line, end, checksumFault } = received;
      const bytes = line.length + end.length;
      this.#computed ??= checksumFault?.computed;
      if (checksumFault !== undefined) this.#add("checksum", line, `${quoted(line)} ${checksumFault.words}`);
      if (bytes > this.#replyBytesMax) this.#add("too_long", line, `${bytes} bytes (${ruleId})`);
      const isToldElsewhere = isTold || (this.#isHelloTold && line.startsWith("="));
      if (received.kind === "malformed" && !isToldElsewhere)
        this.#add("malformed", line, `malformed (${ruleId}): ${quoted(line)}: ${received.problem}`);
      if (received.kind === "hello" && received.hello.boot !== boot && ruleId !== "boot-hello")
        this.#add("restart", line, `it restarted (${ruleId})`);
    }
  }

  /** What it computes instead of the right checksum, if that is known. */
  computed(): WrongChecksum | undefined {
    return this.#computed;
  }

  problems(kind: Kind): Problems {
    return this.#problems.get(kind) ?? { words: [], exchanged: [] };
  }

  #add(kind: Kind, line: string, words: string): void {
    const problems = this.problems(kind);
    if (problems.words.length >= problemsShown) return;
    problems.words.push(words);
    problems.exchanged.push({ direction: "received", line });
  }
}

/** What these rules are judged by. */
export interface Seen {
  readonly output: Output;
  readonly board: Board;
  readonly settings: LineSettings;
  readonly trial: Trial;
  /** Whether a rule has failed. */
  readonly isBroken: (id: string) => boolean;
}

/** A rule that is judged at the end. */
export type OutputRule = Pick<Rule, "id" | "name" | "section" | "needs"> & {
  readonly judge: (seen: Seen) => RuleOutcome;
};

export const outputRules: readonly OutputRule[] = [
  {
    id: "checksum",
    name: "With crc=1 lines have the right checksum, in both directions",
    section: "Checksum",
    needs: [],
    judge({ output, board, trial }) {
      const { words, exchanged } = output.problems("checksum");
      const { manner = rightManner, words: tried } = trial;
      const isSame = typeof manner.checksum === "object" && manner.checksum === output.computed();
      const taken = isSame ? "it takes only lines with the same fault" : tried;
      const problems = [words[0], manner.checksum !== rightManner.checksum && taken];
      if (problems.some(Boolean)) return { ...passUnless(problems, ""), exchanged: [...exchanged, ...trial.exchanged] };
      if (board.hello()?.crc !== true) return { verdict: "not_claimed", note: "its hello does not say crc=1" };
      return passUnless([], "");
    },
  },
  {
    id: "framing",
    name: "Its lines end in LF, and nothing stands around them",
    section: "Lines",
    needs: [],
    judge({ board }) {
      if (board.firstBytes() === "") return notJudged("nothing has come");
      return passUnless(board.extraBytes().slice(0, problemsShown), echoNote(board));
    },
  },
  {
    id: "reply-length",
    name: "Its lines are not longer than the gateway takes (serial.replyBytesMax)",
    section: "Lines",
    needs: ["answer"],
    judge({ output, settings }) {
      const { words, exchanged } = output.problems("too_long");
      const help = `the gateway takes ${settings.replyBytesMax} and drops a longer line; set serial.replyBytesMax, and --reply-bytes-max here`;
      return words.length === 0
        ? passUnless([], `at most ${settings.replyBytesMax} bytes`)
        : { ...passUnless([`${words.join(", ")}; ${help}`], ""), exchanged };
    },
  },
  {
    id: "unexpected-output",
    name: "It sends only lines of the protocol and log lines, and does not restart",
    section: "Lines",
    needs: ["answer"],
    judge({ output, isBroken }) {
      const malformed = output.problems("malformed");
      const restarts = isBroken("boot-word") ? undefined : output.problems("restart");
      const exchanged = [...malformed.exchanged, ...(restarts?.exchanged ?? [])];
      return { ...passUnless([...malformed.words, ...(restarts?.words ?? [])], ""), exchanged };
    },
  },
];

function echoNote(board: Board): string {
  const count = board.echoCount();
  return count === 0 ? "" : `${count} sent lines came back (an adapter or a console echoes) and were ignored`;
}

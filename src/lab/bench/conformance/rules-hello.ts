// Hello, probes and restarts.
import { isAnswer, isHello } from "./board.ts";
import { bareProbeProblem, type Hello, memoryProblems } from "./hello.ts";
import { quoted } from "./quoted.ts";
import { hasHello, notJudged, notJudgedBecause, passUnless, type Rule, type RuleOutcome } from "./rule.ts";
import { answerMs, type RuleContext } from "./rule-context.ts";

const section = "Hello";

/** A boot loader of one or two seconds, and the firmware's own start. */
const bootMs = 6000;

/** First of all: whether it can be understood. */
export const formatRule: Rule = {
  id: "format",
  name: "Its bytes are text, at this speed and in this format",
  section: "Lines",
  needs: [],
  run({ board, trial: { formatFault, exchanged } }) {
    if (board.firstBytes() === "") return notJudged("nothing has come");
    return { ...passUnless([formatFault], ""), exchanged };
  },
};

/** What it says of itself. */
export const probeRules: readonly Rule[] = [
  {
    id: "probe",
    name: "A probe is answered with a hello that has the protocol's keys",
    section,
    needs: [],
    async run({ board, handshake }) {
      const { answered, noHello, exchanged } = handshake;
      const hello = board.hello();
      if (hello === undefined) {
        if (noHello === undefined) return { verdict: "not_claimed", note: "it sends no hello", exchanged };
        return { ...passUnless([`${quoted(noHello.line)} is no hello: ${noHello.problem}`], ""), exchanged };
      }
      if (answered === undefined) return { ...passUnless(["a hello came, but no probe is answered"], ""), exchanged };
      if (answered === "cr_lf" || answered === "cr") return { ...passUnless(hello.problems, ""), exchanged };
      await board.sendBytes(answered === "checked" ? "?*C7BC\n" : "?\n");
      const line = await board.next(isHello, answerMs);
      if (line === undefined) return passUnless(["no hello"], "");
      return passUnless(line.hello.problems, line.line.replace(/\*[0-9A-F]{4}$/, ""));
    },
  },
  {
    id: "bare-probe",
    name: "A bare probe, without a checksum, is always answered",
    section: "Checksum",
    claim: hasHello,
    needs: ["probe"],
    async run({ board, handshake: { answered, exchanged } }) {
      if (answered === "checked") return { ...passUnless([bareProbeProblem], ""), exchanged };
      if (answered === "cr_lf" || answered === "cr") return notJudgedBecause("line-ends");
      await board.sendBytes("?\n");
      return passUnless([(await board.next(isHello, answerMs)) === undefined && "no hello"], "");
    },
  },
  {
    id: "memory-usable",
    name: "What its hello says of its memory can be used",
    section: "Window, retransmission, late replies",
    claim: { words: "dedup=…", made: (hello) => (hello?.dedup ?? 0) > 0 },
    needs: ["probe"],
    run({ hello }) {
      const { dedup, window } = hello;
      const note = `dedup=${dedup}; above window=${window} a command is also remembered after others`;
      return passUnless(memoryProblems(hello), dedup > window ? "" : note);
    },
  },
];

/** At the end: the last one restarts the board. */
export const restartRules: readonly Rule[] = [
  {
    id: "probe-order",
    name: "Each probe is answered once, and before a later command",
    section,
    claim: hasHello,
    needs: ["bare-probe", "answer"],
    async run(context) {
      const { board, commands } = context;
      const probes = 3;
      await board.sendBytes(`${"?\n".repeat(probes)}${board.lineOf(`>${context.freshId()} ${commands.plain}`)}`);
      const answered = await board.next(isAnswer, answerMs);
      if (answered === undefined) return passUnless(["no answer to the command"], "");
      const before = board.received().filter(isHello).length;
      await context.barrier();
      const all = board.received().filter(isHello).length;
      return passUnless(
        [
          all !== probes && `${all} hellos to ${probes} probes`,
          all === probes && before < probes && `${probes - before} of ${probes} hellos after the answer`,
        ],
        `${probes} probes and a command in one write`,
      );
    },
  },
  {
    id: "boot-word",
    name: "The boot word stays the same until the board restarts",
    section,
    claim: { words: "boot=…", made: (hello: Hello | undefined) => hello?.boot !== undefined },
    needs: ["probe", "checksum"],
    async run({ board, hello }) {
      const words = [hello.boot];
      for (let count = 0; count < 3; count++) {
        board.mark();
        await board.send("?");
        words.push((await board.next(isHello, answerMs))?.hello.boot ?? "no hello");
      }
      const others = words.filter((one) => one !== hello.boot);
      return passUnless([others.length > 0 && `boot=${hello.boot}, then ${others.join(", ")}`], `boot=${hello.boot}`);
    },
  },
  {
    id: "boot-hello",
    name: "It sends a hello at every start, with another boot word",
    section,
    claim: hasHello,
    needs: ["probe"],
    async run(context) {
      const { board, hello } = context;
      if (board.reset === undefined)
        return notJudged("needs --reset dtr or --reset rts, which lets the bench restart it");
      board.mark();
      try {
        await board.reset();
      } catch (error) {
        return notJudged(`this port cannot restart it: ${(error as Error).message}`);
      }
      const line = await board.next(isHello, bootMs);
      if (line === undefined) return await withoutHello(context, hello.boot);
      const { boot } = line.hello;
      return passUnless(
        [boot !== undefined && boot === hello.boot && `boot=${boot}, the same as before`],
        `boot=${boot ?? "not given"}`,
      );
    },
  },
];

/** No hello came after the modem line was switched: the board's fault only if it has restarted. */
async function withoutHello({ board }: RuleContext, before: string | undefined): Promise<RuleOutcome> {
  await board.send("?");
  const now = (await board.next(isHello, answerMs))?.hello;
  if (now === undefined) return passUnless([`no hello within ${bootMs} ms, and none to a probe after that`], "");
  if (before === undefined)
    return notJudged(`no hello within ${bootMs} ms; without boot=… it cannot be seen whether the board has restarted`);
  if (now.boot === before)
    return notJudged(`the board did not restart (boot=${before} as before): is this modem line wired to its reset?`);
  return passUnless(
    [`it restarted (boot=${before}, then ${now.boot ?? "none"}), but sent no hello within ${bootMs} ms`],
    "",
  );
}

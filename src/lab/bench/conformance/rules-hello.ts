// Hello and checksums.
import { withChecksum } from "../../mcu/crc.ts";
import { flipOneBit, seededChance } from "../../mcu/faults.ts";
import type { BoardLine, Hello } from "./board-line.ts";
import { notJudged, passUnless, type Rule } from "./rule.ts";
import { answerMs } from "./rule-context.ts";

const hasHello = { words: "a hello", made: (hello: Hello | undefined) => hello !== undefined };
const checks = { words: "crc=1", made: (hello: Hello | undefined) => hello?.crc === true };
type HelloLine = BoardLine & { readonly kind: "hello" };
const isHello = (line: BoardLine): line is HelloLine => line.kind === "hello";

/** A boot loader of one or two seconds, and the firmware's own start. */
const bootMs = 6000;

export const helloRules: readonly Rule[] = [
  {
    id: "probe",
    name: "A probe is answered with a hello that has the protocol's keys",
    section: "Hello",
    claim: hasHello,
    async run({ board }) {
      await board.send("?");
      const line = await board.next(isHello, answerMs);
      if (line === undefined) return passUnless(["no hello"], "");
      return passUnless(line.hello.problems, line.line.replace(/\*[0-9A-F]{4}$/, ""));
    },
  },
  {
    id: "probe-order",
    name: "Each probe is answered once, and before a later command",
    section: "Hello",
    claim: hasHello,
    async run(context) {
      const { board, commands, hello } = context;
      const probes = 3;
      const command = `>${context.freshId()} ${commands.plain}`;
      await board.sendBytes(`${"?\n".repeat(probes)}${hello.crc ? withChecksum(command) : command}\n`);
      const answered = await board.next(({ kind }) => kind === "reply" || kind === "refusal", answerMs);
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
    section: "Hello",
    claim: { words: "boot=…", made: (hello) => hello?.boot !== undefined },
    async run({ board, hello }) {
      const words = [hello.boot];
      for (let count = 0; count < 3; count++) {
        board.mark();
        await board.send("?");
        words.push((await board.next(isHello, answerMs))?.hello.boot);
      }
      const others = words.filter((one) => one !== hello.boot);
      return passUnless([others.length > 0 && `boot=${hello.boot}, then ${others.join(", ")}`], `boot=${hello.boot}`);
    },
  },
  {
    id: "bare-probe",
    name: "A bare probe, without a checksum, is always answered",
    section: "Checksum",
    claim: checks,
    async run({ board }) {
      await board.sendBytes("\n?\n");
      return passUnless([(await board.next(isHello, answerMs)) === undefined && "no hello"], "");
    },
  },
  {
    id: "damaged",
    name: "A damaged line is not executed, and is reported with !- crc",
    section: "Checksum",
    claim: checks,
    async run(context) {
      const { board, commands } = context;
      const chance = seededChance(3);
      const count = 8;
      const damaged = Array.from({ length: count }, () => {
        const [sigil, ...rest] = withChecksum(`>${context.freshId()} ${commands.plain}`);
        // The sigil stays intact, so that only the checksum shows the damage.
        return sigil + flipOneBit(rest.join(""), chance);
      });
      const unreported: string[] = [];
      for (const line of [...damaged, `>${context.freshId()} ${commands.plain}`]) {
        const reports = () => board.received().filter(({ kind }) => kind === "damage_report").length;
        const before = reports();
        await board.sendBytes(`${line}\n`);
        const reported = await board.next(() => reports() > before, answerMs);
        if (reported !== undefined) continue;
        unreported.push(line);
        break;
      }
      const answers = board.received().filter(({ kind }) => kind === "reply" || kind === "refusal").length;
      return passUnless(
        [
          answers > 0 && "it answered a damaged line",
          ...unreported.map((line) => `no report of ${JSON.stringify(line)}`),
        ],
        `${count} lines with one bit flipped, one without a checksum`,
      );
    },
  },
  {
    id: "boot-hello",
    name: "It sends a hello at every start, with another boot word",
    section: "Hello",
    claim: hasHello,
    async run({ board, hello }) {
      if (board.reset === undefined)
        return notJudged("needs --reset dtr or --reset rts, which lets the bench restart it");
      board.mark();
      await board.reset();
      const line = await board.next(isHello, bootMs);
      if (line === undefined) return passUnless([`no hello within ${bootMs} ms`], "");
      const { boot } = line.hello;
      return passUnless(
        [boot !== undefined && boot === hello.boot && `boot=${boot}, the same as before`],
        `boot=${boot ?? "not given"}`,
      );
    },
  },
];

// Hello, checksums, and what holds for all that a board says.
import { withChecksum } from "../../mcu/crc.ts";
import { flipOneBit, seededChance } from "../../mcu/faults.ts";
import { answerMs } from "./examination.ts";
import { notJudged, type Rule, unless } from "./rule.ts";
import type { Hello, Said } from "./said.ts";

const greets = { words: "a hello", made: (hello: Hello | undefined) => hello !== undefined };
const checks = { words: "crc=1", made: (hello: Hello | undefined) => hello?.crc === true };
type SaidHello = Said & { readonly kind: "hello" };
const isHello = (said: Said): said is SaidHello => said.kind === "hello";

/** A boot loader of a second or two, and the firmware's own start. */
const bootMs = 6000;

export const helloRules: readonly Rule[] = [
  {
    id: "probe",
    name: "A probe is answered with a hello, by the protocol's keys",
    section: "Hello",
    claim: greets,
    async run({ board }) {
      await board.send("?");
      const said = await board.next(isHello, answerMs);
      if (said === undefined) return unless(["no hello"], "");
      return unless(said.hello.faults, said.line.replace(/\*[0-9A-F]{4}$/, ""));
    },
  },
  {
    id: "probe-order",
    name: "Each probe is answered once, and before a command that came after it",
    section: "Hello",
    claim: greets,
    async run(examination) {
      const { board, commands, hello } = examination;
      const probes = 3;
      const command = `>${examination.freshId()} ${commands.plain}`;
      await board.sendBytes(`${"?\n".repeat(probes)}${hello.crc ? withChecksum(command) : command}\n`);
      const answered = await board.next(({ kind }) => kind === "reply" || kind === "refusal", answerMs);
      if (answered === undefined) return unless(["no answer to the command"], "");
      const before = board.heard().filter(isHello).length;
      await examination.fence();
      const all = board.heard().filter(isHello).length;
      return unless(
        [
          all !== probes && `${all} hellos to ${probes} probes`,
          all === probes && before < probes && `${probes - before} of ${probes} hellos behind the answer`,
        ],
        `${probes} probes and a command in one go`,
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
      return unless([others.length > 0 && `boot=${hello.boot}, then ${others.join(", ")}`], `boot=${hello.boot}`);
    },
  },
  {
    id: "bare-probe",
    name: "A bare probe, without a checksum, is always answered",
    section: "Checksum",
    claim: checks,
    async run({ board }) {
      await board.sendBytes("\n?\n");
      return unless([(await board.next(isHello, answerMs)) === undefined && "no hello"], "");
    },
  },
  {
    id: "damaged",
    name: "A damaged line is not done, and is reported with !- crc",
    section: "Checksum",
    claim: checks,
    async run(examination) {
      const { board, commands } = examination;
      const chance = seededChance(3);
      const count = 8;
      const damaged = Array.from({ length: count }, () => {
        const [sigil, ...rest] = withChecksum(`>${examination.freshId()} ${commands.plain}`);
        // The sigil stays, so that it is the checksum and nothing else that tells.
        return sigil + flipOneBit(rest.join(""), chance);
      });
      const unreported: string[] = [];
      for (const line of [...damaged, `>${examination.freshId()} ${commands.plain}`]) {
        const reports = () => board.heard().filter(({ kind }) => kind === "damage_report").length;
        const before = reports();
        await board.sendBytes(`${line}\n`);
        const reported = await board.next(() => reports() > before, answerMs);
        if (reported !== undefined) continue;
        unreported.push(line);
        break;
      }
      const answers = board.heard().filter(({ kind }) => kind === "reply" || kind === "refusal").length;
      return unless(
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
    name: "It says hello by itself at every start, with another boot word",
    section: "Hello",
    claim: greets,
    async run({ board, hello }) {
      if (board.reset === undefined) return notJudged("--reset dtr (or rts) allows the bench to restart it");
      board.mark();
      await board.reset();
      const said = await board.next(isHello, bootMs);
      if (said === undefined) return unless([`no hello within ${bootMs} ms`], "");
      const { boot } = said.hello;
      return unless(
        [boot !== undefined && boot === hello.boot && `boot=${boot} as before`],
        `boot=${boot ?? "not said"}`,
      );
    },
  },
];

// Checksums that the board has to check.
import { withChecksum } from "../../mcu/crc.ts";
import { flipOneBit, seededChance } from "../../mcu/faults.ts";
import { isAnswer } from "./board.ts";
import type { Hello } from "./hello.ts";
import { quoted } from "./quoted.ts";
import { passUnless, type Rule } from "./rule.ts";
import { answerMs } from "./rule-context.ts";

export const checksumRules: readonly Rule[] = [
  {
    id: "damaged",
    name: "A damaged line is not executed, and is reported with !- crc",
    section: "Checksum",
    claim: { words: "crc=1", made: (hello: Hello | undefined) => hello?.crc === true },
    needs: ["answer", "checksum"],
    async run(context) {
      const { board, commands, settings } = context;
      const chance = seededChance(3);
      const count = 8;
      const command = () => `>${context.freshId()} ${commands.plain}`;
      const flipped = Array.from({ length: count }, () => {
        const [sigil, ...rest] = withChecksum(command());
        // The sigil stays intact, so that only the checksum shows the damage.
        return sigil + flipOneBit(rest.join(""), chance, settings.dataBits);
      });
      const unreported: string[] = [];
      for (const line of [...flipped, command()]) {
        const reports = () => board.received().filter(({ kind }) => kind === "damage_report").length;
        const before = reports();
        await board.sendBytes(`${line}\n`);
        const reported = await board.next(() => reports() > before, answerMs);
        if (reported !== undefined) continue;
        unreported.push(line);
        break;
      }
      const answer = board.received().find(isAnswer);
      return passUnless(
        [
          answer !== undefined && `it answered a damaged line: ${quoted(answer.line)}`,
          ...unreported.map((line) => `no report of ${quoted(line)}`),
        ],
        `${count} lines with one bit flipped, one without a checksum`,
      );
    },
  },
];

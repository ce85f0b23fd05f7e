// A line that stops amid is never done: neither after a silence, nor when an opening comes behind it.
import { setTimeout as sleep } from "node:timers/promises";
import { withChecksum } from "../../mcu/crc.ts";
import { answerMs, type Examination } from "./examination.ts";
import { type Rule, unless } from "./rule.ts";
import type { Hello } from "./said.ts";

const section = "Half lines";

/** What a gateway begins with: a line that spoils whatever half line the board holds, and a probe. */
export const opening = "\\!\\!*F46E\n?\n";

/** As long as a gateway is silent; a board has to give up a half line in 500 ms. */
const silenceMs = 600;

export const halfLineRules: readonly Rule[] = [
  {
    id: "silence",
    name: "A half line is dropped after half a second of silence",
    section,
    async run(examination) {
      const { board, commands } = examination;
      const id = examination.freshId();
      // Complete but for its LF: nothing but the silence tells that it was cut.
      await board.sendBytes(whole(examination, `>${id} ${commands.plain}`));
      await sleep(silenceMs);
      await board.sendBytes("\n");
      const answered = await examination.fence();
      return unless(
        [!answered && "no answer afterwards", examination.answersTo(id) > 0 && "the half line was done"],
        `${silenceMs} ms without a byte, then an LF`,
      );
    },
  },
  {
    id: "opening",
    name: "What begins an opening means nothing alone, and spoils a half line",
    section,
    claim: { words: "a hello", made: (hello: Hello | undefined) => hello !== undefined },
    async run(examination) {
      const { board, commands } = examination;
      await board.sendBytes(opening);
      const greeted = await board.next(({ kind }) => kind === "hello", answerMs);
      const isReported = board.heard().some(({ kind }) => kind === "damage_report");
      const id = examination.freshId();
      const command = `>${id} ${commands.plain}`;
      const halves = [command, whole(examination, command), `${command} \\`, `${command} \\x`, `${command} \\x4`];
      for (const half of halves) await board.sendBytes(half + opening);
      const answered = await examination.fence();
      return unless(
        [
          greeted === undefined && "no hello to it",
          isReported && "it was reported as damaged",
          !answered && "no answer afterwards",
          examination.answersTo(id) > 0 && "a half line was done",
        ],
        `alone, and behind ${halves.length} half lines`,
      );
    },
  },
];

function whole({ hello }: Examination, body: string): string {
  return hello.crc ? withChecksum(body) : body;
}

// A half line is never executed: not after a silence, and not when an opening follows it.
import { setTimeout as sleep } from "node:timers/promises";
import { opening } from "./handshake.ts";
import { hasHello, notJudgedBecause, passUnless, type Rule } from "./rule.ts";
import { answerMs } from "./rule-context.ts";

const section = "Half lines";

/** As long as a gateway stays silent; a board has to drop a half line within 500 ms. */
const silenceMs = 600;

export const halfLineRules: readonly Rule[] = [
  {
    id: "silence",
    name: "A half line is dropped after half a second of silence",
    section,
    needs: ["answer"],
    async run(context) {
      const { board, commands } = context;
      const id = context.freshId();
      // Only the LF is missing: nothing but the silence shows that it was cut.
      await board.sendBytes(board.lineOf(`>${id} ${commands.plain}`).trimEnd());
      await sleep(silenceMs);
      await board.sendBytes("\n");
      const answered = await context.barrier();
      return passUnless(
        [!answered && "no answer afterwards", context.answersTo(id) > 0 && "the half line was executed"],
        `${silenceMs} ms of silence, then an LF`,
      );
    },
  },
  {
    id: "opening",
    name: "An opening's first line has no effect alone, and spoils a half line",
    section,
    claim: hasHello,
    needs: ["answer", "bare-probe", "checksum"],
    async run(context) {
      const { board, commands, handshake } = context;
      if (handshake.answered === "cr_lf" || handshake.answered === "cr") return notJudgedBecause("line-ends");
      if (handshake.answered !== "opening")
        return {
          ...passUnless(['no hello to "\\!\\!*F46E" and "?", but to "?" alone'], ""),
          exchanged: handshake.exchanged,
        };
      await board.sendBytes(opening);
      const hello = await board.next(({ kind }) => kind === "hello", answerMs);
      const isReported = board.received().some(({ kind }) => kind === "damage_report");
      const id = context.freshId();
      const command = `>${id} ${commands.plain}`;
      const halves = [command, board.lineOf(command).trimEnd(), `${command} \\`, `${command} \\x`, `${command} \\x4`];
      for (const half of halves) await board.sendBytes(half + opening);
      const answered = await context.barrier();
      return passUnless(
        [
          hello === undefined && "no hello after it",
          isReported && "it was reported as damaged",
          !answered && "no answer afterwards",
          context.answersTo(id) > 0 && "a half line was executed",
        ],
        `alone, and after ${halves.length} half lines`,
      );
    },
  },
];

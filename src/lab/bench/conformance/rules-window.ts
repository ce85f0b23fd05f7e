// Window, memory and cancellation: what makes a command done exactly once.
import { setTimeout as sleep } from "node:timers/promises";
import { withChecksum } from "../../mcu/crc.ts";
import { type Examination, textOf } from "./examination.ts";
import { type Finding, notJudged, type Rule, unless } from "./rule.ts";
import type { Hello } from "./said.ts";

const section = "Window, retransmission, late replies";
const remembers = { words: "dedup=…", made: (hello: Hello | undefined) => (hello?.dedup ?? 0) > 0 };
const cancels = { words: "cancel=1", made: (hello: Hello | undefined) => hello?.cancel === true };
const needsSlow = notJudged("--slow names no command that takes as long as it says");
const needsCount = notJudged("--count names no command that is answered with another text each time it is done");

export const windowRules: readonly Rule[] = [
  {
    id: "window",
    name: "As many commands as its window says may come at once, as long as its lines may be",
    section,
    claim: { words: "window=2 or more", made: (hello) => (hello?.window ?? 1) > 1 },
    async run(examination) {
      const { board, commands, hello } = examination;
      const ids = Array.from({ length: hello.window }, () => examination.freshId());
      const end = hello.crc ? 6 : 1;
      const lines = ids.map((id) => {
        const body = `>${id} ${commands.plain} `.padEnd((hello.lineBytesMax ?? 64) - end, "x");
        return `${hello.crc ? withChecksum(body) : body}\n`;
      });
      await board.sendBytes(lines.join(""));
      const silent: string[] = [];
      for (const id of ids) if ((await examination.answer(id)) === undefined) silent.push(id);
      return unless(
        silent.map((id) => `no answer to ${id}`),
        `${ids.length} commands of ${lines[0]?.length} bytes in one go`,
      );
    },
  },
  {
    id: "same-line",
    name: "The same line again is answered the same, and not done again",
    section,
    claim: remembers,
    async run(examination) {
      const { commands, abilities } = examination;
      if (!abilities.counts) return await sameAnswer(examination);
      const id = examination.freshId();
      const first = await examination.ask(commands.count, id);
      examination.board.mark();
      const second = await examination.ask(commands.count, id);
      const next = await examination.ask(commands.count);
      if (first === undefined || next === undefined) return unless(["no answer"], "");
      return unless(
        [
          second === undefined && "no answer to the same line",
          second !== undefined && textOf(second) !== textOf(first) && `${textOf(first)}, then ${textOf(second)}`,
          Number(textOf(next)) !== Number(textOf(first)) + 1 &&
            `the counter went from ${textOf(first)} to ${textOf(next)}`,
        ],
        `counter ${textOf(first)}, ${textOf(first)} again, then ${textOf(next)}`,
      );
    },
  },
  {
    id: "same-id",
    name: "The same id with another line is another command",
    section,
    claim: remembers,
    async run(examination) {
      const { board, commands, abilities } = examination;
      const id = examination.freshId();
      const first = await examination.ask(commands.plain, id);
      board.mark();
      const second = await examination.ask(`${commands.plain} other`, id);
      if (first === undefined || second === undefined) return unless(["no answer"], "");
      if (!abilities.echoes)
        return notJudged("answered; which of the two it was is seen only of a command that echoes");
      return unless([textOf(second) === textOf(first) && "the first one's answer came again"], "");
    },
  },
  {
    id: "memory",
    name: "Of as many last commands as dedup says none is done again",
    section,
    claim: remembers,
    async run(examination) {
      const { board, commands, abilities, hello } = examination;
      if (!abilities.counts) return needsCount;
      const oldest = examination.freshId();
      let last = await examination.ask(commands.count, oldest);
      for (let more = 1; more < hello.dedup; more++) last = await examination.ask(commands.count);
      board.mark();
      // It may remember the command and no longer its reply: then it says nothing.
      await board.send(`>${oldest} ${commands.count}`);
      const next = await examination.ask(commands.count);
      if (last === undefined || next === undefined) return unless(["no answer"], "");
      const expected = Number(textOf(last)) + 1;
      return unless(
        [Number(textOf(next)) !== expected && `the counter went from ${textOf(last)} to ${textOf(next)}`],
        `${hello.dedup} commands, then the first of them again`,
      );
    },
  },
  {
    id: "same-line-at-work",
    name: "The same line again while it works is ignored",
    section,
    claim: remembers,
    async run(examination) {
      const { board, commands, abilities, hello } = examination;
      if (abilities.slowMs === undefined) return needsSlow;
      if (hello.window < 2 && !hello.cancel) return notJudged("it reads nothing while it works");
      const id = examination.freshId();
      await board.send(`>${id} ${commands.slow}`);
      await board.send(`>${id} ${commands.slow}`);
      await examination.answer(id, abilities.slowMs);
      await sleep(abilities.slowMs + marginMs);
      const count = examination.answersTo(id);
      return unless([count !== 1 && `${count} answers`], "one answer to two lines");
    },
  },
  {
    id: "cancel",
    name: "A cancelled command is not answered",
    section: "Lines",
    claim: cancels,
    async run(examination) {
      const { board, commands, abilities } = examination;
      if (abilities.slowMs === undefined) return needsSlow;
      const id = examination.freshId();
      await board.send(`>${id} ${commands.slow}`);
      await board.send(`~${id}`);
      await sleep(abilities.slowMs + marginMs);
      const answered = await examination.fence();
      return unless([!answered && "no answer afterwards", examination.answersTo(id) > 0 && "it was answered"], "");
    },
  },
  {
    id: "cancel-unknown",
    name: "The cancel of an unknown id means nothing",
    section: "Lines",
    claim: cancels,
    async run(examination) {
      const id = examination.freshId();
      await examination.board.send(`~${id}`);
      const answered = await examination.fence();
      return unless([!answered && "no answer afterwards", examination.answersTo(id) > 0 && "it was answered"], "");
    },
  },
];

/** On top of the time that a slow command takes by its own clock. */
const marginMs = 150;

/** What can be seen without a counter. */
async function sameAnswer(examination: Examination): Promise<Finding> {
  const { board, commands } = examination;
  const id = examination.freshId();
  const first = await examination.ask(commands.plain, id);
  board.mark();
  const second = await examination.ask(commands.plain, id);
  if (first === undefined || second === undefined) return unless(["no answer to the same line"], "");
  if (textOf(first) !== textOf(second)) return unless([`${textOf(first)}, then ${textOf(second)}`], "");
  return needsCount;
}

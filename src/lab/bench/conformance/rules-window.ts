// Window, memory and cancellation: what makes a command execute exactly once.
import { setTimeout as sleep } from "node:timers/promises";
import type { Hello } from "./hello.ts";
import { notJudged, passUnless, type Rule, type RuleOutcome } from "./rule.ts";
import { type RuleContext, textOf } from "./rule-context.ts";

const section = "Window, retransmission, late replies";
const remembers = { words: "dedup=…", made: (hello: Hello | undefined) => (hello?.dedup ?? 0) > 0 };
/** Each takes a command's time: a board that claims more would hold the bench for minutes. */
const memoryMax = 256;
const cancels = { words: "cancel=1", made: (hello: Hello | undefined) => hello?.cancel === true };
const needsSlow = ({ commands: { slow } }: RuleContext) =>
  notJudged(`"${slow}" does not take as long as it says: name a command that does with --slow`);
const needsCount = ({ commands: { count } }: RuleContext) =>
  notJudged(`"${count}" is not answered with the next number each time: name a command that is with --count`);

export const windowRules: readonly Rule[] = [
  {
    id: "window",
    name: "It accepts as many commands at once as its window says, each of the longest line",
    section,
    claim: { words: "window=2 or more", made: (hello) => (hello?.window ?? 1) > 1 },
    needs: ["answer", "longest-line"],
    async run(context) {
      const { board, commands, hello } = context;
      const ids = Array.from({ length: hello.window }, () => context.freshId());
      const bodyBytes = (hello.lineBytesMax ?? 64) - board.lineOf("").length;
      const lines = ids.map((id) => board.lineOf(`>${id} ${commands.plain} `.padEnd(bodyBytes, "x")));
      await board.sendBytes(lines.join(""));
      const silent: string[] = [];
      for (const id of ids) if ((await context.answer(id)) === undefined) silent.push(id);
      return passUnless(
        silent.map((id) => `no answer to ${id}`),
        `${ids.length} commands of ${lines[0]?.length} bytes in one write`,
      );
    },
  },
  {
    id: "same-line",
    name: "A repeated line gets the same answer, and is not executed again",
    section,
    claim: remembers,
    needs: ["answer"],
    async run(context) {
      const { commands, abilities } = context;
      if (!abilities.counts) return await sameAnswer(context);
      const id = context.freshId();
      const first = await context.command(commands.count, id);
      context.board.mark();
      const second = await context.command(commands.count, id);
      const next = await context.command(commands.count);
      if (first === undefined || next === undefined) return passUnless(["no answer"], "");
      return passUnless(
        [
          second === undefined && "no answer to the repeated line",
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
    name: "Another line with the same id is another command",
    section,
    claim: remembers,
    needs: ["answer", "once"],
    async run(context) {
      const { board, commands, abilities } = context;
      const id = context.freshId();
      const first = await context.command(commands.plain, id);
      board.mark();
      const second = await context.command(`${commands.plain} other`, id);
      if (first === undefined || second === undefined) return passUnless(["no answer"], "");
      if (!abilities.echoes)
        return notJudged("answered; only a --plain command that echoes shows which of the two it was");
      return passUnless([textOf(second) === textOf(first) && "the answer to the first one came again"], "");
    },
  },
  {
    id: "memory",
    name: "None of the last commands, as many as dedup says, is executed again",
    section,
    claim: remembers,
    needs: ["answer", "same-line"],
    async run(context) {
      const { board, commands, abilities, hello } = context;
      if (!abilities.counts) return needsCount(context);
      if (hello.dedup > memoryMax)
        return notJudged(`it would take ${hello.dedup} commands; ${memoryMax} at most are sent`);
      const oldest = context.freshId();
      let last = await context.command(commands.count, oldest);
      for (let more = 1; more < hello.dedup; more++) last = await context.command(commands.count);
      board.mark();
      // It may remember the command but not its reply: then it sends nothing.
      await board.send(`>${oldest} ${commands.count}`);
      const next = await context.command(commands.count);
      if (last === undefined || next === undefined) return passUnless(["no answer"], "");
      const expected = Number(textOf(last)) + 1;
      return passUnless(
        [Number(textOf(next)) !== expected && `the counter went from ${textOf(last)} to ${textOf(next)}`],
        `${hello.dedup} commands, then the first one again`,
      );
    },
  },
  {
    id: "same-line-at-work",
    name: "A repeated line is ignored while its command is at work",
    section,
    claim: remembers,
    needs: ["answer", "once", "same-line"],
    async run(context) {
      const { board, commands, abilities, hello } = context;
      if (abilities.slowMs === undefined) return needsSlow(context);
      if (hello.window < 2 && !hello.cancel) return notJudged("it reads nothing while a command is at work");
      const id = context.freshId();
      await board.send(`>${id} ${commands.slow}`);
      await board.send(`>${id} ${commands.slow}`);
      await context.answer(id, abilities.slowMs);
      await sleep(abilities.slowMs + marginMs);
      const count = context.answersTo(id);
      return passUnless([count !== 1 && `${count} answers`], "one answer to two lines");
    },
  },
  {
    id: "cancel",
    name: "A cancelled command is not answered",
    section: "Lines",
    claim: cancels,
    needs: ["answer"],
    async run(context) {
      const { board, commands, abilities } = context;
      if (abilities.slowMs === undefined) return needsSlow(context);
      const id = context.freshId();
      await board.send(`>${id} ${commands.slow}`);
      await board.send(`~${id}`);
      await sleep(abilities.slowMs + marginMs);
      const answered = await context.barrier();
      return passUnless([!answered && "no answer afterwards", context.answersTo(id) > 0 && "it was answered"], "");
    },
  },
  {
    id: "cancel-unknown",
    name: "A cancel with an unknown id has no effect",
    section: "Lines",
    claim: cancels,
    needs: ["answer"],
    async run(context) {
      const id = context.freshId();
      await context.board.send(`~${id}`);
      const answered = await context.barrier();
      return passUnless([!answered && "no answer afterwards", context.answersTo(id) > 0 && "it was answered"], "");
    },
  },
];

/** Added to the time that the slow command takes by its own clock. */
const marginMs = 150;

/** What can be checked without a counter. */
async function sameAnswer(context: RuleContext): Promise<RuleOutcome> {
  const { board, commands } = context;
  const id = context.freshId();
  const first = await context.command(commands.plain, id);
  board.mark();
  const second = await context.command(commands.plain, id);
  if (first === undefined || second === undefined) return passUnless(["no answer to the repeated line"], "");
  if (textOf(first) !== textOf(second)) return passUnless([`${textOf(first)}, then ${textOf(second)}`], "");
  return needsCount(context);
}

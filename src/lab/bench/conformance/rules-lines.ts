// What is a command, and what is none.
import { setTimeout as sleep } from "node:timers/promises";
import { quoted } from "./quoted.ts";
import { hasHello, notJudged, notJudgedBecause, passUnless, type Rule, type RuleOutcome } from "./rule.ts";
import { type RuleContext, strays, textOf } from "./rule-context.ts";

const section = "Lines";

/** Malformed by docs/line-protocol.md; a board that takes one for a command answers it. */
const malformed = [
  ">",
  ">>7 ok",
  "> ok",
  ">4.1 ok",
  ">41,ok",
  ">123456789012345678901234567890123 this id has 33",
  ">esc1 \\",
  ">esc2 \\t",
  ">esc3 \\N",
  ">esc4 \\x",
  ">esc5 \\x0",
  ">esc6 \\x0G",
  ">esc7 \\X41",
];

/** A busy machine stops the bench now and then: then it is tried again. */
const piecesAttempts = 3;
/** Half of the silence after which a board drops half a line. */
const pauseMsMax = 250;

export const lineRules: readonly Rule[] = [
  {
    id: "answer",
    name: "A command is answered, under its own id",
    section,
    needs: [],
    run({ board, trial: { manner, words, exchanged } }) {
      const fault = board.helloFault();
      // Who computes checksums wrongly takes right ones for damage.
      if (manner === undefined && fault !== undefined) return notJudgedBecause("checksum");
      // Where it takes another line end or checksum, the rules on these say so.
      return { ...passUnless([manner === undefined && words], ""), exchanged };
    },
  },
  {
    id: "once",
    name: "A command is answered once",
    section,
    needs: ["answer"],
    async run(context) {
      const id = context.freshId();
      const answered = await context.command(context.commands.plain, id);
      await context.barrier();
      const count = context.answersTo(id);
      return passUnless([count !== 1 && `${count} answers`], `answered by a ${answered?.kind}`);
    },
  },
  {
    id: "ids",
    name: "Ids of 1 to 32 letters, digits, _ and - come back unchanged",
    section,
    needs: ["answer"],
    async run(context) {
      const ids = ["7", "A", "_-", "00", `aZ09_-${"x".repeat(26)}`];
      const silent: string[] = [];
      for (const id of ids) if ((await context.command(context.commands.plain, id)) === undefined) silent.push(id);
      return passUnless(
        silent.map((id) => `no answer to ${id}`),
        `${ids.length} ids, the longest of 32`,
      );
    },
  },
  {
    id: "empty-payload",
    name: "A command without a payload is answered",
    section,
    needs: ["answer"],
    async run(context) {
      const answers = [await context.command("", "bare"), await sendWith(context, ">space ", "space")];
      return passUnless(
        [answers[0] === undefined && "no answer to >bare", !answers[1] && "no answer to >space followed by a space"],
        "",
      );
    },
  },
  {
    id: "line-ends",
    name: "One CR before the LF is dropped, and empty lines have no effect",
    section,
    needs: ["answer"],
    run: lineEnds,
  },
  {
    id: "pieces",
    name: "A command that arrives in pieces is executed as one",
    section,
    needs: ["answer"],
    async run(context) {
      let pauseMs = 0;
      for (let attempt = 1; attempt <= piecesAttempts; attempt++) {
        const id = context.freshId();
        pauseMs = await sendInPieces(context, id);
        if ((await context.answer(id)) !== undefined) return passUnless([], "one byte every 2 ms");
        if (pauseMs < pauseMsMax) return passUnless(["no answer"], "");
      }
      return notJudged(
        `this machine let ${Math.round(pauseMs)} ms pass between two bytes: it is too busy for this rule`,
      );
    },
  },
  {
    id: "unknown-sigils",
    name: "Lines with another first character are not commands",
    section,
    needs: ["answer", "once"],
    async run(context) {
      const { board, commands } = context;
      const sigils = ["#", "*", "%", " >", "a", "<", "@"];
      for (const sigil of sigils) await board.send(`${sigil}sigil ${commands.plain}`);
      const answered = await context.barrier();
      return passUnless([!answered && "no answer afterwards", ...strays(context)], `${sigils.length} such lines`);
    },
  },
  {
    id: "malformed",
    name: "Malformed lines are dropped as a whole",
    section,
    claim: hasHello,
    needs: ["answer", "once"],
    async run(context) {
      for (const line of malformed) await context.board.send(line);
      const answered = await context.barrier();
      return passUnless([!answered && "no answer afterwards", ...strays(context)], `${malformed.length} such lines`);
    },
  },
];

async function sendWith(context: RuleContext, body: string, id: string) {
  await context.board.send(body);
  return await context.answer(id);
}

/** The same command with and without a CR must get the same answer. */
async function lineEnds(context: RuleContext): Promise<RuleOutcome> {
  const { board, commands, trial } = context;
  if (trial.manner !== undefined && trial.manner.end !== "\n")
    return { ...passUnless([trial.words], ""), exchanged: trial.exchanged };
  await board.sendBytes("\n\r\n\n");
  const plain = await context.command(commands.plain);
  if (plain === undefined) return passUnless(["no answer after empty lines"], "");
  const id = context.freshId();
  await board.sendBytes(board.lineOf(`>${id} ${commands.plain}`).replace(/\n$/, "\r\n"));
  const withCr = await context.answer(id);
  if (withCr === undefined) {
    const isReported = board.received().some(({ kind }) => kind === "damage_report");
    const how = isReported ? "it reports the line as damaged: its checksum is of the bytes before the *" : "no answer";
    return passUnless([`${how}, where the same command ends in CR LF`], "");
  }
  const came = quoted(withCr.line + withCr.end.replace("\n", ""));
  const cameBack = withCr.end !== plain.end || textOf(withCr).replaceAll("\r", "") !== textOf(withCr);
  return passUnless(
    [
      cameBack && `the CR has become part of the payload: ${came}`,
      !cameBack && withCr.kind !== plain.kind && `the same command is another one with CR LF: ${came}`,
    ],
    "",
  );
}

/** Sends a command byte by byte; resolves to the longest pause between two of them. */
async function sendInPieces({ board, commands }: RuleContext, id: string): Promise<number> {
  let [pauseMs, sentAt] = [0, performance.now()];
  for (const byte of board.lineOf(`>${id} ${commands.plain}`)) {
    await board.sendBytes(byte);
    pauseMs = Math.max(pauseMs, performance.now() - sentAt);
    sentAt = performance.now();
    await sleep(2);
  }
  return pauseMs;
}

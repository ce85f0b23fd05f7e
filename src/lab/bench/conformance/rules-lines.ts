// Rules on lines: those for every board, and those for boards with a hello only.
import { setTimeout as sleep } from "node:timers/promises";
import { escapeBytes } from "../../mcu/codec.ts";
import { withChecksum } from "../../mcu/crc.ts";
import { seededChance } from "../../mcu/faults.ts";
import type { Hello } from "./board-line.ts";
import { notJudged, passUnless, type Rule, type RuleOutcome } from "./rule.ts";
import type { RuleContext } from "./rule-context.ts";

const section = "Lines";

/** A board that sends a hello must keep the whole protocol; one without is checked only for what every MCU needs. */
const hasHello = { words: "a hello", made: (hello: Hello | undefined) => hello !== undefined };

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

export const lineRules: readonly Rule[] = [
  {
    id: "answer",
    name: "A command is answered once, under its own id",
    section,
    async run(context) {
      const id = context.freshId();
      const answered = await context.command(context.commands.plain, id);
      if (answered === undefined) return passUnless([whyNoAnswer(context)], "");
      await context.barrier();
      const count = context.answersTo(id);
      return passUnless([count !== 1 && `${count} answers`], `answered by a ${answered.kind}`);
    },
  },
  {
    id: "ids",
    name: "Ids of 1 to 32 letters, digits, _ and - come back unchanged",
    section,
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
    async run(context) {
      const { board, commands, hello } = context;
      const id = context.freshId();
      await board.sendBytes("\n\r\n\n");
      if (hello.crc)
        return passUnless(
          [!(await context.barrier()) && "no answer after empty lines"],
          "empty lines; a CR is not sent to a board with checksums",
        );
      await board.sendBytes(`>${id} ${commands.plain}\r\n`);
      const answered = await context.answer(id);
      return passUnless([answered === undefined && "no answer to a command that ends in CR LF"], "");
    },
  },
  {
    id: "pieces",
    name: "A command that arrives in pieces is executed as one",
    section,
    async run(context) {
      const { board, commands } = context;
      const id = context.freshId();
      const line = lineOf(context, `>${id} ${commands.plain}`);
      for (const byte of `${line}\n`) {
        await board.sendBytes(byte);
        await sleep(2);
      }
      return passUnless([(await context.answer(id)) === undefined && "no answer"], "one byte every 2 ms");
    },
  },
  {
    id: "unknown-sigils",
    name: "Lines with another first character are not commands",
    section,
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
    async run(context) {
      for (const line of malformed) await context.board.send(line);
      const answered = await context.barrier();
      return passUnless([!answered && "no answer afterwards", ...strays(context)], `${malformed.length} such lines`);
    },
  },
  {
    id: "escapes",
    name: "A payload can contain every byte, escaped in both directions",
    section,
    claim: hasHello,
    run: everyByte,
  },
  {
    id: "longest-line",
    name: "A line as long as its hello says (line=…) is accepted",
    section,
    claim: { words: "line=…", made: (hello) => hello?.lineBytesMax !== undefined },
    async run(context) {
      const id = context.freshId();
      const line = filled(context, id, context.hello.lineBytesMax ?? 0);
      await context.board.sendBytes(`${line}\n`);
      return passUnless(
        [(await context.answer(id)) === undefined && "no answer"],
        `${line.length + 1} bytes, LF included`,
      );
    },
  },
  {
    id: "overlong",
    name: "A longer line is dropped as a whole, up to its LF",
    section,
    claim: { words: "line=…", made: (hello) => hello?.lineBytesMax !== undefined },
    async run(context) {
      const { board, commands, hello } = context;
      const limit = hello.lineBytesMax ?? 0;
      const id = context.freshId();
      await board.sendBytes(`${filled(context, id, limit + 1)}\n`);
      // Firmware that starts a new line when its buffer is full would take the rest of this line for a command.
      const rest = `>${context.freshId()} ${commands.plain}`.repeat(8);
      await board.sendBytes(`>${id} ${"x".repeat(limit)}${rest}\n`);
      const answered = await context.barrier();
      return passUnless([!answered && "no answer afterwards", ...strays(context)], `${limit + 1} bytes and more`);
    },
  },
  {
    id: "garbage",
    name: "The line after garbage and half lines is understood",
    section,
    async run(context) {
      const chance = seededChance(7);
      const byte = () => String.fromCharCode(Math.floor(chance() * 256)).replace("\n", "\r");
      await context.board.sendBytes(`#${Array.from({ length: 600 }, byte).join("")}\n`);
      await context.board.sendBytes("#half a line");
      await context.board.sendBytes("\n");
      const answered = await context.barrier();
      return passUnless([!answered && "no answer afterwards", ...strays(context)], "601 bytes of noise, half a line");
    },
  },
];

function whyNoAnswer({ board }: RuleContext): string {
  if (board.echoCount() === 0 || board.received().length > 0) return "no answer";
  return "what is sent comes back, and nothing else answers: is TX connected to RX?";
}

/** The line, with its checksum if there are checksums. */
function lineOf({ hello }: RuleContext, body: string): string {
  return hello.crc ? withChecksum(body) : body;
}

/** A command of `bytes` bytes, LF included. */
function filled(context: RuleContext, id: string, bytes: number): string {
  const head = `>${id} ${context.commands.plain} `;
  const end = context.hello.crc ? "*0000\n" : "\n";
  return lineOf(context, head.padEnd(bytes - end.length, "x"));
}

async function sendWith(context: RuleContext, body: string, id: string) {
  await context.board.send(body);
  return await context.answer(id);
}

/** Answers to anything but the barrier, whose command was the last one sent. */
function strays(context: RuleContext): string[] {
  const answers = context.board.received().filter(({ kind }) => kind === "reply" || kind === "refusal");
  const barrier = answers.at(-1);
  return answers.filter((one) => one !== barrier).map(({ line }) => `it answered ${JSON.stringify(line)}`);
}

/** All 256 values, as many in each command as fit, and two escapes that a gateway never sends. */
async function everyByte(context: RuleContext): Promise<RuleOutcome> {
  const { commands, hello, abilities } = context;
  // A byte takes at most four characters on the line; the rest of the line takes at most 45.
  const size = Math.max(1, Math.min(32, Math.floor(((hello.lineBytesMax ?? 256) - 45 - commands.plain.length) / 4)));
  const bytes = String.fromCharCode(...Array.from({ length: 256 }, (_, value) => value));
  const texts = bytes.match(new RegExp(`[^]{1,${size}}`, "g")) ?? [];
  const asked = [...texts.map((text) => ({ text, escaped: escapeBytes(text) })), { text: "A~", escaped: "\\x41\\x7e" }];
  const problems: string[] = [];
  for (const { text, escaped } of asked) {
    const answered = await context.command(`${commands.plain} ${escaped}`);
    const echo = answered?.kind === "reply" ? answered.payload : undefined;
    if (answered === undefined) problems.push(`no answer to ${JSON.stringify(escaped)}`);
    else if (abilities.echoes && echo !== text && echo !== `${commands.plain} ${text}`) {
      problems.push(
        `${JSON.stringify(escaped)} came back as ${JSON.stringify(answered.kind === "reply" ? echo : answered)}`,
      );
    }
  }
  if (problems.length > 0 || abilities.echoes) return passUnless(problems, "256 values, each came back unchanged");
  return notJudged("every payload was answered; only a --plain command that echoes shows whether it arrived intact");
}

// Payloads and the length of lines.
import { escapeBytes } from "../../mcu/codec.ts";
import { seededChance } from "../../mcu/faults.ts";
import type { Hello } from "./hello.ts";
import { quoted } from "./quoted.ts";
import { hasHello, notJudged, passUnless, type Rule, type RuleOutcome } from "./rule.ts";
import { type RuleContext, strays } from "./rule-context.ts";

const section = "Lines";
const saysLine = { words: "line=…", made: (hello: Hello | undefined) => hello?.lineBytesMax !== undefined };

export const payloadRules: readonly Rule[] = [
  {
    id: "spaces",
    name: "Spaces at both ends of a payload belong to it",
    section,
    needs: ["answer"],
    run: spaces,
  },
  {
    id: "escapes",
    name: "A payload can contain every byte, escaped in both directions",
    section,
    claim: hasHello,
    needs: ["answer"],
    run: everyByte,
  },
  {
    id: "longest-line",
    name: "A line as long as its hello says (line=…) is accepted",
    section,
    claim: saysLine,
    needs: ["answer"],
    async run(context) {
      const id = context.freshId();
      const line = filled(context, id, context.hello.lineBytesMax ?? 0);
      await context.board.sendBytes(line);
      const answered = await context.answer(id);
      return passUnless(
        [answered === undefined && `no answer to a line of ${line.length} bytes, as its hello says`],
        `${line.length} bytes, LF included`,
      );
    },
  },
  {
    id: "overlong",
    name: "A longer line is dropped as a whole, up to its LF",
    section,
    claim: saysLine,
    needs: ["answer", "once"],
    async run(context) {
      const { board, commands, hello } = context;
      const limit = hello.lineBytesMax ?? 0;
      const id = context.freshId();
      await board.sendBytes(filled(context, id, limit + 1));
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
    needs: ["answer", "overlong"],
    async run(context) {
      const chance = seededChance(7);
      const byte = () => String.fromCharCode(Math.floor(chance() * valueCount(context))).replace("\n", "\r");
      await context.board.sendBytes(`#${Array.from({ length: 600 }, byte).join("")}\n`);
      await context.board.sendBytes("#half a line");
      await context.board.sendBytes("\n");
      const answered = await context.barrier();
      return passUnless([!answered && "no answer afterwards", ...strays(context)], "601 bytes of noise, half a line");
    },
  },
];

/** A command of `bytes` bytes, its end included. */
function filled(context: RuleContext, id: string, bytes: number): string {
  const head = `>${id} ${context.commands.plain} `;
  // A CR in front of the LF is no part of the line.
  const endBytes = context.board.lineOf("").trimEnd().length + 1;
  return context.board.lineOf(head.padEnd(bytes - endBytes, "x"));
}

/** A command whose payload has spaces that a careless `trim` or `scanf` takes off. */
async function spaces(context: RuleContext): Promise<RuleOutcome> {
  const { commands, abilities } = context;
  if (!abilities.echoes) return notJudged("only a --plain command that echoes shows whether they arrive");
  const problems: string[] = [];
  for (const words of ["abc  ", " abc", " "]) {
    const payload = `${commands.plain} ${words}`;
    const answered = await context.command(payload);
    const came = answered?.kind === "reply" ? answered.payload : undefined;
    if (came === payload || came === words) continue;
    const what = came === undefined ? "was not replied to" : `came back as ${quoted(came)}`;
    problems.push(`${quoted(payload)} ${what}`);
  }
  return passUnless(problems, "");
}

/** How many values a byte can have on this line. */
const valueCount = ({ settings }: RuleContext) => 2 ** settings.dataBits;

/** All values of a byte, as many in each command as fit, and two escapes that a gateway never sends. */
async function everyByte(context: RuleContext): Promise<RuleOutcome> {
  const { commands, hello, abilities } = context;
  // A byte takes at most four characters on the line; the rest of the line takes at most 47.
  const size = Math.max(1, Math.min(32, Math.floor(((hello.lineBytesMax ?? 256) - 47 - commands.plain.length) / 4)));
  const bytes = String.fromCharCode(...Array.from({ length: valueCount(context) }, (_, value) => value));
  // Between dots, so that only the rule on spaces tells of spaces that are lost.
  const texts = (bytes.match(new RegExp(`[^]{1,${size}}`, "g")) ?? []).map((text) => `.${text}.`);
  const asked = [...texts.map((text) => ({ text, escaped: escapeBytes(text) })), { text: "A~", escaped: "\\x41\\x7e" }];
  const problems: string[] = [];
  for (const { text, escaped } of asked) {
    const answered = await context.command(`${commands.plain} ${escaped}`);
    const echo = answered?.kind === "reply" ? answered.payload : undefined;
    if (answered === undefined) problems.push(`no answer to ${quoted(escaped)}`);
    else if (abilities.echoes && echo !== text && echo !== `${commands.plain} ${text}`) {
      problems.push(`${quoted(escaped)} came back as ${quoted(echo ?? answered.line)}`);
    }
  }
  if (problems.length > 0 || abilities.echoes)
    return passUnless(problems, `${valueCount(context)} values, each came back unchanged`);
  return notJudged("every payload was answered; only a --plain command that echoes shows whether it arrived intact");
}

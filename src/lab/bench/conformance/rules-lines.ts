// The rules that every board keeps, one without a hello too, and those on lines that a board with a hello keeps besides.
import { setTimeout as sleep } from "node:timers/promises";
import { escapeBytes } from "../../mcu/codec.ts";
import { withChecksum } from "../../mcu/crc.ts";
import { seededChance } from "../../mcu/faults.ts";
import type { Examination } from "./examination.ts";
import { type Finding, notJudged, type Rule, unless } from "./rule.ts";
import type { Hello } from "./said.ts";

const section = "Lines";

/** A board that greets as rrpc/1 speaks the protocol; one without a hello is asked only for what every MCU needs. */
const greets = { words: "a hello", made: (hello: Hello | undefined) => hello !== undefined };

/** Malformed by docs/line-protocol.md; a board that took one for a command would answer it. */
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
    async run(examination) {
      const id = examination.freshId();
      const answered = await examination.ask(examination.commands.plain, id);
      if (answered === undefined) return unless([whyNoAnswer(examination)], "");
      await examination.fence();
      const count = examination.answersTo(id);
      return unless([count !== 1 && `${count} answers`], `answered by a ${answered.kind}`);
    },
  },
  {
    id: "ids",
    name: "Ids of 1 to 32 letters, digits, _ and - come back as they were",
    section,
    async run(examination) {
      const ids = ["7", "A", "_-", "00", `aZ09_-${"x".repeat(26)}`];
      const silent: string[] = [];
      for (const id of ids) if ((await examination.ask(examination.commands.plain, id)) === undefined) silent.push(id);
      return unless(
        silent.map((id) => `no answer to ${id}`),
        `${ids.length} ids, the longest of 32`,
      );
    },
  },
  {
    id: "empty-payload",
    name: "A command without a payload is answered",
    section,
    async run(examination) {
      const answers = [await examination.ask("", "bare"), await askWith(examination, ">space ", "space")];
      return unless(
        [answers[0] === undefined && "no answer to >bare", !answers[1] && "no answer to >space with a space behind"],
        "",
      );
    },
  },
  {
    id: "line-ends",
    name: "One CR before the LF is dropped, and empty lines mean nothing",
    section,
    async run(examination) {
      const { board, commands, hello } = examination;
      const id = examination.freshId();
      await board.sendBytes("\n\r\n\n");
      // A checksum stands before the line end, CR or not.
      if (hello.crc)
        return unless(
          [!(await examination.fence()) && "no answer behind empty lines"],
          "empty lines; a CR behind a checksum is not sent",
        );
      await board.sendBytes(`>${id} ${commands.plain}\r\n`);
      const answered = await examination.answer(id);
      return unless([answered === undefined && "no answer to a command that ends in CR LF"], "");
    },
  },
  {
    id: "pieces",
    name: "A command that comes in pieces is the same command",
    section,
    async run(examination) {
      const { board, commands } = examination;
      const id = examination.freshId();
      const line = lineOf(examination, `>${id} ${commands.plain}`);
      for (const byte of `${line}\n`) {
        await board.sendBytes(byte);
        await sleep(2);
      }
      return unless([(await examination.answer(id)) === undefined && "no answer"], "one byte each 2 ms");
    },
  },
  {
    id: "unknown-sigils",
    name: "Lines that begin with anything else are no commands",
    section,
    async run(examination) {
      const { board, commands } = examination;
      const sigils = ["#", "*", "%", " >", "a", "<", "@"];
      for (const sigil of sigils) await board.send(`${sigil}sigil ${commands.plain}`);
      const answered = await examination.fence();
      return unless([!answered && "no answer afterwards", ...strays(examination)], `${sigils.length} such lines`);
    },
  },
  {
    id: "malformed",
    name: "Malformed lines are dropped whole",
    section,
    claim: greets,
    async run(examination) {
      for (const line of malformed) await examination.board.send(line);
      const answered = await examination.fence();
      return unless([!answered && "no answer afterwards", ...strays(examination)], `${malformed.length} such lines`);
    },
  },
  {
    id: "escapes",
    name: "Every byte can be in a payload, escaped on the line both ways",
    section,
    claim: greets,
    run: everyByte,
  },
  {
    id: "longest-line",
    name: "A line as long as its hello says (line=…) is taken",
    section,
    claim: { words: "line=…", made: (hello) => hello?.lineBytesMax !== undefined },
    async run(examination) {
      const id = examination.freshId();
      const line = filled(examination, id, examination.hello.lineBytesMax ?? 0);
      await examination.board.sendBytes(`${line}\n`);
      return unless(
        [(await examination.answer(id)) === undefined && "no answer"],
        `${line.length + 1} bytes, LF included`,
      );
    },
  },
  {
    id: "overlong",
    name: "A line that is longer is dropped whole, up to its LF",
    section,
    claim: { words: "line=…", made: (hello) => hello?.lineBytesMax !== undefined },
    async run(examination) {
      const { board, commands, hello } = examination;
      const limit = hello.lineBytesMax ?? 0;
      const id = examination.freshId();
      await board.sendBytes(`${filled(examination, id, limit + 1)}\n`);
      // What begins a new line at its buffer's end would take this one's rest for a command.
      const rest = `>${examination.freshId()} ${commands.plain}`.repeat(8);
      await board.sendBytes(`>${id} ${"x".repeat(limit)}${rest}\n`);
      const answered = await examination.fence();
      return unless([!answered && "no answer afterwards", ...strays(examination)], `${limit + 1} bytes and more`);
    },
  },
  {
    id: "garbage",
    name: "After garbage and half lines the next line is understood",
    section,
    async run(examination) {
      const chance = seededChance(7);
      const byte = () => String.fromCharCode(Math.floor(chance() * 256)).replace("\n", "\r");
      await examination.board.sendBytes(`#${Array.from({ length: 600 }, byte).join("")}\n`);
      await examination.board.sendBytes("#half a line");
      await examination.board.sendBytes("\n");
      const answered = await examination.fence();
      return unless([!answered && "no answer afterwards", ...strays(examination)], "601 bytes of noise, half a line");
    },
  },
];

function whyNoAnswer({ board }: Examination): string {
  if (board.echoCount() === 0 || board.heard().length > 0) return "no answer";
  return "what was sent comes back, and nobody else answers: is TX joined to RX?";
}

/** The line with its checksum where there are checksums. */
function lineOf({ hello }: Examination, body: string): string {
  return hello.crc ? withChecksum(body) : body;
}

/** A command of so many bytes in all, LF included. */
function filled(examination: Examination, id: string, bytes: number): string {
  const head = `>${id} ${examination.commands.plain} `;
  const end = examination.hello.crc ? "*0000\n" : "\n";
  return lineOf(examination, head.padEnd(bytes - end.length, "x"));
}

async function askWith(examination: Examination, body: string, id: string) {
  await examination.board.send(body);
  return await examination.answer(id);
}

/** Answers to anything but the fence, which is the last id that was given out. */
function strays(examination: Examination): string[] {
  const answers = examination.board.heard().filter(({ kind }) => kind === "reply" || kind === "refusal");
  const fence = answers.at(-1);
  return answers.filter((one) => one !== fence).map(({ line }) => `it answered ${JSON.stringify(line)}`);
}

/** All 256 values, as many in each command as fit, and the escapes that a gateway never sends. */
async function everyByte(examination: Examination): Promise<Finding> {
  const { commands, hello, abilities } = examination;
  // Four characters on the line for one byte at most, 45 for all else of the line.
  const size = Math.max(1, Math.min(32, Math.floor(((hello.lineBytesMax ?? 256) - 45 - commands.plain.length) / 4)));
  const bytes = String.fromCharCode(...Array.from({ length: 256 }, (_, value) => value));
  const texts = bytes.match(new RegExp(`[^]{1,${size}}`, "g")) ?? [];
  const asked = [...texts.map((text) => ({ text, escaped: escapeBytes(text) })), { text: "A~", escaped: "\\x41\\x7e" }];
  const faults: string[] = [];
  for (const { text, escaped } of asked) {
    const answered = await examination.ask(`${commands.plain} ${escaped}`);
    const echo = answered?.kind === "reply" ? answered.payload : undefined;
    if (answered === undefined) faults.push(`no answer to ${JSON.stringify(escaped)}`);
    else if (abilities.echoes && echo !== text && echo !== `${commands.plain} ${text}`) {
      faults.push(
        `${JSON.stringify(escaped)} came back as ${JSON.stringify(answered.kind === "reply" ? echo : answered)}`,
      );
    }
  }
  if (faults.length > 0 || abilities.echoes) return unless(faults, "256 values, each came back as it was");
  return notJudged("every payload was answered; whether it arrived is seen only of a command that echoes");
}

import assert from "node:assert/strict";
import { asItIs, createConsole, createDisguise } from "../disguise.ts";
import type { Figures } from "../ledger.ts";
import type { FaultRow } from "../row.ts";
import type { Testbed } from "../testbed.ts";
import { expectErrors, expectNoErrors } from "./expect-errors.ts";

const group = "MCU";

const body = (line: string) => line.slice(0, -1);

/** What a line of the MCU looks like on boards as they are; none of it is part of the line. */
const dirts: readonly ((line: string) => string)[] = [
  (line) => `${body(line)}\n\r`,
  (line) => `${body(line)}\r\r\n`,
  (line) => `${body(line)}\n\0`,
  (line) => `\0${line}`,
  (line) => `\xef\xbb\xbf${line}`,
  (line) => `\xff\xfe${line}`,
  (line) => `\x0c\x11\x13${line}`,
  (line) => `\t  ${line}`,
  (line) => `\x1b[0;32m${body(line)}\x1b[0m\n`,
  (line) => `\x1b[8D\x1b[J${line}`,
];

const dirty = createDisguise();
const prompting = createDisguise();
const prompted = createDisguise();
const glued = createDisguise();
const returning = createDisguise();
const echoing = createDisguise();
const shell = createConsole({ echoes: true });
const wordless = createDisguise();
const deaf = createDisguise();
const probeless = createDisguise();

/** Boot words of one start after another; the MCU has done and forgotten what was in flight each time. */
const bootWords = [undefined, "A1", "B2", undefined, "C3", undefined];

export const boardRows: readonly FaultRow[] = [
  {
    group,
    name: "dirt at both ends of every line: line ends, NULs, BOMs, tabs, colours, ten kinds for 0.3 s each",
    testbed: { mcu: { openTty: dirty.openTty, delayMs: 10 } },
    strikes: 2,
    async strike({ lasts }) {
      for (const dirt of dirts) {
        dirty.say = dirt;
        await lasts(6);
      }
      dirty.say = asItIs;
    },
    check: (_testbed, figures) => expectNoErrors(figures),
  },
  {
    group,
    name: "a shell's prompt in front of every line for 3 s (prompt)",
    testbed: { mcu: { openTty: prompting.openTty }, config: { serial: { prompt: "uart:~$ " } } },
    async strike({ lasts }) {
      prompting.say = (line) => `uart:~$ ${line}`;
      await lasts(60);
      prompting.say = asItIs;
    },
    check: (_testbed, figures) => expectNoErrors(figures),
  },
  {
    group,
    name: "a shell's prompt in front of every line for 5 s, and nobody told the gateway of it",
    testbed: { mcu: { openTty: prompted.openTty } },
    strikes: 1,
    async strike({ lasts }) {
      prompted.say = (line) => `uart:~$ ${line}`;
      await lasts(100);
      prompted.say = asItIs;
    },
    check({ gateway }, figures) {
      expectErrors(figures, "no_reply");
      assert.match(gateway.log(), /serial\.prompt/, "no word of the option that helps");
      assert.doesNotMatch(gateway.log(), /r:request/, "the log shows a reply");
    },
    note: "Text in front of a reply could be anything; it is taken off only where the configuration names it, and told of else.",
  },
  {
    group,
    name: "part of a log line in front of every line for 3 s (crc)",
    testbed: { mcu: { openTty: glued.openTty, crc: true } },
    async strike({ lasts }) {
      glued.say = (line) => `I (5123) wifi: conn${line}`;
      await lasts(60);
      glued.say = asItIs;
    },
    check: (_testbed, figures) => expectNoErrors(figures),
  },
  {
    group,
    name: "lines that end in CR alone (lineEnd), and a restart",
    testbed: { mcu: { openTty: returning.openTty, chatter: "\n" }, config: { serial: { lineEnd: "cr" } } },
    async strike({ mcu, lasts }) {
      await mcu.control({ kind: "reset" });
      await lasts(20);
    },
    check({ mcu }) {
      if (mcu.counts().restarts === 0) throw new Error("it did not restart");
    },
  },
  {
    group,
    name: "everything that is sent comes back for 3 s, as on RS-485 (window 4)",
    testbed: { mcu: { openTty: echoing.openTty, window: 4 } },
    async strike({ lasts }) {
      echoing.echoes = true;
      await lasts(60);
      echoing.echoes = false;
    },
    check({ gateway }, figures) {
      expectNoErrors(figures);
      assert.doesNotMatch(gateway.log(), /request \d+\n/, "the log shows a payload");
    },
  },
  {
    group,
    name: "a console that shows what is typed, and answers in order: 18 calls at once (template)",
    testbed: {
      mcu: { openTty: shell.openTty, hello: false },
      config: {
        serial: { dialect: "template", template: { command: "{payload}", reply: "(?<payload>.*)", quietMs: 5000 } },
      },
    },
    async strike({ caller, lasts }) {
      for (let call = 0; call < 18; call += 1) caller.call();
      await lasts(40);
    },
    check: expectNoErrorsOnceServed,
    note: "Firmware that answers in order is sent nothing at first: it may yet answer what was sent before the gateway's start.",
  },
  {
    group,
    name: "restarting with a command done and forgotten, under another boot word or none (dedup)",
    testbed: { mcu: { openTty: wordless.openTty, window: 1, dedup: 4, bootMs: 200, chatter: "\n" } },
    async strike({ caller, mcu, lasts }, round) {
      for (const [start, word] of bootWords.entries()) {
        caller.call(Buffer.from(`slow 500 ${round} ${start}`));
        await lasts(4);
        wordless.say = (line) => line.replace(/ boot=\w+/, word === undefined ? "" : ` boot=${word}`);
        await mcu.control({ kind: "reset" });
        await lasts(16);
      }
    },
    check: (_testbed, figures) => expectErrors(figures, "mcu_reset"),
  },
  {
    group,
    name: "busy for 8 s, then answering all that has piled up (window 4, no boot word, 9600 baud)",
    testbed: {
      mcu: { window: 4, delayMs: 30, baudRate: 9600, helloLine: `=rrpc/1 window=4 fw=${"busy-".repeat(20)}` },
      config: { serial: { baudRate: 9600 } },
    },
    ratePerS: 10,
    strikes: 1,
    async strike({ mcu, lasts }) {
      await mcu.control({ kind: "faults", change: { stall: true } });
      await lasts(80);
      await mcu.control({ kind: "faults", change: { stall: false } });
      await lasts(40);
    },
    check(_testbed, figures) {
      expectErrors(figures, "no_reply", "mcu_stalled");
      expectNoReset(figures);
    },
  },
  {
    group,
    name: "answering probes and no command for 8 s",
    testbed: { mcu: { openTty: deaf.openTty } },
    strikes: 1,
    async strike({ lasts }) {
      deaf.hear = (line) => (line.startsWith(">") ? "" : line);
      await lasts(160);
      deaf.hear = asItIs;
    },
    check: (_testbed, figures) => expectErrors(figures, "no_reply", "mcu_stalled"),
  },
  {
    group,
    name: "dead for 5 s, and in its place a board that serves commands and answers no probe",
    testbed: { mcu: { openTty: probeless.openTty } },
    strikes: 1,
    async strike({ lasts }) {
      probeless.hear = () => "";
      await lasts(100);
      probeless.hear = (line) => (line.startsWith("?") ? "" : line);
      probeless.say = (line) => (line.startsWith("=") ? "" : line);
    },
    check: (_testbed, figures) => expectErrors(figures, "no_reply", "mcu_stalled"),
  },
  {
    group,
    name: "the same processID with another payload, while the first one is in flight",
    testbed: { mcu: { window: 4, delayMs: 120 } },
    async strike({ caller, lasts }, round) {
      for (let number = 0; number < 10; number += 1) {
        const id = `twice-${round}-${number}`;
        caller.call(Buffer.from(`first ${id}`), id);
        caller.call(Buffer.from(`second ${id}`), id);
        await lasts(6);
      }
    },
    check: (_testbed, figures) => expectErrors(figures, "id_held"),
  },
];

returning.say = (line) => `${body(line)}\r`;

/** Throws where a response was an error and an earlier one was none. */
function expectNoErrorsOnceServed({ traffic }: Testbed): void {
  const responses = traffic.flatMap((event) => (event.kind === "response" ? [event.payload.toString()] : []));
  const isError = (text: string) => text.startsWith('{"error"');
  const served = responses.slice(responses.findIndex((text) => !isError(text)));
  assert.deepEqual(served.filter(isError), []);
}

function expectNoReset({ errors }: Figures): void {
  const reset = [...errors.keys()].find((name) => name.endsWith(" mcu_reset"));
  assert.equal(reset, undefined, "the gateway took late answers for a restart");
}

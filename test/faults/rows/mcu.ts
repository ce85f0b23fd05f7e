import { randomBytes, randomInt } from "node:crypto";
import { type McuFaults, noFaults } from "../../../src/lab/mcu/faults.ts";
import type { FaultRow } from "../row.ts";
import type { Testbed } from "../testbed.ts";
import { expectErrors, expectNoErrors } from "./expect-errors.ts";

const group = "MCU";

/** All that the line protocol has to offer. */
const full = { window: 4, crc: true, dedup: 8, cancel: true } as const;

/** A quarter of a percent of the 20 minutes that the noise takes on a real line. */
const noiseCpuMsMax = 3000;

/** Ends the line that a restart has cut short, as the firmware library does. */
const chatter = "\n";

export const mcuRows: readonly FaultRow[] = [
  {
    group,
    name: "silent for 6 s: it does everything and says nothing",
    strike: during({ silence: true }, 120),
    check: (_testbed, figures) => expectErrors(figures, "no_reply", "mcu_stalled"),
  },
  {
    group,
    name: "hanging for 6 s",
    strike: during({ stall: true }, 120),
    check: (_testbed, figures) => expectErrors(figures, "no_reply", "mcu_stalled"),
  },
  {
    group,
    name: "hanging for 6 s (window 4, crc, dedup, cancel)",
    testbed: { mcu: full },
    strike: during({ stall: true }, 120),
    check: (_testbed, figures) => expectErrors(figures, "no_reply", "mcu_stalled"),
  },
  {
    group,
    name: "old firmware, without a hello, hanging for 6 s",
    testbed: { mcu: { hello: false } },
    strike: during({ stall: true }, 120),
    check: (_testbed, figures) => expectErrors(figures, "no_reply", "mcu_stalled"),
  },
  {
    group,
    name: "old firmware, without a hello, restarting ten times in 3 s",
    testbed: { mcu: { hello: false, bootMs: 100, delayMs: 30 } },
    strike: restarting(10, 6),
    check: (_testbed, figures) => expectErrors(figures, "no_reply"),
    note: "Nothing tells of such a restart: what was in flight gets `no_reply` at its deadline.",
  },
  {
    group,
    name: "slow: 3 s for each command, for 6 s",
    strike: during({ delayMs: 3000 }, 120),
    check({ mcu }, figures) {
      expectErrors(figures, "queued_too_long");
      if (mcu.counts().beyondWindow > 0) throw new Error("commands were written beyond the MCU's window");
    },
  },
  {
    group,
    name: "slower than the requests come: 0.2 s for each command, for 8 s",
    strike: during({ delayMs: 200 }, 160),
    check: (_testbed, figures) => expectErrors(figures, "queued_too_long"),
  },
  {
    group,
    name: "slower than the deadline: 6 s for each command, for 8 s",
    strike: during({ delayMs: 6000 }, 160),
    check: (_testbed, figures) => expectErrors(figures, "no_reply", "mcu_stalled"),
    note: "The command that it works on when the fault ends still takes its 6 s.",
  },
  {
    group,
    name: "one second later than the deadline with every third command",
    testbed: { mcu: { window: 16 } },
    async strike({ caller, lasts }, round) {
      const idOf = (number: number) => `late-${round}-${number}`;
      for (let number = 0; number < 8; number += 1) {
        caller.call(Buffer.from(`late 4500 ${idOf(number)}`), idOf(number));
        await lasts(3);
      }
      await lasts(60);
      for (let number = 0; number < 8; number += 1) {
        caller.call(Buffer.from(`another ${idOf(number)}`), idOf(number));
        await lasts(3);
      }
    },
    check: (_testbed, figures) => expectErrors(figures, "no_reply", "id_held"),
    note: "4.2 s later the same processIDs come with other requests, 0.3 s before the late replies to the first ones.",
  },
  {
    group,
    name: "answering twice",
    strike: during({ duplicate: 1 }, 60),
    check({ mcu }, figures) {
      expectNoErrors(figures);
      if (mcu.counts().replies <= figures.ok) throw new Error("nothing was answered twice");
    },
  },
  {
    group,
    name: "answering under another id, three of ten replies for 8 s",
    testbed: { mcu: { window: 1 } },
    strike: during({ wrongId: 0.3 }, 160),
    check: (_testbed, figures) => expectErrors(figures, "no_reply"),
    note: "With a window of 1 nobody in flight has the other id. With more, a reply that carries a neighbour's id is the neighbour's: the id is all there is to tell.",
  },
  {
    group,
    name: "5 % of all lines lost, both ways, for 8 s",
    strike: during({ dropReceived: 0.05, dropSent: 0.05 }, 160),
    check: (_testbed, figures) => expectErrors(figures, "no_reply"),
    note: "Each loss costs the whole deadline, in which a window of 1 lets nothing else pass.",
  },
  {
    group,
    name: "5 % of all lines lost and 5 % damaged, both ways, for 8 s (crc)",
    testbed: { mcu: { crc: true } },
    strike: during({ dropReceived: 0.05, dropSent: 0.05, garbleReceived: 0.05, garbleSent: 0.05 }, 160),
    check: (_testbed, figures) => expectErrors(figures, "no_reply"),
    note: "Without checksums nobody can see that a bit of a payload was flipped.",
  },
  {
    group,
    name: "5 % of all lines lost and 5 % damaged, both ways, for 8 s (window 4, crc, dedup, cancel)",
    testbed: { mcu: full },
    strike: during({ dropReceived: 0.05, dropSent: 0.05, garbleReceived: 0.05, garbleSent: 0.05 }, 160),
    check({ mcu }) {
      if (mcu.counts().repeatsAnswered === 0) throw new Error("nothing was sent again");
    },
  },
  {
    group,
    name: "restarting twenty times in 4 s",
    testbed: { mcu: { chatter, bootMs: 50, delayMs: 30 } },
    strike: restarting(20, 4),
    check: (_testbed, figures) => expectErrors(figures, "mcu_reset"),
  },
  {
    group,
    name: "restarting twenty times in 4 s (window 4, crc, dedup, cancel)",
    testbed: { mcu: { ...full, chatter, bootMs: 50, delayMs: 100 } },
    strike: restarting(20, 4),
    check: (_testbed, figures) => expectErrors(figures, "mcu_reset"),
  },
  {
    group,
    name: "restarting in the middle of a reply's line, ten times in 4 s (crc, 9600 baud)",
    testbed: { mcu: { crc: true, chatter, baudRate: 9600 }, config: { serial: { baudRate: 9600 } } },
    strike: restarting(10, 8),
    check({ mcu }, figures) {
      expectErrors(figures, "mcu_reset");
      if (mcu.counts().bytesTorn === 0) throw new Error("no line was torn");
    },
    note: "Without checksums the torn line passes for a whole one that is shorter.",
  },
  {
    group,
    name: "babbling without line ends for 3 s, 1 MB/s",
    strike: (testbed) =>
      repeat(testbed, 30, 2, ({ mcu }) => mcu.control({ kind: "flood", bytes: 100_000, form: "noise" })),
    check: (_testbed, figures) => expectErrors(figures, "no_reply"),
  },
  {
    group,
    name: "babbling replies that nobody asked for, for 3 s, 1 MB/s",
    strike: (testbed) =>
      repeat(testbed, 30, 2, ({ mcu }) => mcu.control({ kind: "flood", bytes: 100_000, form: "replies" })),
    check: (_testbed, figures) => expectNoErrors(figures),
  },
  {
    group,
    name: "babbling lines of every kind for 3 s, 1000 lines/s (window 4, dedup)",
    testbed: { mcu: { window: 4, dedup: 8 } },
    strike: (testbed) => repeat(testbed, 60, 1, ({ mcu }) => mcu.control({ kind: "send", bytes: babble(50) })),
    check: (_testbed, figures) => expectNoErrors(figures),
  },
  {
    group,
    name: "saying hello without end for 3 s, under a new boot word each time",
    testbed: { mcu: { delayMs: 10 } },
    strike: (testbed) =>
      repeat(testbed, 60, 1, ({ mcu }) => mcu.control({ kind: "send", bytes: `=rrpc/1 boot=${randomInt(1e9)}\n` })),
    check: (_testbed, figures) => expectErrors(figures, "mcu_reset"),
  },
  {
    group,
    name: "another version of the line protocol for 3 s",
    async strike(testbed) {
      await testbed.mcu.control({ kind: "faults", change: { stall: true } });
      await repeat(testbed, 60, 1, ({ mcu }) => mcu.control({ kind: "send", bytes: "=rrpc/2\n" }));
      await testbed.mcu.control({ kind: "faults", change: { stall: false } });
    },
    check: (_testbed, figures) => expectErrors(figures, "unsupported_version"),
  },
  {
    group,
    name: "a hello of another version that nobody has asked for, 6 times in 3 s",
    strike: (testbed) => repeat(testbed, 6, 10, ({ mcu }) => mcu.control({ kind: "send", bytes: "=rrpc/0\n" })),
    check: (_testbed, figures) => expectNoErrors(figures),
    note: "One flipped bit makes it: the MCU is asked, and says what it speaks.",
  },
  {
    group,
    name: "at the wrong baud rate: an hour of noise at 115200 baud, in 3 times 4 s (crc)",
    testbed: { mcu: { crc: true } },
    async strike(testbed) {
      const { cpuMs } = testbed.gateway.usage();
      await testbed.mcu.control({ kind: "faults", change: { dropReceived: 1 } });
      await repeat(testbed, 230, 0.35, ({ mcu, caller }) => {
        const processIds = caller.calls.slice(-100).map(({ processId }) => processId);
        return mcu.control({ kind: "send", bytes: noise(60_000, processIds) });
      });
      await testbed.mcu.control({ kind: "faults", change: { dropReceived: 0 } });
      const costMs = testbed.gateway.usage().cpuMs - cpuMs;
      if (costMs > noiseCpuMsMax) throw new Error(`20 minutes of noise took ${costMs} ms of CPU`);
    },
    check({ mcu }, figures) {
      expectErrors(figures, "no_reply", "mcu_stalled");
      if (mcu.counts().bytesUntaken > 0) throw new Error("not all of the noise was taken");
    },
    note: "Random bytes, and among them replies without a checksum to what is in flight. 20 minutes of it take the gateway 0.8 to 1.0 s of CPU.",
  },
];

/** The MCU has these faults until so many more requests were due. */
function during(change: Partial<McuFaults>, requests: number): FaultRow["strike"] {
  const names = Object.keys(change) as (keyof McuFaults)[];
  const none = Object.fromEntries(names.map((name) => [name, noFaults[name]]));
  return async ({ mcu, lasts }) => {
    await mcu.control({ kind: "faults", change });
    await lasts(requests);
    await mcu.control({ kind: "faults", change: none });
  };
}

/** Does it so many times, and each time lets so many more requests be due. */
async function repeat(
  testbed: Testbed,
  times: number,
  requests: number,
  act: (testbed: Testbed) => Promise<void>,
): Promise<void> {
  for (let time = 0; time < times; time += 1) {
    await act(testbed);
    await testbed.lasts(requests);
  }
}

function restarting(times: number, requests: number): FaultRow["strike"] {
  return (testbed) => repeat(testbed, times, requests, ({ mcu }) => mcu.control({ kind: "reset" }));
}

/** Lines that are none of a request in flight: half of them are the protocol's, half only look like it. */
function babble(lineCount: number): string {
  const lines = [
    "<nobody-1 r:request 1",
    "!nobody-2 busy motor is homing",
    "!- crc",
    "@door open",
    "motor: 1200 rpm",
    "<",
    "< 7",
    ">7 request 7",
    "~7",
    "?",
    "=rrpc",
    "<nobody-3 \\q",
    "<nobody-4 a*0000",
  ];
  return Array.from({ length: lineCount }, () => `${lines[randomInt(lines.length)]}\n`).join("");
}

/** Random bytes; at one of a hundred places stands a line that looks like a reply to one of these. */
function noise(byteCount: number, processIds: readonly string[]): Buffer {
  const bytes = randomBytes(byteCount);
  for (let at = 0; at < byteCount - 100; at += 6000) {
    bytes.write(`\n<${processIds[randomInt(processIds.length)]} r:noise\n`, at + randomInt(50));
  }
  return bytes;
}

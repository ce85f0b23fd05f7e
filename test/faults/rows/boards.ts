import type { FaultRow } from "../row.ts";
import type { Testbed, TestbedOptions } from "../testbed.ts";
import { pull, putBack, replugElsewhere } from "./cable.ts";
import { changeBoards } from "./config-file.ts";
import { expectErrors } from "./expect-errors.ts";
import { breakSession } from "./sessions.ts";
import { sickDevice } from "./sick-device.ts";

const group = "boards";

/** One of four boards behind one session, each on a line of its own. */
const one = { neighbours: true } as const satisfies TestbedOptions;

const babbleBytesPerS = 100_000;

const sick = sickDevice();

/** Gives the gateway other boards, by SIGHUP, and waits until it has taken them. */
async function reloadBoards({ folder, gateway, until }: Testbed, change: Parameters<typeof changeBoards>[1]) {
  changeBoards(folder, change);
  const from = gateway.log().length;
  gateway.daemon().signal("SIGHUP");
  await until("the reload", () => gateway.log().includes("reload: ", from));
}

export const boardsRows: readonly FaultRow[] = [
  {
    group,
    name: "one of four boards hangs for 6 s",
    testbed: one,
    strikes: 2,
    async strike({ mcu, lasts }) {
      await mcu.control({ kind: "faults", change: { stall: true } });
      await lasts(120);
      await mcu.control({ kind: "faults", change: { stall: false } });
    },
    check: (_testbed, figures) => expectErrors(figures, "no_reply", "mcu_stalled"),
  },
  {
    group,
    name: "one of four boards babbles 100 kB/s without a line end for 5 s",
    testbed: one,
    strikes: 2,
    async strike({ mcu, lasts }) {
      for (let tenth = 0; tenth < 50; tenth += 1) {
        await mcu.control({ kind: "flood", bytes: babbleBytesPerS / 10, form: "noise" });
        await lasts(2);
      }
      await mcu.control({ kind: "send", bytes: "\n" });
    },
  },
  {
    group,
    name: "one of four boards says 400 events/s for 3 s",
    testbed: { ...one, config: { events: { topic: "ABCDEFGH12/gateway01/events" } } },
    strikes: 2,
    async strike({ mcu, lasts }) {
      for (let tenth = 0; tenth < 30; tenth += 1) {
        for (let event = 0; event < 40; event += 1)
          await mcu.control({ kind: "event", name: "door", payload: `${tenth}.${event}` });
        await lasts(2);
      }
    },
  },
  {
    group,
    name: "one of four boards is unplugged for 2 s",
    testbed: { ...one, mcu: { window: 8, delayMs: 150 } },
    async strike(testbed) {
      await pull(testbed);
      await testbed.lasts(40);
      await putBack(testbed);
    },
    check: (_testbed, figures) => expectErrors(figures, "link_lost", "serial_down"),
  },
  {
    group,
    name: "the cable of one of four boards has a loose contact: gone for 0.1 s five times in 2 s",
    testbed: one,
    strikes: 2,
    async strike(testbed) {
      for (let time = 0; time < 5; time += 1) {
        await replugElsewhere(testbed, 2);
        await testbed.lasts(6);
      }
    },
    check: (_testbed, figures) => expectErrors(figures, "serial_down"),
  },
  {
    group,
    name: "one of four boards restarts twenty times in 4 s",
    testbed: { ...one, mcu: { bootMs: 50, delayMs: 30 } },
    strikes: 2,
    async strike({ mcu, lasts }) {
      for (let time = 0; time < 20; time += 1) {
        await mcu.control({ kind: "reset" });
        await lasts(4);
      }
    },
    check: (_testbed, figures) => expectErrors(figures, "mcu_reset"),
  },
  {
    group,
    name: "one of four boards takes 3 s for each command, for 6 s",
    testbed: one,
    strikes: 2,
    async strike({ mcu, lasts }) {
      await mcu.control({ kind: "faults", change: { delayMs: 3000 } });
      await lasts(120);
      await mcu.control({ kind: "faults", change: { delayMs: 0 } });
    },
    check: (_testbed, figures) => expectErrors(figures, "queued_too_long"),
  },
  {
    group,
    name: "the port of one of four boards takes nothing for 4 s",
    testbed: one,
    strikes: 2,
    async strike({ mcu, lasts }) {
      await mcu.control({ kind: "block", on: true });
      await lasts(80);
      await mcu.control({ kind: "block", on: false });
    },
    check: (_testbed, figures) => expectErrors(figures, "write_stalled"),
  },
  {
    group,
    name: "one of four boards is asked 300 times a second for 3 s",
    testbed: { ...one, mcu: { delayMs: 20 } },
    strikes: 2,
    async strike({ flow, lasts }) {
      flow(300);
      await lasts(900);
      flow(20);
    },
    check: (_testbed, figures) => expectErrors(figures, "queue_full"),
  },
  {
    group,
    name: "opening the port of one of four boards hangs for 9 s",
    testbed: { ...one, ...sick.testbed },
    strikes: 1,
    async strike(testbed) {
      const device = sick.device();
      device.fallIll();
      await pull(testbed);
      await putBack(testbed);
      await testbed.lasts(180);
      device.recover();
    },
    check: (_testbed, figures) => expectErrors(figures, "serial_down"),
    note: "open(2) does not return, as with a USB hub that hangs.",
  },
  {
    group,
    name: "one of four boards gets another baud rate by a reload, three times in 3 s",
    testbed: one,
    strikes: 1,
    async strike(testbed) {
      for (const baudRate of [57_600, 38_400, 115_200]) {
        await reloadBoards(testbed, ({ own, ...others }) => ({
          ...others,
          own: { ...own, serial: { path: testbed.link, baudRate } },
        }));
        await testbed.lasts(20);
      }
    },
  },
  {
    group,
    name: "one of four boards is removed by a reload, and added again 2 s later",
    testbed: one,
    strikes: 1,
    async strike(testbed) {
      let removed: Record<string, unknown> = {};
      await reloadBoards(testbed, ({ own = {}, ...others }) => {
        removed = own;
        return others;
      });
      await testbed.lasts(40);
      await reloadBoards(testbed, (others) => ({ own: removed, ...others }));
    },
    note: "Requests to a board that is removed do not reach the gateway.",
  },
  {
    group,
    name: "the session of four boards is broken",
    testbed: one,
    strikesAll: true,
    strike: breakSession,
    note: "Each board is reported online and subscribed again, and service counts as back when the last one answers.",
  },
];

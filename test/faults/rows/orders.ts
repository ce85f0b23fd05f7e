import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { isOrder, orderPrefix } from "../order.ts";
import { quantile } from "../report.ts";
import type { FaultRow } from "../row.ts";
import type { Testbed, TestbedOptions } from "../testbed.ts";
import { configOf } from "./config-file.ts";
import { expectErrors, expectOnlyErrors } from "./expect-errors.ts";

const group = "orders to the gateway";

const allow = ["status", "boards", "doctor", "dump", "probe", "reopen", "reset", "reload", "log"];

/** One of four boards answers for the gateway's own device, whose orders have a prefix. */
const four = {
  neighbours: true,
  config: { remote: { allow, prefix: orderPrefix } },
} as const satisfies TestbedOptions;

const order = (text: string) => Buffer.from(`${orderPrefix}${text}`);

/** Gives orders at this rate while so many requests of the row pass. */
async function flood(
  { caller, lasts }: Testbed,
  orders: readonly (string | Buffer)[],
  ratePerS: number,
  requests: number,
) {
  let count = 0;
  const startedAt = performance.now();
  const timer = setInterval(() => {
    for (; count < ((performance.now() - startedAt) * ratePerS) / 1000; count += 1) {
      const next = orders[count % orders.length] ?? "";
      caller.call(typeof next === "string" ? order(next) : next);
    }
  }, 5);
  await lasts(requests);
  clearInterval(timer);
}

/** Gives an order until what came of it is told; the answer. */
async function outcome({ caller, traffic, until }: Testbed, text: string): Promise<Readonly<Record<string, unknown>>> {
  for (;;) {
    caller.call(order(text));
    const processId = caller.calls.at(-1)?.processId;
    const response = await until(`the answer to ${text}`, () =>
      traffic.find((event) => event.kind === "response" && event.processId === processId),
    );
    const answer = response.kind === "response" ? JSON.parse(response.payload.toString()) : {};
    if (answer.state !== "running") return answer;
  }
}

/** Ten orders a second are allowed: in this time some come between two requests of the board. */
const resetLimitMs = 15_000;

/** Orders resets until one is carried out: each that comes while a request is in flight is refused. */
async function resetBetweenRequests(testbed: Testbed): Promise<void> {
  const startedAt = performance.now();
  while (performance.now() - startedAt < resetLimitMs) {
    const { result } = await outcome(testbed, "reset own");
    if (result === "open") return;
  }
  throw new Error("no reset was carried out");
}

/** How long a board's answer may take for whoever calls meanwhile, in ms: the neighbours' bounds. */
const latencyBounds = [
  { share: 0.5, boundMs: 100 },
  { share: 0.95, boundMs: 400 },
] as const;

function expectSwift({ caller }: Testbed): void {
  const calls = caller.calls.filter(({ payload }) => !isOrder(payload));
  const tookMs = calls.map(({ atMs, heardAtMs: [heardAtMs = Number.POSITIVE_INFINITY] }) => heardAtMs - atMs);
  for (const { share, boundMs } of latencyBounds) {
    const ms = quantile(tookMs, share);
    if (ms > boundMs) throw new Error(`the board's callers waited up to ${Math.round(ms)} ms (${share})`);
  }
}

/** Resident memory after each strike of a row. */
const residentMiB: number[] = [];
/** What garbage collection lets lie. */
const grownMiBMax = 12;

function expectFlat(): void {
  const [first = 0] = residentMiB;
  const last = residentMiB.at(-1) ?? 0;
  if (last - first > grownMiBMax) throw new Error(`memory has grown: ${residentMiB.map(Math.round).join(", ")} MiB`);
}

const hostile: readonly (string | Buffer)[] = [
  "",
  " ",
  "launch",
  "STATUS",
  "status now",
  "probe no-such-board",
  "reset no-such-board",
  "probe __proto__",
  "probe constructor",
  "reopen ../../../etc/passwd",
  "reopen /dev/ttyUSB0",
  "probe own;reboot",
  "probe $(reboot)",
  "probe own\0",
  "probe \x1b[2J\x1b]0;hunter2\x07",
  "probe własny",
  "probe \u202enwo",
  "log debug for 1000h",
  "log debug for -1s",
  "log fatal for 1m",
  '{"operation":"status","__proto__":{"allow":["reload"]}}',
  "status\nreload",
  Buffer.concat([order("probe "), Buffer.from([0xff, 0xfe, 0x80])]),
  order(`probe ${"x".repeat(100_000)}`),
  order(`${"status ".repeat(10_000)}`),
];

export const orderRows: readonly FaultRow[] = [
  {
    group,
    name: "200 orders a second to the gateway itself, for 4 s, beside the requests of four boards",
    testbed: four,
    async strike(testbed, round) {
      if (round === 0) residentMiB.length = 0;
      await flood(testbed, ["status", "boards", "dump", "probe own", "launch"], 200, 80);
      residentMiB.push(testbed.gateway.usage().residentMiB);
    },
    check(testbed, figures) {
      expectErrors(figures, "too_often", "bad_payload");
      expectOnlyErrors(figures, "too_often", "bad_payload");
      expectSwift(testbed);
      expectFlat();
    },
    note: "Beyond `remote.perMinuteMax` they are refused; no call of a board ends in an error or waits longer than usual, and memory does not grow.",
  },
  {
    group,
    name: "orders with hostile words: control characters, 100 kB, paths, boards that there are not",
    testbed: { ...four, config: { remote: { allow, prefix: orderPrefix, perMinuteMax: 600 } } },
    strikes: 2,
    strike: (testbed) => flood(testbed, hostile, 25, 40),
    check(testbed, figures) {
      expectErrors(figures, "bad_payload", "no_such_board");
      expectOnlyErrors(figures, "bad_payload", "no_such_board", "too_often");
      expectSwift(testbed);
      const log = testbed.gateway.log();
      // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for.
      if (/[\x00-\x09\x0b-\x1f\x7f]|hunter2|passwd|reboot|xxxx/.test(log))
        throw new Error("the log has words of an order");
    },
    note: "Each is told that it is no order, or that there is no such board; nothing of it stands in the log, and no board hears of it.",
  },
  {
    group,
    name: "a reload by order whose file is bad, and one whose file is good",
    testbed: four,
    strikes: 2,
    async strike(testbed) {
      const file = configOf(testbed.folder);
      const good = readFileSync(file, "utf8");
      appendFileSync(file, "\nhub: [\n");
      const refused = await outcome(testbed, "reload");
      if (refused["result"] !== "refused") throw new Error(`the reload of a bad file: ${JSON.stringify(refused)}`);
      writeFileSync(file, good);
      const taken = await outcome(testbed, "reload");
      if (taken["result"] !== "taken") throw new Error(`the reload of a good file: ${JSON.stringify(taken)}`);
    },
    check: (_testbed, figures) => expectOnlyErrors(figures),
    note: "The old configuration goes on, and nobody notices.",
  },
  {
    group,
    name: "one of four boards is reopened and reset by order while it works",
    testbed: {
      neighbours: true,
      mcu: { window: 4, delayMs: 20 },
      config: {
        remote: { allow, prefix: orderPrefix, perMinuteMax: 600 },
        serial: { recovery: { pulse: "dtr", pulseMs: 10 } },
      },
    },
    async strike(testbed) {
      const reopened = await outcome(testbed, "reopen own");
      if (reopened["result"] !== "open") throw new Error(`the port was not reopened: ${JSON.stringify(reopened)}`);
      await testbed.served();
      await resetBetweenRequests(testbed);
    },
    check(_testbed, figures) {
      expectErrors(figures, "serial_down");
      expectOnlyErrors(figures, "in_flight", "too_often", "serial_down", "link_lost", "mcu_stalled", "no_reply");
    },
    note: "A reset is refused while a request is in flight; what is cut off says so, and what was refused was not executed.",
  },
];

/** Several boards behind one session: each for itself, whatever befalls the others. */
import assert from "node:assert/strict";
import { describe } from "node:test";
import { setTimeout as turn } from "node:timers/promises";
import { eventMessage } from "../cli/output-schemas.ts";
import { hold } from "../support/schema.ts";
import { type BoardName, type BoardsWorld, gatewayDevice, subDevice, boardsTest as test } from "./boards-world.ts";
import { deviceSecret } from "./broker-messages.ts";

const told = { topic: "{productId}/{deviceName}/event", lateReplies: true };

/** What the gateway has published of its own. */
function newsIn({ events }: BoardsWorld) {
  return events.flatMap((event) =>
    event.kind === "published" && event.payload.includes('"gateway":')
      ? [{ topic: event.topic, news: JSON.parse(event.payload.toString()) }]
      : [],
  );
}

describe("two boards behind one session", { concurrency: 2 }, () => {
  test("answer at once, each for itself, under one processID", {}, async (w) => {
    let pumpAnswered = false;
    const pump = w.call("pump", "slow 1500", { processId: "41440" }).then((text) => {
      pumpAnswered = true;
      return text;
    });
    assert.equal(await w.call("valve", "open", { processId: "41440" }), "valve:open");
    assert.ok(!pumpAnswered, "the valve has waited for the pump");
    assert.equal(await pump, "pump:slow 1500");
    assert.equal(count(w, "connected"), 1);
  });

  test("whose one has its cable pulled: the other goes on, and it is served again when it is back", {}, async (w) => {
    const open = w.call("pump", "slow 3000");
    await w.until("the command at the MCU", () => w.mcus.pump.counts().commands >= 2);
    const flow = startFlow(w, "valve");
    await w.mcus.pump.control({ kind: "unplug" });
    assert.equal(await open, "aborted link_lost unknown");
    assert.equal(await w.call("pump", "hello"), "unavailable serial_down no");
    await flow.answers(20);
    await w.mcus.pump.control({ kind: "plug" });
    await w.served("pump");
    assert.deepEqual(await flow.stop(), []);
    assert.equal(count(w, "connected"), 1);
  });

  test("whose one babbles and whose other one is asked: what is babbled costs the other nothing", {}, async (w) => {
    const flow = startFlow(w, "valve");
    for (let round = 0; round < 10; round += 1) {
      await w.mcus.pump.control({ kind: "flood", bytes: 20_000, form: round % 2 === 0 ? "noise" : "replies" });
      await flow.answers(3);
    }
    await w.mcus.pump.control({ kind: "send", bytes: "\n" });
    assert.deepEqual(await flow.stop(), []);
    await w.served("pump");
  });

  test("whose replies come after their errors: each is published as an event, under its own board and id", {
    boards: { pump: { events: told }, valve: { events: told } },
  }, async (w) => {
    const processId = "41440";
    const answers = await Promise.all([
      w.call("pump", "slow 5000", { processId }),
      w.call("valve", "slow 4500", { processId }),
    ]);
    assert.deepEqual(answers, Array(2).fill("deadline_exceeded no_reply unknown"));
    await w.until("both events", () => newsIn(w).length === 2);
    for (const { topic, news } of newsIn(w)) {
      hold(eventMessage, news);
      const { gateway, board, lateMs, payload } = news;
      assert.deepEqual([gateway, news.processId, news.outcome], ["late_reply", processId, "ok"]);
      assert.equal(topic, `SUBPRODUCT/${subDevice(board).deviceName}/event`);
      assert.equal(payload, board === "pump" ? "pump:slow 5000" : "valve:slow 4500");
      // The errors went out 3400 ms after the requests, and late by what the machine took.
      assert.ok(lateMs > 0 && lateMs < (board === "pump" ? 1800 : 1300), `${board}: ${lateMs} ms`);
    }
    const open = w.call("pump", "slow 3000", { processId: "41441" });
    const before = w.mcus.pump.counts().commands;
    await w.until("the command at the MCU", () => w.mcus.pump.counts().commands > before);
    await w.mcus.pump.control({ kind: "reset" });
    assert.equal(await open, "aborted mcu_reset unknown");
    await w.until("the event", () => newsIn(w).length === 3);
    const restarted = newsIn(w)[2]?.news;
    hold(eventMessage, restarted);
    assert.deepEqual(restarted, { gateway: "mcu_restarted", board: "pump", unanswered: ["41441"] });
  });

  test("are both served again after the session was lost", {}, async (w) => {
    w.hub.kick(gatewayDevice);
    await w.until("another session", () => count(w, "connected") === 2);
    await w.served("pump");
    await w.served("valve");
  });

  test("of which a reload takes one away and brings it back, while the other one is asked", {}, async (w) => {
    let removed: object = {};
    const flow = startFlow(w, "valve");
    await w.reload(({ pump = {}, ...others }) => {
      removed = pump;
      return others;
    });
    await w.until("the hub to know it", () => !w.hub.console.isOnline(subDevice("pump")));
    assert.equal(await w.call("pump", "hello"), "FailedOperation.DeviceOffline");
    await flow.answers(5);
    await w.reload((boards) => ({ ...boards, pump: removed }));
    await w.served("pump");
    await flow.answers(5);
    assert.deepEqual(await flow.stop(), []);
    assert.equal(count(w, "connected"), 1, "the session has gone on");
    assert.equal(w.daemon.stderr().match(/valve: link: .* is open/g)?.length, 1, "so has the valve's port");
  });

  test("of which a reload changes one: the other one's port stays open, and so does the session", {}, async (w) => {
    const flow = startFlow(w, "valve");
    await w.reload(({ pump, ...others }) => ({
      ...others,
      pump: { ...pump, serial: { path: "pump", baudRate: 57_600 } },
    }));
    // The log may count it, instead of a line of its own.
    const openings = /pump: (link: .* is open|.*1 × link up)/g;
    await w.until("another opening", () => (w.daemon.stderr().match(openings)?.length ?? 0) === 2);
    await w.served("pump");
    assert.deepEqual(await flow.stop(), []);
    assert.equal(count(w, "connected"), 1);
    assert.equal(w.daemon.stderr().match(/valve: link: .* is open/g)?.length, 1);
  });

  test("of which one is unbound in the console, and bound again", {}, async (w) => {
    const flow = startFlow(w, "valve");
    w.hub.console.unbind(subDevice("pump"));
    await w.until("the acknowledgement", () => notices(w, "acknowledged") === 1);
    assert.equal(await w.call("pump", "hello"), "FailedOperation.DeviceOffline");
    await w.log(/pump: .*unbound/);
    await flow.answers(5);
    w.hub.console.bind(subDevice("pump"), gatewayDevice);
    await w.served("pump");
    assert.equal(notices(w, "acknowledged"), 2);
    assert.deepEqual(await flow.stop(), []);
  });

  test("that are all unbound at once, while the gateway stays", {}, async (w) => {
    w.hub.console.unbindAll(gatewayDevice);
    await w.until("the acknowledgement", () => notices(w, "acknowledged") === 1);
    assert.equal(await w.call("valve", "hello"), "FailedOperation.DeviceOffline");
    for (const board of ["pump", "valve"] as const) {
      w.hub.console.bind(subDevice(board), gatewayDevice);
      await w.served(board);
    }
    assert.equal(count(w, "connected"), 1);
  });

  test("of which the hub refuses one: it is said why and what to do, and the other one is served", {
    served: ["valve"],
    before: (hub) => hub.console.answerWith("online", subDevice("pump"), 802),
  }, async (w) => {
    await w.log(/pump: .*802/);
    assert.equal(await w.call("pump", "hello"), "FailedOperation.DeviceOffline");
    assert.equal(await w.call("valve", "hello"), "valve:hello");
    w.hub.console.answerWith("online", subDevice("pump"), undefined);
    // Else the hub is asked again after half a minute only.
    w.hub.console.unbind(subDevice("pump"));
    w.hub.console.bind(subDevice("pump"), gatewayDevice);
    await w.served("pump");
  });

  test("of which one is not permitted its topics: that is said, and the other one is served", {
    served: ["valve"],
    before: (hub) => hub.console.withholdTopics(subDevice("pump"), true),
  }, async (w) => {
    await w.log(/pump: .*SUBACK 128/);
    assert.equal(await w.call("valve", "hello"), "valve:hello");
    assert.equal(count(w, "connected"), 1);
  });

  test("of which one was never bound: its secret binds it", {
    unbound: ["pump"],
    boards: { pump: { device: { secretFile: "device-secret" } } },
  }, async (w) => {
    assert.equal(await w.call("pump", "hello"), "pump:hello");
    const bind = w.events.find((event) => event.kind === "operation" && event.operation === "bind");
    assert.ok(bind?.kind === "operation" && bind.code === 0);
    assert.ok(!w.daemon.stderr().includes(deviceSecret));
  });

  test("of which one is there only while its board is: callers get DeviceOffline at once, until it is back", {
    boards: { pump: { device: { presence: "board", absentAfterS: 10 } } },
  }, async (w) => {
    const flow = startFlow(w, "valve");
    await w.mcus.pump.control({ kind: "unplug" });
    await w.until("the pump to be offline", () => !w.hub.console.isOnline(subDevice("pump")));
    const startMs = performance.now();
    assert.equal(await w.call("pump", "hello"), "FailedOperation.DeviceOffline");
    assert.ok(performance.now() - startMs < 500);
    assert.ok(w.hub.console.isOnline(subDevice("valve")));
    await flow.stop();
    w.hub.kick(gatewayDevice);
    await w.until("another session", () => count(w, "connected") === 2);
    await w.served("valve");
    assert.ok(!w.hub.console.isOnline(subDevice("pump")), "the new session does not report it either");
    await w.mcus.pump.control({ kind: "plug" });
    await w.until("the pump to be online", () => w.hub.console.isOnline(subDevice("pump")));
    await w.served("pump");
    assert.deepEqual(await flow.stop(), []);
  });

  test("that exchange their ports, and then their devices", {}, async (w) => {
    const exchange = (part: "serial" | "device") =>
      w.reload(({ pump, valve }) => ({
        pump: { ...pump, [part]: of(valve, part) },
        valve: { ...valve, [part]: of(pump, part) },
      }));
    await exchange("serial");
    await answered(w, "pump", "valve:x");
    await answered(w, "valve", "pump:x");
    assert.doesNotMatch(w.daemon.stderr(), /in use/, "both ports were closed before either was opened");
    await exchange("device");
    await answered(w, "pump", "pump:x");
    await answered(w, "valve", "valve:x");
    assert.equal(count(w, "connected"), 1);
  });

  test("of which one gets another name, and then another port and device, while it is asked", {}, async (w) => {
    const renamed = w.call("pump", "slow 1500");
    await w.until("the command at the MCU", () => w.mcus.pump.counts().commands >= 2);
    await w.reload(({ pump = {}, ...others }) => ({ ...others, other: pump }));
    assert.equal(await renamed, "pump:slow 1500");
    await answered(w, "pump", "pump:x");
    const moved = w.call("pump", "slow 1500");
    await w.until("the command at the MCU", () => w.mcus.pump.counts().commands >= 4);
    await w.reload(({ valve, other }) => ({
      other: { device: of(valve, "device"), serial: { ...of(other, "serial"), baudRate: 57_600 } },
    }));
    assert.equal(await moved, "pump:slow 1500");
    await answered(w, "valve", "pump:x");
    assert.equal(await w.call("pump", "hello"), "FailedOperation.DeviceOffline");
  });

  test("that are stopped amid a reload: what is open is answered first", {}, async (w) => {
    const open = (["pump", "valve"] as const).map((board) => w.call(board, "slow 1500"));
    await w.until("the commands", () => [w.mcus.pump, w.mcus.valve].every((mcu) => mcu.counts().commands >= 2));
    await w.reload(({ pump = {}, ...others }) => ({ ...others, other: pump }));
    w.daemon.signal("SIGTERM");
    assert.deepEqual(await Promise.all(open), ["pump:slow 1500", "valve:slow 1500"]);
    assert.equal(await w.daemon.ended, 0);
  });
});

function count({ events }: BoardsWorld, kind: "connected"): number {
  return events.filter((event) => event.kind === kind).length;
}

function notices({ events }: BoardsWorld, kind: "acknowledged"): number {
  return events.filter((event) => event.kind === kind).length;
}

/** What the file says of a board in one of its sections. */
function of(board: object | undefined, section: "serial" | "device"): object {
  return { ...(board as Partial<Record<typeof section, object>> | undefined)?.[section] };
}

/** Asks the device until the answer is this one. */
async function answered(w: BoardsWorld, device: BoardName, expected: string): Promise<void> {
  const untilMs = performance.now() + 30_000;
  for (;;) {
    const result = await w.hub.call(subDevice(device), "x");
    const answer = result.kind === "answered" ? String(result.payload) : result.code;
    if (answer === expected) return;
    assert.ok(performance.now() < untilMs, `${device} answers ${answer}`);
    await turn(20);
  }
}

/** Asks a board one request after the other. */
function startFlow(w: BoardsWorld, board: BoardName) {
  const wrong: string[] = [];
  let isStopped = false;
  let answered = 0;
  let onAnswer = () => {};
  const asked = (async () => {
    // Of a test that has failed nobody stops it.
    for (let number = 0; !isStopped && wrong.length < 100; number += 1) {
      const answer = await w.call(board, `flow ${number}`);
      if (answer !== `${board}:flow ${number}`) wrong.push(answer);
      answered += 1;
      onAnswer();
    }
  })();
  return {
    /** Waits for so many more answers. */
    async answers(more: number): Promise<void> {
      const wanted = answered + more;
      await new Promise<void>((resolve) => {
        onAnswer = () => answered >= wanted && resolve();
      });
    },
    /** Ends it; what was no right answer. */
    async stop(): Promise<readonly string[]> {
      isStopped = true;
      await asked;
      return wrong;
    },
  };
}

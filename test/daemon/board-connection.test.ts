import assert from "node:assert/strict";
import { test } from "node:test";
import { BoardConnection } from "../../src/daemon/board-connection.ts";
import { monotonicClock } from "../../src/runtime/clock.ts";
import type { LinkEnd } from "../../src/serial/port-fault.ts";
import { configOfBoards } from "../support/config-of-boards.ts";
import { createWatch } from "../support/watch.ts";

test("a port that turns out to be released when it comes back is not opened beside whoever has it", {
  timeout: 30_000,
}, async (t) => {
  const [config] = configOfBoards({ pump: {} }).boards;
  assert.ok(config);
  const watch = createWatch();
  const said: string[] = [];
  const openings: ((end: LinkEnd) => void)[] = [];
  let holder: string | undefined;
  const connection = new BoardConnection("pump", config.serial, {
    clock: monotonicClock(),
    log: {
      say(_level, _key, text) {
        said.push(text);
        watch.changed();
      },
    },
    openLink(_options, emit) {
      openings.push((cause) => emit({ kind: "down", cause }));
      watch.changed();
      return { write() {}, adjust() {}, close: () => setImmediate(() => emit({ kind: "down", cause: closed })) };
    },
    neighbourAt: () => undefined,
    holderOf: () => holder,
    socketOfTty: () => undefined,
    onEvent() {},
  });
  const alive = setInterval(() => {}, 60_000);
  t.after(() => clearInterval(alive));
  connection.start();
  assert.equal(openings.length, 1);
  // By its name in by-id, of which nothing could tell that it is the port of a release: its device was away.
  holder = "avrdude";
  openings[0]?.({ kind: "io_error", message: "the device is away" });
  await watch.until("the word of it", () => said.some((text) => /avrdude has the port/.test(text)));
  assert.equal(openings.length, 1);
  holder = undefined;
  await watch.until("another opening", () => openings.length === 2);
  await connection.stop();
});

const closed = { kind: "closed", message: "closed" } as const;

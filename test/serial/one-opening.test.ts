import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { openInTurn, openingPath } from "../../src/serial/one-opening.ts";

/** An opening that goes on until it is told how it ends. */
function pending() {
  let begun = false;
  let finish: (error?: Error) => void = () => {};
  const open = () => {
    begun = true;
    return new Promise<string>((resolve, reject) => {
      finish = (error) => (error === undefined ? resolve("open") : reject(error));
    });
  };
  return { open, hasBegun: () => begun, end: (error?: Error) => finish(error) };
}

const wanted = () => true;

test("a second opening begins when the first has ended, however that ends, and whatever its path", async () => {
  const [first, second] = [pending(), pending()];
  const opened = openInTurn("/dev/a", wanted, first.open);
  const next = openInTurn("/dev/b", wanted, second.open);
  await turn();
  assert.deepEqual([openingPath(), second.hasBegun()], ["/dev/a", false]);
  first.end(new Error("no device"));
  await assert.rejects(opened, /no device/);
  await turn();
  assert.deepEqual([openingPath(), second.hasBegun()], ["/dev/b", true]);
  second.end();
  assert.equal(await next, "open");
  await turn();
  assert.equal(openingPath(), undefined);
});

test("an opening that nobody wants any more when its turn comes is not begun", async () => {
  const [first, second, third] = [pending(), pending(), pending()];
  const opened = openInTurn("/dev/a", wanted, first.open);
  let isWanted = true;
  const refused = assert.rejects(
    openInTurn("/dev/a", () => isWanted, second.open),
    /nobody waits for it/,
  );
  const last = openInTurn("/dev/a", wanted, third.open);
  isWanted = false;
  first.end();
  await opened;
  await refused;
  await turn();
  assert.deepEqual([second.hasBegun(), third.hasBegun()], [false, true]);
  third.end();
  await last;
});

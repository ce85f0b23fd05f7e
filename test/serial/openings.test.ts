import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { openInTurn, openingPath } from "../../src/serial/openings.ts";

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

test("where one may hang, a second opening begins when the first has ended, however that ends, and whatever its path", async () => {
  const [first, second] = [pending(), pending()];
  const opened = openInTurn("/dev/a", 1, wanted, first.open);
  const next = openInTurn("/dev/b", 1, wanted, second.open);
  await turn();
  assert.deepEqual([openingPath("/dev/b"), second.hasBegun()], ["/dev/a", false]);
  first.end(new Error("no device"));
  await assert.rejects(opened, /no device/);
  await turn();
  assert.deepEqual([openingPath("/dev/b"), second.hasBegun()], ["/dev/b", true]);
  second.end();
  assert.equal(await next, "open");
  await turn();
  assert.equal(openingPath("/dev/b"), undefined);
});

test("an opening that nobody wants any more when its turn comes is not begun", async () => {
  const [first, second, third] = [pending(), pending(), pending()];
  const opened = openInTurn("/dev/a", 1, wanted, first.open);
  let isWanted = true;
  const refused = assert.rejects(
    openInTurn("/dev/a", 1, () => isWanted, second.open),
    /nobody waits for it/,
  );
  const last = openInTurn("/dev/a", 1, wanted, third.open);
  isWanted = false;
  first.end();
  await opened;
  await refused;
  await turn();
  assert.deepEqual([second.hasBegun(), third.hasBegun()], [false, true]);
  third.end();
  await last;
});

test("where several may hang, one that hangs keeps only its own path waiting", async () => {
  const [sick, again, well, other] = [pending(), pending(), pending(), pending()];
  const hanging = openInTurn("/dev/sick", 2, wanted, sick.open);
  const next = openInTurn("/dev/sick", 2, wanted, again.open);
  for (let round = 0; round < 3; round += 1) {
    const opened = openInTurn("/dev/well", 2, wanted, well.open);
    await turn();
    assert.equal(openingPath("/dev/well"), "/dev/well");
    well.end();
    assert.equal(await opened, "open");
    await turn();
  }
  assert.equal(again.hasBegun(), false);
  // As many as may hang: the next waits for whichever ends first.
  const second = openInTurn("/dev/other", 2, wanted, other.open);
  const waiting = openInTurn("/dev/well", 2, wanted, well.open);
  await turn();
  assert.deepEqual([openingPath("/dev/well"), openingPath("/dev/sick")], ["/dev/sick", "/dev/sick"]);
  other.end();
  await second;
  await turn();
  well.end();
  assert.equal(await waiting, "open");
  sick.end();
  await hanging;
  await turn();
  again.end();
  assert.equal(await next, "open");
});

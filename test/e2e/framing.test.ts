/** Boards whose lines begin and end as they do in the field: each is served, or told in words what is lost and why. */
import assert from "node:assert/strict";
import { describe } from "node:test";
import { type Around, lineEnds } from "../../src/lab/mcu/around.ts";
import { type World, worldTests } from "./world.ts";

/** A deadline of 0.8 s: what comes after it need not be waited for long. */
const soon = { cutoffMs: 1000, marginMs: 200 };

/** The virtual MCU answers with what it was told: a payload that the log may not have. */
async function isServed(world: World): Promise<void> {
  await world.log(/ mcu: virtual-mcu-1, /);
  for (const [id, payload] of [
    ["1", "first payload"],
    ["2", "second payload with spaces  "],
    ["3", ""],
    ["4", "two lines\nand a NUL\0"],
  ] as const) {
    assert.equal((await world.call(id, payload)).text, payload);
  }
}

describe("a board", { concurrency: 3 }, () => {
  const test = worldTests();

  for (const name of ["crlf", "lfcr", "crcrlf", "lfnul"] as const) {
    test(`whose lines end in ${name} is served`, { mcu: { around: { end: lineEnds[name] } } }, isServed);
  }

  const arounds: readonly (readonly [name: string, around: Partial<Around>])[] = [
    ["NUL, 0xFF and a byte order mark in front", { head: "\0\xff\xef\xbb\xbf" }],
    ["form feed, XON, XOFF, tab and spaces in front", { head: "\f\x11\x13\t  " }],
    ["colours", { head: "\x1b[0;32m", tail: "\x1b[0m", end: "\r\n" }],
    ["a console that moves the cursor", { head: "\x1b[8D\x1b[J", end: "\r\n" }],
  ];
  for (const [name, around] of arounds) {
    test(`with ${name} is served`, { mcu: { around } }, async (world) => {
      await isServed(world);
      await world.log(/ mcu: taken off a line: in front /);
    });
  }

  test(
    "with a console is served where the configuration has its prompt, colours around it or not",
    {
      config: { serial: { prompt: "uart:~$ " } },
      mcu: { around: { head: "\x1b[m", end: "\r\n", prompt: "\x1b[1;32muart:~$ \x1b[8D\x1b[J" } },
    },
    isServed,
  );

  test("with a prompt that the configuration does not have is told so, once and without what the reply says", {
    config: { rrpc: soon },
    mcu: { around: { end: "\r\n", prompt: "uart:~$ " } },
  }, async (world) => {
    assert.equal((await world.call("41440", "a telltale payload")).error, "deadline_exceeded no_reply unknown");
    // Its hello is misframed as well, so it counts as away.
    for (const id of ["41441", "41442"]) assert.ok((await world.call(id, "a telltale payload")).error);
    const told = await world.log(/the reply to 41440 has 8 bytes in front of it: "uart:~\$ ".*/);
    assert.match(told[0], /serial\.prompt: "uart:~\$ "/);
    assert.doesNotMatch(world.daemon.stderr(), /the reply to 4144[12]|mcu says/);
  });

  test("whose log runs into its replies is told so, without what they say", {
    config: { rrpc: soon, serial: { helloWaitMs: 0 } },
    mcu: { around: { head: "I (5123) wifi: conn" } },
  }, async (world) => {
    assert.equal((await world.call("41440", "a telltale payload")).error, "deadline_exceeded no_reply unknown");
    await world.log(/the reply to 41440 has 19 bytes in front of it: /);
    assert.doesNotMatch(world.daemon.stderr(), /mcu says/);
  });

  test(
    "with checksums is served, whatever runs into its lines",
    { mcu: { crc: true, around: { head: "I (5123) wifi: conn", end: "\r\r\n", prompt: "> " } } },
    isServed,
  );

  test(
    "whose lines end in CR is served where the configuration says so",
    { config: { serial: { lineEnd: "cr" } }, mcu: { around: { end: "\r" } } },
    isServed,
  );

  test("whose lines end in CR is told so where it does not", {
    config: { rrpc: soon },
    mcu: { around: { end: "\r" } },
  }, async (world) => {
    assert.match((await world.call("1", "a telltale payload")).error ?? "", / no_reply | queued_too_long /);
    await world.log(/mcu: \d+ bytes with CR and no LF: if its lines end so, set serial\.lineEnd: cr/);
  });

  test("with lines of its own is served alike", {
    config: {
      serial: {
        dialect: "template",
        prompt: "> ",
        template: {
          command: ">{processId} {payload}",
          payloadEscape: "backslash",
          reply: "<(?<processId>[^ ]+)(?: (?<payload>.*))?",
          hello: "=rrpc/1 .*fw=(?<fw>[^ ]+).*",
        },
      },
    },
    mcu: { around: { head: "\x1b[0;32m", tail: "\x1b[0m", end: "\n\r", prompt: "> " } },
  }, async (world) => {
    for (const [id, payload] of [
      ["1", "first payload"],
      ["2", "spaces behind  "],
    ] as const) {
      assert.equal((await world.call(id, payload)).text, payload);
    }
  });
});

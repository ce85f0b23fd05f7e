/** An option that a page names exists: `serial.baudRate`, also as `serial.baudRate: 9600`. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Group } from "../../src/config/option.ts";
import { options } from "../../src/config/options.ts";
import { pages, read } from "../support/documents.ts";

/** What looks like an option and is none: names of the firmware library, and findings of the doctor. */
const exceptions = ["rrpc.c", "rrpc.py", "rrpc.Job", "hub.address", "hub.tcp", "hub.tls", "hub.connack", "hub.suback"];

const sections = Object.keys(options.options).join("|");

/** What looks like an option, by its dotted name, in text between backticks. */
function namedIn(page: string): readonly string[] {
  const codes = [...page.replaceAll(/^ *```[\s\S]*?^ *```$/gm, "").matchAll(/`([^`\n]+)`/g)];
  const name = new RegExp(`(?<![\\w./-])(?:${sections})(?:\\.\\w+)+`, "g");
  return codes.flatMap(([, code = ""]) => code.match(name) ?? []);
}

/** The dotted names of all options and groups; a section's name is NAME. */
function* namesOf(group: Group, prefix = ""): Generator<string> {
  for (const [key, option] of Object.entries(group.options)) {
    yield prefix + key;
    if (option.kind === "group") yield* namesOf(option, `${prefix}${key}.`);
    if (option.kind !== "sections") continue;
    yield `${prefix}${key}.NAME`;
    yield* namesOf(option.section, `${prefix}${key}.NAME.`);
  }
}

const names = new Set(namesOf(options));
const known = { has: (name: string) => names.has(name.replace(/^(boards)\.\w+/, "$1.NAME")) };

test("every option that a page names between backticks is declared", () => {
  const named = pages().flatMap((page) => namedIn(read(page)).map((name) => ({ page, name })));
  assert.ok(named.length > 100, `${named.length} options are named`);
  assert.deepEqual(
    named.filter(({ name }) => !known.has(name) && !exceptions.includes(name)),
    [],
  );
  for (const name of exceptions)
    assert.ok(
      named.some((one) => one.name === name),
      `no page names ${name}`,
    );
});

test("an option that does not exist is noticed", () => {
  const page = "`serial.baud: 9600` and `rrpc.cutoffMs - rrpc.margin`, not serial.none, `docs/log.md` or `my.hub.x`";
  assert.deepEqual(namedIn(page), ["serial.baud", "rrpc.cutoffMs", "rrpc.margin"]);
  assert.deepEqual(
    namedIn(page).map((name) => known.has(name)),
    [false, true, false],
  );
});

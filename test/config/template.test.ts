/** Bad descriptions of a firmware's lines, and the exact text that they get. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { documentedYaml, examples } from "../protocol/documented.ts";
import { good, temporaryFolder } from "./folder.ts";

const folder = temporaryFolder();
after(folder.remove);

type Lines = Readonly<Record<string, string | undefined>>;

const withIds = {
  command: "CMD {processId},{payload}",
  reply: "RSP (?<processId>.*),(?<payload>.*)",
};
const inOrder = { command: "AT+{payload}", reply: "(?<payload>.*)" };

/** What is found wrong with these options of `serial.template`, without the place in the file. */
function findingsOf(lines: Lines, rest = ""): string[] {
  const text = folder.findingsOf(`${good}  dialect: template\n  template:\n${yamlOf(lines)}${rest}`);
  return text === "" ? [] : text.split("\n").map((line) => line.replace(/^c\.yaml:\d+:\d+: serial\.template\./, ""));
}

function yamlOf(lines: Lines): string {
  const given = Object.entries(lines).filter(([, value]) => value !== undefined);
  return given.map(([key, value]) => `    ${key}: ${JSON.stringify(value)}\n`).join("");
}

const cases: readonly (readonly [name: string, lines: Lines, ...findings: string[]])[] = [
  ["lines with ids", withIds],
  ["lines in order", inOrder],
  [
    "nothing at all",
    {},
    "command: expected one, because serial.dialect is template, found none",
    "reply: expected one, because serial.dialect is template, found none",
  ],
  [
    "a placeholder that is none",
    { ...inOrder, command: "AT+{payLoad}" },
    "command: expected {processId} or {payload}, found {payLoad}",
  ],
  ["a command without payload", { ...inOrder, command: "AT" }, "command: expected {payload}, found none"],
  [
    "a command without the id that replies have",
    { ...withIds, command: "CMD {payload}" },
    "command: expected {processId}, because serial.template.reply has a group processId, found none",
  ],
  [
    "a pattern that is none",
    { ...withIds, log: "#(" },
    "log: expected a regular expression that RE2 understands, of moderate size, found missing closing ): `#(`",
  ],
  [
    "a pattern that looks ahead",
    { ...withIds, log: "(?!RSP).*" },
    "log: expected a regular expression that RE2 understands, of moderate size, " +
      "found invalid or unsupported Perl syntax: `(?!`",
  ],
  [
    "a reply that is no pattern, and nothing that follows from it",
    { ...withIds, reply: "RSP (?<processId>.*", probe: "HI", hello: "HI", cancel: "DROP", refusal: "(?<code>E)" },
    "reply: expected a regular expression that RE2 understands, of moderate size, " +
      "found missing closing ): `RSP (?<processId>.*`",
  ],
  [
    "a pattern that is too large",
    { ...withIds, log: "(?:.{0,99}){0,9}" },
    "log: expected a regular expression that RE2 understands, of moderate size, found one that is too large",
  ],
  [
    "a group that means nothing",
    { ...withIds, reply: "RSP (?<processid>.*),(?<payload>.*)" },
    "reply: expected no groups but processId, payload, found processid",
  ],
  ["a group in a log line", { ...withIds, log: "#(?<payload>.*)" }, "log: expected no groups, found payload"],
  [
    "no payload anywhere",
    { ...inOrder, reply: "OK" },
    "reply: expected a group payload, here or in serial.template.data, found none",
  ],
  ["a payload in the lines before the last alone", { ...inOrder, reply: "OK", data: "(?<payload>.*)" }],
  ["data without payload", { ...inOrder, data: ".*" }, "data: expected a group payload, found none"],
  ["a refusal without code", { ...inOrder, refusal: "ERROR" }, "refusal: expected a group code, found none"],
  [
    "a refusal that names no command",
    { ...withIds, refusal: "(?<code>ERROR)" },
    "refusal: expected a group processId, as serial.template.reply has one, found none",
  ],
  [
    "data that name one where replies do not",
    { ...inOrder, data: "(?<processId>.*),(?<payload>.*)" },
    "data: expected no group processId, as serial.template.reply has none, found one",
  ],
  [
    "a probe whose answer nobody knows",
    { ...withIds, probe: "HI" },
    "probe: expected serial.template.hello, for the answer to it, found none",
  ],
  ["a probe and its answer", { ...withIds, probe: "HI", hello: "HI .*" }],
  [
    "a probe whose answer would be a command's",
    { ...inOrder, probe: "AT", hello: "RDY" },
    "probe: expected none, because answers come in order and its own would be a command's, found one",
  ],
  [
    "a cancel whose answer would be a command's",
    { ...inOrder, cancel: "ATH" },
    "cancel: expected none, because answers come in order and its own would be a command's, found one",
  ],
  ["a cancel", { ...withIds, cancel: "DROP {processId}" }],
  ["a cancel with a payload", { ...withIds, cancel: "DROP {payload}" }, "cancel: expected no {payload}, found it"],
  [
    "a probe with an id",
    { ...withIds, hello: "HI", probe: "HI {processId}" },
    "probe: expected no {processId}, found it",
  ],
  ["control characters that clear a line", { ...inOrder, clearLine: "^U^C^[^?" }],
  ...["^M", "^J", "^Q", "^S", "U", "^u", "\x15", "^", ""].map((clearLine): readonly [string, Lines, string] => [
    `${JSON.stringify(clearLine)} to clear a line`,
    { ...inOrder, clearLine },
    `clearLine: expected 1 to 8 control characters written like ^U or ^C, but none of ^J, ^M, ^Q and ^S, found ${
      clearLine === "\x15" ? '"\\x15"' : JSON.stringify(clearLine)
    }`,
  ]),
  [
    "letters that are forbidden",
    { ...withIds, payloadForbidden: "abc" },
    'payloadForbidden: expected ASCII punctuation, found "abc"',
  ],
  [
    "escapes without their backslash",
    { ...withIds, payloadEscape: "backslash", payloadForbidden: ",\\" },
    "payloadForbidden: expected no backslash, because serial.template.payloadEscape needs it, found one",
  ],
  [
    "a line end within a line",
    { ...withIds, command: "CMD {payload}\nCMD 2" },
    'command: expected 1 to 64 printable ASCII characters, found "CMD {payload}\\x0ACMD 2"',
  ],
];

/** Why a quiet time that is shorter than a deadline does not do. */
const tooShort = (ms: number, found: string) =>
  `quietMs: expected at least ${ms} ms (rrpc.cutoffMs - rrpc.marginMs), because answers come in order, and one that ` +
  `takes longer than its deadline would be given to the next command, found ${found} ms`;

test("a quiet time is at least the deadline where answers come in order", () => {
  const findings = (ms: number, rest = "") => findingsOf(inOrder, `    quietMs: ${ms}\n${rest}`);
  assert.deepEqual(findings(3500), []);
  assert.deepEqual(findings(3499), [tooShort(3500, "3499")]);
  assert.deepEqual(findings(1000), [tooShort(3500, "1000")]);
  assert.deepEqual(findings(3900, "rrpc: {marginMs: 0}\n"), [tooShort(4000, "3900")]);
  assert.deepEqual(findings(1000, "rrpc: {cutoffMs: 1000, marginMs: 200}\n"), []);
  assert.deepEqual(findingsOf(withIds, "    quietMs: 1000\n"), []);
});

for (const [name, lines, ...findings] of cases) {
  test(name, () => assert.deepEqual(findingsOf(lines), findings));
}

test("a template that is not used is told", () => {
  assert.equal(
    folder.findingsOf(`${good}  template: {command: "AT{payload}"}\n`),
    "c.yaml:6:1: warning: serial.dialect: expected template, for serial.template to matter, found rrpc",
  );
});

for (const example of examples) {
  test(`the ${example} of docs/dialects.md has no findings`, () => {
    assert.equal(folder.findingsOf(`${good}${documentedYaml(example)}`), "");
  });
}

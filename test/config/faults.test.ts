/** Bad files, and the exact text that they get. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import type { Group } from "../../src/config/option.ts";
import { options } from "../../src/config/options.ts";
import { remoteOrders } from "../../src/core/report.ts";
import { good, secret, temporaryFolder } from "./folder.ts";

const folder = temporaryFolder();
after(folder.remove);

/** `good` with its first `line` that contains the text replaced. */
const but = (from: string, to: string) => good.replace(from, to);

const keysOf = (group: Group) => Object.keys(group.options).join(", ");

const ways = "(deviceSecretFile, deviceSecretCredential, deviceSecret, certFile with keyFile, deviceInfoFile)";
const needsCa =
  "expected the CA certificate of IoT Hub from the console, because no public trust store has it, found none";

const needsTls =
  "expected tls, psk or wss, because anybody on the way can read what passes here, and say something else";

const aPattern = "expected a regular expression of 1 to 400 characters without control characters";

const cases: readonly (readonly [name: string, yaml: string | Uint8Array, ...findings: string[]])[] = [
  ["a good file", good],
  ["an empty file", "", `c.yaml:1:1: expected a mapping with ${keysOf(options)}, found nothing`],
  ["comments alone", "# none\n", `c.yaml:1:1: expected a mapping with ${keysOf(options)}, found nothing`],
  ["a list", "- a\n", `c.yaml:1:1: expected a mapping with ${keysOf(options)}, found a list (leave out the dashes)`],
  ["a text", "\nx\n", `c.yaml:2:1: expected a mapping with ${keysOf(options)}, found "x"`],
  [
    "what is missing",
    "hub:\nserial:\n",
    `c.yaml:1:1: hub: expected one way to authenticate ${ways}, found none`,
    "c.yaml:1:1: hub.productId: expected 10 letters or digits, found none",
    "c.yaml:1:1: hub.deviceName: expected 1 to 48 of letters, digits, _, : and -, found none",
    `c.yaml:1:1: warning: hub.caFile: ${needsCa}`,
    "c.yaml:2:1: serial.path: expected a path, found none",
  ],
  [
    "every fault at once",
    `${but("ABCDEFGH12", "ABC")}  baudRate: fast\nrrpc:\n  cutoffMs: 12000\n  margin: 1\nlogs: {}\n`,
    'c.yaml:2:14: hub.productId: expected 10 letters or digits, found "ABC"',
    'c.yaml:8:13: serial.baudRate: expected a whole number from 300 to 4000000 (baud), found "fast"',
    "c.yaml:10:13: rrpc.cutoffMs: expected a whole number from 1000 to 10000 (ms), found 12000",
    "c.yaml:11:3: rrpc.margin: expected a key of rrpc (did you mean marginMs?), found an unknown key",
    "c.yaml:12:1: logs: expected a known key (did you mean log?), found an unknown key",
  ],
  ...(
    [
      ["ap-guangzhou", " (did you mean china?)"],
      ["us", " (did you mean us-east?)"],
      ["EU_Frankfurt", " (did you mean europe?)"],
      ["Bangkok", " (did you mean ap-bangkok?)"],
      ["constructor", ""],
    ] as const
  ).map(
    ([name, hint]) =>
      [
        `the region ${name}`,
        but("caFile: hub-ca.pem", `caFile: hub-ca.pem\n  region: ${name}`),
        `c.yaml:6:11: hub.region: expected one of china, us-east, europe, ap-bangkok${hint}, found "${name}"`,
      ] as const,
  ),
  [
    "a slip in a choice",
    but("caFile: hub-ca.pem", "caFile: hub-ca.pem\n  region: us_eat"),
    'c.yaml:6:11: hub.region: expected one of china, us-east, europe, ap-bangkok (did you mean us-east?), found "us_eat"',
  ],
  [
    "another spelling of a key",
    but("deviceSecretFile", "device_secret_file"),
    "c.yaml:4:3: hub.device_secret_file: expected a key of hub (did you mean deviceSecretFile?), found an unknown key",
  ],
  [
    "a key of another group",
    `${good}baudRate: 9600\n`,
    "c.yaml:8:1: baudRate: expected a known key (did you mean serial.baudRate?), found an unknown key",
  ],
  [
    "a key like no other",
    `${good}rrpc:\n  zzzzzz: 1\n`,
    `c.yaml:9:3: rrpc.zzzzzz: expected a key of rrpc (${keysOf(options.options.rrpc)}), found an unknown key`,
  ],
  [
    "a name of Object's own",
    `${good}constructor: 1\n__proto__: 1\n`,
    `c.yaml:8:1: constructor: expected a known key (${keysOf(options)}), found an unknown key`,
    `c.yaml:9:1: __proto__: expected a known key (${keysOf(options)}), found an unknown key`,
  ],
  [
    "the same key again",
    `${good}  baudRate: 9600\n  baudRate: 19200\nserial:\n  parity: odd\n`,
    "c.yaml:9:3: serial.baudRate: expected it once, found it again (first in line 8)",
    "c.yaml:10:1: serial: expected it once, found it again (first in line 6)",
  ],
  [
    "a number that is a text to YAML",
    `${good}  baudRate: "9600"\n`,
    'c.yaml:8:13: serial.baudRate: expected a whole number from 300 to 4000000 (baud), found "9600" (leave out the quotes)',
  ],
  [
    "a text that is a number to YAML",
    but("gateway01", "0012"),
    "c.yaml:3:15: hub.deviceName: expected 1 to 48 of letters, digits, _, : and -, found the number 0012 (put it in quotes)",
  ],
  [
    "half a number, a unit, nothing",
    `${good}rrpc:\n  cutoffMs: 4000.5\n  marginMs: 500ms\n  queueMax:\n`,
    "c.yaml:9:13: rrpc.cutoffMs: expected a whole number from 1000 to 10000 (ms), found 4000.5",
    'c.yaml:10:13: rrpc.marginMs: expected a whole number from 0 to 9999 (ms), found "500ms" (write 500)',
    "c.yaml:11:12: rrpc.queueMax: expected a whole number from 1 to 4096, found nothing",
  ],
  [
    "choices and flags",
    `${good}  stopBits: 1.5\n  parity: mark\n  rtscts: on\n  dataBits: 5\nlog: {level: trace}\n`,
    "c.yaml:8:13: serial.stopBits: expected one of 1, 2, found 1.5",
    'c.yaml:9:11: serial.parity: expected one of none, even, odd, found "mark"',
    'c.yaml:10:11: serial.rtscts: expected true or false, found "on" (write true)',
    "c.yaml:11:13: serial.dataBits: expected one of 7, 8, found 5",
    'c.yaml:12:14: log.level: expected one of debug, info, warn, error, found "trace"',
  ],
  [
    "QoS 2, and keepalives beyond the hub's",
    but("  caFile", "  qos: 2\n  keepaliveS: 30\n  caFile"),
    "c.yaml:5:8: hub.qos: expected one of 0, 1, found 2",
    "c.yaml:6:15: hub.keepaliveS: expected a whole number from 60 to 690 (s), found 30",
  ],
  [
    "mappings, lists and aliases in the place of values",
    `${good}  baudRate: &a [1]\n  dataBits: {a: 1}\n  parity: *a\nlog: 3\n`,
    "c.yaml:8:16: serial.baudRate: expected a whole number from 300 to 4000000 (baud), found a list",
    "c.yaml:9:13: serial.dataBits: expected one of 7, 8, found a mapping",
    "c.yaml:10:11: serial.parity: expected one of none, even, odd, found an alias (write the value itself: anchors are not followed)",
    "c.yaml:11:1: log: expected a mapping with level, found 3",
  ],
  [
    "a host with scheme, a topic with a wildcard",
    but("  caFile", "  host: tls://hub\n  topics: {request: $rrpc/+}\n  caFile"),
    'c.yaml:5:9: hub.host: expected a host name or an address, without scheme and port, found "tls://hub" (write hub)',
    "c.yaml:6:21: hub.topics.request: expected up to 162 ASCII characters without spaces, + and #, " +
      'and without a slash at either end, found "$rrpc/+"',
  ],
  [
    "one topic both ways",
    but("  caFile", "  topics: {request: a/b, response: a/b}\n  caFile"),
    "c.yaml:5:36: hub.topics.response: expected another topic than hub.topics.request, found the same",
  ],
  [
    "events among the responses, and a port whose name has a line end",
    `${good.replace(/path: .*/, 'path: "/dev/tty\\n1"')}events: {topic: $rrpc/txd/a/b/1}\n`,
    "c.yaml:7:9: serial.path: expected a path without control characters, found one with them",
    "c.yaml:8:17: events.topic: expected a topic apart from those of requests and responses, found one of them",
  ],
  [
    "two ways to authenticate",
    but("  caFile", "  deviceSecretCredential: s\n  caFile"),
    `c.yaml:1:1: hub: expected one way to authenticate ${ways}, found deviceSecretFile and deviceSecretCredential`,
  ],
  [
    "a certificate without its key, over bare TCP",
    but("deviceSecretFile: device-secret", "certFile: device-cert.pem\n  transport: tcp"),
    "c.yaml:1:1: hub: expected certFile with keyFile, found no keyFile",
    "c.yaml:4:13: hub.certFile: expected hub.transport tls or wss, to authenticate with a certificate, found tcp",
    `c.yaml:5:14: warning: hub.transport: ${needsTls}, found tcp`,
    "c.yaml:6:11: hub.caFile: expected hub.transport tls or wss, for a certificate to be verified, found tcp",
  ],
  [
    "a hub elsewhere without TLS",
    but("caFile: hub-ca.pem", "host: hub.example.net\n  transport: ws"),
    `c.yaml:6:14: warning: hub.transport: ${needsTls}, found ws`,
  ],
  ["IoT Hub by the device secret, which needs no CA", but("caFile: hub-ca.pem", "transport: psk")],
  [
    "a CA and a signature for TLS by the device secret",
    but("caFile: hub-ca.pem", "transport: psk\n  caFile: hub-ca.pem\n  hmac: sha1"),
    "c.yaml:6:11: warning: hub.caFile: expected hub.transport tls or wss, for a certificate to be verified, found psk",
    "c.yaml:7:9: warning: hub.hmac: expected another hub.transport, for there to be a signature, found psk",
  ],
  [
    "a certificate of the device for TLS by the device secret",
    but("deviceSecretFile: device-secret", "certFile: device-cert.pem\n  keyFile: device-key.pem").replace(
      "caFile: hub-ca.pem",
      "transport: psk",
    ),
    "c.yaml:4:13: hub.certFile: expected hub.transport tls or wss, to authenticate with a certificate, found psk",
  ],
  ["a hub on this machine without TLS", but("caFile: hub-ca.pem", "host: 127.0.0.1\n  transport: tcp")],
  [
    "a recovery command with a second line in it",
    `${good}  recovery: {command: "reset\\nrm x"}\n`,
    "c.yaml:8:23: serial.recovery.command: expected a command line of up to 1000 characters, found " +
      '"reset\\x0Arm x"',
  ],
  [
    "metrics for everybody",
    `${good}metrics: {port: 9464, host: "::"}\n`,
    "c.yaml:8:29: warning: metrics.host: expected 127.0.0.1, because whoever reaches another address can read the " +
      "metrics, found ::",
  ],
  ["metrics for this machine", `${good}metrics: {port: 9464, host: "::1"}\n`],
  ["IoT Hub without its CA", but("  caFile: hub-ca.pem\n", ""), `c.yaml:1:1: warning: hub.caFile: ${needsCa}`],
  ["a hub of one's own without a CA", but("caFile: hub-ca.pem", "host: hub.example.net")],
  [
    "RTS given away twice",
    `${good}  rtscts: true\n  rts: on\n`,
    "c.yaml:9:8: serial.rts: expected leave, because serial.rtscts gives RTS to the flow control, found on",
  ],
  [
    "seven data bits",
    `${good}  dataBits: 7\n`,
    "c.yaml:8:13: warning: serial.dataBits: expected 8, for payloads of any bytes, found 7, which carry ASCII only",
  ],
  [
    "no time left for anything",
    `${good}rrpc: {cutoffMs: 3000, marginMs: 3000}\n`,
    "c.yaml:8:34: rrpc.marginMs: expected less than rrpc.cutoffMs (3000 ms), found 3000 ms",
  ],
  [
    "late replies without a topic",
    `${good}events: {lateReplies: true}\n`,
    "c.yaml:8:23: events.lateReplies: expected events.topic, on which they are published, found none",
  ],
  [
    "patterns that are none, each where it stands",
    `${good}rrpc:\n  allow:\n    - status\n    - "led ("\n    - 42\n    - a: b\n  deny: [x, "", '(?=y)', "\\t"]\n`,
    `c.yaml:12:7: rrpc.allow: ${aPattern}, found the number 42 (put it in quotes)`,
    `c.yaml:13:7: rrpc.allow: ${aPattern}, found a mapping`,
    `c.yaml:14:13: rrpc.deny: ${aPattern}, found ""`,
    `c.yaml:14:26: rrpc.deny: ${aPattern}, found "\\x09"`,
  ],
  [
    "patterns that RE2 does not know",
    `${good}rrpc:\n  allow:\n    - status\n    - "led ("\n  deny: [x, '(?=y)']\n`,
    "c.yaml:11:7: rrpc.allow: expected a regular expression that RE2 understands, of moderate size, found missing closing ): `led (`",
    "c.yaml:12:13: rrpc.deny: expected a regular expression that RE2 understands, of moderate size, " +
      "found invalid or unsupported Perl syntax: `(?=`",
  ],
  [
    "no list, one too long, an empty one",
    `${good}rrpc:\n  allow: []\n  deny: status\n`,
    "c.yaml:9:10: warning: rrpc.allow: expected a pattern, because with none every request is refused, found none",
    'c.yaml:10:9: rrpc.deny: expected a list of up to 64 regular expressions, found "status"',
  ],
  ["orders, with a prefix", `${good}remote: {allow: [status, log], prefix: "gateway:"}\n`],
  ["no orders", `${good}remote: {allow: []}\n`],
  [
    "orders without a prefix, where a board answers for the gateway's device",
    `${good}remote:\n  allow: [status]\n`,
    "c.yaml:8:1: remote.prefix: expected what orders begin with, such as gateway:, because a board answers for the gateway's own device, found none",
  ],
  [
    "orders that there are not",
    `${good}remote:\n  prefix: x\n  allow:\n    - statsu\n    - status\n    - status\n    - 7\n`,
    `c.yaml:11:7: remote.allow: expected one of ${remoteOrders.join(", ")} (did you mean status?), found "statsu"`,
    "c.yaml:13:7: remote.allow: expected each word once, found it twice",
    `c.yaml:14:7: remote.allow: expected one of ${remoteOrders.join(", ")}, found 7`,
  ],
  [
    "one order that is no list",
    `${good}remote: {allow: status, prefix: x}\n`,
    `c.yaml:8:17: remote.allow: expected a list of some of ${remoteOrders.join(", ")}, each once, found "status"`,
  ],
  [
    "a prefix without orders",
    `${good}remote: {prefix: "x"}\n`,
    "c.yaml:8:18: warning: remote.prefix: expected remote.allow, for there to be orders, found none",
  ],
  [
    "a prefix with a space",
    `${good}remote: {prefix: "gate way", allow: [status]}\n`,
    'c.yaml:8:18: remote.prefix: expected 1 to 32 ASCII characters without spaces, found "gate way"',
  ],
  [
    "more patterns than there may be",
    `${good}rrpc: {deny: [${Array(65).fill("x").join(", ")}]}\n`,
    "c.yaml:8:14: rrpc.deny: expected a list of up to 64 regular expressions, found a list of 65",
  ],
  [
    "lines longer than the deadline",
    `${good}  baudRate: 4800\n  parity: even\n`,
    "c.yaml:8:13: serial.baudRate: expected serial.commandBytesMax + serial.replyBytesMax of at most 1527 bytes, " +
      "what crosses a line of 4800 baud with 11 bits a byte within the deadline of 3500 ms " +
      "(rrpc.cutoffMs - rrpc.marginMs), found 2304 bytes, which take 5280 ms",
  ],
  [
    "lines of exactly what fits",
    `${good}  baudRate: 4800\n  parity: even\n  commandBytesMax: 256\n  replyBytesMax: ${1527 - 256}\n`,
  ],
  [
    "one byte more than what fits",
    `${good}  baudRate: 4800\n  parity: even\n  commandBytesMax: 256\n  replyBytesMax: ${1528 - 256}\n`,
    "c.yaml:10:20: serial.commandBytesMax: expected at most 255 bytes, which with serial.replyBytesMax (1272 bytes) is " +
      "what crosses a line of 4800 baud with 11 bits a byte within the deadline of 3500 ms " +
      "(rrpc.cutoffMs - rrpc.marginMs), found 256 bytes, together 1528 bytes, which take 3502 ms",
  ],
  [
    "a write given up before it can be done",
    `${good}  writeTimeoutMs: 50\n  commandBytesMax: 1000\n`,
    "c.yaml:8:19: serial.writeTimeoutMs: expected more than the 87 ms of a command of serial.commandBytesMax " +
      "(1000 bytes) at 115200 baud, found 50 ms",
  ],
  ["a tab", `${good}\tbaudRate: 1\n`, "c.yaml:8:1: expected spaces as indentation, found a tab"],
  [
    "another indentation",
    `${good} baudRate: 1\n`,
    "c.yaml:8:2: expected 2 spaces in front, as in line 7, or no space in front, as in line 6, found 1 space",
  ],
  [
    "no space after a colon",
    `${good}  baudRate:9600\n  parity: none\n`,
    "c.yaml:8:3: expected a colon and a space after a key, found none",
  ],
  [
    "an open quote",
    `${good}log: {level: "info\n`,
    "c.yaml:8:14: expected the same quote at the end of the text, found none",
  ],
  [
    "two documents",
    `${good}---\n${good}`,
    "c.yaml:8:1: expected one document, found another one (take the line --- away)",
  ],
  [
    "a tag",
    `${good}log: !custom {}\n`,
    "c.yaml:8:6: expected a value without a tag, found a tag (a text that begins with ! needs quotes)",
  ],
  [
    "a key that is a list",
    `${good}? [a]\n: 1\n`,
    "c.yaml:8:3: expected the name of an option as the key, found something else",
  ],
  [
    "YAML 1.1, where on is true",
    `%YAML 1.1\n---\n${good}  dtr: on\n`,
    "c.yaml:10:8: serial.dtr: expected one of leave, on, off, found on",
  ],
  [
    "deep nesting",
    `${good}log: ${"{a: ".repeat(70)}`,
    "c.yaml:8:262: expected at most 64 brackets and braces inside of each other, found more",
  ],
  ["an endless line", `a: ${"- ".repeat(400)}`, "c.yaml:1:501: expected at most 500 characters in a line, found 803"],
  [
    "aliases of aliases",
    `a: &a [x, x]\nb: &b [*a, *a]\nhub: *b\nserial: {path: /dev/ttyS0}\n`,
    "c.yaml:3:1: hub: expected a mapping with productId, deviceName, deviceSecretFile, " +
      "deviceSecretCredential, …, found an alias (write the value itself: anchors are not followed)",
  ],
  [
    "a huge file",
    `# ${"x".repeat(65_536)}`,
    "c.yaml:1:1: expected a readable configuration file, found 65538 bytes (at most 65536): c.yaml",
  ],
  [
    "a picture",
    new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    "c.yaml:1:1: expected a readable configuration file, found a binary file: c.yaml",
  ],
  ["zeros", new Uint8Array(16), "c.yaml:1:1: expected a readable configuration file, found a binary file: c.yaml"],
];

for (const [name, yaml, ...findings] of cases)
  test(name, () => assert.equal(folder.findingsOf(yaml), findings.join("\n")));

test("a secret in the wrong place is shown in none", () => {
  const text = folder.findingsOf(
    `hub: {deviceSecret:${secret}, deviceName: ${secret}, deviceSecretFile: ${secret}, host: [${secret}]}\n${secret}: 1\n`,
  );
  assert.match(text, /hub\.\?: .* found an unknown key/);
  assert.match(text, /hub\.deviceName: .* found "\*\*\* \(a secret\?\)"/);
  assert.match(text, /hub\.deviceSecretFile: .* found no such file: .*\*\*\* \(a secret\?\)/);
  assert.match(text, /2:1: \?: .* found an unknown key/);
  assert.doesNotMatch(text, /MDEy/);
});

test("of thousands of faults the first hundred are told, and the others are counted", () => {
  const lines = folder.findingsOf(`${good}${"  x: 1\n".repeat(250)}`).split("\n");
  assert.equal(lines.length, 101);
  assert.match(lines[99] ?? "", /^c\.yaml:107:3: serial\.x: expected a key of serial/);
  assert.equal(lines[100], "c.yaml:108:3: expected a configuration file, found 150 more faults from here on");
});

test("files that are none", () => {
  const expected = "c.yaml:1:1: expected a readable configuration file, found ";
  assert.equal(folder.findingsOfFile("/nowhere/c.yaml"), `/nowhere/${expected}no such file: /nowhere/c.yaml`);
  assert.match(folder.findingsOfFile(folder.path), /found a folder \(name a file in it\): /);
  assert.match(folder.findingsOfFile("/dev/zero"), /found no regular file: /);
  assert.match(folder.findingsOfFile("/etc/hostname/c.yaml"), /found no such file: /);
});

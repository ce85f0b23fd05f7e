/**
 * What people really get wrong in a file, and what they are told: the line and the column, what is wrong and what to write
 * instead; one finding for one cause, and nothing that follows from it.
 */
import assert from "node:assert/strict";
import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { good, secret, temporaryFolder } from "./folder.ts";

const folder = temporaryFolder();
after(folder.remove);

const but = (from: string | RegExp, to: string) => {
  const changed = good.replace(from, to);
  assert.notEqual(changed, good);
  return changed;
};

const ifMeant = "(in quotes where it is meant)";
const noBreak = `expected a plain space ${ifMeant}, found a non-breaking space (U+00A0)`;
const noAnchors = "because anchors are not followed, found a merge key (<<)";
const literal = "(nothing is substituted in this file; envsubst can write it)";
const name = "hub.deviceName: expected 1 to 48 of letters, digits, _, : and -";
const number = "expected a whole number from";
const straight = `expected straight quotes (" or '), or none, found a quotation mark for prose`;

type Case = readonly [name: string, yaml: string | Uint8Array, ...findings: string[]];

const characters: readonly Case[] = [
  ["a non-breaking space as indentation", but("  deviceName", "\u00a0\u00a0deviceName"), `3:1: ${noBreak}, 2 times`],
  ["one behind a plain space", but("  deviceName", " \u00a0deviceName"), `3:2: ${noBreak}`],
  ["one behind a colon", but("productId: ", "productId:\u00a0"), `2:13: ${noBreak}`],
  ["one before a colon", but("productId:", "productId\u00a0:"), `2:12: ${noBreak}`],
  ["one behind a value", but("gateway01", "gateway01\u00a0"), `3:24: ${noBreak}`],
  ["one behind a group", but("serial:", "serial:\u00a0"), `6:8: ${noBreak}`],
  ["a line of them", but("serial:\n", "serial:\n\u00a0\u00a0\n"), `7:1: ${noBreak}, 2 times`],
  ["a whole file of them", good.replaceAll("  ", "\u00a0\u00a0"), `2:1: ${noBreak}, 10 times`],
  ["one in a comment", but("  path", "  # a\u00a0comment\n  path")],
  ["one in quotes", but("/dev/ttyUSB0", '"/dev/tty\u00a0USB0"')],
  [
    "one in quotes where it may not stand",
    but("gateway01", '"gateway01\u00a0"'),
    `3:15: ${name}, found "gateway01\\xA0" (write gateway01)`,
  ],
  [
    "an ideographic space",
    but("  deviceName", "\u3000deviceName"),
    `3:1: expected a plain space ${ifMeant}, found an ideographic space (U+3000)`,
  ],
  [
    "a space of no width in a key",
    but("deviceName", "\u200bdeviceName"),
    `3:3: expected no invisible character ${ifMeant}, found a space of no width (U+200B)`,
  ],
  [
    "a byte order mark that a join of files has left",
    `${good}\ufeffrrpc:\n  queueMax: 3\n`,
    `8:1: expected no invisible character ${ifMeant}, found a byte order mark in the middle of the file (U+FEFF)`,
  ],
  ["a byte order mark at the start", `\ufeff${good}`],
  ["CRLF", good.replaceAll("\n", "\r\n")],
  ["CR alone", good.replaceAll("\n", "\r"), "1:5: expected LF or CRLF at the end of a line, found CR alone, 7 times"],
  [
    "another kind of line end",
    but("gateway01\n", "gateway01\u2028"),
    `3:24: expected LF at the end of a line ${ifMeant}, found U+2028`,
  ],
  [
    "a colon of full width",
    but("productId: ", "productId\uff1a"),
    "2:12: expected a plain colon and a space, found a colon of full width (U+FF1A)",
  ],
  [
    "one behind a group",
    but("serial:", "serial\uff1a"),
    "6:7: expected a plain colon and a space, found a colon of full width (U+FF1A)",
  ],
  [
    "digits of full width",
    `${good}  baudRate: \uff19\uff16\uff10\uff10\n`,
    `8:13: serial.baudRate: ${number} 300 to 4000000 (baud), found "\uff19\uff16\uff10\uff10" (write 9600)`,
  ],
  ["quotes for prose", but("gateway01", "\u201cgateway01\u201d"), `3:15: ${straight} (U+201C)`],
  ["single ones", but("gateway01", "\u2018gateway01\u2019"), `3:15: ${straight} (U+2018)`],
  ["quotes for prose around a path", but("/dev/ttyUSB0", "\u201c/dev/ttyUSB0\u201d"), `7:9: ${straight} (U+201C)`],
  [
    "a letter of another alphabet in a key",
    but("deviceName", "device\u041dame"),
    "3:3: hub.?: expected a key of hub (did you mean deviceName?), found one with U+041D in it",
  ],
  [
    "characters of two kinds, and a fault of another kind",
    `${good.replaceAll("  ", "\u00a0\u00a0")}\u00a0\u00a0baudRate\uff1afast\n`,
    `2:1: ${noBreak}, 12 times`,
    "8:11: expected a plain colon and a space, found a colon of full width (U+FF1A)",
    `8:13: serial.baudRate: ${number} 300 to 4000000 (baud), found "fast"`,
  ],
];

const command = (text: string) => `${good}  recovery:\n    command: ${text}\n`;

/** Text that is good as it stands: an upgrade must not refuse it. */
const meant: readonly Case[] = [
  [
    "a colon of full width in a text",
    command("logger \u8bbe\u5907\u79bb\u7ebf, \u539f\u56e0\uff1ano, reason\uff1ano reply"),
  ],
  ["quotes for prose in a text", command("say [ \u201chi\u201d ]")],
  ["quotes for prose in a block", command(">-\n      say a: \u201cGer\u00e4t\u201d\n      gone")],
  ["a colon of full width in a text of two lines", command('"logger it is\n      kaputt\uff1aja"')],
  [
    "quotes for prose in a text, and a fault of another kind",
    `${command(">-\n      say a: \u201cGer\u00e4t\u201d")}  baudRate: fast\n`,
    `11:13: serial.baudRate: ${number} 300 to 4000000 (baud), found "fast"`,
  ],
  [
    "quotes for prose in a text, and a fault of YAML",
    `${command(">-\n      say a: \u201cGer\u00e4t\u201d")}  prompt: @x\n`,
    "11:11: expected quotes around a value that begins with this character, found none",
  ],
];

const encodings: readonly Case[] = [
  [
    "Latin-1",
    Buffer.from(`${good}# Ger\u00e4t\n`, "latin1"),
    "8:6: expected a readable configuration file, found a byte that is not UTF-8, 0xe4 (save it as UTF-8): c.yaml",
  ],
  [
    "UTF-16",
    Buffer.from(`\ufeff${good}`, "utf16le"),
    "1:1: expected a readable configuration file, found UTF-16 text (save it as UTF-8): c.yaml",
  ],
  [
    "a compressed file",
    new Uint8Array([0x1f, 0x8b, 0x08, 0x00, 0x12, 0xff]),
    "1:1: expected a readable configuration file, found a binary file: c.yaml",
  ],
  [
    "10 MB",
    Buffer.alloc(10 * 1024 * 1024, "# x\n"),
    "1:1: expected a readable configuration file, found 10485760 bytes (at most 65536): c.yaml",
  ],
];

const indentation: readonly Case[] = [
  [
    "one space too deep",
    but("  deviceName", "   deviceName"),
    "3:4: expected 2 spaces in front, as in line 2, found 3 spaces",
  ],
  [
    "the last of a group",
    but("  caFile", "    caFile"),
    "5:5: expected 2 spaces in front, as in line 4, found 4 spaces",
  ],
  ["added at the end", `${good}    baudRate: 9600\n`, "8:5: expected 2 spaces in front, as in line 7, found 4 spaces"],
  [
    "several lines too deep",
    `${good}    baudRate: 9600\n    parity: even\n    stopBits: 2\n`,
    "8:5: expected 2 spaces in front, as in line 7, found 4 spaces",
  ],
  [
    "two places",
    `${but("  deviceName", "   deviceName")}    baudRate: 9600\n`,
    "3:4: expected 2 spaces in front, as in line 2, found 3 spaces",
    "8:5: expected 2 spaces in front, as in line 7, found 4 spaces",
  ],
  [
    "too little",
    but("  deviceName", " deviceName"),
    "3:2: expected 2 spaces in front, as in line 2, or no space in front, as in line 1, found 1 space",
  ],
  [
    "the first one deeper than the others",
    but("  productId", "    productId"),
    "3:3: expected 4 spaces in front, as in line 2, or no space in front, as in line 1, found 2 spaces",
  ],
  ["none at all", but("  deviceName", "deviceName"), "3:1: expected 2 spaces in front, as in line 2, found no space"],
  [
    "a group with a space in front",
    but("serial:", " serial:"),
    "6:2: expected 2 spaces in front, as in line 5, or no space in front, as in line 1, found 1 space",
  ],
  [
    "a group inside of another",
    but("serial:", "  serial:"),
    "6:3: hub.serial: expected no space in front, because it is a group of its own, found it inside of hub",
  ],
  [
    "all spaces lost",
    good.replaceAll("  ", ""),
    "2:1: productId: expected the options of hub with 2 spaces in front, found no space",
    "7:1: path: expected the options of serial with 2 spaces in front, found no space",
  ],
  ["a tab", but("  deviceName", "\tdeviceName"), "3:1: expected spaces as indentation, found a tab"],
  ["a tab behind spaces", but("  deviceName", "  \tdeviceName"), "3:3: expected spaces as indentation, found a tab"],
  ["tabs everywhere", good.replaceAll("  ", "\t"), "2:1: expected spaces as indentation, found tabs in 5 lines"],
  ["a tab behind a colon", but("productId: ", "productId:\t")],
  [
    "JSON with tabs",
    `{\n\t"hub": {"productId": "ABCDEFGH12", "deviceName": "a",\n\t"deviceSecretFile": "device-secret", "caFile": "hub-ca.pem"},\n\t"serial": {"path": "/dev/ttyS0"}\n}\n`,
  ],
  ["a list of groups", but("serial:", "- serial:"), "6:1: expected a key, found a dash in front of it"],
  [
    "a list of options",
    but("  path", "  - path"),
    "6:1: serial: expected a mapping with path, baudRate, dataBits, parity, …, found a list (leave out the dashes)",
  ],
];

const syntax: readonly Case[] = [
  [
    "a merge key and its anchor",
    `base: &base\n  productId: ABCDEFGH12\n${but("productId: ABCDEFGH12", "<<: *base")}`,
    `4:3: hub.?: expected each option by its name and with its value, ${noAnchors}`,
  ],
  [
    "a merge key for all that is required",
    "a: &a {path: /dev/ttyS0}\nhub:\n  <<: *a\nserial:\n  <<: *a\n",
    `3:3: hub.?: expected each option by its name and with its value, ${noAnchors}`,
    `5:3: serial.?: expected each option by its name and with its value, ${noAnchors}`,
  ],
  [
    "an alias",
    but("gateway01", "*p").replace("ABCDEFGH12", "&p ABCDEFGH12"),
    `3:15: ${name}, found an alias (write the value itself: anchors are not followed)`,
  ],
  ["an anchor that nobody uses", but("ABCDEFGH12", "&p ABCDEFGH12")],
  ["an equals sign", but("deviceName: ", "deviceName = "), "3:3: expected a colon and a space after a key, found ="],
  [
    "no space after any colon",
    good.replaceAll(": ", ":"),
    "1:1: hub: expected a mapping with productId, deviceName, deviceSecretFile, deviceSecretCredential, …, found a " +
      "text (is a space missing after a colon?)",
    "6:1: serial: expected a mapping with path, baudRate, dataBits, parity, …, found a text (is a space missing after a colon?)",
  ],
  [
    "a placeholder of a template",
    but("gateway01", "{{ device }}"),
    "3:16: expected the value itself, because nothing is substituted in this file, found a placeholder in braces",
  ],
  [
    "a merge of two versions",
    but("  caFile", "<<<<<<< HEAD\n  caFile: a\n=======\n  caFile"),
    "5:1: expected one version, found a mark of a merge conflict",
  ],
  [
    "a mark of a document at the end",
    `${good}---\n`,
    "8:1: expected one document, found another one (take the line --- away)",
  ],
  [
    "one quote where it opens, not where the file ends",
    but("gateway01", '"gateway01'),
    "3:15: expected the same quote at the end of the text, found none",
  ],
  [
    "an alias that is meant as text",
    but("gateway01", "*"),
    "3:15: expected a value, found an alias without its anchor (a text that begins with * or & needs quotes)",
  ],
];

const others: readonly Case[] = [
  [
    "a fault below a quoted text of two lines, the second of which looks like a key",
    `${command('"a\n     b: c"')}  prompt: @x\n`,
    "11:11: expected quotes around a value that begins with this character, found none",
  ],
  [
    "a fault above a line that is too deep",
    `${good}  prompt: @x\n  stopBits: 2\n    parity: even\n`,
    "8:11: expected quotes around a value that begins with this character, found none",
  ],
  ["a brace that nothing closes", `${good}rrpc: {cutoffMs: 4000\n`, "8:7: expected } at its end, found none"],
  [
    "one in the middle of the file",
    but("serial:", "rrpc: {cutoffMs: 4000\nserial:"),
    "6:7: expected } at its end, found none",
  ],
  ["a bracket that nothing closes", `${good}rrpc: {cutoffMs: [4000}\n`, "8:7: expected } at its end, found none"],
  ["a brace inside of a text", command("awk {print")],
];

const values: readonly Case[] = [
  [
    "variables",
    `${good
      .replace("ABCDEFGH12", `\${PRODUCT}`)
      .replace("device-secret", `\${CREDENTIALS_DIRECTORY}/secret`)
      .replace("/dev/ttyUSB0", "$PORT")}  baudRate: \${BAUD:-9600}\n`,
    `2:14: hub.productId: expected 10 letters or digits ${literal}, found "\${PRODUCT}"`,
    `4:21: hub.deviceSecretFile: expected a path ${literal}, found "\${CREDENTIALS_DIRECTORY}/secret"`,
    `7:9: serial.path: expected a path ${literal}, found "$PORT"`,
    `8:13: serial.baudRate: ${number} 300 to 4000000 (baud) ${literal}, found "\${BAUD:-9600}"`,
  ],
  ["a variable that a shell replaces", `${good}  recovery: {command: "reset \${RRPC_SERIAL_PATH}"}\n`],
  [
    "a home folder",
    but("device-secret", "~/device-secret"),
    `4:21: hub.deviceSecretFile: expected a path without ~, which only a shell replaces, found "~/device-secret"`,
  ],
  [
    "a URL of a file",
    but("device-secret", "file:///etc/s"),
    '4:21: hub.deviceSecretFile: expected a path, not a URL, found "file:///etc/s" (leave out file://)',
  ],
  [
    "a path of Windows",
    but("device-secret", "C:\\keys\\secret"),
    '4:21: hub.deviceSecretFile: expected a path of this machine, such as /etc/file, found "C:\\keys\\secret"',
  ],
  [
    "one in double quotes",
    but("device-secret", '"C:\\keys\\secret"'),
    "4:24: expected an escape that YAML knows, found another one (single quotes take backslashes as they are)",
  ],
  [
    "a port of Windows",
    but("/dev/ttyUSB0", "COM3"),
    '7:9: serial.path: expected a port as Linux names it, such as /dev/ttyUSB0 (ls -l /dev/serial/by-id), found "COM3"',
  ],
  [
    "a port without its folder",
    but("/dev/ttyUSB0", "ttyUSB0"),
    '7:9: serial.path: expected the whole path, found "ttyUSB0" (write /dev/ttyUSB0)',
  ],
  [
    "a port whose path no system can hold",
    but("/dev/ttyUSB0", '"ttyS\\0"'),
    '7:9: serial.path: expected the whole path, found "ttyS\\x00" (write /dev/ttyS\\x00)',
  ],
  [
    "a port by a path that begins like one of /dev",
    but("/dev/ttyUSB0", "serial/mcu"),
    '7:9: warning: serial.path: expected the whole path, found "serial/mcu" (write /dev/serial/mcu)',
  ],
  [
    "numbers with units, and with signs between their thousands",
    `${good}  baudRate: 115.200\n  idleProbeMs: 30s\nrrpc:\n  cutoffMs: "4 s"\n  queueMax: 1_000\n`,
    `8:13: serial.baudRate: ${number} 300 to 4000000 (baud), found 115.200 (write 115200)`,
    `9:16: serial.idleProbeMs: ${number} 0 to 3600000 (ms), found "30s" (write 30000)`,
    `11:13: rrpc.cutoffMs: ${number} 1000 to 10000 (ms), found "4 s" (write 4000)`,
    `12:13: rrpc.queueMax: ${number} 1 to 4096, found "1_000" (write 1000)`,
  ],
  [
    "a unit that makes it too much",
    `${good}rrpc:\n  cutoffMs: 1m\n`,
    `9:13: rrpc.cutoffMs: ${number} 1000 to 10000 (ms), found "1m"`,
  ],
  [
    "yes, no and their like",
    `${good}  rtscts: yes\n  xonxoff: "false"\n  dtr: no\n  hupcl: Off\n  parity: None\n  dataBits: "8"\n`,
    '8:11: serial.rtscts: expected true or false, found "yes" (write true)',
    '9:12: serial.xonxoff: expected true or false, found "false" (leave out the quotes)',
    '10:8: serial.dtr: expected one of leave, on, off, found "no" (write off)',
    '11:10: serial.hupcl: expected one of leave, off, found "Off" (write off)',
    '12:11: serial.parity: expected one of none, even, odd (did you mean none?), found "None"',
    '13:13: serial.dataBits: expected one of 7, 8, found "8" (leave out the quotes)',
  ],
  ...["12345", "0012", "0x1F", "1e5", "123456E789", ".inf", "-0"].map(
    (text): Case => [
      `a name that is the number ${text} to YAML`,
      but("gateway01", text),
      `3:15: ${name}, found the number ${text} (put it in quotes)`,
    ],
  ),
  ["a name that is true", but("gateway01", "true"), `3:15: ${name}, found the boolean true (put it in quotes)`],
  [
    "a name that is nothing",
    but("gateway01", "null"),
    `3:15: ${name}, found nothing, which is what null means (put it in quotes)`,
  ],
  [
    "a name that is a comment to YAML",
    but("gateway01", "#gateway01"),
    `3:15: ${name}, found nothing, because # begins a comment (put a text with # in quotes)`,
  ],
  [
    "a secret that is a comment to YAML",
    but("deviceSecretFile: device-secret", `deviceSecret: #${secret}`),
    "4:17: hub.deviceSecret: expected base64 text, as the console shows it, found nothing, because # begins a comment (put a text with # in quotes)",
  ],
  [
    "a command that is a comment to YAML",
    `${good}  dialect: template\n  template:\n    command: #{processId} {payload}\n    reply: (?<payload>.*)\n`,
    "10:14: serial.template.command: expected 1 to 64 printable ASCII characters, found nothing, because # begins a comment (put a text with # in quotes)",
  ],
  [
    "a number that is missing, with a comment behind",
    `${good}rrpc:\n  queueMax: # 3\n`,
    "9:13: rrpc.queueMax: expected a whole number from 1 to 4096, found nothing",
  ],
  [
    "letters of a key in the wrong order",
    but("path:", "paht:"),
    "7:3: serial.paht: expected a key of serial (did you mean path?), found an unknown key",
  ],
  ["a name that is a date, which YAML takes for text", but("gateway01", "2024-01-01")],
  ["a comma of another format", but("gateway01", "gateway01,"), `3:15: ${name}, found "gateway01," (write gateway01)`],
  [
    "a host with all of a URL",
    but("caFile", "host: mqtts://hub.example.net:8883/\n  caFile"),
    "5:9: hub.host: expected a host name or an address, without scheme and port, found " +
      '"mqtts://hub.example.net:8883/" (write hub.example.net)',
  ],
  ...["0x1234", "1e5", "true"].map(
    (text): Case => [
      `a secret that is ${text} to YAML`,
      but("deviceSecretFile: device-secret", `deviceSecret: ${text}`),
      `4:17: hub.deviceSecret: expected base64 text, as the console shows it, found a ${text === "true" ? "boolean" : "number"} ` +
        "(put it in quotes)",
    ],
  ),
  [
    "groups in capitals",
    but("hub:", "HUB:").replace("serial:", "Serial:"),
    "1:1: HUB: expected a known key (did you mean hub?), found an unknown key",
    "6:1: Serial: expected a known key (did you mean serial?), found an unknown key",
  ],
];

const fitting =
  "is what crosses a line of 9600 baud with 10 bits a byte within the deadline of 3500 ms (rrpc.cutoffMs - rrpc.marginMs)";

const line: readonly Case[] = [
  [
    "a command too long",
    `${good}  baudRate: 9600\n  commandBytesMax: 4000\n`,
    `9:20: serial.commandBytesMax: expected at most 1311 bytes, which with serial.replyBytesMax (2048 bytes) ${fitting}, ` +
      "found 4000 bytes, together 6048 bytes, which take 6300 ms",
  ],
  ["the longest that fits", `${good}  baudRate: 9600\n  commandBytesMax: 1311\n  writeTimeoutMs: 1400\n`],
  [
    "a reply too long",
    `${good}  baudRate: 9600\n  replyBytesMax: 4000\n`,
    `9:18: serial.replyBytesMax: expected at most 3103 bytes, which with serial.commandBytesMax (256 bytes) ${fitting}, ` +
      "found 4000 bytes, together 4256 bytes, which take 4434 ms",
  ],
  [
    "a line too slow",
    `${good}  baudRate: 300\n`,
    "8:13: serial.baudRate: expected serial.commandBytesMax + serial.replyBytesMax of at most 104 bytes, what crosses a line " +
      "of 300 baud with 10 bits a byte within the deadline of 3500 ms (rrpc.cutoffMs - rrpc.marginMs), found 2304 bytes, " +
      "which take 76800 ms",
  ],
  [
    "a command that takes longer than a write may",
    `${good}  baudRate: 9600\n  commandBytesMax: 1000\n`,
    "9:20: serial.commandBytesMax: expected serial.writeTimeoutMs of more than the 1042 ms of a command of " +
      "serial.commandBytesMax (1000 bytes) at 9600 baud, found 1000 ms",
  ],
  [
    "a baud rate that no board has",
    `${good}  baudRate: 112500\n`,
    "8:13: warning: serial.baudRate: expected a rate that boards and adapters have (the nearest is 115200), found 112500, " +
      "of which a driver makes what it can",
  ],
  ...[9600, 10_400, 74_880, 76_800, 93_750, 187_500, 250_000, 420_000, 3_000_000].map(
    (rate): Case => [`${rate} baud`, `${good}  baudRate: ${rate}\n`],
  ),
  [
    "a cutoff longer than the hub waits",
    `${good}rrpc: {cutoffMs: 4001}\n`,
    "8:18: warning: rrpc.cutoffMs: expected at most 4000 ms, because what comes later may reach nobody: IoT Hub's SDK " +
      "documents say 4000 ms, newer pages 10000, found 4001 ms",
  ],
  ["one for a hub of one's own", `${but("caFile: hub-ca.pem", "host: hub.example.net")}rrpc: {cutoffMs: 10000}\n`],
];

for (const [kind, cases] of Object.entries({
  characters,
  meant,
  encodings,
  indentation,
  syntax,
  others,
  values,
  line,
})) {
  for (const [name, yaml, ...findings] of cases)
    test(`${kind}: ${name}`, () => {
      const expected = findings.map((finding) => `c.yaml:${finding}`);
      assert.deepEqual(folder.findingsOf(yaml).split("\n").filter(Boolean), expected);
    });
}

test("a port may be a link beside the file, be its adapter plugged in or not", () => {
  mkdirSync(join(folder.path, "serial"));
  for (const link of ["serial/mcu", "ttyMCU"]) {
    symlinkSync("/dev/no-such-adapter", join(folder.path, link));
    assert.equal(folder.findingsOf(but("/dev/ttyUSB0", link)), "");
  }
});

test("no message shows a secret, whatever is wrong around it", () => {
  const wrong = [
    `\u00a0\u00a0deviceSecret:\u00a0${secret}`,
    `  deviceSecret\uff1a${secret}`,
    `  deviceSecret: \u201c${secret}\u201d`,
    `  deviceSecret=${secret}`,
    `  deviceSecret:${secret}`,
    `    deviceSecret: ${secret}`,
    `deviceSecret: ${secret}`,
    `  deviceSecret: "${secret}`,
    `  deviceSecret: ${secret},`,
    `  deviceSecret: \${X}${secret}`,
    `  deviceSecretFile: \${X}${secret}`,
    `  deviceName: ${secret},`,
  ];
  for (const line of wrong) {
    const text = folder.findingsOf(good.replace("  deviceSecretFile: device-secret", line));
    assert.notEqual(text, "", line);
    assert.doesNotMatch(text, /MDEy|NDU2/, line);
  }
});

/** The catalogue: boards with one planted fault each, the rule that must fail, and the words that must name it. */
import { unescapeBytes } from "../../../src/lab/mcu/codec.ts";
import { crc16, withChecksum, withoutChecksum } from "../../../src/lab/mcu/crc.ts";
import type { Plant } from "./planted-board.ts";

export interface PlantedFault extends Plant {
  /** The rules that fail, the one that it is about first. No other may. */
  readonly fails: readonly string[];
  /** What its note says. */
  readonly says: RegExp;
  /**
   * What doctor finds, where it can see the fault: the finding's id and code, and what it says with its help; where that is not given, the
   * words of the bench.
   */
  readonly doctor?: readonly [id: string, code: string, says?: RegExp];
}

const plain = { crc: false } as const;
const hex = (value: number) => value.toString(16).toUpperCase().padStart(4, "0");
const bodyOf = (line: string) => line.replace(/\*[0-9A-Fa-f]{4}$/, "");
/** Changes a line's body, and gives it its checksum back if it had one. */
const rewrite = (change: (body: string) => string) => (line: string) => {
  const body = withoutChecksum(line);
  if (body !== undefined) return withChecksum(change(body));
  // What is damaged stays so.
  return /\*[\s\S]{4}$/.test(line) ? line : change(line);
};
/** Every line that it sends ends in this instead of its checksum. */
const sends = (digits: (body: string) => string) => (line: string) => `${bodyOf(line)}*${digits(bodyOf(line))}`;
/** Only lines with this checksum are right to it. */
const takes = (digits: (body: string) => string) => (came: string) => {
  const line = came.replace(/\r$/, "");
  if (line === "?" || !/\*[0-9A-Fa-f]{4}$/.test(line)) return line;
  return line === `${bodyOf(line)}*${digits(bodyOf(line))}` ? withChecksum(bodyOf(line)) : `${bodyOf(line)}*zzzz`;
};
const lower = (body: string) => hex(crc16(body)).toLowerCase();
const withoutSigil = (body: string) => hex(crc16(body.slice(1)));
const hello = (words: string) => ({ options: { helloLine: `=rrpc/1 ${words}` } });
const parity = (bytes: string, bit: (ones: number) => boolean) =>
  bytes.replace(/[\s\S]/g, (byte) => {
    const code = byte.charCodeAt(0) & 0x7f;
    const ones = code.toString(2).replaceAll("0", "").length;
    return String.fromCharCode(code | (bit(ones) ? 0x80 : 0));
  });
/** Once for each board, as a fault that has a memory needs it. */
const once = <Arguments extends unknown[], Result>(make: () => (...args: Arguments) => Result) => {
  const made = make();
  return (...args: Arguments) => made(...args);
};

const checksums: Readonly<Record<string, PlantedFault>> = {
  "a lower-case checksum": {
    // Its hello's own checksum has letters in it, so that doctor sees them.
    ...hello("window=4 line=256 crc=1 dedup=16 cancel=1 boot=B7"),
    say: sends(lower),
    fails: ["checksum"],
    says: /ends in \*[0-9a-f]{4}; right is \*[0-9A-F]{4}: its digits are lower-case$/,
    doctor: ["mcu.lines", "wrong_checksum"],
  },
  "a lower-case checksum, in both directions": {
    say: sends(lower),
    hear: takes(lower),
    fails: ["checksum"],
    says: /its digits are lower-case; it takes only lines with the same fault$/,
  },
  "a checksum without the line's first byte": {
    say: sends(withoutSigil),
    fails: ["checksum"],
    says: /^"=rrpc\/1 .* ends in \*[0-9A-F]{4}; right is \*[0-9A-F]{4}: it leaves out the first byte of the line$/,
    doctor: ["mcu.lines", "wrong_checksum"],
  },
  "a checksum without the line's first byte, in both directions": {
    say: sends(withoutSigil),
    hear: takes(withoutSigil),
    fails: ["checksum"],
    says: /it leaves out the first byte of the line; it takes only lines with the same fault$/,
  },
  "a checksum that includes the *": {
    say: sends((body) => hex(crc16(`${body}*`))),
    fails: ["checksum"],
    says: /: it includes the \*$/,
    doctor: ["mcu.lines", "wrong_checksum"],
  },
  "a checksum that includes the LF": {
    say: sends((body) => hex(crc16(`${body}\n`))),
    fails: ["checksum"],
    says: /: it includes the LF$/,
    doctor: ["mcu.lines", "wrong_checksum"],
  },
  "a checksum of the payload alone": {
    say: sends((body) => hex(crc16(body.slice(body.indexOf(" ") + 1)))),
    fails: ["checksum"],
    says: /: it is of the payload alone$/,
    doctor: ["mcu.lines", "wrong_checksum"],
  },
  "a checksum with its bytes swapped": {
    say: sends((body) => hex(((crc16(body) & 0xff) << 8) | (crc16(body) >> 8))),
    fails: ["checksum"],
    says: /: its bytes are swapped$/,
    doctor: ["mcu.lines", "wrong_checksum"],
  },
  "a checksum with a final xor": {
    say: sends((body) => hex(crc16(body) ^ 0xffff)),
    fails: ["checksum"],
    says: /: its final xor is FFFF instead of 0$/,
    doctor: ["mcu.lines", "wrong_checksum"],
  },
  "a sum instead of a CRC": {
    say: sends((body) => hex([...body].reduce((sum, byte) => sum + byte.charCodeAt(0), 0))),
    fails: ["checksum"],
    says: /: it is the sum of the bytes$/,
    doctor: ["mcu.lines", "wrong_checksum"],
  },
  "a checksum that is always the same": {
    say: sends(() => "FFFF"),
    fails: ["checksum"],
    says: /^"=rrpc\/1 .*\*FFFF" ends in \*FFFF; right is \*[0-9A-F]{4}$/,
    doctor: ["mcu.lines", "wrong_checksum"],
  },
  "an unknown checksum in both directions": {
    say: sends((body) => hex(crc16(body) ^ 0x1234)),
    hear: takes((body) => hex(crc16(body) ^ 0x1234)),
    fails: ["checksum"],
    says: /ends in \*[0-9A-F]{4}; right is \*[0-9A-F]{4}$/,
  },
  "no checksum, although its hello says so": {
    say: bodyOf,
    fails: ["checksum"],
    says: /^"=rrpc\/1 [^"]*" no checksum \(\*HHHH\) at its end; right is \*[0-9A-F]{4}$/,
    doctor: ["mcu.lines", "wrong_checksum"],
  },
  "replies without a checksum": {
    say: (line) => (line.startsWith("<") ? bodyOf(line) : line),
    fails: ["checksum"],
    says: /^"<b1 ping" no checksum/,
  },
  "log lines without a checksum": {
    say: (line) => (line.startsWith("<") ? `${line}\nI (42) done` : line),
    fails: ["checksum"],
    says: /^"I \(42\) done" no checksum/,
  },
  "takes only lines without a checksum": {
    options: { lineBytes: 261, helloLine: "=rrpc/1 window=1 line=256 crc=1 boot=A1" },
    hear: (came) => {
      const line = came.replace(/\r$/, "");
      if (!/^[>~]/.test(line)) return line;
      return /\*[0-9A-Fa-f]{4}$/.test(line) ? `${bodyOf(line)}*zzzz` : withChecksum(line);
    },
    fails: ["checksum"],
    says: /^">b1 ping\*[0-9A-F]{4}", .* not answered, but ">b\d ping" is: without a checksum$/,
  },
  "a bare probe is not answered": {
    hear: (line) => (line === "?" ? undefined : line),
    fails: ["bare-probe"],
    says: /^"\?" is not answered, but "\?\*C7BC" is/,
    doctor: ["mcu.hello", "no_bare_probe"],
  },
  "damage is not reported": {
    say: (line) => (line.startsWith("!- crc") ? undefined : line),
    fails: ["damaged"],
    says: /^no report of ">/,
  },
  "damaged lines are believed": {
    hear: (line) => (line.startsWith(">") ? withChecksum(bodyOf(line.replace(/\r$/, ""))) : line),
    fails: ["damaged"],
    says: /it answered a damaged line: "[<!]/,
  },
  "a checksum that includes the CR in front of the LF": {
    hear: (line) => (line.endsWith("\r") && line !== "\r" ? `${bodyOf(line.slice(0, -1))}*zzzz` : line),
    fails: ["line-ends"],
    says: /^it reports the line as damaged/,
  },
};

const lineEnds: Readonly<Record<string, PlantedFault>> = {
  "a CR is not dropped": {
    options: plain,
    hear: (line) => line.replace(/^(.+)\r$/, "$1\\r"),
    fails: ["line-ends"],
    says: /^the CR has become part of the payload: "<b\d+ ping\\\\r"$/,
    doctor: ["mcu.lines", "cr_kept", /"\?\\x0D" is not answered, but "\?" is: the CR has become part of the line/],
  },
  "a CR is not dropped, and comes back as it is": {
    options: plain,
    hear: (line) => line.replace(/^(>.*)\r$/, "$1\\r"),
    say: (line) => line.replace(/\\r$/, "\r"),
    fails: ["line-ends"],
    says: /^the CR has become part of the payload: "<b\d+ ping\\x0D"$/,
  },
  "a CR makes a command another one": {
    options: plain,
    hear: (line) => line.replace(/^(>\S+) .*\r$/, "$1 refuse unknown"),
    fails: ["line-ends"],
    says: /the same command is another one with CR LF: "!b\d+ unknown"/,
  },
  "only lines that end in CR LF are taken": {
    options: plain,
    hear: (line) => (line.endsWith("\r") ? line.slice(0, -1) : line.startsWith("\\!") ? line : undefined),
    fails: ["line-ends"],
    says: /^">b1 ping" not answered, but ">b2 ping\\x0D" is: with CR LF$/,
  },
  "an empty line swallows the next": {
    hear: once(() => {
      let isEmpty = false;
      return (line: string) => {
        const isSwallowed = isEmpty;
        isEmpty = line === "" || line === "\r";
        return isSwallowed ? undefined : line;
      };
    }),
    fails: ["line-ends"],
    says: /^no answer after empty lines/,
  },
  "lines end in CR alone": {
    options: { around: { end: "\r" } },
    fails: ["framing"],
    says: /^its lines end in CR, none in LF; .*serial\.lineEnd: cr/,
    doctor: ["mcu.lines", "other_line_end", /end in CR.*serial\.lineEnd: cr/],
  },
  "lines end in CR alone, without checksums": {
    options: { ...plain, around: { end: "\r" } },
    fails: ["framing"],
    says: /^its lines end in CR/,
  },
  "lines end in LF CR": {
    options: { around: { end: "\n\r" } },
    fails: ["framing"],
    says: /^1 byte \("\\x0D"\) before a line/,
    doctor: ["mcu.lines", "stripped", /in front 1 control byte/],
  },
  "lines end in CR CR LF": {
    options: { ...plain, around: { end: "\r\r\n" } },
    fails: ["framing"],
    says: /^1 byte \("\\x0D"\) after a line/,
  },
  "lines end in LF NUL": {
    options: { ...plain, around: { end: "\n\0" } },
    fails: ["framing"],
    says: /^1 byte \("\\x00"\) before a line/,
  },
};

const framed = (head: string, name: string, options: Plant["options"] = plain): PlantedFault => ({
  options: { ...options, around: { head } },
  fails: ["framing"],
  says: new RegExp(`^${name.replace(/[\\("[]/g, "\\$&")}`),
});

const framings: Readonly<Record<string, PlantedFault>> = {
  "a NUL in front": framed("\0", '1 byte ("\\x00"'),
  "a NUL in front, with checksums": framed("\0", '1 byte ("\\x00"', {}),
  "a byte order mark in front": framed("\xef\xbb\xbf", '3 bytes ("\\xEF\\xBB\\xBF"'),
  "0xFF in front": framed("\xff", '1 byte ("\\xFF"'),
  "a form feed in front": framed("\f", '1 byte ("\\x0C"'),
  "XON in front": framed("\x11", '1 byte ("\\x11"'),
  "a tab and spaces in front": framed("\t  ", '3 bytes ("\\x09  "'),
  colours: framed("\x1b[0;32m", '7 bytes ("\\x1B[0;32m"', { around: { tail: "\x1b[0m" } }),
  "a prompt behind each line": {
    options: { ...plain, around: { prompt: "uart:~$ " } },
    fails: ["framing"],
    says: /^8 bytes \("uart:~\$ "\) before a reply, .* serial\.prompt: "uart:~\$ " takes it off/,
    doctor: ["mcu.lines", "bytes_in_front", /8 bytes in front of it: "uart:~\$ ".*serial\.prompt/],
  },
  "a prompt behind each line, with checksums": {
    options: { around: { prompt: "> " } },
    fails: ["framing"],
    says: /^2 bytes \("> "\) before .* serial\.prompt: "> "/,
  },
  "Zephyr's prompt": {
    options: { ...plain, around: { prompt: "uart:~$ \x1b[8D\x1b[J" } },
    fails: ["framing"],
    says: /serial\.prompt: "uart:~\$ "/,
  },
  "a log fragment in front": {
    options: { ...plain, around: { head: "I (5123) wifi: conn" } },
    fails: ["framing"],
    says: /^19 bytes \("I \(5123\) wifi: conn"\) before a reply.*begin each line with an LF/,
    doctor: ["mcu.lines", "bytes_in_front", /19 bytes in front of it/],
  },
  "seven data bits and even parity": {
    wire: (bytes) => parity(bytes, (ones) => ones % 2 === 1),
    fails: ["format"],
    says: /eighth bit of its bytes is even parity: --format 7E1 \(serial\.dataBits: 7, serial\.parity: even\); without it they say "=rrpc\/1/,
    doctor: [
      "mcu.hello",
      "other_format",
      /eighth bit of its bytes is even parity \(serial\.dataBits: 7, serial\.parity: even\); without it they say "=rrpc\/1/,
    ],
  },
  "seven data bits and odd parity": {
    wire: (bytes) => parity(bytes, (ones) => ones % 2 === 0),
    fails: ["format"],
    says: /odd parity: --format 7O1/,
    doctor: [
      "mcu.hello",
      "other_format",
      /eighth bit of its bytes is odd parity \(serial\.dataBits: 7, serial\.parity: odd\)/,
    ],
  },
  "seven data bits and mark parity, without a hello": {
    options: { hello: false },
    wire: (bytes) => parity(bytes, () => true),
    fails: ["format"],
    says: /eighth bit of its bytes is always set/,
  },
  "another baud rate": {
    wire: (bytes) => bytes.replace(/[\s\S]/g, (byte) => String.fromCharCode((byte.charCodeAt(0) * 37) | 0x80)),
    fails: ["format"],
    says: /bytes came, and none of them are text .* is --baud right/,
  },
};

const payloads: Readonly<Record<string, PlantedFault>> = {
  "spaces at the end are trimmed": {
    hear: rewrite((body) => body.trimEnd()),
    fails: ["spaces"],
    says: /^"ping abc {2}" came back as "ping abc"/,
  },
  "spaces in front are trimmed": {
    hear: rewrite((body) => body.replace(/^(>\S+ \S+) +/, "$1 ")),
    fails: ["spaces"],
    says: /^"ping {2}abc" came back as "ping abc"/,
  },
  "spaces are one to it": {
    options: plain,
    hear: rewrite((body) => body.replace(/ +/g, " ").trimEnd()),
    fails: ["spaces"],
    says: /came back as "ping abc"/,
  },
  "escapes are not read": {
    hear: rewrite((body) => (body.startsWith(">") ? body.replaceAll("\\", "\\\\") : body)),
    fails: ["escapes", "malformed"],
    says: /came back as/,
  },
  "escapes are not written": {
    options: plain,
    say: (line) => (unescapeBytes(line) ?? line).replaceAll("\n", "\\n"),
    fails: ["escapes"],
    says: /raw byte 0x00 in its payload, where \\x00 is right/,
  },
  "an escape that is none": {
    say: rewrite((body) => body.replaceAll("\\x09", "\\t")),
    fails: ["escapes"],
    says: /\\t\S* in its payload is no escape/,
  },
  "the eighth bit is lost": {
    hear: rewrite((body) => body.replace(/[\x80-\xff]/g, (byte) => String.fromCharCode(byte.charCodeAt(0) & 0x7f))),
    fails: ["escapes"],
    says: /came back as/,
  },
  "a payload is needed": {
    hear: (line) => (/^>(bare|space) ?(\*[0-9A-F]{4})?$/.test(line) ? undefined : line),
    fails: ["empty-payload"],
    says: /^no answer to >bare; no answer to >space/,
  },
  "a line shorter than its hello says": {
    options: { lineBytes: 200, helloLine: "=rrpc/1 window=1 line=256 crc=1 boot=A1" },
    fails: ["longest-line"],
    says: /^no answer to a line of 256 bytes/,
  },
  "a longer line is taken": {
    options: { lineBytes: 4000, helloLine: "=rrpc/1 window=1 line=128 crc=1 boot=A1" },
    fails: ["overlong"],
    says: /it answered "</,
  },
  "replies longer than the gateway takes": {
    options: { lineBytes: 4000 },
    fails: ["reply-length"],
    says: /^4000 bytes \(longest-line\).*the gateway takes 2048 and drops a longer line; set serial\.replyBytesMax/,
  },
};

const hellos: Readonly<Record<string, PlantedFault>> = {
  "window=0": {
    ...hello("window=0 line=256 crc=1 boot=A1"),
    fails: ["probe"],
    says: /^window=0, expected 1 to 256$/,
    doctor: ["mcu.hello", "malformed_hello"],
  },
  "line=0": {
    ...hello("line=0 crc=1 boot=A1"),
    fails: ["probe"],
    says: /^line=0, expected 39 to 65536$/,
    doctor: ["mcu.hello", "malformed_hello"],
  },
  "a window in words": { ...hello("window=two crc=1"), fails: ["probe"], says: /^window=two, expected 1 to 256$/ },
  "dedup without boot": {
    ...hello("window=1 line=256 crc=1 dedup=16"),
    fails: ["memory-usable"],
    says: /^dedup=16 without boot=…: no hello proves that it remembers, so nothing is ever sent twice/,
    doctor: ["mcu.hello", "unusable_memory"],
  },
  "dedup below window": {
    ...hello("window=4 line=256 crc=1 dedup=2 boot=A1"),
    fails: ["memory-usable"],
    says: /^dedup=2 is below window=4/,
    doctor: ["mcu.hello", "unusable_memory"],
  },
  "another version": {
    options: { ...plain, helloLine: "=rrpc/2 window=1" },
    fails: ["probe"],
    says: /^"=rrpc\/2 window=1\S*" is no hello: its version is rrpc\/2; right is rrpc\/1$/,
  },
  "a version in capitals": {
    options: { ...plain, helloLine: "=RRPC/1 window=1" },
    fails: ["probe"],
    says: /is no hello: a hello begins with =rrpc\/1 and a space, this one with "=RRPC\/1"/,
    doctor: ["mcu.hello", "malformed_hello"],
  },
  "keys divided by commas": {
    ...hello("window=1,line=256 crc=1"),
    fails: ["probe"],
    says: /^window=1,line=256, expected/,
    doctor: ["mcu.hello", "malformed_hello"],
  },
  "two spaces between keys": { ...hello("window=1  crc=1 boot=A1"), fails: ["probe"], says: /^two spaces/ },
  "a key twice": { ...hello("window=1 window=2 crc=1 boot=A1"), fails: ["probe"], says: /^window is given twice$/ },
  "a key without a value": { ...hello("window crc=1 boot=A1"), fails: ["probe"], says: /^"window" is not KEY=VALUE$/ },
  "another boot word with each hello": {
    say: once(() => {
      let count = 0;
      return rewrite((body) => body.replace(/boot=\S+/, () => `boot=B${++count}`));
    }),
    fails: ["boot-word"],
    says: /^boot=B\d+, then B\d+, B\d+, B\d+$/,
  },
  "the same boot word at each start": {
    ...hello("window=1 line=256 crc=1 boot=A1"),
    restarts: true,
    fails: ["boot-hello"],
    says: /^boot=A1, the same as before$/,
  },
  "no hello at its start": {
    options: { bootMs: 300 },
    ...once(() => {
      // A stored state of both directions.
      let asked = 0;
      return () => ({
        hear: (line: string) => {
          if (line.startsWith("?")) asked++;
          return line;
        },
        say: (line: string) => (!line.startsWith("=") || (asked > 0 && asked-- > 0) ? line : undefined),
      });
    })(),
    fails: ["boot-hello"],
    says: /^it restarted \(boot=\w+, then \w+\), but sent no hello within 6000 ms$/,
  },
  "two hellos to a probe": {
    say: (line) => (line.startsWith("=") ? `${line}\n${line}` : line),
    fails: ["probe-order"],
    says: /^6 hellos to 3 probes$/,
  },
  "a restart that nobody asked for": {
    hear: (line) => (line.startsWith("%") ? withChecksum(">x boot") : line),
    fails: ["unexpected-output"],
    says: /^it restarted \(unknown-sigils\)/,
  },
};

const commands: Readonly<Record<string, PlantedFault>> = {
  "no word": {
    options: { silence: true },
    fails: ["answer"],
    says: /^no answer to ">b1 ping", and nothing else came$/,
  },
  "a line that loses some lines": {
    options: { dropReceived: 0.1, dropSent: 0.1 },
    fails: ["steady"],
    says: /^\d+ of \d+ equal commands were not answered; bytes get lost or damaged on the line/,
  },
  "some answers under another id": {
    options: { wrongId: 0.2 },
    fails: ["steady"],
    says: /^\d+ of \d+ equal commands were not answered; "<\w+ ping[^"]*" came instead: another id$/,
  },
  "a line that flips some bits": {
    options: { garbleReceived: 0.1, garbleSent: 0.1 },
    fails: ["steady"],
    says: /^(\d+ of|the answers to) .*equal commands/,
  },
  "a line that flips some bits, without checksums": {
    options: { ...plain, garbleReceived: 0.1, garbleSent: 0.1 },
    fails: ["steady"],
    says: /^(\d+ of|the answers to) .*equal commands/,
  },
  "an answer after half of the cutoff": {
    options: { ...plain, delayMs: 2300 },
    fails: ["answer"],
    says: /^"<b1 ping" came later than 2000 ms: a harmless command is answered within half of the server's cutoff$/,
  },
  "no command is answered": {
    hear: (line) => (line.startsWith(">") ? undefined : line),
    fails: ["answer"],
    says: /^no answer to ">b1 ping\*[0-9A-F]{4}", although it answers probes$/,
  },
  "log lines instead of answers": {
    options: { hello: false },
    say: () => "command not found",
    fails: ["answer"],
    says: /but \d+ other lines, such as "command not found"$/,
  },
  "TX joined to RX": { options: { loopback: true }, fails: ["answer"], says: /is TX connected to RX\?$/ },
  "ids in capitals": {
    say: rewrite((body) => body.replace(/^<b/, "<B")),
    fails: ["answer"],
    says: /^no answer to ">b1 ping\S*", but "<B1 ping\S*" came: another id$/,
  },
  "ids as numbers": {
    options: plain,
    say: (line) => line.replace(/^<[^\d ]+/, "<"),
    fails: ["answer"],
    says: /but "<1 ping" came: another id$/,
  },
  "ids that are cut": {
    say: rewrite((body) => body.replace(/^(<\S{16})\S+/, "$1")),
    fails: ["ids"],
    says: /^no answer to aZ09_-x{26}$/,
  },
  "a comma behind the id": {
    options: plain,
    say: (line) => line.replace(/^(<\w+) /, "$1,"),
    fails: ["answer"],
    says: /but "<b1,ping" came: "," in its ID, which may have 0-9 A-Z a-z _ -$/,
  },
  "a space in front of the id": {
    options: plain,
    say: (line) => line.replace(/^</, "< "),
    fails: ["answer"],
    says: /but "< b1 ping" came: no ID behind its first byte$/,
  },
  "two answers to a command": { options: { duplicate: 1 }, fails: ["once"], says: /^2 answers$/ },
  "lines with other first characters are commands": {
    hear: rewrite((body) => body.replace(/^[#%](?=sigil )/, ">")),
    fails: ["unknown-sigils"],
    says: /it answered "<sigil ping/,
  },
  "a malformed line is a command": {
    hear: rewrite((body) => body.replace(/^>4\.1 /, ">41 ")),
    fails: ["malformed"],
    says: /it answered "<41 ok/,
  },
  "a malformed event": {
    options: plain,
    say: (line) => (line.startsWith("=") ? `${line}\n@temp.1 21` : line),
    fails: ["unexpected-output"],
    says: /malformed \(\S+\): "@temp\.1 21": "\." in its NAME/,
  },
  "half lines are kept": {
    options: { keepsHalfLines: true },
    fails: ["silence"],
    says: /the half line was executed/,
  },
  "the opening is reported as damaged": {
    hear: (line) => (line === "\\!\\!*F46E" ? "\\!\\!*zzzz" : line),
    fails: ["opening"],
    says: /it was reported as damaged/,
  },
  "the opening swallows the probe": {
    hear: once(() => {
      let isSwallowing = false;
      return (line: string) => {
        const isSwallowed = isSwallowing;
        isSwallowing = line.endsWith("\\!\\!*F46E");
        return isSwallowed ? undefined : line;
      };
    }),
    fails: ["opening"],
    says: /^no hello to "\\!\\!\*F46E" and "\?", but to "\?" alone$/,
  },
  "nothing is remembered": {
    options: { dedup: 0, helloLine: "=rrpc/1 window=1 line=256 crc=1 dedup=4 boot=A1" },
    fails: ["same-line"],
    says: /^3, then 4/,
  },
  "one command is remembered": {
    options: { dedup: 1, helloLine: "=rrpc/1 window=1 line=256 crc=1 dedup=4 boot=A1" },
    fails: ["memory"],
    says: /^the counter went from \d+ to \d+$/,
  },
  "a repeated line is begun again while it is at work": {
    hear: once(() => {
      const seen = new Set<string>();
      return (line: string) => {
        const isRepeated = seen.has(line);
        seen.add(line);
        return isRepeated && line.includes(" slow ")
          ? withChecksum(bodyOf(line).replace(/ slow.*/, " slow 149"))
          : line;
      };
    }),
    fails: ["same-line-at-work"],
    says: /^2 answers$/,
  },
  "only the id is compared": {
    hear: once(() => {
      const first = new Map<string, string>();
      return (line: string) => {
        const [, id] = /^>(\S+) .*\*[0-9A-F]{4}$/.exec(line) ?? [];
        if (id === undefined || withoutChecksum(line) === undefined) return line;
        const known = first.get(id) ?? line;
        first.set(id, known);
        return known;
      };
    }),
    fails: ["same-id"],
    says: /^the answer to the first one came again/,
  },
  "noise swallows the next lines": {
    hear: once(() => {
      let swallowed = 0;
      return (line: string) => {
        if (line.startsWith("#") && line.length > 300) swallowed = 3;
        return swallowed-- > 0 ? undefined : line;
      };
    }),
    fails: ["garbage"],
    says: /^no answer afterwards/,
  },
  "one command is held": {
    options: {
      window: 1,
      cancel: false,
      rxBufferBytes: 128,
      delayMs: 20,
      helloLine: "=rrpc/1 window=4 line=256 crc=1 boot=A1",
    },
    fails: ["window"],
    says: /^no answer to b\d+; no answer to b\d+/,
  },
  "a cancel has no effect": {
    options: { cancel: false, helloLine: "=rrpc/1 window=4 line=256 crc=1 cancel=1 boot=A1" },
    fails: ["cancel"],
    says: /^it was answered$/,
  },
};

/** Every planted fault by its name. */
export const plantedFaults: Readonly<Record<string, PlantedFault>> = {
  ...checksums,
  ...lineEnds,
  ...framings,
  ...payloads,
  ...hellos,
  ...commands,
};

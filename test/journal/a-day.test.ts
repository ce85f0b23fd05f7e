/** A day of each incident, in simulated time, against the daemon's own log: a journal is for people, on an SD card. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { clientFault, socketFault } from "../../src/mqtt/connection-fault.ts";
import { soleBoard } from "../../src/runtime/board-name.ts";
import { ended } from "../mqtt/ended.ts";
import { SeededRandom } from "../support/seeded-random.ts";
import { type Box, day, goodBoard, minute, second, startBox } from "./box.ts";

/** What a person reads within the first minutes of an incident, and what a card is written with for months. */
const earlyLinesMax = 10;
const lateLinesMax = 24;

const endpoint = { transport: "tls", host: "hub.example.net", port: 8883, path: "" } as never;
const stage = { endpoint, ca: undefined };

interface Incident {
  /** What the file has at its end, behind the group `serial`. */
  readonly config?: string;
  readonly begin: (box: Box) => void;
}

/** Somebody calls, as an application does that polls. */
const calls = ({ every, hub }: Box, ms: number) => every(ms, (n) => hub.request(`call${n}`, "temperature"));

const incidents: Readonly<Record<string, Incident>> = {
  "an adapter that is absent": {
    begin: (box) => {
      box.port.unplug(2 * day);
      calls(box, 10 * second);
    },
  },
  "an adapter that flaps": {
    begin: (box) => {
      box.every(30 * second, () => box.port.unplug(3 * second));
      calls(box, 7 * second);
    },
  },
  "an adapter that flaps each hour": {
    begin: (box) => {
      box.port.unplug(3 * second);
      box.every(65 * minute, () => box.port.unplug(3 * second));
      calls(box, 7 * second);
    },
  },
  "a port that another program has": {
    begin: (box) => {
      box.port.unplug(2 * day);
      box.port.fault = { kind: "busy", message: "/dev/ttyUSB0 is in use by picocom (process 77)" };
      calls(box, 10 * second);
    },
  },
  "a hub that refuses": {
    begin: ({ hub }) => {
      hub.fault = clientFault({ kind: "reason", code: 5, message: "refused" }, { ...stage, stage: "logging_in" });
      hub.close(ended("peer_closed", "closed"));
    },
  },
  "a hub whose name has no address": {
    begin: ({ hub }) => {
      const error = Object.assign(new Error("getaddrinfo ENOTFOUND"), { code: "ENOTFOUND" });
      hub.fault = socketFault(error, { ...stage, stage: "connecting" });
      hub.close(ended("connection_lost", "reset"));
    },
  },
  "a network that is away in many ways": {
    begin: ({ hub, every }) => {
      const codes = ["ENOTFOUND", "EAI_AGAIN", "ENETUNREACH", "ECONNREFUSED", "ETIMEDOUT"];
      every(90 * second, (n) => {
        const error = Object.assign(new Error("no network"), { code: codes[n % codes.length] });
        hub.fault = n % 7 === 6 ? undefined : socketFault(error, { ...stage, stage: "connecting" });
        hub.close(ended("connection_lost", "reset"));
      });
    },
  },
  "another gateway with the same identity": {
    begin: ({ hub, every }) => every(30 * second, () => hub.close(ended("peer_closed", "the hub closed"))),
  },
  "an MCU that prints once a second": {
    begin: (box) => {
      box.every(second, (n) => box.port.say(`tick ${n}`));
      calls(box, 10 * second);
    },
  },
  "an MCU that is away": {
    config: "  recovery: {pulse: dtr}\n",
    begin: (box) => {
      box.port.answer = () => [];
      calls(box, 10 * second);
    },
  },
  "an MCU that answers now and then": {
    begin: (box) => {
      box.every(40 * second, (n) => {
        box.port.answer = n % 2 === 0 ? () => [] : goodBoard();
      });
      calls(box, 9 * second);
    },
  },
  "an MCU that answers probes alone": {
    begin: (box) => {
      box.port.answer = (line) => goodBoard()(line).filter((said) => said.startsWith("="));
      calls(box, 9 * second);
    },
  },
  "an MCU that restarts every 20 s": {
    begin: (box) => {
      box.every(20 * second, (n) => {
        const boot = (n % 65_536).toString(16).padStart(4, "0").toUpperCase();
        box.port.answer = goodBoard(boot);
        for (const said of ["", "Guru Meditation Error: Core 0 panic'ed", "rst:0xc (SW_CPU_RESET)"]) box.port.say(said);
        box.port.say(`=rrpc/1 window=1 line=256 boot=${boot}`);
      });
      calls(box, 7 * second);
    },
  },
  "an MCU that takes nothing": {
    begin: (box) => {
      box.port.takes = false;
      calls(box, 7 * second);
    },
  },
  "an MCU that refuses everything": {
    begin: (box) => {
      box.port.answer = (line) => goodBoard()(line).map((said) => said.replace(/^<(\S+) .*/, "!$1 busy"));
      calls(box, 9 * second);
    },
  },
  "an MCU that answers late": {
    begin: (box) => {
      const board = goodBoard();
      box.port.answer = (line) => {
        if (line.startsWith(">")) setTimeout(() => box.port.say(board(line)[0] ?? ""), 6 * second);
        return line.startsWith(">") ? [] : board(line);
      };
      calls(box, 5 * second);
    },
  },
  noise: {
    begin: (box) => {
      const random = new SeededRandom(7);
      box.port.answer = () => [];
      box.every(2 * second, () => box.port.say(Buffer.from(Array.from({ length: 40 }, () => random.whole(0, 255)))));
      calls(box, 10 * second);
    },
  },
  "lines with prompts and colours around them": {
    begin: (box) => {
      const board = goodBoard();
      box.port.answer = (line) => board(line).map((said, n) => `\x1b[3${n % 7}muart:~$ \x1b[0m${said}\x1b[0m\r\r`);
      calls(box, 10 * second);
    },
  },
  "a caller who sends bad requests": {
    begin: ({ every, hub }) => {
      every(30 * second, (n) => {
        hub.request(`long${n}`, "x".repeat(9000));
        hub.request("ü", "bad id");
        hub.request(`empty${n}`, "\0\0");
        hub.request(`twice${n}`, "on");
        hub.request(`twice${n}`, "on");
        hub.request(`twice${n}`, "off");
        hub.emit({ kind: "dropped", board: undefined, name: "foreign_topic", detail: `$rrpc/rxd/other/${n}` });
        hub.emit({ kind: "dropped", board: soleBoard, name: "retained_request", detail: `$rrpc/rxd/old/${n}` });
      });
    },
  },
  "a queue that is full all day": {
    config: "rrpc: {queueMax: 4}\n",
    begin: (box) => {
      const board = goodBoard();
      box.port.answer = (line) => {
        if (line.startsWith(">")) setTimeout(() => box.port.say(board(line)[0] ?? ""), second);
        return line.startsWith(">") ? [] : board(line);
      };
      box.every(minute, (n) => {
        for (let k = 0; k < 40; k += 1) box.hub.request(`n${n}k${k}`, "temperature");
      });
    },
  },
};

for (const [name, { config, begin }] of Object.entries(incidents)) {
  test(`${name}: at most 10 lines in 3 minutes, 24 in the day after`, async (t) => {
    const box = await startBox(t, config);
    await box.pass(minute);
    const before = box.lines.length;
    begin(box);
    await box.pass(3 * minute);
    const early = box.lines.slice(before);
    await box.pass(day);
    const late = box.lines.slice(before + early.length);
    assert.ok(early.length >= 1 && early.length <= earlyLinesMax, `early: ${early.length}\n${early.join("\n")}`);
    assert.ok(late.length <= lateLinesMax, `late: ${late.length}\n${late.slice(0, 60).join("\n")}`);
  });
}

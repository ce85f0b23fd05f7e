/** Which ports are asked, and what is proposed; without a port, a board or a person. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Interview } from "../../src/setup/interview.ts";
import { type PortOptions, serialAnswers } from "../../src/setup/port-answers.ts";
import type { Answer, Port, Ports } from "../../src/setup/ports.ts";
import type { Prompter } from "../../src/setup/prompter.ts";
import { personWith } from "./person.ts";

const uno: Port = { path: "/dev/serial/by-id/usb-Arduino_Uno", holder: undefined };
const modem: Port = { path: "/dev/ttyUSB1", holder: "ModemManager (process 7)" };
const other: Port = { path: "/dev/ttyS0", holder: undefined };

async function play(given: PortOptions, listed: readonly Port[], prompter?: Prompter) {
  const opened: string[] = [];
  const ports: Ports = {
    list: () => listed,
    at: (path) => listed.find((port) => port.path === path) ?? { path, holder: undefined },
    ask({ path }, baudRate) {
      opened.push(`${path} ${baudRate}`);
      return Promise.resolve<Answer>(
        path === other.path
          ? { kind: "none", text: "no answer at 8 speeds from 9600 to 921600 baud" }
          : { kind: "hello", baudRate: 57_600, text: "uno-1 answers at 57600 baud" },
      );
    },
  };
  const interview = new Interview(prompter);
  const told: string[] = [];
  const answers = await serialAnswers(interview, given, (line) => told.push(line), ports);
  return { answers, problems: interview.problems, opened, told };
}

test("no port is opened where port and speed are given, or nobody allows it", async () => {
  const given = { serial: uno.path, baud: "9600" };
  assert.deepEqual((await play(given, [uno])).answers, { path: uno.path, baudRate: 9600 });
  for (const options of [given, { serial: uno.path }, {}, { probe: true }, { probe: false, serial: uno.path }]) {
    assert.deepEqual((await play(options, [uno, other])).opened, []);
  }
  const person = personWith(false, uno.path, "19200");
  const { answers, opened } = await play({}, [uno, other], person.prompter);
  assert.deepEqual([answers, opened], [{ path: uno.path, baudRate: 19_200 }, []]);
});

test("a port that somebody has open is not asked, and is listed with who it is", async () => {
  const person = personWith(true, undefined, undefined);
  const { answers, opened, told } = await play({}, [other, modem, uno], person.prompter);
  assert.deepEqual(opened, [`${other.path} 115200`, `${uno.path} 115200`]);
  // The one that answers is proposed, and its speed.
  assert.deepEqual(answers, { path: uno.path, baudRate: 57_600 });
  assert.deepEqual(told.slice(1), [
    "  /dev/ttyS0: no answer at 8 speeds from 9600 to 921600 baud",
    "  /dev/ttyUSB1: not asked: open in ModemManager (process 7)",
    "  /dev/serial/by-id/usb-Arduino_Uno: uno-1 answers at 57600 baud",
  ]);
  assert.ok(person.asked.includes("/dev/ttyUSB1 - not asked: open in ModemManager (process 7)"));
  assert.deepEqual(person.asked[0], "Ask the boards at all free ports? Opening a port resets many boards");
  assert.deepEqual((await play({ serial: modem.path, probe: true }, [modem])).problems, [
    "--baud is missing: /dev/ttyUSB1: not asked: open in ModemManager (process 7)",
  ]);
});

test("a path that is in no list is asked as well", async () => {
  const person = personWith("/dev/null", true, undefined);
  const { answers, opened } = await play({}, [], person.prompter);
  assert.deepEqual(opened, ["/dev/null 115200"]);
  assert.deepEqual(answers, { path: "/dev/null", baudRate: 57_600 });
});

test("with --probe the speed that was given is tried first", async () => {
  const { answers, opened } = await play({ serial: uno.path, baud: "9600", probe: true }, [uno]);
  assert.deepEqual([answers, opened], [{ path: uno.path, baudRate: 9600 }, [`${uno.path} 9600`]]);
  const found = await play({ serial: uno.path, probe: true }, [uno]);
  assert.deepEqual(found.answers, { path: uno.path, baudRate: 57_600 });
});

test("without a person what is missing or wrong is named by its option", async () => {
  const faultsOf = async (given: PortOptions, listed = [uno, other]) => (await play(given, listed)).problems;
  assert.deepEqual(await faultsOf({}), [
    "--serial is missing: the serial port of the board (/dev/serial/by-id/usb-Arduino_Uno, /dev/ttyS0)",
  ]);
  assert.deepEqual(await faultsOf({}, []), ["--serial is missing: the serial port of the board (none is plugged in)"]);
  assert.deepEqual(await faultsOf({ serial: uno.path }), [
    "--baud is missing: the speed of the line, or --probe, which asks the board",
  ]);
  assert.deepEqual(await faultsOf({ serial: other.path, probe: true }), [
    "--baud is missing: /dev/ttyS0: no answer at 8 speeds from 9600 to 921600 baud",
  ]);
  assert.match(
    (await faultsOf({ serial: "ttyUSB0" }))[0] ?? "",
    /^--serial: expected an absolute path, .* found "ttyUSB0"$/,
  );
  assert.match(
    (await faultsOf({ serial: uno.path, baud: "fast" }))[0] ?? "",
    /^--baud: expected a whole number .* found "fast"$/,
  );
});

import assert from "node:assert/strict";
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type { McuCommandOptions } from "../../src/cli/mcu-options.ts";
import { readMcuOptions } from "../../src/cli/mcu-options.ts";
import { openTty } from "../lab/mcu/tty-host.ts";

const folder = mkdtempSync(join(tmpdir(), "rrpc-mcu-command-"));
after(() => rmSync(folder, { recursive: true }));

const command = new URL("../../src/cli/mcu.ts", import.meta.url).href;

/** The command as a process of its own; it is ended with the test. */
function started(options: McuCommandOptions, env: NodeJS.ProcessEnv = process.env) {
  const program = `
    import { mcu } from ${JSON.stringify(command)};
    process.exitCode = await mcu(${JSON.stringify(options)});
  `;
  const child: ChildProcessWithoutNullStreams = spawn(
    process.execPath,
    ["--import", "tsx", "--input-type=module", "-e", program],
    { env },
  );
  let output = "";
  let errors = "";
  let look = () => {};
  child.stdout.on("data", (chunk: Buffer) => {
    output += chunk.toString();
    look();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    errors += chunk.toString();
  });
  const ended = once(child, "close").then(([code]) => code as number | null);
  return {
    tell: (line: string) => child.stdin.write(`${line}\n`),
    stop: (signal: NodeJS.Signals) => child.kill(signal),
    ended,
    output: () => output,
    errors: () => errors,
    until: (pattern: RegExp) =>
      new Promise<RegExpExecArray>((resolve, reject) => {
        const bound = setTimeout(() => reject(new Error(`timed out; so far: ${output}${errors}`)), 20_000);
        look = () => {
          const match = pattern.exec(output);
          if (match === null) return;
          clearTimeout(bound);
          resolve(match);
        };
        look();
      }),
  };
}

test("it serves a tty until SIGTERM, does what stdin tells, and sums up", async () => {
  const link = join(folder, "tty");
  const mcu = started({ link: [link], crc: false });
  await mcu.until(/^listening tty=\/dev\/pts\/\d+ link=(\S+)\n/);
  const host = openTty(link);
  host.write(">1 a\n");
  await host.until((received) => received.endsWith("<1 a\n"));
  mcu.tell("silence on");
  await mcu.until(/^ok silence on$/m);
  mcu.tell("silense off");
  await mcu.until(/^error unknown word "silense"; expected .*silence/m);
  mcu.tell("help");
  await mcu.until(/^ {2}hangup MS \[LINK\][\s\S]*^ {2}slow MS/m);
  mcu.tell("plug /nowhere/at/all");
  await mcu.until(/^ok plug/m);
  mcu.tell("hangup 10");
  await host.hungUp();
  await mcu.until(/^error hangup 10: ENOENT/m);
  mcu.tell(`plug ${link}`);
  await mcu.until(/^ok plug \S+tty$/m);
  mcu.tell("counts");
  await mcu.until(/^counts commands=1 executed=1 executedTwice=0 replies=1 refusals=0 .*hangups=1/m);
  mcu.stop("SIGTERM");
  assert.equal(await mcu.ended, 0);
  assert.match(mcu.output(), /\ncounts commands=1 [^\n]*\n$/);
  assert.doesNotMatch(mcu.output(), /<- >1/);
  assert.equal(mcu.errors(), "");
  assert.equal(existsSync(link), false);
});

test("verbose: every line both ways; SIGINT ends it too", async () => {
  const mcu = started({ verbose: true, fw: "f" });
  const [, path = ""] = await mcu.until(/^listening tty=(\S+)\n/);
  const host = openTty(path);
  host.write(">1 \u00e9\u001b[2J\n>2 a\n");
  await mcu.until(/^ +\d+\.\d{4} <- >1 é\\x1B\[2J\n +\d+\.\d{4} <- >2 a\n +\d+\.\d{4} -> <2 a$/m);
  assert.match(mcu.output(), /plugged tty=\/dev\/pts\/\d+\n.* restarted boot=\w+\n.* -> =rrpc\/1 window=1/);
  mcu.stop("SIGINT");
  assert.equal(await mcu.ended, 0);
});

test("what cannot be is said, with the exit code of sysexits(3)", async () => {
  const file = join(folder, "precious");
  writeFileSync(file, "precious");
  const cases: readonly (readonly [McuCommandOptions, NodeJS.ProcessEnv, number, RegExp])[] = [
    [{ baud: "fast", drop: "2" }, process.env, 64, /--drop: expected 0 to 1, found "2"\n.*--baud: .* found "fast"\n/],
    [{ lineEnd: "lflf" }, process.env, 64, /--line-end: expected lf, crlf, .*, found "lflf"\n/],
    [{ link: [file] }, process.env, 73, /--link: .*precious exists and is not a symbolic link\n/],
    [
      { link: [join(folder, "none", "tty")] },
      process.env,
      73,
      /--link: the folder of .*none\/tty is missing; make the folder\n/,
    ],
    [{}, { ...process.env, PATH: folder }, 69, /needs util-linux's script/],
  ];
  for (const [options, env, exitCode, message] of cases) {
    const mcu = started(options, env);
    assert.equal(await mcu.ended, exitCode);
    assert.match(mcu.errors(), message);
    assert.equal(mcu.output(), "");
  }
});

test("every option reaches the virtual MCU", () => {
  const { problems, boards } = readMcuOptions({
    link: ["/tmp/tty"],
    baud: "115200",
    window: "2",
    line: "128",
    crc: true,
    dedup: "4",
    cancel: true,
    hello: false,
    fw: "f-1",
    bootMs: "10",
    bootChatter: true,
    lineEnd: "lfnul",
    head: "\\e[0;32m\\x00\\\\x",
    tail: "\\e[0m",
    prompt: "uart:~$ ",
    reply: "ok",
    rxBuffer: "128",
    seed: "7",
    delayMs: "1",
    jitterMs: "2",
    silence: true,
    echo: true,
    loopback: true,
    drop: "0.1",
    garble: ".2",
    wrongId: "0.3",
    duplicate: "1",
    splitBytes: "3",
    mergeMs: "4",
  });
  assert.deepEqual(problems, []);
  const [board] = boards;
  assert.equal(board?.name, undefined);
  const { chatter, reply, ...rest } = board?.options ?? {};
  assert.match(chatter ?? "", /ets Jun/);
  assert.equal(reply?.(Buffer.from("x")), "ok");
  assert.deepEqual(rest, {
    link: "/tmp/tty",
    baudRate: 115_200,
    window: 2,
    lineBytes: 128,
    crc: true,
    dedup: 4,
    cancel: true,
    hello: false,
    fw: "f-1",
    bootMs: 10,
    around: { end: "\n\0", head: "\x1b[0;32m\0\\x", tail: "\x1b[0m", prompt: "uart:~$ " },
    rxBufferBytes: 128,
    seed: 7,
    delayMs: 1,
    jitterMs: 2,
    silence: true,
    echo: true,
    loopback: true,
    dropReceived: 0.1,
    dropSent: 0.1,
    garbleReceived: 0.2,
    garbleSent: 0.2,
    wrongId: 0.3,
    duplicate: 1,
    splitBytes: 3,
    mergeMs: 4,
  });
  assert.deepEqual(readMcuOptions({}), { problems: [], boards: [{ name: undefined, options: {} }] });
});

test("several boards are named by their links or numbered, each with a seed of its own", () => {
  const named = (options: McuCommandOptions) =>
    readMcuOptions(options).boards.map(({ name, options: { link, seed } }) => [name, link, seed]);
  assert.deepEqual(named({ link: ["/tmp/pump", "/tmp/valve"], seed: "7" }), [
    ["pump", "/tmp/pump", 7],
    ["valve", "/tmp/valve", 8],
  ]);
  assert.deepEqual(named({ link: ["/tmp/board"], count: "2" }), [
    ["board1", "/tmp/board1", 1],
    ["board2", "/tmp/board2", 2],
  ]);
  assert.deepEqual(named({ count: "2" }), [
    ["mcu1", undefined, 1],
    ["mcu2", undefined, 2],
  ]);
  const problemsOf = (options: McuCommandOptions) => readMcuOptions(options).problems.join("\n");
  assert.match(problemsOf({ link: ["a/x", "b/x"] }), /two boards would have the name x/);
  assert.match(problemsOf({ link: ["x", "y"], count: "2" }), /--count goes with one --link at most/);
  assert.match(problemsOf({ count: "101" }), /--count: expected 1 to 100/);
});

test("several boards each have a tty, and a name in front of their lines; a word is for one or for all", async () => {
  const links = ["pump", "valve"].map((name) => join(folder, name));
  const mcu = started({ link: links });
  await mcu.until(/^pump: listening tty=\S+ link=\S+pump\nvalve: listening tty=\S+ link=\S+valve\n/);
  const [pump, valve] = links.map((link) => openTty(link));
  mcu.tell("pump unplug");
  await mcu.until(/^pump: ok unplug\n/m);
  await pump?.hungUp();
  valve?.write(">1 b\n");
  await valve?.until((received) => received.endsWith("<1 b\n"));
  mcu.tell("counts");
  await mcu.until(/^pump: counts commands=0 /m);
  await mcu.until(/^valve: counts commands=1 /m);
  mcu.tell("silence off");
  await mcu.until(/^pump: ok silence off\n/m);
  mcu.tell("pump jump");
  await mcu.until(/^pump: error unknown word "jump"/m);
  mcu.tell("help");
  await mcu.until(/^a name in front means one board, none means all of them: pump, valve$/m);
  await mcu.until(/^valve: ok silence off$/m);
  assert.doesNotMatch(mcu.output(), /valve: (ok unplug|error)/);
  mcu.stop("SIGTERM");
  assert.equal(await mcu.ended, 0);
  assert.match(mcu.output(), /\npump: counts [^\n]*\nvalve: counts [^\n]*\n$/);
});

/** `rrpc-gateway release`, with a real gateway, hub and MCU, and programs that hold the port. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, statSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { startVirtualMcu } from "../../src/lab/mcu/virtual-mcu.ts";
import { jsonLine } from "../../src/observe/socket-protocol.ts";
import { openWorld, type World } from "../observe/world.ts";

async function openReleasable(t: TestContext, options: Parameters<typeof openWorld>[1] = {}) {
  const world = await openWorld(t, { ...options, config: { control: { socket: "control.sock" }, ...options.config } });
  await world.log(/control: .* listening/);
  return world;
}

/** Waits for the file `$1`; not for ever, if the test has failed and its folder is gone. */
const waiting = `while [ -d "\${1%/*}" ] && [ ! -e "$1" ]; do sleep 0.02; done`;

/** Waits for a file, and ends with 7. */
const holding = ["sh", "-c", `echo "has $RRPC_SERIAL_PATH"; ${waiting}; exit 7`, "sh"];

/** A command that has the port until `end`. */
async function hold(world: World, ...options: readonly string[]) {
  const file = join(world.folder, "done");
  const program = world.start("release", "--config", world.config, ...options, "--", ...holding, file);
  await world.until(`the command:\n${program.stderr()}`, () =>
    program.stdout().includes(`has ${join(world.folder, "tty")}`),
  );
  return { program, end: () => writeFileSync(file, "") };
}

const textOf = (result: unknown) => String((result as { readonly payload: Buffer }).payload);

const errorOf = (result: unknown) => {
  const { code, reason, executed } = JSON.parse(textOf(result)).error;
  return `${code} ${reason} ${executed}`;
};

const openings = ({ daemon }: World) => daemon.stderr().split("is open, after").length - 1;

test("a released board refuses in milliseconds, its port is the command's, and afterwards the board is met anew", async (t) => {
  const world = await openReleasable(t, { config: { control: { socket: "control.sock" }, metrics: { port: 0 } } });
  const { program, end } = await hold(world);
  const startedAt = performance.now();
  assert.equal(errorOf(await world.call("a")), "unavailable released no");
  const tookMs = performance.now() - startedAt;
  assert.ok(tookMs < 1000, `refused after ${tookMs} ms`);
  await world.log(/control: \S+ \(process \d+\) of user \S+ is given the port, for 600 s at most/);
  const [, port = ""] = await world.log(/metrics: .*port (\d+)/);
  const metrics = async () => await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  assert.match(await metrics(), /rrpc_gateway_board_released\{board="board"\} 1/);
  const status = world.start("health", "--config", world.config);
  assert.equal(await status.ended, 0);
  assert.match(status.stdout(), /serial line released for \d+ s to \S+/);
  assert.equal(openings(world), 1);
  end();
  assert.equal(await program.ended, 7);
  await world.log(/taken back after/);
  await world.until("the port and the board again", () => openings(world) === 2);
  assert.equal(textOf(await world.call("c")), "c");
  assert.match(await metrics(), /rrpc_gateway_board_released\{board="board"\} 0/);
});

test("a program has the port to itself: it speaks with the board, and nothing of that is the gateway's", async (t) => {
  const world = await openReleasable(t);
  const talk = `
    const { openSync, writeSync, readSync } = require("node:fs");
    const port = openSync(process.env.RRPC_SERIAL_PATH, "r+");
    writeSync(port, ">9 by hand\\n");
    const bytes = Buffer.alloc(256);
    let text = "";
    while (!text.includes("<9 by hand\\n")) text += bytes.toString("latin1", 0, readSync(port, bytes));
    console.log("the board says", process.env.RRPC_BOARD, process.env.RRPC_BAUD_RATE);`;
  const program = world.start("release", "--config", world.config, "--", process.execPath, "-e", talk);
  assert.equal(await program.ended, 0, program.stderr());
  assert.equal(program.stdout(), "the board says board 115200\n");
  await world.until("the port again", () => openings(world) === 2);
  assert.doesNotMatch(world.daemon.stderr(), /stray_reply/);
});

test("what is in flight is answered before the port is closed; what waits is told at once", async (t) => {
  const world = await openReleasable(t, { mcu: { delayMs: 1500 } });
  const order: string[] = [];
  const noted = (name: string) => (result: unknown) => {
    order.push(name);
    return result;
  };
  const first = world.call("a", "1").then(noted("in flight"));
  await world.until("the command at the MCU", () => world.mcu.counts().commands > 0);
  const second = world.call("b", "2").then(noted("waiting"));
  const socket = connect(join(world.folder, "control.sock"));
  t.after(() => socket.destroy());
  socket.write(jsonLine({ want: "release", forMs: 60_000 }));
  const [released] = await once(socket.setEncoding("utf8"), "data");
  assert.equal(JSON.parse(released).kind, "released");
  assert.equal(textOf(await first), "a");
  assert.equal(errorOf(await second), "unavailable released no");
  assert.deepEqual(order, ["waiting", "in flight"]);
});

test("a second release is refused and says who has the board; the first one is not disturbed", async (t) => {
  const world = await openReleasable(t);
  const { program, end } = await hold(world);
  const second = world.start("release", "--config", world.config, "--", "true");
  assert.equal(await second.ended, 69);
  assert.match(second.stderr(), /released already, to \S+ \(process \d+\) of user/);
  assert.equal(openings(world), 1);
  end();
  assert.equal(await program.ended, 7);
});

test("each release has its line, however many there are in a day", async (t) => {
  const world = await openReleasable(t);
  for (let count = 1; count <= 6; count++) {
    const program = world.start("release", "--config", world.config, "--", "true");
    assert.equal(await program.ended, 0, program.stderr());
    await world.until(
      `line ${count}`,
      () =>
        world.daemon.stderr().split(/control: rrpc-gateway \(process \d+\) of user \S+ is given the port/).length >
        count,
    );
  }
});

test("when the time is over the command is ended, and the gateway has the port again", async (t) => {
  const world = await openReleasable(t);
  const program = world.start("release", "--config", world.config, "--for", "1s", "--", "sleep", "600");
  assert.equal(await program.ended, 128 + 15);
  assert.match(program.stderr(), /the time is over/);
  await world.until("the port again", () => openings(world) === 2);
});

test("what a command has started keeps the port when the command is ended for it", async (t) => {
  const world = await openReleasable(t);
  const file = join(world.folder, "done");
  const script = `(${waiting}) >/dev/null 2>&1 & wait`;
  const command = ["sh", "-c", script, "sh", file];
  const program = world.start("release", "--config", world.config, "--for", "1s", "--", ...command);
  assert.equal(await program.ended, 128 + 15);
  assert.equal(errorOf(await world.call("a")), "unavailable released no");
  assert.equal(openings(world), 1);
  writeFileSync(file, "");
  await world.log(/taken back after/);
  await world.until("the port again", () => openings(world) === 2);
});

test("if the command line program is killed, the port stays its command's until that ends", async (t) => {
  const world = await openReleasable(t);
  const { program, end } = await hold(world);
  program.signal("SIGKILL");
  assert.equal(errorOf(await world.call("a")), "unavailable released no");
  assert.equal(openings(world), 1);
  end();
  await world.log(/taken back after/);
  await world.until("the port again", () => openings(world) === 2);
});

test("a command that cannot be started, or a caller that goes at once, leaves the gateway with its port", async (t) => {
  const world = await openReleasable(t);
  const program = world.start("release", "--config", world.config, "--", "/no/such/program");
  assert.equal(await program.ended, 69);
  assert.match(program.stderr(), /there is no such command here/);
  await world.until("the port again", () => openings(world) === 2);
  const closed = world.start("release", "--config", world.config, "--", world.config);
  assert.equal(await closed.ended, 69);
  assert.match(closed.stderr(), /config\.yaml cannot be started: this user may not run it\n$/);
  const wrong = world.start("release", "--config", world.config, "--for", "soon", "--", "true");
  assert.equal(await wrong.ended, 64);
});

test("a reload meanwhile takes its options and leaves the port alone; it is opened with them afterwards", async (t) => {
  const world = await openReleasable(t);
  const { program, end } = await hold(world);
  world.rewrite({ serial: { path: join(world.folder, "tty"), baudRate: 9600 } });
  world.daemon.signal("SIGHUP");
  await world.log(/reload: the port is opened anew, for serial.baudRate/);
  assert.equal(errorOf(await world.call("a")), "unavailable released no");
  assert.equal(openings(world), 1);
  end();
  assert.equal(await program.ended, 7);
  await world.until("the port again", () => openings(world) === 2);
  assert.equal(textOf(await world.call("b")), "b");
});

test("a reload that opens another control socket leaves the port alone, and its end is told there as ever", async (t) => {
  const world = await openReleasable(t);
  const { program, end } = await hold(world);
  const control = join(world.folder, "control.sock");
  world.rewrite({ control: { socket: "control.sock", access: "group" } });
  world.daemon.signal("SIGHUP");
  await world.until(
    "the other socket",
    () => (statSync(control, { throwIfNoEntry: false })?.mode ?? 0) % 0o1000 === 0o660,
  );
  const second = world.start("release", "--config", world.config, "--", "true");
  assert.equal(await second.ended, 69);
  assert.match(second.stderr(), /released already, to/);
  assert.equal(openings(world), 1);
  end();
  assert.equal(await program.ended, 7);
  assert.equal(program.stderr(), "");
  await world.until("the port again", () => openings(world) === 2);
  // The old server is closed now; the new one serves.
  const local = world.start("call", "--local", "--config", world.config, "a");
  assert.equal(await local.ended, 0, local.stderr());
});

test("the command is told of a gateway that is gone without a word", async (t) => {
  const world = await openReleasable(t);
  const { program, end } = await hold(world);
  world.daemon.signal("SIGKILL");
  await world.until("the word of it", () => /the gateway is gone: the command goes on/.test(program.stderr()));
  end();
  assert.equal(await program.ended, 7);
});

test("a device that is unplugged meanwhile is waited for afterwards", async (t) => {
  const world = await openReleasable(t);
  const { program, end } = await hold(world);
  await world.mcu.close();
  end();
  assert.equal(await program.ended, 7);
  await world.log(/taken back after/);
  assert.match(errorOf(await world.call("a")), /serial_down/);
  const mcu = await startVirtualMcu({ link: join(world.folder, "tty"), observe: () => {} });
  t.after(() => mcu.close());
  // Several lines about one cause are one summary.
  await world.log(/link up|mcu has restarted/);
  assert.equal(textOf(await world.call("b")), "b");
});

test("a gateway that stops does not wait for the command, and opens nothing", async (t) => {
  const world = await openReleasable(t);
  const { program, end } = await hold(world);
  world.daemon.signal("SIGTERM");
  assert.equal(await world.daemon.ended, 0);
  await world.until("the word of it", () => /the gateway stops: the command goes on/.test(program.stderr()));
  assert.equal(openings(world), 1);
  assert.ok(!existsSync(join(world.folder, "done")));
  end();
  assert.equal(await program.ended, 7);
});

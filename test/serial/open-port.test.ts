import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { closeSync, constants, openSync, readdirSync } from "node:fs";
import { type TestContext, test } from "node:test";
import { SerialPort } from "serialport";
import { isPseudoTerminal } from "../../src/host/pseudo-terminal.ts";
import { hupclIn } from "../../src/host/tty-tools.ts";
import { guardPort } from "../../src/serial/guard-port.ts";
import { type OpenPort, openPort, type PortOptions } from "../../src/serial/open-port.ts";
import { parityFaultIn } from "../../src/serial/parity.ts";
import { claimPort, releaseClaim } from "../../src/serial/port-claim.ts";
import { openPty, type Pty } from "../support/pty.ts";

const settings: Omit<PortOptions, "path"> = {
  baudRate: 9600,
  dataBits: 8,
  parity: "none",
  stopBits: 1,
  rtscts: false,
  xonxoff: false,
  dtr: "leave",
  rts: "leave",
};

async function ptyFor(t: TestContext): Promise<Pty> {
  const pty = await openPty();
  t.after(() => pty.hangUp());
  return pty;
}

function open(pty: Pty, options: Partial<PortOptions> = {}): Promise<OpenPort> {
  return openPort({ ...settings, path: pty.path, ...options }, assert.fail);
}

const stty = (pty: Pty, ...args: string[]) => execFileSync("stty", ["-F", pty.path, ...args], { encoding: "utf8" });
const openFds = () => readdirSync("/proc/self/fd").length;

test("an opener who is refused has changed nothing of the line, nor has its leaving", async (t) => {
  const pty = await ptyFor(t);
  const port = await open(pty, { xonxoff: true });
  const before = stty(pty, "-a");
  assert.match(before, / ixon ixoff\b/);
  await assert.rejects(open(pty, { baudRate: 115_200 }), /Cannot lock port/);
  assert.equal(stty(pty, "-a"), before);
  await port.release({ flush: true });
});

test("the lock lasts as long as the port is open, and keeps out whoever asks for it", async (t) => {
  const pty = await ptyFor(t);
  const lock = () => spawnSync("flock", ["-n", pty.path, "true"]).status;
  const port = await open(pty);
  assert.equal(lock(), 1);
  await port.release({ flush: false });
  assert.equal(lock(), 0);
});

test("a port that is locked by another program is refused before it is set", async (t) => {
  const pty = await ptyFor(t);
  stty(pty, "ixon", "ixoff");
  const before = stty(pty, "-a");
  const port = await claimPort(pty.path);
  await assert.rejects(open(pty), /Cannot lock port/);
  assert.equal(stty(pty, "-a"), before);
  await releaseClaim(port);
});

test("HUPCL is left as it was, or taken away, by the time that the port is closed", async (t) => {
  const pty = await ptyFor(t);
  for (const [before, option, after] of [
    ["-hupcl", "leave", false],
    ["hupcl", "leave", true],
    ["hupcl", "off", false],
    ["-hupcl", "off", false],
  ] as const) {
    stty(pty, before);
    const port = await open(pty);
    assert.equal(hupclIn(stty(pty, "-a")), before === "hupcl", "a process that is killed now leaves it so");
    await port.guard.apply(option);
    await port.release({ flush: false });
    assert.equal(hupclIn(stty(pty, "-a")), after, `${before}, then ${option}`);
  }
});

test("HUPCL can be given back what it was on the open port, after it was off", async (t) => {
  const pty = await ptyFor(t);
  stty(pty, "hupcl");
  const port = await open(pty);
  await port.guard.apply("off");
  await port.guard.apply("leave");
  assert.equal(hupclIn(stty(pty, "-a")), true);
  await port.release({ flush: false });
});

test("closing does not wait for a guard whose stty waits for a line that is held", async (t) => {
  const pty = await ptyFor(t);
  stty(pty, "hupcl");
  const port = await open(pty);
  pty.stall();
  execFileSync("sh", ["-c", `head -c 100000 /dev/zero | timeout 0.3 cat > ${pty.path} || true`]);
  const applying = port.guard.apply("off");
  const startedAt = performance.now();
  await port.release({ flush: true });
  await applying;
  assert.ok(performance.now() - startedAt < 1500, `closed after ${performance.now() - startedAt} ms`);
});

test("TIOCEXCL is set on what is no pseudo-terminal, and lifted before the port is closed", async (t) => {
  const pty = await ptyFor(t);
  const claim = await claimPort(pty.path);
  assert.equal(claim.isPseudoTerminal, true);
  // TIOCGEXCL
  const isExclusive = () =>
    spawnSync("perl", ["-e", 'my $b = pack("i", 0); ioctl(STDIN, 0x80045440, $b) or die; exit unpack("i", $b)'], {
      stdio: [claim.fd, "ignore", "inherit"],
    }).status === 1;
  const alone = guardPort(claim, pty.path, assert.fail);
  await alone.apply("leave");
  assert.equal(isExclusive(), false);
  const guard = guardPort({ ...claim, isPseudoTerminal: false }, pty.path, assert.fail);
  await guard.apply("leave");
  assert.equal(isExclusive(), true);
  await guard.lift();
  assert.equal(isExclusive(), false);
  await releaseClaim(claim);
});

test("a pseudo-terminal is known by its device number, a serial adapter is none", () => {
  assert.equal(isPseudoTerminal((136 << 8) | 3), true);
  assert.equal(isPseudoTerminal((143 << 8) | 255), true);
  assert.equal(isPseudoTerminal((188 << 8) | 0), false); // ttyUSB
  assert.equal(isPseudoTerminal((4 << 8) | 64), false); // ttyS
});

test("without flock, stty and perl a port is opened all the same, locked by the binding, and it is said", async (t) => {
  const pty = await ptyFor(t);
  const path = process.env["PATH"];
  t.after(() => {
    process.env["PATH"] = path;
  });
  process.env["PATH"] = "/nowhere";
  const notes: string[] = [];
  const port = await openPort({ ...settings, path: pty.path }, (text) => notes.push(text));
  await port.guard.apply("leave");
  assert.deepEqual(notes, []);
  await port.guard.apply("off");
  process.env["PATH"] = path;
  assert.equal(spawnSync("flock", ["-n", pty.path, "true"]).status, 1);
  assert.deepEqual(notes, [`${pty.path}: HUPCL stays set: stty could not change it`]);
  await port.release({ flush: false });
});

test("a port that shows no descriptor is closed again, with the reason", async (t) => {
  const pty = await ptyFor(t);
  const before = openFds();
  let closedCount = 0;
  const port = {
    flush: () => Promise.resolve(),
    close() {
      closedCount += 1;
      return Promise.resolve();
    },
  };
  t.mock.method(SerialPort.binding, "open", () => Promise.resolve(port));
  await assert.rejects(open(pty), /no descriptor to poll/);
  assert.equal(closedCount, 1);
  assert.equal(openFds(), before);
});

test("a device that has come to the path since is not taken for the one that is ours", async (t) => {
  const [pty, other] = [await ptyFor(t), await ptyFor(t)];
  const fd = openSync(other.path, constants.O_RDWR | constants.O_NOCTTY);
  const port = {
    fd,
    poller: {},
    flush: () => Promise.resolve(),
    close() {
      closeSync(fd);
      return Promise.resolve();
    },
  };
  t.mock.method(SerialPort.binding, "open", () => Promise.resolve(port));
  await assert.rejects(open(pty), /No such device/);
});

test("parity is checked on receiving; a driver that does not take it, as a pty's, is told", async (t) => {
  const pty = await ptyFor(t);
  const notes: string[] = [];
  const port = await openPort({ ...settings, path: pty.path, parity: "even" }, (text) => notes.push(text));
  assert.match(stty(pty, "-a"), /(?<!-)\binpck\b/);
  assert.match(stty(pty, "-a"), /-ignpar\b/);
  await port.release({ flush: true });
  assert.deepEqual(notes, [`${pty.path}: its driver does not take serial.parity: bytes are sent and read without it`]);
});

test("what stty says of parity", () => {
  const said = (stdout: string) => parityFaultIn({ exitCode: 0, stdout });
  assert.equal(
    said("speed 9600 baud; line = 0;\nparenb -parodd cs8 hupcl\n-ignpar -parmrk inpck -istrip\n"),
    undefined,
  );
  assert.match(said("parenb -parodd cs8\n-ignpar -parmrk -inpck\n") ?? "", /does not check/);
  assert.match(said("-parenb -parodd cs8\n-ignpar inpck\n") ?? "", /does not take/);
  assert.match(parityFaultIn(undefined) ?? "", /could not be seen/);
});

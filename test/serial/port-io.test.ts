import assert from "node:assert/strict";
import { test } from "node:test";
import { openPort, releasePort } from "../../src/serial/open-port.ts";
import { createPortIo, type OpenPort } from "../../src/serial/port-io.ts";
import { openPty } from "../support/pty.ts";

const settings = {
  baudRate: 115200,
  dataBits: 8,
  parity: "none",
  stopBits: 1,
  rtscts: false,
  xonxoff: false,
  dtr: "leave",
  rts: "leave",
} as const;

/** The port as a binding that shows neither its descriptor nor a poller. */
function withoutInsides(port: OpenPort): OpenPort {
  const plain: Pick<OpenPort, "read" | "write" | "flush" | "close"> = {
    read: (buffer, offset, length) => port.read(buffer, offset, length),
    write: (bytes) => port.write(bytes),
    flush: () => port.flush(),
    close: () => port.close(),
  };
  return plain as OpenPort;
}

for (const [way, prepare] of [
  ["on the descriptor", (port: OpenPort) => port],
  ["by the binding, where its insides are others", withoutInsides],
] as const) {
  test(`bytes go both ways ${way}, and a read that waits fails when the port is released`, async (t) => {
    const pty = await openPty();
    t.after(() => pty.hangUp());
    const port = await openPort({ ...settings, path: pty.path }, assert.fail);
    const io = createPortIo(prepare(port));
    const reading = io.read();
    await io.write(Buffer.from("out"));
    assert.equal((await pty.received(3)).toString(), "out");
    pty.send("in");
    let input = (await reading).toString();
    while (input.length < 2) input += (await io.read()).toString();
    assert.equal(input, "in");
    const waiting = assert.rejects(io.read());
    io.stop();
    await releasePort(port);
    await waiting;
  });
}

test("what is stopped takes no more", async (t) => {
  const pty = await openPty();
  t.after(() => pty.hangUp());
  const port = await openPort({ ...settings, path: pty.path }, assert.fail);
  const io = createPortIo(port);
  pty.stall();
  const hanging = assert.rejects(io.write(Buffer.alloc(1 << 20)));
  io.stop();
  await hanging;
  await assert.rejects(io.read(), /stopped/);
  await releasePort(port);
});

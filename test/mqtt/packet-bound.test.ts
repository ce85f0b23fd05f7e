import assert from "node:assert/strict";
import { test } from "node:test";
import { createPacketBound } from "../../src/mqtt/packet-bound.ts";

const limits = { bytesMax: 256 * 1024, msMax: 30_000 };

const pingresp = Buffer.from([0xd0, 0]);

/** Of that many bytes behind its header. */
function packet(byteCount: number): Buffer {
  const lengthBytes = [byteCount & 0x7f, (byteCount >> 7) & 0x7f, byteCount >> 14];
  return Buffer.concat([
    Buffer.from([0x30, ...lengthBytes.map((byte, index) => (index < 2 ? byte | 0x80 : byte))]),
    Buffer.alloc(byteCount, 0xff),
  ]);
}

test("packets up to the limit pass, however they are split", () => {
  const bytes = Buffer.concat([pingresp, packet(1), packet(200), pingresp, packet(256 * 1024), packet(20_000)]);
  for (const chunkBytes of [1, 2, 3, 7, 1000, 65_536, bytes.length]) {
    const tooLong = createPacketBound(limits);
    for (let at = 0; at < bytes.length; at += chunkBytes)
      assert.equal(tooLong(bytes.subarray(at, at + chunkBytes), 0), undefined);
  }
});

test("a longer packet is known by its header alone, also behind others", () => {
  const header = packet(256 * 1024 + 1).subarray(0, 4);
  assert.match(createPacketBound(limits)(header, 0) ?? "", /longer than 262144 bytes/);
  const tooLong = createPacketBound(limits);
  assert.equal(tooLong(packet(300).subarray(0, 200), 0), undefined);
  assert.equal(tooLong(Buffer.concat([packet(300).subarray(200), pingresp, header.subarray(0, 3)]), 0), undefined);
  assert.match(tooLong(header.subarray(3), 0) ?? "", /longer than 262144 bytes/);
});

test("a packet may take its time, but not for ever", () => {
  const tooLong = createPacketBound(limits);
  assert.equal(tooLong(packet(1000).subarray(0, 10), 1_000_000), undefined);
  assert.equal(tooLong(Buffer.alloc(10), 1_030_000), undefined);
  assert.match(tooLong(Buffer.alloc(10), 1_030_001) ?? "", /without an end within 30000 ms/);
});

test("what ends at last has ended, and silence between packets is none in a packet", () => {
  const tooLong = createPacketBound(limits);
  const [head, rest] = [packet(1000).subarray(0, 10), packet(1000).subarray(10)];
  assert.equal(tooLong(head, 0), undefined);
  assert.equal(tooLong(rest, 60_000), undefined);
  assert.equal(tooLong(head, 600_000), undefined);
  assert.equal(tooLong(rest, 600_001), undefined);
});

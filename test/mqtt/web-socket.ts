/** The server's side of a WebSocket, as much of RFC 6455 as carries MQTT: binary frames, unfragmented. */

import { createHash } from "node:crypto";
import { Duplex } from "node:stream";

/** The answer that accepts the upgrade which `request` asks for. */
export function upgradeResponse(request: string): string {
  const key = /sec-websocket-key: *(\S+)/i.exec(request)?.[1] ?? "";
  const accept = createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
  const head = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n";
  return `${head}Sec-WebSocket-Accept: ${accept}\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n`;
}

/** One unmasked binary frame. */
export function frame(payload: Buffer, opcode = 2): Buffer {
  const head = payload.length < 126 ? Buffer.alloc(2) : Buffer.alloc(4);
  head[0] = 0x80 | opcode;
  if (payload.length < 126) head[1] = payload.length;
  else {
    head[1] = 126;
    head.writeUInt16BE(payload.length, 2);
  }
  return Buffer.concat([head, payload]);
}

/** Answers the upgrade on `socket`, then hands over the bytes inside the frames as a stream. */
export function acceptWebSocket(socket: Duplex, serve: (stream: Duplex) => void): void {
  let waiting: Buffer = Buffer.alloc(0);
  let stream: Duplex | undefined;
  socket.on("data", (chunk: Buffer) => {
    waiting = Buffer.concat([waiting, chunk]);
    if (stream === undefined) {
      const end = waiting.indexOf("\r\n\r\n");
      if (end === -1) return;
      socket.write(upgradeResponse(waiting.toString("latin1", 0, end)));
      waiting = waiting.subarray(end + 4);
      stream = framedStream(socket);
      serve(stream);
    }
    for (let taken = takeFrame(waiting); taken !== undefined; taken = takeFrame(waiting)) {
      waiting = waiting.subarray(taken.bytes);
      if (taken.opcode === 8) socket.end(frame(taken.payload, 8));
      else stream.push(taken.payload);
    }
  });
  socket.once("close", () => stream?.destroy());
}

function framedStream(socket: Duplex): Duplex {
  return new Duplex({
    read() {},
    write(chunk: Buffer, _encoding, done) {
      socket.write(frame(chunk), done);
    },
    destroy(error, done) {
      socket.destroy();
      done(error);
    },
  });
}

/** The first masked frame of `bytes`, where it is complete. */
function takeFrame(bytes: Buffer): { opcode: number; payload: Buffer; bytes: number } | undefined {
  if (bytes.length < 6) return undefined;
  const short = bytes.readUInt8(1) & 0x7f;
  const headBytes = short === 126 ? 4 : 2;
  if (bytes.length < headBytes + 4) return undefined;
  const length = short === 126 ? bytes.readUInt16BE(2) : short;
  const total = headBytes + 4 + length;
  if (bytes.length < total) return undefined;
  const mask = bytes.subarray(headBytes, headBytes + 4);
  const payload = Buffer.from(bytes.subarray(headBytes + 4, total));
  for (const [index, byte] of payload.entries()) payload[index] = byte ^ mask.readUInt8(index % 4);
  return { opcode: bytes.readUInt8(0) & 0x0f, payload, bytes: total };
}

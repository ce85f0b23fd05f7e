import { spawnSync } from "node:child_process";
import { constants, openSync } from "node:fs";
import { Socket } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type Packet, parser } from "mqtt-packet";
import { device } from "./device.ts";
import { type Direction, passageOf } from "./passage.ts";
import type { TrafficEvent } from "./traffic.ts";

/**
 * What the gateway's process read from its connections to the hub, and wrote to them, by the kernel's word: on a link
 * that loses packets nobody else can say when the gateway got a request, and when it gave a response. Needs strace.
 */
export interface Trace {
  readonly traffic: readonly TrafficEvent[];
  /** In front of a command it has this one traced. */
  readonly through: readonly string[];
  /** Whether the traced process has ended, and all that it did is in `traffic`. */
  hasEnded(): boolean;
  close(): void;
}

/** Of processes that connect to the hub at `port`; `folder` gets a pipe. */
export function createTrace(folder: string, port: number, onSight: () => void): Trace {
  const pipe = join(folder, "trace");
  const { status, stderr } = spawnSync("mkfifo", [pipe]);
  if (status !== 0) throw new Error(`no pipe can be made: ${stderr}`);
  // For writing as well: so it does not end before strace has opened it.
  const socket = new Socket({ fd: openSync(pipe, constants.O_RDWR | constants.O_NONBLOCK), writable: false });
  const { traffic, read } = createTraceReader(port);
  let hasEnded = false;
  createInterface(socket).on("line", (line) => {
    if (line.includes(" +++ ")) hasEnded = true;
    else read(line);
    onSight();
  });
  return {
    traffic,
    // -D: the process stays a child of ours, and its number the one that we know. -xx: all bytes as \x..
    through: `strace -D -q -ttt -xx -s 1000000 -e trace=connect,read,write,writev,close -o ${pipe}`.split(" "),
    hasEnded: () => hasEnded,
    close: () => socket.destroy(),
  };
}

interface Connection {
  readonly read: (bytes: Buffer, atMs: number) => void;
  readonly write: (bytes: Buffer, atMs: number) => void;
  readonly close: (atMs: number) => void;
}

/** What succeeded, or is under way: `1795459621.404730 read(19, "\x20\x02", 65536) = 2`. */
const call = /^(\d+\.\d+) (\w+)\((\d+)(.*)\) += (\d+|-1 EINPROGRESS)/;

/** Reads strace's lines, in turn. */
export function createTraceReader(port: number): {
  readonly traffic: readonly TrafficEvent[];
  read(line: string): void;
} {
  const traffic: TrafficEvent[] = [];
  const connections = new Map<string, Connection>();
  let connectionCount = 0;

  function openConnection(): Connection {
    connectionCount += 1;
    const connection = connectionCount;
    let isGoodbye = false;
    let nowMs = 0;
    const reader = (direction: Direction) => {
      const packets = parser({ protocolVersion: 4 });
      packets.on("packet", (packet: Packet) => {
        if (packet.cmd === "disconnect") isGoodbye = true;
        const passage = passageOf(packet, direction, device);
        if (passage !== undefined) traffic.push({ ...passage, atMs: nowMs, connection });
      });
      return (bytes: Buffer, atMs: number) => {
        nowMs = atMs;
        packets.parse(bytes);
      };
    };
    const read = reader("down");
    const write = reader("up");
    let isOpened = false;
    return {
      read,
      write(bytes, atMs) {
        // Of the hub's addresses that are tried side by side one gets the CONNECT, which is what the hub counts.
        if (!isOpened) traffic.push({ kind: "opened", atMs, connection });
        isOpened = true;
        write(bytes, atMs);
      },
      close(atMs) {
        if (isOpened) traffic.push({ kind: "closed", isGoodbye, atMs, connection });
      },
    };
  }

  return {
    traffic,
    read(line) {
      const [, seconds, name, descriptor = "", args = "", result] = call.exec(line) ?? [];
      const atMs = Number(seconds) * 1000 - performance.timeOrigin;
      if (name === "connect" && args.includes(`sin_port=htons(${port})`)) {
        connections.set(descriptor, openConnection());
      }
      const connection = connections.get(descriptor);
      if (name === "read") connection?.read(bytesIn(args, Number(result)), atMs);
      if (name === "write" || name === "writev") connection?.write(bytesIn(args, Number(result)), atMs);
      if (name === "close") {
        connection?.close(atMs);
        connections.delete(descriptor);
      }
    },
  };
}

/** The first so many of a call's bytes: the kernel may have taken only a part. */
function bytesIn(args: string, byteCount: number): Buffer {
  const hex = Array.from(args.matchAll(/\\x([0-9a-f]{2})/g), ([, digits]) => digits).join("");
  return Buffer.from(hex, "hex").subarray(0, byteCount);
}

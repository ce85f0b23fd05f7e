import type { Socket } from "node:net";
import type { Unseen } from "./command.ts";
import { runOnDescriptor } from "./tty-tools.ts";

/** Who has connected to a local socket, as the kernel noted it then (SO_PEERCRED, unix(7)). Nobody can feign it. */
export interface SocketPeer {
  readonly kind: "peer";
  /** 0 where the process is in another pid namespace. */
  readonly pid: number;
  readonly uid: number;
}

/** SOL_SOCKET and SO_PEERCRED by their numbers on x86 and ARM: our image has perl alone, without its module for sockets. */
const script = `exec perl -e 'open(S, "+<&=3") or exit 1; print join(" ", unpack("i3", getsockopt(S, 1, 17)));'`;

/**
 * Node.js has no getsockopt(2), so perl asks, with the connection as its descriptor: some 5 ms. The caller resumes the socket
 * afterwards: Node.js pauses what it hands to a child.
 */
export async function peerOf(socket: Socket): Promise<SocketPeer | Unseen> {
  const result = await runOnDescriptor(socket, script);
  const [, pid, uid] = /^(\d+) (\d+) \d+$/.exec(result?.stdout ?? "") ?? [];
  if (pid === undefined || uid === undefined) return { kind: "unseen", why: "perl, which would see it, cannot be run" };
  return { kind: "peer", pid: Number(pid), uid: Number(uid) };
}

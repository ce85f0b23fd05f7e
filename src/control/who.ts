import { commandName } from "../host/processes.ts";
import { peerOf } from "../host/socket-peer.ts";
import { userName } from "../host/users.ts";
import type { Client } from "../observe/order-socket.ts";
import { printable } from "../runtime/text.ts";

/**
 * Whoever has connected, for the log: process and user as the kernel has noted them, and what the process calls itself. Not its
 * arguments: they are read from its own memory, which may keep the reader waiting.
 */
export async function whoIs({ socket }: Client): Promise<string> {
  const peer = await peerOf(socket);
  if (peer.kind === "unseen") return `somebody (not seen who: ${peer.why})`;
  const { pid, uid } = peer;
  const process = pid === 0 ? "a process of another container" : `${printable(commandName(pid))} (process ${pid})`;
  return `${process} of user ${printable(userName(uid))}`;
}

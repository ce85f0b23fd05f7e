import { commandName } from "../host/processes.ts";
import { peerOf } from "../host/socket-peer.ts";
import { userName } from "../host/users.ts";
import type { Client } from "../observe/order-socket.ts";
import { printable } from "../runtime/text.ts";

export interface Who {
  /** Program, process and user. */
  readonly text: string;
  /** The user alone. */
  readonly user: string;
}

/**
 * Whoever has connected, for the log: process and user as the kernel has noted them, and what the process calls itself. Not its
 * arguments: they are read from its own memory, which may keep the reader waiting.
 */
export async function whoIs({ socket }: Client): Promise<Who> {
  const peer = await peerOf(socket);
  if (peer.kind === "unseen") return { text: `somebody (not seen who: ${peer.why})`, user: "somebody" };
  const { pid, uid } = peer;
  const user = printable(userName(uid));
  const process = pid === 0 ? "a process of another container" : `${printable(commandName(pid))} (process ${pid})`;
  return { text: `${process} of user ${user}`, user };
}

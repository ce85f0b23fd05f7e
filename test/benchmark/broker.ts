// The broker of the benchmark, a process of its own: mosquitto, or aedes where mosquitto is not installed.
import type { ChildProcess } from "node:child_process";
import { accessSync, constants, writeFileSync } from "node:fs";
import { type AddressInfo, connect, createServer } from "node:net";
import { delimiter, join } from "node:path";
import { startPeer, startProgram } from "./children.ts";

export interface Broker {
  readonly name: string;
  readonly port: number;
  readonly child: ChildProcess;
}

/** Resolves when it listens, on loopback. */
export async function startBroker(folder: string): Promise<Broker> {
  const mosquitto = programPath("mosquitto");
  if (mosquitto === undefined) {
    const { peer, ready } = await startPeer("./aedes-process.ts", {});
    return { name: "aedes", port: (ready as { port: number }).port, child: peer.child };
  }
  const port = await freePort();
  const file = join(folder, "mosquitto.conf");
  const lines = [
    `listener ${port} 127.0.0.1`,
    "allow_anonymous true",
    "persistence false",
    // Without it the broker waits for its peers' delayed ACKs, and that is what would be measured.
    "set_tcp_nodelay true",
    // A burst goes through whole: what is dropped is to be a gateway's doing.
    "max_queued_messages 0",
    "max_inflight_messages 0",
  ];
  writeFileSync(file, `${lines.join("\n")}\n`);
  const child = startProgram(mosquitto, ["-c", file], join(folder, "mosquitto.log"));
  await untilListening(port);
  return { name: "mosquitto", port, child };
}

/** Where a program is, undefined if it is not installed. */
export function programPath(name: string): string | undefined {
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin"];
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function untilListening(port: number): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const isListening = await new Promise<boolean>((resolve) => {
      const socket = connect(port, "127.0.0.1", () => resolve(true)).on("error", () => resolve(false));
      socket.on("connect", () => socket.destroy());
    });
    if (isListening) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("the broker does not listen");
}

import { once } from "node:events";
import { addresses, spawnInSlowNetwork } from "../support/shims/slow-network.ts";
import { mortal, type Way } from "./network.ts";

/** What the name of the hub stands for, in order. */
export interface SlowNetworkOptions {
  readonly roundTripMs: number;
  readonly addresses: readonly (keyof typeof addresses)[];
}

/** What the hub is called there. */
const host = "hub.test";
const port = 1883;

/** Where the hub is far away, and not each of its addresses answers. Gateway and hub share the namespace. */
export async function openSlowNetwork(options: SlowNetworkOptions): Promise<Way> {
  const hosts = options.addresses.map((name) => `${addresses[name]} ${host}`);
  const child = spawnInSlowNetwork(
    ["sh", "-c", "echo made; exec sleep infinity"],
    { ...options, hosts },
    process.env,
    "pipe",
  );
  await new Promise<void>((resolve, reject) => {
    child.stdout?.once("data", () => resolve());
    child.once("error", reject).once("exit", () => reject(new Error("no slow network")));
  });
  const atHub = [...mortal, "nsenter", `--net=/proc/${child.pid}/ns/net`];
  return {
    host,
    listensOn: addresses.near,
    port,
    // With the hosts file, which is mounted there.
    atGateway: [...atHub, `--mount=/proc/${child.pid}/ns/mnt`],
    atHub,
    async close() {
      child.kill("SIGKILL");
      await once(child, "exit");
    },
  };
}

/** A network namespace with slow paths, and hosts of its own in it. Needs root, gcc and iproute2. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compileShim } from "./compile.ts";

/**
 * What there is in the network. Whoever connects to `far` reaches what listens on `near`, half a round trip away; nothing
 * listens on `refusing`; what goes to `dead` is lost.
 */
export const addresses = {
  near: "10.9.0.1",
  far: "10.9.0.2",
  /** Another way of the same kind, for another server. */
  otherNear: "10.9.2.1",
  otherFar: "10.9.2.2",
  refusing: "10.9.1.2",
  dead: "10.9.66.2",
  dead6: "fd09:66::2",
} as const;

const script = `
  ip link set lo up
  # The program is ready when it says so.
  exec 3< <("$PROGRAM" "$DELAY_MS")
  read -r <&3
  ip link set slow up
  for net in 0 1 2 66; do ip addr add 10.9.$net.1/24 dev slow; done
  ip addr add fd09:66::1/64 dev slow nodad
  mount --bind "$HOSTS" /etc/hosts
  # Other names are asked of somebody who never answers.
  ip route add default dev slow
  mount --bind "$RESOLV" /etc/resolv.conf
  "$@"
`;

export interface SlowNetworkOptions {
  readonly roundTripMs: number;
  /** The lines of /etc/hosts. */
  readonly hosts: readonly string[];
}

/** Runs `command` there, its output ours, and gives its exit code. */
export async function runInSlowNetwork(
  command: readonly string[],
  options: SlowNetworkOptions,
  env: NodeJS.ProcessEnv,
): Promise<number> {
  const [code] = await once(spawnInSlowNetwork(command, options, env, "inherit"), "exit");
  return Number(code);
}

/** Starts `command` there; the process that is returned is in the network too, and the network is gone with it. */
export function spawnInSlowNetwork(
  command: readonly string[],
  { roundTripMs, hosts }: SlowNetworkOptions,
  env: NodeJS.ProcessEnv,
  output: "inherit" | "pipe",
): ChildProcess {
  const folder = mkdtempSync(join(tmpdir(), "rrpc-slow-"));
  const program = compileShim("slow-network");
  const hostsFile = join(folder, "hosts");
  writeFileSync(hostsFile, `${hosts.join("\n")}\n`);
  const resolvFile = join(folder, "resolv.conf");
  writeFileSync(resolvFile, `nameserver ${addresses.dead}\n`);
  const unshared = ["--net", "--mount", "--pid", "--fork", "--kill-child"];
  const child = spawn("unshare", [...unshared, "bash", "-euc", script, "bash", ...command], {
    stdio: ["ignore", output, output],
    env: { ...env, PROGRAM: program, DELAY_MS: String(roundTripMs / 2), HOSTS: hostsFile, RESOLV: resolvFile },
  });
  child.once("exit", () => rmSync(folder, { recursive: true }));
  return child;
}

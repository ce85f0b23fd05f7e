/** A network namespace with slow paths, and hosts of its own in it. Needs root, gcc and iproute2. */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

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
  "$@"
`;

/** Runs `command` there, its output ours, and gives its exit code. `hosts` are the lines of /etc/hosts. */
export async function runInSlowNetwork(
  command: readonly string[],
  { roundTripMs, hosts }: { readonly roundTripMs: number; readonly hosts: readonly string[] },
  env: NodeJS.ProcessEnv,
): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "rrpc-slow-"));
  try {
    const program = join(folder, "slow-network");
    const source = fileURLToPath(new URL("slow-network.c", import.meta.url));
    execFileSync("gcc", ["-O2", "-Wall", "-Wextra", "-Werror", "-o", program, source]);
    const hostsFile = join(folder, "hosts");
    writeFileSync(hostsFile, `${hosts.join("\n")}\n`);
    const unshared = ["--net", "--mount", "--pid", "--fork", "--kill-child"];
    const child = spawn("unshare", [...unshared, "bash", "-euc", script, "bash", ...command], {
      stdio: ["ignore", "inherit", "inherit"],
      env: { ...env, PROGRAM: program, DELAY_MS: String(roundTripMs / 2), HOSTS: hostsFile },
    });
    const [code] = await once(child, "exit");
    return Number(code);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

/** Between gateway and hub, where not both are simply on this machine. */
export interface Way {
  /** What the gateway calls the hub, and the address that the hub listens on. */
  readonly host: string;
  readonly listensOn: string;
  readonly port: number;
  /** A command in front of another: that one runs at this end, and does not outlive the suite. */
  readonly atGateway: readonly string[];
  readonly atHub: readonly string[];
  close(): Promise<void>;
}

/**
 * A network of two ends, the gateway's and the hub's, each a network namespace with its half of a veth pair: packets are
 * really lost, and the kernel's TCP at both ends deals with it. The gateway's name server is at the hub's end, and knows
 * the hub. Needs root, nftables, iproute2 and dnsmasq.
 */
export interface Network extends Way {
  /** These nftables statements judge every packet that arrives at either end, instead of earlier ones. */
  filter(...statements: string[]): Promise<void>;
  /** How many packets the statements have counted that have a `counter`. */
  filtered(): Promise<number>;
  /** Either end sends at most so much; what waits for longer than a second is dropped. Undefined: no limit. */
  throttle(kbitPerS: number | undefined): Promise<void>;
  /** Takes the gateway's interface away, or gives it back. */
  turn(state: "down" | "up"): Promise<void>;
  /** An nftables match for the packets of the connections that the gateway has now, and of no later ones. */
  presentConnections(): Promise<string>;
  /** The hub resets the connections that the gateway has now. */
  reset(): Promise<void>;
}

const gatewayAddress = "10.77.0.2";
const host = "10.77.0.1";
const port = 1883;

/** What the gateway's name server calls the hub. */
export const hubName = "hub.test";

const nameServer = [
  ..."dnsmasq --no-daemon --conf-file=/dev/null --pid-file= --no-hosts --no-resolv --bind-interfaces".split(" "),
  ...[`--listen-address=${host}`, `--address=/${hubName}/${host}`],
];

/** What a process does that a namespace lasts with. */
const hold = "echo made; exec sleep infinity";
const holdWithResolver = `mount --bind "$0" /etc/resolv.conf && ${hold}`;

/** So that nothing is left behind however the suite ends; a namespace lasts as long as a process is in it. */
export const mortal = ["setpriv", "--pdeathsig", "KILL"];

/** @param folder for files of its own. */
export async function openNetwork(folder: string): Promise<Network> {
  const resolverFile = join(folder, "resolv.conf");
  writeFileSync(resolverFile, `nameserver ${host}\n`);
  const [gateway, hub] = await Promise.all([
    spawnUntilSaid("made", ["unshare", "--net", "--mount", "sh", "-c", holdWithResolver, resolverFile]),
    spawnUntilSaid("made", ["unshare", "--net", "sh", "-c", hold]),
  ]);
  const atGateway = [...mortal, "nsenter", `--net=/proc/${gateway.pid}/ns/net`, `--mount=/proc/${gateway.pid}/ns/mnt`];
  const atHub = [...mortal, "nsenter", `--net=/proc/${hub.pid}/ns/net`];
  await run(atGateway, `ip link add wan type veth peer name wan netns ${hub.pid}`);
  for (const [end, address] of [
    [atGateway, gatewayAddress],
    [atHub, host],
  ] as const) {
    await run(end, `ip address add ${address}/30 dev wan`);
    await run(end, "ip link set wan up");
  }
  const names = await spawnUntilSaid("started", [...atHub.slice(mortal.length), ...nameServer]);
  const atBoth = async (command: string, input?: string) =>
    (await Promise.all([run(atGateway, command, input), run(atHub, command, input)])).join("\n");

  return {
    host,
    listensOn: host,
    port,
    atGateway,
    atHub,
    // Where packets arrive, not where they are sent: the sender's TCP would hear of a drop there.
    async filter(...statements) {
      const chain = `type filter hook input priority 0\n${statements.join("\n")}`;
      const table = `table ip fault {\nchain arriving {\n${chain}\n}\n}\n`;
      await atBoth("nft -f -", `table ip fault {}\ndelete table ip fault\n${table}`);
    },
    async filtered() {
      const listings = await atBoth("nft list table ip fault");
      const counts = [...listings.matchAll(/counter packets (\d+)/g)].map(([, count]) => Number(count));
      return counts.reduce((sum, count) => sum + count, 0);
    },
    async throttle(kbitPerS) {
      // As small a burst as a packet of Ethernet's greatest length allows.
      const shaping = `tc qdisc replace dev wan root tbf rate ${kbitPerS}kbit burst 1540 latency 1s`;
      await atBoth(kbitPerS === undefined ? "tc qdisc delete dev wan root" : shaping);
    },
    async turn(state) {
      await run(atGateway, `ip link set wan ${state}`);
    },
    async presentConnections() {
      const lines = await run(atGateway, `ss --no-header --tcp --numeric state connected dport = :${port}`);
      const ports = [...lines.matchAll(/:(\d+) +\S+:\d+ *$/gm)].map(([, local]) => local);
      if (ports.length === 0) throw new Error(`the gateway has no connection: ${lines}`);
      return `tcp sport . tcp dport { ${ports.map((local) => `${local} . ${port}, ${port} . ${local}`).join(", ")} }`;
    },
    async reset() {
      const killed = await run(atHub, `ss --kill --no-header --tcp --numeric state established sport = :${port}`);
      if (killed === "") throw new Error("the gateway has no connection");
    },
    async close() {
      const children = [names, gateway, hub];
      const exits = children.map((child) => once(child, "exit"));
      for (const child of children) child.kill("SIGKILL");
      await Promise.all(exits);
    },
  };
}

/** Starts a command that goes on running, and waits for a word of it. */
async function spawnUntilSaid(word: string, command: readonly string[]): Promise<ReturnType<typeof spawn>> {
  const [file = "", ...rest] = [...mortal, ...command];
  const child = spawn(file, rest, { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  await new Promise<void>((resolve, reject) => {
    const onText = (text: Buffer) => {
      said += text;
      if (said.includes(word)) resolve();
    };
    child.stdout.on("data", onText);
    child.stderr.on("data", onText);
    child.once("error", reject);
    // Of no account after the word.
    child.once("exit", () => reject(new Error(`${command.join(" ")}: ${said}`)));
  });
  return child;
}

/** What a command prints; rejects with what it says if it fails. */
function run(through: readonly string[], command: string, input?: string): Promise<string> {
  const [file = "", ...rest] = [...through, ...command.split(" ")];
  return new Promise((resolve, reject) => {
    const child = execFile(file, rest, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`${command}: ${stderr || error.message}`));
    });
    if (input !== undefined) child.stdin?.end(input);
  });
}

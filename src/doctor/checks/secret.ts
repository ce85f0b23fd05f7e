import { describeNode, type FileNode, may, rights, type UserIdentity } from "../../host/rights.ts";
import { type Finding, fault, ok, unknown, warning } from "../finding.ts";

/** A file and the folders that lead to it. */
export interface ReachFacts {
  readonly path: string;
  /** From the root down; the file itself is the last. Undefined: it could not be seen. */
  readonly nodes: readonly FileNode[] | undefined;
}

/** Whether `user` can read a file: every folder of its path has to let it through. */
function closedTo(user: UserIdentity, nodes: readonly FileNode[]): FileNode | undefined {
  return nodes.find((node, index) => !may(user, index === nodes.length - 1 ? rights.read : rights.enter, node));
}

/** Whether the service can read its own configuration. */
export function checkConfigurationAccess({ path, nodes }: ReachFacts, user: UserIdentity): Finding {
  const id = "configuration.access";
  const node = nodes?.at(-1);
  if (nodes === undefined || node === undefined) return unknown(id, "not_seen", `not visible: ${path}`);
  const closed = closedTo(user, nodes);
  if (closed === undefined) return ok(id, "readable", `${path} is ${describeNode(node)}: ${user.name} may read it`);
  return fault(
    id,
    "closed",
    `${closed.path} is ${describeNode(closed)}: closed to ${user.name} (${user.source})`,
    opening(closed, user),
  );
}

function opening({ path }: FileNode, { name, uid }: UserIdentity): string {
  return uid === undefined
    ? `chmod a+rX ${path}, and keep the secret out of it (hub.deviceSecretCredential)`
    : `sudo chgrp ${name} ${path} && sudo chmod g+rX ${path}`;
}

/** Where the secret is, and how the service comes by it. */
export interface SecretFacts extends ReachFacts {
  readonly via:
    | "file" // a file with the secret, or the private key
    | "credential" // systemd reads it, as root
    | "configuration"; // it stands in the configuration itself
  /** Whose device's secret it is; undefined for the gateway's own. */
  readonly board?: string;
}

/** Whether the secret is for the service alone, and whether the service itself can read it. */
export function checkSecret(facts: SecretFacts, user: UserIdentity): Finding {
  const { path, nodes, via } = facts;
  const id = "secret";
  const node = nodes?.at(-1);
  if (nodes === undefined || node === undefined)
    return unknown(id, "not_seen", `not visible: ${path}`, "run the same command as root: sudo rrpc-gateway doctor …");
  const is = `${path} is ${describeNode(node)}`;
  // Everyone's right is no use to anyone who cannot enter the folder.
  const nobody: UserIdentity = { name: "anyone", uid: undefined, gids: [], source: "", unit: undefined };
  if ((node.mode & 0o007) !== 0 && closedTo(nobody, nodes) === undefined)
    return fault(id, "open_to_all", `${is}: every user of this machine may read the secret`, `chmod 600 ${path}`);
  const closed = via === "credential" ? undefined : closedTo(user, nodes);
  if (closed !== undefined) {
    const what = closed === node ? is : `${closed.path} is ${describeNode(closed)}`;
    return fault(id, "closed", `${what}: closed to ${user.name} (${user.source})`, handOver(user, facts));
  }
  const isShared = (node.mode & 0o070) !== 0 && via !== "configuration";
  if (isShared)
    return warning(id, "open_to_group", `${is}: the group ${node.group} may read the secret`, `chmod 600 ${path}`);
  return ok(
    id,
    "private",
    via === "credential" ? `${is}; systemd passes it to the service` : `${is}; ${user.name} may read it`,
  );
}

function handOver(user: UserIdentity, { path, via, board }: SecretFacts): string {
  if (via === "configuration") return "put the secret in a file of its own (hub.deviceSecretCredential)";
  if (user.uid === undefined && board !== undefined) {
    const credential = `${board}-secret`;
    const copy = `/run/credentials/${user.unit ?? "UNIT"}/${credential}`;
    return `LoadCredential=${credential}:${path} in the unit, and boards.${board}.device.secretFile: ${copy}`;
  }
  return user.uid === undefined
    ? `LoadCredential=device-secret:${path} in the unit, and hub.deviceSecretCredential: device-secret`
    : `sudo chown ${user.name} ${path} && sudo chmod 600 ${path}`;
}

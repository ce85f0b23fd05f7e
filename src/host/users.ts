import { readFileSync } from "node:fs";
import { attempt } from "./attempt.ts";
import type { UserIdentity } from "./rights.ts";
import type { Unit } from "./unit.ts";

/** By passwd(5) and group(5) as files: os.userInfo() throws for users without an entry, as under DynamicUser=. */
const passwdFile = "/etc/passwd";
const groupFile = "/etc/group";

/** The name of an id; the id itself where it has none. */
export function userName(uid: number): string {
  return entries(passwdFile).find((fields) => fields[2] === String(uid))?.[0] ?? String(uid);
}

export function groupName(gid: number): string {
  return entries(groupFile).find((fields) => fields[2] === String(gid))?.[0] ?? String(gid);
}

/** A user of this machine with its groups; undefined where there is none of this name. */
export function userIdentity(name: string, source: string): UserIdentity | undefined {
  const user = entries(passwdFile).find((fields) => fields[0] === name);
  if (user === undefined) return undefined;
  const gids = entries(groupFile)
    .filter((fields) => fields[3]?.split(",").includes(name))
    .map((fields) => Number(fields[2]));
  return { name, uid: Number(user[2]), gids: [Number(user[3]), ...gids], source, unit: undefined };
}

/** The user that a unit's process runs as, with the groups that the unit adds. */
export function unitIdentity({ name: unit, user = "root", isDynamicUser, groups }: Unit): UserIdentity {
  const source = `${isDynamicUser ? "DynamicUser=" : "User="} of ${unit}`;
  const known = userIdentity(user, source) ?? { name: user, uid: undefined, gids: [], source };
  const added = groups.flatMap((group) => {
    const entry = entries(groupFile).find((fields) => fields[0] === group || fields[2] === group);
    return entry === undefined ? [] : [Number(entry[2])];
  });
  return { ...known, gids: [...known.gids, ...added], unit };
}

/** Whoever runs this program. */
export function ownIdentity(): UserIdentity {
  const uid = process.geteuid?.();
  const gids = [process.getegid?.(), ...(process.getgroups?.() ?? [])].filter((gid) => gid !== undefined);
  const name = uid === undefined ? "this user" : userName(uid);
  return { name, uid, gids, source: "who runs this", unit: undefined };
}

function entries(file: string): string[][] {
  const text = attempt(() => readFileSync(file, "utf8")) ?? "";
  return text.split("\n").map((line) => line.split(":"));
}

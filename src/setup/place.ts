// Where a gateway's files are, and who has to be able to read them.
import { join, resolve } from "node:path";
import type { Unit } from "../host/unit.ts";
import { unitOf } from "../host/units.ts";
import { unitIdentity } from "../host/users.ts";

export interface Place {
  readonly kind: "place";
  readonly folder: string;
  readonly configFile: string;
  /** In front of the names of further files: one folder has several gateways. */
  readonly prefix: string;
  /** The service that runs with them; undefined where they are only written. */
  readonly service: Service | undefined;
}

export interface Service {
  readonly unit: Unit;
  /** Of the user that the service runs as. */
  readonly uid: number;
  readonly gid: number;
  /** Where the unit takes the credential `device-secret` from; undefined where it takes none. */
  readonly secretFile: string | undefined;
}

export const systemFolder = "/etc/rrpc-gateway";
/** The name of the credential in the units that are installed. */
export const credential = "device-secret";
/** What systemd can put behind `@` and a file can be called. */
export const instancePattern = /^[0-9A-Za-z_][0-9A-Za-z_.-]{0,63}$/;

/** Files in a folder of one's own, for a service elsewhere or a gateway that is started by hand. */
export function placeInFolder(output: string, instance: string | undefined): Place {
  const folder = resolve(output);
  return { kind: "place", folder, ...names(folder, instance), service: undefined };
}

/** Why no files can be written for a service: what is wrong, and what to do. */
export interface NoPlace {
  readonly kind: "no_place";
  readonly problem: string;
}

/**
 * The files of the installed service.
 *
 * @param folders where units are, the first one first
 */
export function placeOfService(instance: string | undefined, folders?: readonly string[]): Place | NoPlace {
  const { configFile, prefix } = names(systemFolder, instance);
  const unit = unitOf(instance, folders);
  if (unit === undefined) {
    return {
      kind: "no_place",
      problem: "no service of the gateway is installed here, so nothing can be written for it or started",
    };
  }
  if (unit.configFile !== configFile) return { kind: "no_place", problem: elsewhereText(unit, configFile) };
  const { name: user, uid, gids } = unitIdentity(unit);
  const [gid] = gids;
  if (uid === undefined || gid === undefined) {
    return {
      kind: "no_place",
      problem: `${unit.name} runs as ${user}, and there is no such user: install rrpc-gateway again`,
    };
  }
  const secretFile = unit.credentials.get(credential);
  return { kind: "place", folder: systemFolder, configFile, prefix, service: { unit, uid, gid, secretFile } };
}

/** A drop-in, or a unit that somebody has written, has a file of its own: that one is not touched. */
function elsewhereText({ name, configFile }: Unit, usual: string): string {
  return configFile === undefined
    ? `${name} is installed, but the --config of its ExecStart is not to be found (systemctl cat ${name}); expected ${usual}`
    : `${name} uses ${configFile} (systemctl cat ${name} shows where that is set), not ${usual}: edit that file`;
}

function names(folder: string, instance: string | undefined): Pick<Place, "configFile" | "prefix"> {
  return {
    configFile: join(folder, `${instance ?? "config"}.yaml`),
    prefix: instance === undefined ? "" : `${instance}-`,
  };
}

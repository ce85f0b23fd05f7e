// Where a gateway's files are, and who has to be able to read them.
import { join, resolve } from "node:path";
import { findUnit } from "../doctor/look/units.ts";
import { unitIdentity } from "../doctor/look/users.ts";
import type { Unit } from "../doctor/unit.ts";

export interface Place {
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
  return { folder, ...names(folder, instance), service: undefined };
}

/** The files of the installed service; undefined where none is installed. */
export function placeOfService(instance: string | undefined): Place | undefined {
  const { configFile, prefix } = names(systemFolder, instance);
  const unit = findUnit(configFile);
  if (unit?.configFile !== configFile) return undefined;
  const { uid, gids } = unitIdentity(unit);
  const [gid] = gids;
  if (uid === undefined || gid === undefined) return undefined;
  const secretFile = unit.credentials.get(credential);
  return { folder: systemFolder, configFile, prefix, service: { unit, uid, gid, secretFile } };
}

function names(folder: string, instance: string | undefined): Pick<Place, "configFile" | "prefix"> {
  return {
    configFile: join(folder, `${instance ?? "config"}.yaml`),
    prefix: instance === undefined ? "" : `${instance}-`,
  };
}

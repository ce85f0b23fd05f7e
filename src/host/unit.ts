/** What of a systemd unit decides over the rights of its process. Reads the text of unit files, without systemd. */

/** The settings of one unit, drop-ins included. */
export interface Unit {
  /** Such as rrpc-gateway.service or rrpc-gateway@pump.service. */
  readonly name: string;
  /** The file that its ExecStart names by `--config`. */
  readonly configFile: string | undefined;
  readonly user: string | undefined;
  readonly isDynamicUser: boolean;
  readonly groups: readonly string[];
  /** Where LoadCredential= takes each credential from. */
  readonly credentials: ReadonlyMap<string, string>;
  /** DeviceAllow= where DevicePolicy= is closed or strict; undefined where every device is allowed. */
  readonly devices: readonly string[] | undefined;
  /** Whether /sys/devices may be written to, as far as the files there allow it. */
  readonly canWriteSys: boolean;
}

/**
 * @param texts the unit file and its drop-ins, in the order in which systemd reads them
 * @param instance what stands for %i
 */
export function readUnit(name: string, texts: readonly string[], instance: string): Unit {
  const lists = new Map<string, string[]>();
  for (const [key, value] of texts.flatMap(assignments)) {
    // An empty assignment takes back what came before (systemd.unit(5)).
    if (value === "") lists.delete(key);
    else lists.set(key, [...(lists.get(key) ?? []), value.replaceAll("%i", instance)]);
  }
  const all = (key: string) => lists.get(key) ?? [];
  const last = (key: string) => all(key).at(-1);
  const user = last("User");
  const groups = [last("Group"), ...all("SupplementaryGroups").flatMap((names) => names.split(/\s+/))];
  return {
    name,
    configFile: /\s--config[= ](\S+)/.exec(last("ExecStart") ?? "")?.[1],
    user,
    isDynamicUser: isYes(last("DynamicUser")),
    groups: groups.filter((group) => group !== undefined),
    credentials: new Map(all("LoadCredential").flatMap(credential)),
    devices: /^(closed|strict)$/.test(last("DevicePolicy") ?? "") ? all("DeviceAllow") : undefined,
    canWriteSys:
      !isYes(last("ProtectKernelTunables")) ||
      all("ReadWritePaths").some((paths) => /(?:^|\s)[-+]*\/(?:sys(?:\/devices)?)?\/?(?:\s|$)/.test(paths)),
  };
}

const isYes = (value: string | undefined) => /^(yes|true|on|1)$/i.test(value ?? "");

/** `KEY=VALUE` of every line that is one; a backslash at its end continues a line. */
function assignments(text: string): [key: string, value: string][] {
  const lines = text.replaceAll(/\\\n/g, " ").split("\n");
  return lines.flatMap((line): [string, string][] => {
    const [, key, value] = /^\s*([A-Za-z]+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    return key === undefined || value === undefined ? [] : [[key, value]];
  });
}

/** `ID:PATH`; without a path the credential comes from systemd's own caller. */
function credential(value: string): [id: string, path: string][] {
  const [id = "", ...rest] = value.split(":");
  const path = rest.join(":");
  return path.startsWith("/") ? [[id, path]] : [];
}

/** Whether the unit lets its process at a tty of this class (ttyUSB, ttyACM, …) by DeviceAllow=. */
export function allowsDevice({ devices }: Unit, device: string, ttyClass: string): boolean {
  if (devices === undefined) return true;
  return devices.some((entry) => {
    const [what = "", access = "rwm"] = entry.split(/\s+/);
    const isMeant = what === device || what === `char-${ttyClass}` || what === "char-*";
    return isMeant && access.includes("r") && access.includes("w");
  });
}

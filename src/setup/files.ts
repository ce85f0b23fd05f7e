// The files of a configuration: planned, checked where nobody sees them, then written so that each is old or new, never half.
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { firstConfigText } from "../config/first-config.ts";
import { type LoadedConfig, loadConfig } from "../config/load.ts";
import { type Answers, caName } from "./answers.ts";
import { credential, type Place } from "./place.ts";

export interface PlannedFile {
  readonly path: string;
  readonly text: string;
  readonly mode: number;
  /** Undefined: whoever writes it. */
  readonly owner: { readonly uid: number; readonly gid: number } | undefined;
  readonly isSecret: boolean;
}

export interface Plan {
  readonly config: PlannedFile;
  /** The configuration last: when it is there, so is what it names. */
  readonly files: readonly PlannedFile[];
}

export function planFiles({ productId, deviceName, auth, hub, ca, serial }: Answers, place: Place): Plan {
  const { folder, configFile, prefix, service } = place;
  const root = { uid: 0, gid: 0 };
  const readers = service === undefined ? undefined : { uid: 0, gid: service.gid };
  const file = (name: string, text: string, more: Pick<PlannedFile, "mode" | "owner" | "isSecret">): PlannedFile => {
    return {
      path: name.startsWith("/") ? name : join(folder, name),
      text: text.endsWith("\n") ? text : `${text}\n`,
      ...more,
    };
  };
  const open = { mode: 0o644, owner: service && root, isSecret: false };
  // What the service reads itself belongs to it; a credential is read by systemd, as root.
  const secret = { mode: 0o600, owner: service && { uid: service.uid, gid: service.gid }, isSecret: true };
  const names = {
    ca: prefix + caName,
    secret: `${prefix}device-secret`,
    cert: `${prefix}device-cert.pem`,
    key: `${prefix}device-key.pem`,
  };
  const files: PlannedFile[] = [];
  let proof: Partial<Parameters<typeof firstConfigText>[0]["hub"]>;
  if (auth.kind === "certificate") {
    proof = { certFile: names.cert, keyFile: names.key };
    files.push(file(names.cert, auth.cert, open), file(names.key, auth.key, secret));
  } else if (service?.secretFile !== undefined) {
    proof = { deviceSecretCredential: credential };
    files.push(file(service.secretFile, auth.secret, { ...secret, owner: root }));
  } else {
    proof = { deviceSecretFile: names.secret };
    files.push(file(names.secret, auth.secret, secret));
  }
  if (ca !== undefined) files.push(file(names.ca, ca, open));
  const { region, transport, host, port } = hub;
  const text = firstConfigText({
    hub: {
      productId,
      deviceName,
      ...proof,
      ...(ca !== undefined && { caFile: names.ca }),
      region,
      transport,
      ...(host !== undefined && { host }),
      ...(port !== undefined && { port }),
    },
    serial,
  });
  const config = file(basename(configFile), text, { mode: 0o640, owner: readers, isSecret: false });
  return { config, files: [...files, config] };
}

/** Loads the files as the service would, from a folder that is gone afterwards; findings name the planned files. */
export function checkPlan({ config, files }: Plan): LoadedConfig {
  const stage = mkdtempSync(join(tmpdir(), "rrpc-gateway-setup-"));
  try {
    for (const { path, text } of files) writeFileSync(join(stage, basename(path)), text, { mode: 0o600 });
    // The credential has the unit's name for it, whatever its file is called.
    const secret = files.find(({ isSecret }) => isSecret);
    if (secret !== undefined) writeFileSync(join(stage, credential), secret.text, { mode: 0o600 });
    const loaded = loadConfig(join(stage, basename(config.path)), { ...process.env, CREDENTIALS_DIRECTORY: stage });
    const planned = (text: string) => text.replaceAll(stage, dirname(config.path));
    if (loaded.kind === "loaded")
      return { ...loaded, warnings: loaded.warnings.map((one) => ({ ...one, file: planned(one.file) })) };
    const findings = loaded.findings.map((one) => ({ ...one, file: planned(one.file), found: planned(one.found) }));
    return { ...loaded, findings };
  } finally {
    rmSync(stage, { recursive: true, force: true });
  }
}

export type Change = "new" | "same" | "replaces";

export function changeOf({ path, text }: PlannedFile): Change {
  if (!existsSync(path)) return "new";
  return readFileSync(path, "utf8") === text ? "same" : "replaces";
}

/**
 * Writes a file whole, with its rights and its owner from the start.
 *
 * @param self who owns it where the plan names nobody
 * @param keepAs appended to the path of another file that was there, which is kept so; undefined: it is not kept
 * @returns where the old file is, if it was kept
 * @throws the system's error
 */
export function writePlanned(
  file: PlannedFile,
  self: { readonly uid: number; readonly gid: number },
  keepAs: string | undefined,
): string | undefined {
  const { path, text, mode, owner = self } = file;
  const backup = keepAs === undefined || changeOf(file) !== "replaces" ? undefined : path + keepAs;
  if (backup !== undefined) linkSync(path, backup);
  const fresh = `${path}.new-${process.pid}`;
  try {
    writeFileSync(fresh, text, { mode: 0o600, flag: "wx" });
    chownSync(fresh, owner.uid, owner.gid);
    chmodSync(fresh, mode);
    sync(fresh);
    renameSync(fresh, path);
    // The name too, before a power cut.
    sync(dirname(path));
  } finally {
    rmSync(fresh, { force: true });
  }
  return backup;
}

/** The folder, where there is none: of the service's group alone. */
export function makeFolder({ folder, service }: Place): void {
  if (existsSync(folder)) return;
  mkdirSync(folder, { recursive: true, mode: 0o750 });
  if (service !== undefined) chownSync(folder, 0, service.gid);
  // A strict umask has taken the group's rights away.
  chmodSync(folder, 0o750);
}

function sync(path: string): void {
  const descriptor = openSync(path, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

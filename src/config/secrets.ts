/** From what the settings name to the identity itself, so that nothing behind this folder reads a file. */
import { dirname, join, resolve } from "node:path";
import type { DeviceIdentity } from "../iot-hub/credentials.ts";
import { accepts, expectedOf } from "./option.ts";
import { options, type Settings } from "./options.ts";
import * as files from "./secret-files.ts";

export type Secrets = {
  readonly identity: DeviceIdentity;
  /** PEM text of the certificates that the hub's own is verified with; undefined: the public ones. */
  readonly ca: string | undefined;
};

/** Where everything comes from; the secret is at hand already, or could not be had. */
type Sources = {
  readonly productId: string | undefined;
  readonly deviceName: string | undefined;
  readonly auth:
    | { readonly kind: "key"; readonly secret: string | undefined }
    | { readonly kind: "certificate"; readonly cert: files.NamedFile; readonly key: files.NamedFile };
  readonly ca: files.NamedFile | undefined;
};

/** Reads what is named and reports every fault; undefined where no identity came of it. */
export function readSecrets(hub: Settings["hub"], env: NodeJS.ProcessEnv, report: files.Report): Secrets | undefined {
  const sources =
    hub.deviceInfoFile === undefined
      ? sourcesOf(hub, env, report)
      : deviceInfoSources({ at: "hub.deviceInfoFile", path: hub.deviceInfoFile }, report);
  const caFile = hub.caFile === undefined ? sources?.ca : ({ at: "hub.caFile", path: hub.caFile } as const);
  const ca = caFile === undefined ? undefined : files.readCertificate(caFile, report);
  if (sources === undefined) return undefined;
  const auth = readAuth(sources.auth, hub.hmac, report);
  const { productId, deviceName } = sources;
  if (productId === undefined || deviceName === undefined || auth === undefined) return undefined;
  return { identity: { productId, deviceName, auth }, ca };
}

function readAuth(
  source: Sources["auth"],
  hmac: Settings["hub"]["hmac"],
  report: files.Report,
): DeviceIdentity["auth"] | undefined {
  switch (source.kind) {
    case "key":
      return source.secret === undefined ? undefined : { kind: "key", deviceSecret: source.secret, hmac };
    case "certificate": {
      const pair = files.readPair(source.cert, source.key, report);
      return pair === undefined ? undefined : { kind: "certificate", ...pair };
    }
    default:
      return source satisfies never;
  }
}

function sourcesOf(hub: Settings["hub"], env: NodeJS.ProcessEnv, report: files.Report): Sources {
  const { productId, deviceName, certFile, keyFile } = hub;
  const auth: Sources["auth"] =
    certFile !== undefined && keyFile !== undefined
      ? { kind: "certificate", cert: { at: "hub.certFile", path: certFile }, key: { at: "hub.keyFile", path: keyFile } }
      : { kind: "key", secret: readSecret(hub, env, report) };
  return { productId, deviceName, auth, ca: undefined };
}

function readSecret(hub: Settings["hub"], env: NodeJS.ProcessEnv, report: files.Report): string | undefined {
  if (hub.deviceSecretFile !== undefined)
    return files.readSecretFile({ at: "hub.deviceSecretFile", path: hub.deviceSecretFile }, report);
  if (hub.deviceSecretCredential === undefined) return hub.deviceSecret;
  const at = "hub.deviceSecretCredential";
  const folder = env["CREDENTIALS_DIRECTORY"];
  if (folder !== undefined) return files.readSecretFile({ at, path: join(folder, hub.deviceSecretCredential) }, report);
  report(at, {
    code: "no_credentials",
    expected: `the credentials that systemd passes (LoadCredential=${hub.deviceSecretCredential}:… in the unit)`,
    found: "no CREDENTIALS_DIRECTORY in the environment",
  });
  return undefined;
}

/** The SDKs' file names its own files relative to itself. */
function deviceInfoSources(file: files.NamedFile, report: files.Report): Sources | undefined {
  const info = files.readDeviceInfo(file, report);
  if (info === undefined) return undefined;
  const checked = (key: "productId" | "deviceName"): string | undefined => {
    const option = options.options.hub.options[key];
    if (accepts(option, info[key])) return info[key];
    report(file.at, { expected: `a device_info.json whose ${key} is ${expectedOf(option)}`, found: "something else" });
    return undefined;
  };
  const beside = (path: string): files.NamedFile => ({ at: file.at, path: resolve(dirname(file.path), path) });
  const names = { productId: checked("productId"), deviceName: checked("deviceName") };
  switch (info.mode) {
    case "KEY":
      return {
        ...names,
        auth: { kind: "key", secret: files.checkSecret(file.at, info.deviceSecret, report) },
        ca: undefined,
      };
    case "CERT": {
      const ca = info.caFile === "" ? undefined : beside(info.caFile);
      return { ...names, auth: { kind: "certificate", cert: beside(info.certFile), key: beside(info.keyFile) }, ca };
    }
    default:
      return info satisfies never;
  }
}

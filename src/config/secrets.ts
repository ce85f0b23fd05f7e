/** Reads the identity from the files that the settings name, so that no other folder has to read a file. */
import { dirname, join, resolve } from "node:path";
import type { DeviceIdentity } from "../iot-hub/credentials.ts";
import { pskBytesMax } from "../iot-hub/limits.ts";
import type { ListedDevice } from "./device-info.ts";
import { accepts, expectedOf } from "./option.ts";
import { options, type Settings } from "./options.ts";
import * as files from "./secret-files.ts";
import { hasCertificates } from "./transports.ts";

type Hub = Settings["hub"];

export type Secrets = {
  readonly identity: DeviceIdentity;
  /** PEM text of the certificates that the hub's certificate is verified with; undefined: the public ones. */
  readonly ca: string | undefined;
};

/** What the files say, with the sub-devices that `device_info.json` lists. */
export type ReadSecrets = Secrets & { readonly subDevices: readonly ListedDevice[] };

/** Where everything comes from. The secret has been read already; undefined if it could not be. */
type Sources = {
  readonly productId: string | undefined;
  readonly deviceName: string | undefined;
  readonly auth:
    | { readonly kind: "key"; readonly secret: string | undefined }
    | { readonly kind: "certificate"; readonly cert: files.NamedFile; readonly key: files.NamedFile };
  readonly ca: files.NamedFile | undefined;
  readonly subDevices: readonly ListedDevice[];
};

/** Reads the named files and adds every mismatch; undefined if that gives no identity. */
export function readSecrets(hub: Hub, env: NodeJS.ProcessEnv, add: files.AddMismatch): ReadSecrets | undefined {
  const sources =
    hub.deviceInfoFile === undefined
      ? sourcesOf(hub, env, add)
      : deviceInfoSources({ at: "hub.deviceInfoFile", path: hub.deviceInfoFile }, add);
  const caFile = hub.caFile === undefined ? sources?.ca : ({ at: "hub.caFile", path: hub.caFile } as const);
  const ca = caFile === undefined ? undefined : files.readCertificate(caFile, add);
  if (sources === undefined) return undefined;
  const auth = readAuth(sources.auth, hub.hmac, add);
  if (auth !== undefined) checkTransport(auth, hub, add);
  const { productId, deviceName, subDevices } = sources;
  if (productId === undefined || deviceName === undefined || auth === undefined) return undefined;
  return { identity: { productId, deviceName, auth }, ca, subDevices };
}

function readAuth(
  source: Sources["auth"],
  hmac: Hub["hmac"],
  add: files.AddMismatch,
): DeviceIdentity["auth"] | undefined {
  switch (source.kind) {
    case "key":
      return source.secret === undefined ? undefined : { kind: "key", deviceSecret: source.secret, hmac };
    case "certificate": {
      const pair = files.readPair(source.cert, source.key, add);
      return pair === undefined ? undefined : { kind: "certificate", ...pair };
    }
    default:
      return source satisfies never;
  }
}

/** What the rules of the file alone cannot know: what a file that it names has in it. */
function checkTransport(
  auth: DeviceIdentity["auth"],
  { transport, deviceInfoFile }: Hub,
  add: files.AddMismatch,
): void {
  if (auth.kind === "certificate" && deviceInfoFile !== undefined && !hasCertificates(transport)) {
    const expected = "hub.transport tls or wss, to authenticate with the certificate that it names";
    add("hub.deviceInfoFile", { expected, found: transport });
  }
  if (auth.kind === "certificate" || transport !== "psk") return;
  const bytes = Buffer.byteLength(auth.deviceSecret, "base64");
  if (bytes <= pskBytesMax) return;
  const expected = `a device secret of at most ${pskBytesMax} bytes, as the key of psk`;
  add("hub.transport", { expected, found: `one of ${bytes} bytes` });
}

function sourcesOf(hub: Hub, env: NodeJS.ProcessEnv, add: files.AddMismatch): Sources {
  const { productId, deviceName, certFile, keyFile } = hub;
  const auth: Sources["auth"] =
    certFile !== undefined && keyFile !== undefined
      ? { kind: "certificate", cert: { at: "hub.certFile", path: certFile }, key: { at: "hub.keyFile", path: keyFile } }
      : { kind: "key", secret: readSecret(hub, env, add) };
  return { productId, deviceName, auth, ca: undefined, subDevices: [] };
}

function readSecret(hub: Hub, env: NodeJS.ProcessEnv, add: files.AddMismatch): string | undefined {
  if (hub.deviceSecretFile !== undefined)
    return files.readSecretFile({ at: "hub.deviceSecretFile", path: hub.deviceSecretFile }, add);
  if (hub.deviceSecretCredential === undefined) return hub.deviceSecret;
  const at = "hub.deviceSecretCredential";
  const folder = env["CREDENTIALS_DIRECTORY"];
  if (folder !== undefined) return files.readSecretFile({ at, path: join(folder, hub.deviceSecretCredential) }, add);
  add(at, {
    code: "no_credentials",
    expected: `the credentials that systemd passes (LoadCredential=${hub.deviceSecretCredential}:… in the unit)`,
    found: "no CREDENTIALS_DIRECTORY in the environment, which is normal outside the service",
  });
  return undefined;
}

/** The paths in the SDKs' file are relative to that file. */
function deviceInfoSources(file: files.NamedFile, add: files.AddMismatch): Sources | undefined {
  const info = files.readDeviceInfo(file, add);
  if (info === undefined) return undefined;
  const checked = (key: "productId" | "deviceName"): string | undefined => {
    const option = options.options.hub.options[key];
    if (accepts(option, info[key])) return info[key];
    add(file.at, { expected: `a device_info.json whose ${key} is ${expectedOf(option)}`, found: "something else" });
    return undefined;
  };
  const beside = (path: string): files.NamedFile => ({ at: file.at, path: resolve(dirname(file.path), path) });
  const { subDevices } = info;
  const names = { productId: checked("productId"), deviceName: checked("deviceName"), subDevices };
  switch (info.mode) {
    case "KEY":
      return {
        ...names,
        auth: { kind: "key", secret: files.checkSecret(file.at, info.deviceSecret, add) },
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

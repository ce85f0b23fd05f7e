/** `device_info.json`, the credential file of Tencent's device SDKs. */

/** A sub-device that the file lists. */
export type ListedDevice = { readonly productId: string; readonly deviceName: string };

/** The file's values, not checked against any pattern; its paths are relative to the file. */
export type DeviceInfo = ListedDevice & { readonly subDevices: readonly ListedDevice[] } & (
    | { readonly mode: "KEY"; readonly deviceSecret: string }
    | { readonly mode: "CERT"; readonly caFile: string; readonly certFile: string; readonly keyFile: string }
  );

export type ParsedDeviceInfo =
  | { readonly kind: "complete"; readonly info: DeviceInfo }
  /** The paths of the missing members. An error must not quote the file, because the secret is in it. */
  | { readonly kind: "incomplete"; readonly missing: readonly string[] };

/** A file that is not JSON lacks all members. An empty text counts as missing, except for the CA, which is optional. */
export function parseDeviceInfo(text: string): ParsedDeviceInfo {
  const root = parseJson(text);
  const missing: string[] = [];
  const required = (...path: string[]): string => {
    const value = textAt(root, path);
    if (value === "") missing.push(path.join("."));
    return value;
  };
  const device = { productId: required("productId"), deviceName: required("deviceName") };
  const info = credentials(required, textAt(root, ["auth_mode"]), textAt(root, ["cert_deviceinfo", "devCaFile"]));
  if (info === undefined) return { kind: "incomplete", missing: ['auth_mode "KEY" or "CERT"', ...missing] };
  return missing.length > 0
    ? { kind: "incomplete", missing }
    : { kind: "complete", info: { ...device, subDevices: subDevicesIn(root), ...info } };
}

/** The entries that name a product and a device; the list is optional, and the SDKs' templates have empty ones. */
function subDevicesIn(root: unknown): readonly ListedDevice[] {
  const list = valueAt(root, ["subDev", "subdev_list"]);
  if (!Array.isArray(list)) return [];
  return list
    .map((one) => ({ productId: textAt(one, ["sub_productId"]), deviceName: textAt(one, ["sub_devName"]) }))
    .filter(({ productId, deviceName }) => productId !== "" && deviceName !== "");
}

function credentials(required: (...path: string[]) => string, mode: string, caFile: string) {
  switch (mode) {
    case "KEY":
      return { mode, deviceSecret: required("key_deviceinfo", "deviceSecret") } as const;
    case "CERT":
      return {
        mode,
        caFile,
        certFile: required("cert_deviceinfo", "devCertFile"),
        keyFile: required("cert_deviceinfo", "devPrivateKeyFile"),
      } as const;
    default:
      return undefined;
  }
}

/** The text at the end of a path of members; "" if there is none. */
function textAt(root: unknown, path: readonly string[]): string {
  const value = valueAt(root, path);
  return typeof value === "string" ? value : "";
}

function valueAt(root: unknown, path: readonly string[]): unknown {
  let value = root;
  for (const name of path) {
    if (typeof value !== "object" || value === null) return undefined;
    value = Object.entries(value).find(([key]) => key === name)?.[1];
  }
  return value;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

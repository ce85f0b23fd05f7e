/** Reads and checks the files with the credentials. A message points at the option that names the file. */
import type { X509Certificate } from "node:crypto";
import { isOnSecretMount } from "../host/secret-mount.ts";
import { type DeviceInfo, parseDeviceInfo } from "./device-info.ts";
import type { Mismatch } from "./findings.ts";
import { accepts } from "./option.ts";
import { type OptionPath, options } from "./options.ts";
import { certificatesIn, isKeyOf } from "./pem.ts";
import { readTextFile } from "./text-file.ts";

/** A file, and the option that names it. */
export type NamedFile = { readonly at: OptionPath; readonly path: string };

export type AddMismatch = (at: OptionPath, mismatch: Mismatch) => void;

const secretBytesMax = 4096; // IoT Hub's secrets have 24
const pemBytesMax = 1024 * 1024; // all public roots together have 220 KB
const deviceInfoBytesMax = 64 * 1024; // the SDKs' own read at most a few KB

/** Reads a file that contains the secret alone; spaces and line ends around it are ignored. */
export function readSecretFile(file: NamedFile, add: AddMismatch): string | undefined {
  const text = readPrivate(file, secretBytesMax, "a readable file with the device secret", add)?.trim();
  if (text === undefined) return undefined;
  return checkSecret(file.at, text, add);
}

/** Undefined, with a mismatch added, if the text cannot be a secret. It is never shown. */
export function checkSecret(at: OptionPath, text: string, add: AddMismatch): string | undefined {
  const option = options.options.hub.options.deviceSecret;
  if (accepts(option, text)) return text;
  add(at, { expected: option.expected, found: `a text of ${text.length} characters` });
  return undefined;
}

export function readDeviceInfo(file: NamedFile, add: AddMismatch): DeviceInfo | undefined {
  const expected = "a readable device_info.json of Tencent's device SDKs";
  const text = readPrivate(file, deviceInfoBytesMax, expected, add);
  if (text === undefined) return undefined;
  const parsed = parseDeviceInfo(text);
  if (parsed.kind === "complete") return parsed.info;
  add(file.at, { expected, found: `one without ${parsed.missing.join(", ")}: ${file.path}` });
  return undefined;
}

/** PEM text with at least one certificate in it. */
export function readCertificate(file: NamedFile, add: AddMismatch): string | undefined {
  return readPem(file, add)?.pem;
}

/** A certificate, and the private key that belongs to its public one; both PEM text. */
export function readPair(
  certFile: NamedFile,
  keyFile: NamedFile,
  add: AddMismatch,
): { cert: string; key: string } | undefined {
  const cert = readPem(certFile, add);
  const expected = "the certificate's private key (PEM, without a passphrase)";
  const key = readPrivate(keyFile, pemBytesMax, expected, add);
  if (cert === undefined || key === undefined) return undefined;
  switch (isKeyOf(cert.first, key)) {
    case true:
      checkExpiry(certFile, cert.first, add);
      return { cert: cert.pem, key };
    case false:
      add(keyFile.at, { expected, found: `the key of another one: ${keyFile.path}` });
      return undefined;
    case undefined:
      add(keyFile.at, { expected, found: `no such key: ${keyFile.path}` });
      return undefined;
  }
}

/** How long before its end a device certificate is warned about: enough time to make another one and to roll it out. */
const expiryWarningMs = 30 * 24 * 3600 * 1000;

/** Only a warning: without a battery-backed clock the machine may start in 1970, and have the right time a moment later. */
function checkExpiry({ at, path }: NamedFile, { validTo }: X509Certificate, add: AddMismatch): void {
  const leftMs = Date.parse(validTo) - Date.now();
  if (!(leftMs < expiryWarningMs)) return;
  const found = leftMs < 0 ? `one that ran out on ${validTo}` : `one that runs out on ${validTo}`;
  add(at, {
    severity: "warning",
    expected: "a device certificate that is valid for 30 days more",
    found: `${found}: ${path}`,
  });
}

function readPem({ at, path }: NamedFile, add: AddMismatch): { pem: string; first: X509Certificate } | undefined {
  const expected = "a readable certificate (PEM)";
  const file = readTextFile(path, pemBytesMax);
  if (file.kind === "unreadable") {
    add(at, { code: file.code, expected, found: file.found });
    return undefined;
  }
  const certificates = certificatesIn(file.text);
  const first = certificates?.[0];
  if (first !== undefined) return { pem: file.text, first };
  add(at, { expected, found: `${certificates === undefined ? "a damaged one" : "none"}: ${path}` });
  return undefined;
}

/** A file with a secret that every user may read is a fault; one that a group may read may be meant so, and is a warning. */
function readPrivate(
  { at, path }: NamedFile,
  bytesMax: number,
  expected: string,
  add: AddMismatch,
): string | undefined {
  const file = readTextFile(path, bytesMax);
  if (file.kind === "unreadable") {
    add(at, { code: file.code, expected, found: file.found });
    return undefined;
  }
  if (at === "hub.deviceSecretCredential") return file.text; // systemd guards the folder; an ACL shows as a group's right
  if (file.mode & 0o077 && isOnSecretMount(path)) return file.text;
  const found = `mode ${file.mode.toString(8).padStart(4, "0")}: ${path}`;
  const insecure = {
    code: "insecure_file",
    expected: "a file for its owner alone (chmod 600)",
    found,
    namedFile: path,
  } as const;
  if (file.mode & 0o007) add(at, insecure);
  else if (file.mode & 0o070) add(at, { ...insecure, severity: "warning" });
  return file.text;
}

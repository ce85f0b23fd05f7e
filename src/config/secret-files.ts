/** The files that credentials are in: each is read, checked, and reported on under the option that named it. */
import type { X509Certificate } from "node:crypto";
import { isOnSecretMount } from "../host/secret-mount.ts";
import { type DeviceInfo, parseDeviceInfo } from "./device-info.ts";
import type { Verdict } from "./findings.ts";
import { accepts } from "./option.ts";
import { type OptionPath, options } from "./options.ts";
import { certificatesIn, isKeyOf } from "./pem.ts";
import { readTextFile } from "./text-file.ts";

/** A file, and the option that leads to it. */
export type NamedFile = { readonly at: OptionPath; readonly path: string };

export type Report = (at: OptionPath, verdict: Verdict) => void;

const secretBytesMax = 4096; // IoT Hub's secrets have 24
const pemBytesMax = 1024 * 1024; // all public roots together have 220 KB
const deviceInfoBytesMax = 64 * 1024; // the SDKs' own read at most a few KB

/** The secret alone in its file, spaces and line ends around it aside. */
export function readSecretFile(file: NamedFile, report: Report): string | undefined {
  const text = readPrivate(file, secretBytesMax, "a readable file with the device secret", report)?.trim();
  if (text === undefined) return undefined;
  return checkSecret(file.at, text, report);
}

/** Undefined, and reported, where the secret cannot be one. It is never shown. */
export function checkSecret(at: OptionPath, text: string, report: Report): string | undefined {
  const option = options.options.hub.options.deviceSecret;
  if (accepts(option, text)) return text;
  report(at, { expected: option.expected, found: `a text of ${text.length} characters` });
  return undefined;
}

export function readDeviceInfo(file: NamedFile, report: Report): DeviceInfo | undefined {
  const expected = "a readable device_info.json of Tencent's device SDKs";
  const text = readPrivate(file, deviceInfoBytesMax, expected, report);
  if (text === undefined) return undefined;
  const parsed = parseDeviceInfo(text);
  if (parsed.kind === "complete") return parsed.info;
  report(file.at, { expected, found: `one without ${parsed.missing.join(", ")}: ${file.path}` });
  return undefined;
}

/** PEM text with at least one certificate in it. */
export function readCertificate(file: NamedFile, report: Report): string | undefined {
  return readPem(file, report)?.pem;
}

/** A certificate, and the private key that belongs to its public one; both PEM text. */
export function readPair(
  certFile: NamedFile,
  keyFile: NamedFile,
  report: Report,
): { cert: string; key: string } | undefined {
  const cert = readPem(certFile, report);
  const expected = "the certificate's private key (PEM, without a passphrase)";
  const key = readPrivate(keyFile, pemBytesMax, expected, report);
  if (cert === undefined || key === undefined) return undefined;
  switch (isKeyOf(cert.first, key)) {
    case true:
      reportExpiry(certFile, cert.first, report);
      return { cert: cert.pem, key };
    case false:
      report(keyFile.at, { expected, found: `the key of another one: ${keyFile.path}` });
      return undefined;
    case undefined:
      report(keyFile.at, { expected, found: `no such key: ${keyFile.path}` });
      return undefined;
  }
}

/** So long before its end a device certificate is warned about: time to make another one, and to roll it out. */
const expiryWarningMs = 30 * 24 * 3600 * 1000;

/** A warning only: a box without a clock starts in 1970, or after the certificate's end, and is right a moment later. */
function reportExpiry({ at, path }: NamedFile, { validTo }: X509Certificate, report: Report): void {
  const leftMs = Date.parse(validTo) - Date.now();
  if (!(leftMs < expiryWarningMs)) return;
  const found = leftMs < 0 ? `one that ran out on ${validTo}` : `one that runs out on ${validTo}`;
  report(at, {
    severity: "warning",
    expected: "a device certificate that is valid for 30 days more",
    found: `${found}: ${path}`,
  });
}

function readPem({ at, path }: NamedFile, report: Report): { pem: string; first: X509Certificate } | undefined {
  const expected = "a readable certificate (PEM)";
  const file = readTextFile(path, pemBytesMax);
  if (file.kind === "unreadable") {
    report(at, { code: file.code, expected, found: file.found });
    return undefined;
  }
  const certificates = certificatesIn(file.text);
  const first = certificates?.[0];
  if (first !== undefined) return { pem: file.text, first };
  report(at, { expected, found: `${certificates === undefined ? "a damaged one" : "none"}: ${path}` });
  return undefined;
}

/** A secret in a file that any user may read is no secret; one that a group may read can be meant so. */
function readPrivate({ at, path }: NamedFile, bytesMax: number, expected: string, report: Report): string | undefined {
  const file = readTextFile(path, bytesMax);
  if (file.kind === "unreadable") {
    report(at, { code: file.code, expected, found: file.found });
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
  if (file.mode & 0o007) report(at, insecure);
  else if (file.mode & 0o070) report(at, { ...insecure, severity: "warning" });
  return file.text;
}

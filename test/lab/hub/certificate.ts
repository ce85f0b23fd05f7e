// X.509 certificates for tests, made on the spot: Node.js can read them but not write them, and openssl is not
// everywhere. The smallest DER that OpenSSL accepts.
import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";

/** A key with its certificate, both as PEM. */
export interface Certified {
  readonly key: string;
  readonly cert: string;
  readonly issuer: { readonly commonName: string; readonly privateKey: KeyObject };
}

/** A certificate for 127.0.0.1 and localhost, signed by `by` or, as a CA, by itself. */
export function certify(commonName: string, by?: Certified): Certified {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const issuer = by?.issuer ?? { commonName, privateKey };
  const day = 86_400_000;
  const toBeSigned = sequence(
    der(0xa0, integer(2)),
    integer(Date.now()),
    ecdsaWithSha256,
    name(issuer.commonName),
    sequence(utcTime(Date.now() - day), utcTime(Date.now() + day)),
    name(commonName),
    publicKey.export({ type: "spki", format: "der" }),
    der(0xa3, sequence(basicConstraints(by === undefined), subjectAltName)),
  );
  const signature = sign("sha256", toBeSigned, issuer.privateKey);
  const certificate = sequence(toBeSigned, ecdsaWithSha256, der(0x03, Buffer.of(0), signature));
  const base64 = certificate.toString("base64").replace(/.{64}/g, "$&\n");
  return {
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`,
    issuer: { commonName, privateKey },
  };
}

function der(tag: number, ...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const header = length < 0x80 ? [tag, length] : [tag, 0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from(header), content]);
}

const sequence = (...parts: Buffer[]) => der(0x30, ...parts);
const oid = (hex: string) => der(0x06, Buffer.from(hex, "hex"));
const octets = (content: Buffer) => der(0x04, content);
const ecdsaWithSha256 = sequence(oid("2a8648ce3d040302"));

function integer(value: number): Buffer {
  // A leading zero octet keeps it positive whatever its first bit.
  const hex = value.toString(16);
  return der(0x02, Buffer.from(hex.length % 2 === 0 ? `00${hex}` : `0${hex}`, "hex"));
}

function name(commonName: string): Buffer {
  return sequence(der(0x31, sequence(oid("550403"), der(0x0c, Buffer.from(commonName)))));
}

function utcTime(ms: number): Buffer {
  const digits = new Date(ms).toISOString().replace(/\D/g, "").slice(2, 14);
  return der(0x17, Buffer.from(`${digits}Z`));
}

function basicConstraints(ca: boolean): Buffer {
  return sequence(oid("551d13"), octets(sequence(...(ca ? [der(0x01, Buffer.of(0xff))] : []))));
}

const subjectAltName = sequence(
  oid("551d11"),
  octets(sequence(der(0x82, Buffer.from("localhost")), der(0x87, Buffer.of(127, 0, 0, 1)))),
);

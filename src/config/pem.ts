/** Reads PEM text. It is checked before a TLS handshake does so, which would blame the other side. */
import { createPrivateKey, X509Certificate } from "node:crypto";

/** The certificates of a PEM text, in order; undefined if one of them is damaged, empty if there is none. */
export function certificatesIn(pem: string): readonly X509Certificate[] | undefined {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  return attempt(() => blocks.map((block) => new X509Certificate(block)));
}

/** Whether `keyPem` is the private key of `certificate`; undefined if it is no key that can be read without a passphrase. */
export function isKeyOf(certificate: X509Certificate, keyPem: string): boolean | undefined {
  return attempt(() => certificate.checkPrivateKey(createPrivateKey(keyPem)));
}

/** Errors of OpenSSL have a code; anything else is a bug. */
function attempt<T>(parse: () => T): T | undefined {
  try {
    return parse();
  } catch (error) {
    if (error instanceof Error && "code" in error) return undefined;
    throw error;
  }
}

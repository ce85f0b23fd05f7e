import { X509Certificate } from "node:crypto";

/**
 * The SHA-256 fingerprint of each certificate in `pem`; empty where there is none. Node accepts any text as a CA, so
 * this is the only way to learn that a file holds no certificate at all.
 */
export function certificateFingerprints(pem: string): string[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  return blocks.flatMap((block) => {
    try {
      return [new X509Certificate(block).fingerprint256];
    } catch {
      return [];
    }
  });
}

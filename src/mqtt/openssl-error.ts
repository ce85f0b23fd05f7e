/**
 * What OpenSSL says in an error of Node's: `…:error:0A0003FC:SSL routines:ssl3_read_bytes:sslv3 alert bad record mac:…`. The same fault is
 * an `ERR_SSL_…` while Node reads and `EPROTO` while it writes, and the names in it change with OpenSSL's version. The number does not.
 */

export interface OpensslError {
  /** OpenSSL's words for it. */
  readonly reason: string;
  /** The alert that the peer sent (RFC 8446 §6), where it is one. */
  readonly alert: number | undefined;
}

/** Alerts have the reasons from here on. */
const alertReasonsFrom = 1000;

export function opensslErrorOf({ message }: Error): OpensslError | undefined {
  const [, code, reason] = /error:([0-9A-F]{8}):[^:]*:[^:]*:([^:]*)/.exec(message) ?? [];
  if (code === undefined || reason === undefined) return undefined;
  // The upper nine bits are the library.
  const alert = (Number.parseInt(code, 16) & 0x7f_ffff) - alertReasonsFrom;
  return { reason, alert: alert >= 0 && alert <= 255 ? alert : undefined };
}

import { createHash, timingSafeEqual } from "node:crypto";

/** A person cannot guess it, and a program that tries 1000 a second needs longer than the universe is old. */
export const tokenCharactersMin = 16;

/** Of an HTTP request, what says whether it may see the page. */
export interface Visitor {
  readonly host: string | undefined;
  readonly authorization: string | undefined;
  /** `Sec-Fetch-Site`, which browsers set and scripts cannot. */
  readonly fetchSite: string | undefined;
  /** `Sec-Fetch-Dest`, likewise. */
  readonly fetchDest: string | undefined;
}

/** `foreign_host`: a name that leads here may be another site's, whose scripts would read the page (DNS rebinding). */
export type Verdict = "allowed" | "no_token" | "foreign_host" | "foreign_site";

/** @param token without one, whoever reaches loopback may see it */
export function judgeVisitor(visitor: Visitor, token: string | undefined): Verdict {
  const { host, authorization, fetchSite, fetchDest } = visitor;
  const isForeign = fetchSite !== undefined && fetchSite !== "same-origin" && fetchSite !== "none";
  // Who follows a link on another site sees the page in a window of its own, which that site cannot read.
  if (isForeign && fetchDest !== "document") return "foreign_site";
  if (token !== undefined) return isToken(authorization, token) ? "allowed" : "no_token";
  return /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/i.test(host ?? "") ? "allowed" : "foreign_host";
}

/** As a browser sends it (`Basic`, the token as the password of any user), or a program (`Bearer`). */
function isToken(authorization: string | undefined, token: string): boolean {
  const [scheme, credentials] = /^(basic|bearer) +([^ ]{1,1024})$/i.exec(authorization ?? "")?.slice(1) ?? [];
  if (scheme === undefined || credentials === undefined) return false;
  if (scheme.toLowerCase() === "bearer") return isSame(credentials, token);
  const pair = Buffer.from(credentials, "base64").toString();
  const password = /^[^:]*:(.*)$/s.exec(pair)?.[1];
  return password !== undefined && isSame(password, token);
}

/** In a time that tells nothing of where they differ. */
function isSame(one: string, other: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}

/** Packages of this checkout, and signed repositories of them, for tests of apt. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const checkout = new URL("../../", import.meta.url).pathname;

/** This machine's, as Debian names it. */
export const architecture = execFileSync("dpkg", ["--print-architecture"], { encoding: "utf8" }).trim();

/** Builds a package for this machine from `dist`, and returns its file in `output`. */
export function buildPackage(output: string, version: string, maintainer: string): string {
  const what = ["--output", output, "--version", version, "--maintainer", maintainer, architecture];
  execFileSync(join(checkout, "deploy/package.sh"), what, { stdio: ["ignore", "ignore", "pipe"] });
  return join(output, `rrpc-gateway_${version}_${architecture}.deb`);
}

/** Makes a key in a keyring of its own, and exports it to `file`. */
export function makeKey(file: string, owner: string): void {
  const home = mkdtempSync(join(tmpdir(), "rrpc-gnupg-"));
  const gpg = (...args: readonly string[]) =>
    execFileSync("gpg", ["--homedir", home, "--batch", "--quiet", "--passphrase", "", ...args], { stdio: "pipe" });
  gpg("--quick-generate-key", owner, "ed25519", "sign", "never");
  writeFileSync(file, gpg("--armor", "--export-secret-keys"), { mode: 0o600 });
  execFileSync("gpgconf", ["--homedir", home, "--kill", "all"]);
}

/** Adds a package to the repository in `folder`, which boxes find at `url`. */
export function publish(packageFile: string, folder: string, url: string, key: string): void {
  execFileSync(join(checkout, "deploy/repository.sh"), ["--key", key, "--url", url, "--output", folder, packageFile], {
    stdio: ["ignore", "ignore", "inherit"],
  });
}

/** What of other people's work comes into the program, and what of it runs when. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

interface LockedPackage {
  readonly version?: string;
  readonly integrity?: string;
  readonly hasInstallScript?: boolean;
}

const root = join(import.meta.dirname, "../..");
const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as {
  readonly packages: Readonly<Record<string, LockedPackage>>;
};
const packages = Object.entries(lock.packages).filter(([path]) => path !== "");

test("every package is one version, known by its hash", () => {
  assert.ok(packages.length > 100);
  for (const [path, { version, integrity }] of packages) {
    assert.match(version ?? "", /^\d+\.\d+\.\d+/, path);
    assert.match(integrity ?? "", /^sha512-[0-9A-Za-z+/]{86}==$/, path);
  }
});

test("two packages run a script of theirs when they are installed, and a third would be a decision", () => {
  assert.deepEqual(
    packages.filter(([, { hasInstallScript = false }]) => hasInstallScript).map(([path]) => path),
    // The one looks for its prebuilt binding, the other for the bundler's program.
    ["node_modules/@serialport/bindings-cpp", "node_modules/esbuild"],
  );
});

test("what is installed on a machine is the bundle and the serial port's binding: no package, and no script of one", () => {
  // Beside them may be packages, images and an apt repository.
  const files = ["dist/bin", "dist/prebuilds"]
    .flatMap((folder) => readdirSync(join(root, folder), { recursive: true, withFileTypes: true }))
    .filter((one) => one.isFile());
  assert.ok(files.length > 5);
  for (const { name, parentPath } of files) {
    assert.match(join(parentPath, name), /\/dist\/(bin\/[a-z0-9-]+\.cjs|prebuilds\/linux-[a-z0-9]+\/[^/]+\.node)$/);
  }
  const layout = readFileSync(join(root, "deploy/layout.sh"), "utf8");
  assert.doesNotMatch(layout, /node_modules|npm/);
});

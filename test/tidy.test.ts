/** The rules that no compiler checks: who may import whom, what stays pure, and how large a file may be. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { fileRules } from "./tidy/file-rules.ts";
import { importRules } from "./tidy/import-rules.ts";
import type { Rule } from "./tidy/rule.ts";
import { importsOf, readProject, type SourceFile } from "./tidy/source.ts";

const project = readProject(join(import.meta.dirname, ".."));

function violations({ check }: Rule, files: readonly SourceFile[]): string[] {
  return files.flatMap((file) => check(file).map((what) => `${file.path}:${what}`));
}

for (const rule of [...importRules, ...fileRules]) {
  test(rule.says, () => {
    for (const file of rule.breaks)
      assert.notDeepEqual(violations(rule, [file]), [], `it would not notice ${file.text}`);
    for (const file of rule.keeps) assert.deepEqual(violations(rule, [file]), []);
    assert.deepEqual(violations(rule, project), [], rule.because);
  });
}

test("the rules see the whole project, and every import of it", () => {
  const paths = new Set(project.map(({ path }) => path));
  for (const path of ["README.md", ".ci/run", "src/main.ts", "src/core/correlator.ts", "deploy/firmware/rrpc.c"]) {
    assert.ok(paths.has(path), path);
  }
  const text = [
    'import a from "a";',
    'import "b";',
    'import type { C } from "c";',
    'import { type D, e } from "d";',
    'import { type F, type G } from "f";',
    "export {",
    "  h,",
    '} from "h";',
    'export * from "i";',
    'const j = await import("j");',
    '// import k from "k";',
    '/* import l from "l"; */',
  ].join("\n");
  assert.deepEqual(
    importsOf({ path: "a.ts", text }).map(({ specifier, isTypeOnly, line }) => [specifier, isTypeOnly, line]),
    [
      ["a", false, 1],
      ["b", false, 2],
      ["c", true, 3],
      ["d", false, 4],
      ["f", true, 5],
      ["h", false, 6],
      ["i", false, 9],
      ["j", false, 10],
    ],
  );
});

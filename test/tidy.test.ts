/** The rules that no compiler checks: who may import whom, what stays pure, and how large a file may be. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { circlesOf, fileGraph, folderGraph } from "./tidy/circles.ts";
import { fileRules } from "./tidy/file-rules.ts";
import { retiredWords, usesOf } from "./tidy/glossary.ts";
import { importRules, mayImport } from "./tidy/import-rules.ts";
import { file, type Rule } from "./tidy/rule.ts";
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
  for (const path of ["README.md", ".ci/run", "src/main.ts", "src/core/correlator.ts", "deploy/firmware/src/rrpc.c"]) {
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

test("no files of a folder import one another in a circle, nor do the folders, types included", (t) => {
  const made = [
    file("src/core/a.ts", 'import { b } from "./b.ts";'),
    file("src/core/b.ts", 'import type { C } from "./c.ts";', 'import { d } from "../protocol/d.ts";'),
    file("src/core/c.ts", 'export { a } from "./a.ts";', 'import { e } from "./e.ts";'),
    file("src/core/e.ts", ""),
    file("src/protocol/d.ts", 'import type { E } from "../core/e.ts";'),
  ];
  assert.deepEqual(circlesOf(fileGraph(made, "src/core/")), ["src/core/a.ts ↔ src/core/b.ts ↔ src/core/c.ts"]);
  assert.deepEqual(circlesOf(folderGraph(made)), ["core ↔ protocol"]);
  assert.deepEqual(circlesOf(folderGraph(made.slice(0, 4))), []);

  const folders = folderGraph(project);
  const importCount = [...folders.values()].reduce((sum, { size }) => sum + size, 0);
  t.diagnostic(`src has ${folders.size} folders with ${importCount} imports between them`);
  const circles = [...folders.keys()].flatMap((folder) => circlesOf(fileGraph(project, `src/${folder}/`)));
  assert.deepEqual([...circlesOf(folders), ...circles], [], "what is in a circle cannot be read alone");
});

test("the table of who may import whom has nothing that nobody imports", () => {
  const folders = folderGraph(project);
  const unused = Object.entries(mayImport).flatMap(([folder, others]) =>
    others.filter((other) => !folders.get(folder)?.has(other)).map((other) => `${folder} imports ${other}`),
  );
  assert.deepEqual(unused, [], "what is allowed and not needed is the next shortcut");
});

test("src has one word for one thing: none of those that the glossary has another one for", () => {
  const page = project.find(({ path }) => path === "docs/glossary.md")?.text ?? "";
  const words = retiredWords(page);
  assert.ok(words.length >= 20, "the glossary has lost its last column");
  assert.deepEqual(
    retiredWords("| a | b | not |\n|---|---|---|\n| supervisor | What opens it. | `keeper`, warden, `stand-still` |"),
    [
      { term: "supervisor", not: "keeper" },
      { term: "supervisor", not: "stand-still" },
    ],
  );
  const usesIn = (not: string, text: string, path = "src/a.ts") => usesOf({ term: "b", not }, { path, text }).length;
  for (const text of ["linkKeeper", "LINK_KEEPER", "link-keeper", "new Keeper()", '"keepers"', "// A keeper."])
    assert.equal(usesIn("keeper", text), 1, text);
  assert.equal(usesIn("keeper", "", "src/link-keeper.ts"), 1);
  for (const text of ["housekeeper", "keep", "bookkeeping"]) assert.equal(usesIn("keeper", text), 0, text);
  for (const text of ["standStill", "STAND_STILL", "a stand still", "stand-stills"])
    assert.equal(usesIn("stand-still", text), 1, text);

  const sources = project.filter(({ path }) => path.startsWith("src/"));
  const uses = words.flatMap((word) => sources.flatMap((source) => usesOf(word, source)));
  assert.deepEqual(uses, []);
});

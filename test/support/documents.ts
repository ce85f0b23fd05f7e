/**
 * Documents as the tests see them. A part of a page is marked by comments. `<!-- generated: NAME … -->` is written by
 * UPDATE_DOCS=1; `<!-- checked: NAME … -->` is written by hand and compared with the code. Both end at `<!-- /NAME -->`.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";

export const root = join(import.meta.dirname, "../..");

export function read(file: string): string {
  return readFileSync(join(root, file), "utf8");
}

/** Every page of the documentation, by its path from the root. */
export function pages(): readonly string[] {
  const docs = readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" });
  return ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", ...docs.filter(isPage).map((name) => `docs/${name}`)].sort();
}

const isPage = (name: string) => name.endsWith(".md");

/** What stands in `file` between the markers of `name`. */
export function partOf(file: string, name: string): string {
  const [, part] = markers("(?:generated|checked)", name).exec(read(file)) ?? [];
  assert.ok(part !== undefined, `${file} has the markers of ${name}`);
  return part;
}

/** The cells of the table in a part, row by row, without its head and without backticks around a whole cell. */
export function rowsOf(file: string, name: string): readonly (readonly string[])[] {
  const [, , ...rows] = partOf(file, name).split("\n");
  return rows.map((row) => row.split("|").slice(1, -1).map(plain));
}

const plain = (cell: string) => cell.trim().replace(/^`(.*)`$/, "$1");

/** Holds a generated file equal to `content`; UPDATE_DOCS=1 writes it. */
export function holdFile(file: string, content: string): void {
  if (process.env["UPDATE_DOCS"] === "1" && read(file) !== content) writeFileSync(join(root, file), content);
  const lines = content.split("\n");
  const differing = read(file)
    .split("\n")
    .findIndex((line, index) => line !== lines[index]);
  // Not the whole of both files: somebody has to read it.
  assert.ok(
    read(file) === content,
    `${file} is out of date, from line ${differing + 1} on. Write it again: UPDATE_DOCS=1 ${thisTest()}`,
  );
}

/** The command that plays the test file that is running, and no other. */
export function thisTest(): string {
  return `node --import tsx --test ${relative(root, process.argv[1] ?? "")}`;
}

/** Holds the generated part `name` of `file` equal to `content`; UPDATE_DOCS=1 writes it. */
export function holdPart(file: string, name: string, content: string): void {
  const page = read(file);
  const marked = markers("generated", name);
  assert.match(page, marked, `${file} has the markers of ${name}`);
  holdFile(
    file,
    page.replace(marked, (all, part: string) => all.replace(part, () => content)),
  );
}

function markers(kind: string, name: string): RegExp {
  return new RegExp(`<!-- ${kind}: ${name}; .* -->\\n([\\s\\S]*?)\\n<!-- /${name} -->`);
}

/** The headings of a page as the anchors that GitHub makes of them; text between fences has none. */
export function anchorsOf(page: string): readonly string[] {
  return [...withoutFences(page).matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, "")
      .replaceAll(" ", "-"),
  );
}

/** The links of a page to other pages, files and headings of this project. */
export function linksOf(page: string): readonly { readonly path: string; readonly anchor: string | undefined }[] {
  const links = withoutFences(page).matchAll(/\]\((?![a-z]+:)([^)#\s]*)(?:#([^)]*))?\)/g);
  return [...links].map(([, path = "", anchor]) => ({ path, anchor }));
}

function withoutFences(page: string): string {
  return page.replaceAll(/^ *```[\s\S]*?^ *```$/gm, "");
}

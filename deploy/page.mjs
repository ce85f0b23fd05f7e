// The page that `rrpc-gateway page` serves: one HTML text, with its style and script inline.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { build, transform } from "esbuild";

/** Browsers since the spring of 2023. */
const target = ["chrome111", "firefox113", "safari16.4"];

/** @param {string} root the project's folder */
export async function buildPage(root) {
  const folder = join(root, "src/page/browser");
  const { outputFiles } = await build({
    entryPoints: [join(folder, "main.ts")],
    bundle: true,
    write: false,
    format: "iife",
    minify: true,
    target,
    logLevel: "warning",
  });
  const css = await transform(readFileSync(join(folder, "style.css"), "utf8"), { loader: "css", minify: true, target });
  const [script] = outputFiles;
  return readFileSync(join(folder, "page.html"), "utf8")
    .replace("<style></style>", () => `<style>${css.code.trim()}</style>`)
    .replace("<script></script>", () => `<script>${script.text.trim()}</script>`);
}

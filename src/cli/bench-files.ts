// The files that the bench writes: what they are called, and whether they can be written.
import { accessSync, constants, existsSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, extname, join } from "node:path";
import { resultPage } from "../lab/bench/report/page.ts";
import { type BenchResult, resultJson } from "../lab/bench/report/result.ts";
import type { BenchRequest, BenchSpecimen } from "./bench-options.ts";

/** Where the reports of one board go. */
export interface ReportFiles {
  readonly report?: string;
  readonly json?: string;
}

const extensions = { report: ".html", json: ".json" } as const;

/**
 * The files of each board that is tested. Where no file or a folder is named, they are called by board, serial number (or
 * else port) and `startedAt`. A file that is named for several boards gets each one's serial number, or else its port,
 * before its extension.
 */
export function filesOf({ files, specimens }: BenchRequest, specimen: BenchSpecimen, startedAt: Date): ReportFiles {
  const nameOf = (kind: keyof typeof extensions): string | undefined => {
    const wanted = files[kind];
    if (wanted === undefined) return undefined;
    if (wanted === true) return defaultName(specimen, startedAt) + extensions[kind];
    if (isFolder(wanted)) return join(wanted, defaultName(specimen, startedAt) + extensions[kind]);
    return specimens.length > 1 ? withName(wanted, specimen) : wanted;
  };
  const [report, json] = [nameOf("report"), nameOf("json")];
  return { ...(report !== undefined && { report }), ...(json !== undefined && { json }) };
}

/** Such as `bench-pump-0042-2026-11-29T0901`. */
function defaultName(specimen: BenchSpecimen, startedAt: Date): string {
  const { board } = specimen;
  const time = startedAt.toISOString().slice(0, 16).replaceAll(":", "");
  return ["bench", ...(board === undefined ? [] : [plainName(board)]), ownName(specimen), time].join("-");
}

function withName(file: string, specimen: BenchSpecimen): string {
  const extension = extname(file);
  return `${file.slice(0, file.length - extension.length)}-${ownName(specimen)}${extension}`;
}

/** What tells one of several boards from the others. */
function ownName({ path, serialNumber }: BenchSpecimen): string {
  return plainName(serialNumber ?? basename(path ?? "virtual"));
}

/** Without what a file's name cannot have, or a shell would read. */
function plainName(text: string): string {
  return text.replace(/[^0-9A-Za-z._-]/g, "_");
}

function isFolder(path: string): boolean {
  return path.endsWith("/") || (existsSync(path) && statSync(path).isDirectory());
}

/** Why these files cannot be written, in words, before anything is run: an hour's results are not lost to a wrong path. */
export function writeProblems(all: readonly ReportFiles[]): string[] {
  const paths = all.flatMap(({ report, json }) => [report, json]).filter((path) => path !== undefined);
  const twice = paths.filter((path, at) => paths.indexOf(path) !== at);
  return [
    ...twice.map((path) => `${path} would be the report of two boards: give each its --serial-number`),
    ...paths.flatMap((path) =>
      problemOf(() => accessSync(existsSync(path) ? path : dirname(path), constants.W_OK)).map(
        (why) => `${path}: ${why}`,
      ),
    ),
  ];
}

/** Writes what was asked for; what the system says against it, in words. */
export function writeReports({ report, json }: ReportFiles, result: BenchResult): string[] {
  return [
    ...(report === undefined ? [] : problemOf(() => writeFileSync(report, resultPage(result)))),
    ...(json === undefined ? [] : problemOf(() => writeFileSync(json, resultJson(result)))),
  ];
}

function problemOf(act: () => void): string[] {
  try {
    act();
    return [];
  } catch (error) {
    return [(error as Error).message];
  }
}

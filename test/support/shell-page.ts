/** A Markdown page as commands to run, section by section: what a reader types, and what the page says is printed. */

export interface Block {
  /** The heading that it stands under. */
  readonly section: string;
  readonly command: string;
  /** What is printed, by the page; `…` stands for anything, and a line of it alone for any lines. */
  readonly printed: string | undefined;
}

/** The blocks marked `sh`, each with the block marked `text` that follows it; those marked otherwise run elsewhere. */
export function shellBlocks(page: string): readonly Block[] {
  return page.split(/^## /m).flatMap((part) => {
    const section = part.slice(0, part.indexOf("\n"));
    const blocks = part.matchAll(/^```sh\n(?<command>.*?)^```\n(?:\n```text\n(?<printed>.*?)^```$)?/gms);
    return [...blocks].map(({ groups }) => ({
      section,
      command: groups?.["command"] ?? "",
      printed: groups?.["printed"],
    }));
  });
}

/** Whether `said` is what the page says, but for spaces at the ends of lines. */
export function isPrinted(printed: string, said: string): boolean {
  const lines = printed.trimEnd().split("\n");
  const pattern = lines.map((line) => (line === "…" ? "(?:.*\n)*" : `${escaped(line)} *\n`)).join("");
  return new RegExp(`^${pattern}$`).test(`${said.trimEnd()}\n`);
}

function escaped(line: string): string {
  return line
    .split("…")
    .map((text) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"))
    .join(".*");
}

import { importsOf, partOf, type SourceFile, targetOf } from "./source.ts";

/** Who imports whom, types included. */
export type Graph = ReadonlyMap<string, ReadonlySet<string>>;

/** The files of src whose path begins so, and what each imports of the others. */
export function fileGraph(project: readonly SourceFile[], prefix: string): Graph {
  return graphOf(project, (path) => (path.startsWith(prefix) && path.endsWith(".ts") ? path : undefined));
}

/** The folders of src. */
export function folderGraph(project: readonly SourceFile[]): Graph {
  return graphOf(project, (path) => (/^src\/[^/]+\/.*\.ts$/.test(path) ? partOf(path) : undefined));
}

function graphOf(project: readonly SourceFile[], nodeOf: (path: string) => string | undefined): Graph {
  const graph = new Map<string, Set<string>>();
  for (const source of project) {
    const from = nodeOf(source.path);
    if (from === undefined) continue;
    const targets = graph.get(from) ?? new Set();
    graph.set(from, targets);
    for (const one of importsOf(source)) {
      const to = nodeOf(targetOf(source, one) ?? "");
      if (to !== undefined && to !== from) targets.add(to);
    }
  }
  return graph;
}

/** Each set of nodes that reach one another, as `a ↔ b`, in alphabetical order. */
export function circlesOf(graph: Graph): string[] {
  const reached = new Map([...graph.keys()].map((node) => [node, reachable(graph, node)]));
  const circles = [...graph.keys()].map((node) =>
    [...graph.keys()].filter((other) => reached.get(node)?.has(other) && reached.get(other)?.has(node)).sort(),
  );
  return [...new Set(circles.filter(({ length }) => length > 0).map((circle) => circle.join(" ↔ ")))].sort();
}

/** All that is imported by a node, and by what that imports. */
function reachable(graph: Graph, from: string): ReadonlySet<string> {
  const seen = new Set<string>();
  const waiting = [from];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    for (const next of graph.get(node) ?? []) {
      if (seen.has(next)) continue;
      seen.add(next);
      waiting.push(next);
    }
  }
  return seen;
}

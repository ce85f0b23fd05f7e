import { Coverage } from "../core/coverage.ts";
import { type Kind, usualKinds } from "../core/kinds.ts";
import { tellShrunkWorld } from "../core/shrinker.ts";
import { BoardsWorld } from "./boards-world.ts";
import { type CreateGateway, createGateway } from "./shared-gateway.ts";

/** A world of several boards that breaks a promise, told with as few entries of its schedule as still break one. */
export function tellShrunkBoards(
  seed: number,
  kinds: ReadonlySet<Kind> = usualKinds,
  create: CreateGateway = createGateway,
): string {
  return tellShrunkWorld(seed, (without, tell) => {
    const given = { coverage: new Coverage(), kinds, without, createGateway: create };
    const world = new BoardsWorld(seed, { ...given, ...(tell && { tell }) });
    world.run();
    return world;
  });
}

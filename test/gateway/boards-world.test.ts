/** Worlds of several boards around one gateway, and what they notice where boards meet. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Instant } from "../../src/core/instant.ts";
import type { HubEvent, LinkEvent } from "../../src/gateway/boundary.ts";
import { Coverage } from "../core/coverage.ts";
import { tellShrunkBoards } from "./boards-shrinker.ts";
import { BoardsWorld } from "./boards-world.ts";
import { type CreateGateway, createGateway, type GatewayLike } from "./shared-gateway.ts";

const worldCount = 120;

test(`in ${worldCount} random worlds of several boards nothing crosses from one to another, and none costs its neighbours anything`, () => {
  const coverage = new Coverage();
  for (let seed = 1; seed <= worldCount; seed++) {
    const world = new BoardsWorld(seed, { coverage });
    world.run();
    if (world.violations.length > 0) assert.fail(tellShrunkBoards(seed));
  }
  for (const kind of [
    "session_lost",
    "suspended",
    "starved",
    "asleep",
    "killed",
    "volley",
    "board_down",
    "guest",
    "drain",
  ])
    assert.ok(coverage.count(`shared ${kind}`) > 0, `no world has shown ${kind}`);
});

const neighbourOf = (board: string) => (board === "board0" ? "board1" : "board0");

type Parts = Parameters<CreateGateway>[1];

interface Broken {
  readonly how: string;
  readonly create: CreateGateway;
  readonly notices: RegExp;
}

function withParts(change: (parts: Parts) => Parts): CreateGateway {
  return (options, parts) => createGateway(options, change(parts));
}

/** The same gateway with another way in. */
function withEvents(change: (gateway: GatewayLike) => Partial<GatewayLike>): CreateGateway {
  return (options, parts) => {
    const gateway = createGateway(options, parts);
    const same: GatewayLike = {
      hubEvent: (event) => gateway.hubEvent(event),
      linkEvent: (board, event) => gateway.linkEvent(board, event),
      configure: (board, options) => gateway.configure(board, options),
      drain: () => gateway.drain(),
      board: (name) => gateway.board(name),
      addBoard: (name, options) => gateway.addBoard(name, options),
      removeBoard: (name) => gateway.removeBoard(name),
    };
    return { ...same, ...change(same) };
  };
}

/** Every so many times. */
function everyNth(n: number): () => boolean {
  let count = 0;
  return () => ++count % n === 0;
}

const broken: readonly Broken[] = [
  {
    how: "publishes a response under the name of a neighbour, now and then",
    create: withParts((parts) => {
      const isTime = everyNth(20);
      const publish: Parts["hub"]["publish"] = (board, ...rest) =>
        parts.hub.publish(isTime() ? neighbourOf(board) : board, ...rest);
      return { ...parts, hub: { ...parts.hub, publish } };
    }),
    notices: /which nobody asked|before the response to|no response to/,
  },
  {
    how: "publishes only errors under the name of a neighbour",
    create: withParts((parts) => {
      const isTime = everyNth(5);
      const publish: Parts["hub"]["publish"] = (board, processId, payload, now) =>
        parts.hub.publish(
          payload.includes('{"error"') && isTime() ? neighbourOf(board) : board,
          processId,
          payload,
          now,
        );
      return { ...parts, hub: { ...parts.hub, publish } };
    }),
    notices: /which nobody asked|no response to/,
  },
  {
    how: "publishes an event under the name of a neighbour",
    create: withParts((parts) => ({
      ...parts,
      hub: {
        ...parts.hub,
        publishEvent: (board, payload, now) => parts.hub.publishEvent(neighbourOf(board), payload, now),
      },
    })),
    notices: /with neighbours .*publish_event/,
  },
  {
    how: "has one table of what is in flight for two boards: a reply is taken by whoever has its id",
    create: withEvents((gateway) => ({
      linkEvent(board: string, event: LinkEvent) {
        if (event.kind === "line" && event.bytes[0] === 0x3c) gateway.linkEvent(neighbourOf(board), event);
        gateway.linkEvent(board, event);
      },
    })),
    notices: /which nobody asked|is not what the MCU has said|with neighbours/,
  },
  {
    how: "takes a refusal also for that of a neighbour's command with the same id",
    create: withEvents((gateway) => ({
      linkEvent(board: string, event: LinkEvent) {
        if (event.kind === "line" && event.bytes[0] === 0x21) gateway.linkEvent(neighbourOf(board), event);
        gateway.linkEvent(board, event);
      },
    })),
    notices: /which nobody asked|is not what the MCU has said|with neighbours/,
  },
  {
    how: "takes a late reply, and only such a one, for that of a neighbour's command with the same id",
    create: (options, parts) => {
      /** Requests that ended in an error: a reply to one of them is late. */
      const given = new Set<string>();
      const publish: Parts["hub"]["publish"] = (board, processId, payload, now) => {
        if (payload.includes('{"error"')) given.add(`${board} ${processId}`);
        return parts.hub.publish(board, processId, payload, now);
      };
      return withEvents((gateway) => ({
        linkEvent(board: string, event: LinkEvent) {
          const [, processId] = /^<([^ *]+)/.exec(event.kind === "line" ? event.bytes.toString("latin1") : "") ?? [];
          if (given.has(`${board} ${processId}`)) gateway.linkEvent(neighbourOf(board), event);
          gateway.linkEvent(board, event);
        },
      }))(options, { ...parts, hub: { ...parts.hub, publish } });
    },
    notices: /which nobody asked|is not what the MCU has said|with neighbours/,
  },
  {
    how: "writes a command to the port of a neighbour",
    create: withParts((parts) => {
      const isTime = everyNth(50);
      const write: Parts["link"]["write"] = (board, bytes, how) =>
        parts.link.write(isTime() ? neighbourOf(board) : board, bytes, how);
      return { ...parts, link: { ...parts.link, write } };
    }),
    notices:
      /stale command|written to a port that is closed|while another is under way|executed what nobody|too long|no response|cancels|in flight/,
  },
  {
    how: "opens the port of a neighbour anew",
    create: withParts((parts) => ({
      ...parts,
      link: { ...parts.link, reopen: (board, rung) => parts.link.reopen(neighbourOf(board), rung) },
    })),
    notices: /does not serve|with neighbours/,
  },
  {
    how: "has an alarm that forgets all boards but the first",
    create: (options, parts) => {
      const setAlarm: Parts["clock"]["setAlarm"] = (_, ring) => {
        let first: Instant | undefined;
        try {
          first = gateway.board("board0").wakeAt;
        } catch {
          first = undefined;
        }
        parts.clock.setAlarm(first, ring);
      };
      const gateway: GatewayLike = createGateway(options, { ...parts, clock: { ...parts.clock, setAlarm } });
      return gateway;
    },
    notices: /no response to/,
  },
  {
    how: "rings for the first board that is due, and lets the next one wait for it to be due again",
    create: (options, parts) => {
      const setAlarm: Parts["clock"]["setAlarm"] = (at, ring) =>
        parts.clock.setAlarm(at === undefined ? undefined : at + 400, ring);
      return createGateway(options, { ...parts, clock: { ...parts.clock, setAlarm } });
    },
    notices: /no response to|with neighbours|nobody asked or whose time is over/,
  },
  {
    how: "tells only one board that the session is lost",
    create: withEvents((gateway) => ({
      hubEvent(event: HubEvent) {
        if (event.kind === "down")
          gateway.hubEvent({ kind: "board_down", board: "board0", reason: { kind: "unbound" } });
        else gateway.hubEvent(event);
      },
    })),
    notices: /stale command|which nobody asked|than were accounted for/,
  },
  {
    how: "ends the requests of all boards when the hub takes one off the session",
    create: withEvents((gateway) => ({
      hubEvent: (event: HubEvent) => gateway.hubEvent(event.kind === "board_down" ? { kind: "down" } : event),
    })),
    notices: /no response to|with neighbours/,
  },
  {
    how: "forgets a neighbour's drain",
    create: withEvents((gateway) => ({
      async drain() {
        await gateway.board("board0").drain();
      },
    })),
    notices: /no fast refusal|not said to be drained|never said/,
  },
  {
    how: "gives a neighbour the options of another board's reload",
    create: withEvents((gateway) => ({
      configure(board, options) {
        gateway.configure(board, options);
        gateway.configure(neighbourOf(board), options);
      },
    })),
    notices: /^board/,
  },
  {
    how: "reports what happens to one board as a neighbour's",
    create: withParts((parts) => ({
      ...parts,
      observe: (observation, at) =>
        parts.observe(
          observation.kind === "report" && observation.board !== undefined
            ? { ...observation, board: neighbourOf(observation.board) }
            : observation,
          at,
        ),
    })),
    notices: /^board/,
  },
  {
    how: "lets a board whose cable is out hold up its neighbours' requests",
    create: withEvents((gateway) => {
      const down = new Set<string>();
      return {
        linkEvent(board: string, event: LinkEvent) {
          if (event.kind === "down") down.add(board);
          if (event.kind === "up") down.delete(board);
          gateway.linkEvent(board, event);
        },
        hubEvent(event: HubEvent) {
          if (event.kind !== "request" || down.size === 0 || down.has(event.board)) gateway.hubEvent(event);
        },
      };
    }),
    notices: /no response to/,
  },
  {
    how: "lets what one board babbles count against its neighbour",
    create: withEvents((gateway) => ({
      linkEvent(board: string, event: LinkEvent) {
        gateway.linkEvent(board, event);
        if (event.kind === "overlong") gateway.linkEvent(neighbourOf(board), event);
      },
    })),
    notices: /with neighbours/,
  },
  {
    how: "knows a processID that a neighbour was asked under",
    create: withEvents((gateway) => {
      const asked = new Set<string>();
      return {
        hubEvent(event: HubEvent) {
          if (event.kind === "request" && event.board !== "board0") {
            if (asked.has(event.processId)) return;
          } else if (event.kind === "request") asked.add(event.processId);
          gateway.hubEvent(event);
        },
      };
    }),
    notices: /no response to/,
  },
  {
    how: "removes a board together with what its neighbours wait for",
    create: withEvents((gateway) => ({
      removeBoard(name: string) {
        gateway.removeBoard(name);
        gateway.hubEvent({ kind: "down" });
      },
    })),
    notices: /no response to|with neighbours|nobody asked/,
  },
];

for (const { how, create, notices } of broken) {
  test(`a gateway is noticed that ${how}`, () => {
    const found: string[] = [];
    for (let seed = 1; seed <= 40 && !found.some((what) => notices.test(what)); seed++) {
      const world = new BoardsWorld(seed, { coverage: new Coverage(), createGateway: create });
      world.run();
      // Alone a board has no neighbour to meet: that is no finding.
      found.push(...world.violations.filter((what) => !what.startsWith("alone")));
    }
    assert.ok(
      found.some((what) => notices.test(what)),
      `${found.length} violations, among them ${found[0]}`,
    );
  });
}

import type { FaultRow } from "../row.ts";
import { breakSession, failedSessions, whileAltered } from "./sessions.ts";

const group = "broker";

export const brokerRows: readonly FaultRow[] = [
  {
    group,
    name: "killed and started again",
    async strike({ broker, lasts }) {
      await broker.kill();
      await lasts(40);
      await broker.start();
    },
  },
  {
    group,
    name: "killed and started again five times in a row",
    strikes: 2,
    async strike({ broker, lasts }) {
      for (let kills = 0; kills < 5; kills += 1) {
        await broker.kill();
        await broker.start();
        await lasts(20);
      }
    },
  },
  {
    group,
    name: "stopped (SIGSTOP) for 3 s",
    async strike({ broker, lasts }) {
      broker.signal("SIGSTOP");
      await lasts(60);
      broker.signal("SIGCONT");
    },
  },
  {
    group,
    name: "stopped (SIGSTOP) until the gateway gives the session up",
    note: "What had been asked meanwhile came all at once when the broker went on.",
    strikes: 2,
    async strike({ broker, tap, until }) {
      const endCount = () => tap.traffic.filter(({ kind }) => kind === "closed").length;
      const before = endCount();
      broker.signal("SIGSTOP");
      await until("the end of the session", () => endCount() > before, 60_000);
      broker.signal("SIGCONT");
    },
  },
  {
    group,
    name: "takes the connection and says nothing",
    note: "With a `connectTimeoutMs` of 2 s.",
    testbed: { config: { hub: { connectTimeoutMs: 2000 } } },
    strikes: 2,
    async strike(testbed) {
      await whileAltered(
        testbed,
        (packet, bytes) => (packet.cmd === "connect" ? undefined : bytes),
        async () => {
          await breakSession(testbed);
          await failedSessions(testbed, 1);
        },
      );
    },
  },
];

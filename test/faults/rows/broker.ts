import type { FaultRow } from "../row.ts";

export const brokerRows: readonly FaultRow[] = [
  {
    group: "broker",
    name: "killed and started again",
    async strike({ broker, lasts }) {
      await broker.kill();
      await lasts(40);
      await broker.start();
    },
  },
  {
    group: "broker",
    name: "stopped (SIGSTOP) for 3 s",
    async strike({ broker, lasts }) {
      broker.signal("SIGSTOP");
      await lasts(60);
      broker.signal("SIGCONT");
    },
  },
];

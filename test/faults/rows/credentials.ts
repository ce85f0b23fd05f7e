import { readFileSync } from "node:fs";
import type { TlsOptions } from "node:tls";
import { fileURLToPath } from "node:url";
import { connect } from "mqtt";
import { device } from "../device.ts";
import type { FaultRow } from "../row.ts";
import type { Testbed } from "../testbed.ts";
import { breakSession, failedSessions, stableSession, whileAltered } from "./sessions.ts";

const group = "certificates and credentials";

const tlsFile = (name: string) => fileURLToPath(new URL(`../../support/tls/${name}`, import.meta.url));

function tlsOf(name: string): TlsOptions {
  return { cert: readFileSync(tlsFile(`${name}.pem`)), key: readFileSync(tlsFile(`${name}.key`)) };
}

/** Whoever answers at the hub's address has this certificate for a time. No packet may go there. */
function certificateRow(name: string, certificate: string): FaultRow {
  return {
    group,
    name,
    testbed: { tls: tlsOf("server"), config: { hub: { caFile: tlsFile("ca.pem") } } },
    strikes: 2,
    async strike(testbed) {
      const { tap } = testbed;
      await stableSession(testbed);
      await tap.cut();
      await tap.restore(tlsOf(certificate));
      let packetCount = 0;
      await whileAltered(
        testbed,
        (_packet, bytes, direction) => {
          if (direction === "down") return bytes;
          packetCount += 1;
          return undefined;
        },
        () => failedSessions(testbed, 1),
      );
      if (packetCount > 0) throw new Error(`${packetCount} packets went to whoever had the wrong certificate`);
      await tap.cut();
      await tap.restore();
    },
  };
}

/** A new start is what makes mosquitto end the sessions that it would not take any more. */
async function restartWith({ broker, configureBroker }: Testbed, allowAnonymous: boolean): Promise<void> {
  configureBroker([`allow_anonymous ${allowAnonymous}`]);
  await broker.kill();
  await broker.start();
}

const connackCodes = [3, 4, 5] as const;

export const credentialRows: readonly FaultRow[] = [
  certificateRow("hub's certificate expired", "expired"),
  certificateRow("hub's certificate not valid yet", "future"),
  certificateRow("hub's certificate for another host", "wrong-host"),
  certificateRow("hub's certificate from another CA", "impostor"),
  {
    group,
    name: "credentials refused for a time",
    strikes: 2,
    async strike(testbed) {
      await stableSession(testbed);
      await restartWith(testbed, false);
      await failedSessions(testbed, 1);
      await restartWith(testbed, true);
    },
  },
  {
    group,
    name: `CONNACK ${connackCodes.join(", ")}`,
    strikes: connackCodes.length,
    async strike(testbed, round) {
      await stableSession(testbed);
      const refusal = Buffer.from([0x20, 2, 0, connackCodes[round] ?? 0]);
      await whileAltered(
        testbed,
        (packet, bytes) => (packet.cmd === "connack" ? refusal : bytes),
        async () => {
          await breakSession(testbed);
          await failedSessions(testbed, 1);
        },
      );
    },
  },
  {
    group,
    name: "same identity twice, each kicking the other",
    strikes: 2,
    async strike(testbed) {
      await stableSession(testbed);
      const { brokerPort, tap, until } = testbed;
      const endCount = () => tap.traffic.filter(({ kind }) => kind === "closed").length;
      const before = endCount();
      const rival = connect(`mqtt://127.0.0.1:${brokerPort}`, {
        clientId: device.productId + device.deviceName,
        reconnectPeriod: 1000,
      });
      let rivalEnds = 0;
      rival.on("error", () => {});
      rival.on("close", () => {
        rivalEnds += 1;
      });
      const isEnough = () => endCount() >= before + 3 && rivalEnds >= 2;
      try {
        await until("three kicks of each", isEnough, 60_000);
      } finally {
        await rival.endAsync(true);
      }
    },
  },
];

/** Which packets a broker may send to this client, because mqtt.js does not ask: it acts on all of them. */

import type { Packet } from "./client.ts";

/** What this client has sent that lets a broker send more than it may otherwise. */
export interface Asked {
  readonly hasSubscribed: boolean;
  readonly hasUnsubscribed: boolean;
}

/**
 * What is wrong with `packet`; undefined where nothing is. With a clean session no message comes before SUBSCRIBE. Nothing
 * was ever subscribed or published above QoS 1, so the packets of QoS 2 have no place: mqtt.js would store such messages
 * until a PUBREL comes.
 */
export function offenceOf(packet: Packet, asked: Asked): string | undefined {
  switch (packet.cmd) {
    case "connack":
    case "puback":
    case "suback":
    case "pingresp":
      return undefined;
    case "publish":
      if (!asked.hasSubscribed) return "PUBLISH before SUBSCRIBE";
      if (packet.qos === 2) return "PUBLISH at QoS 2, which was never subscribed";
      // The parser's word for a packet that ends before its identifier is -1, and mqtt.js throws when it acknowledges that.
      if (packet.qos === 1 && !(packet.messageId !== undefined && packet.messageId > 0)) return "PUBLISH without an id";
      return undefined;
    case "unsuback":
      return asked.hasUnsubscribed ? undefined : "UNSUBACK to no UNSUBSCRIBE";
    default:
      return `${packet.cmd.toUpperCase()}, which a broker does not send at QoS 0 and 1`;
  }
}

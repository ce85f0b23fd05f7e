/** Where IoT Hub is. Pure: names and numbers, no socket. */

import { type Endpoint, isWebSocket, type Transport } from "../mqtt/endpoint.ts";
import type { Region } from "./regions.ts";

/** What a user may say; `host` and `port` of one's own win over what region and transport imply. */
export interface EndpointChoice {
  readonly productId: string;
  readonly region: Region;
  readonly transport: Transport;
  readonly host?: string | undefined;
  readonly port?: number | undefined;
}

export function hubEndpoint(choice: EndpointChoice): Endpoint {
  return {
    transport: choice.transport,
    host: choice.host ?? `${choice.productId}.${hubDomain(choice.region, isWebSocket(choice.transport))}`,
    port: choice.port ?? defaultPorts[choice.transport],
  };
}

const defaultPorts: Record<Transport, number> = { tls: 8883, psk: 8883, tcp: 1883, wss: 443, ws: 80 };

/** Whether it is Tencent's, whatever the configuration calls it; any other broker is one's own. */
export function isIotHub({ host }: Endpoint): boolean {
  return host.toLowerCase().endsWith(".tencentdevices.com");
}

/** The documented hosts are irregular: `iotcloud` where the region is old, `iothub` elsewhere and for every WebSocket. */
function hubDomain(region: Region, webSocket: boolean): string {
  switch (region) {
    case "china":
      return webSocket ? "ap-guangzhou.iothub.tencentdevices.com" : "iotcloud.tencentdevices.com";
    case "us-east":
      return `us-east.${webSocket ? "iothub" : "iotcloud"}.tencentdevices.com`;
    case "europe":
      return "europe.iothub.tencentdevices.com";
    case "ap-bangkok":
      return "ap-bangkok.iothub.tencentdevices.com";
    default:
      return region satisfies never;
  }
}

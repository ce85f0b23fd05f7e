import { urlHost } from "../mqtt/endpoint.ts";
import type { Answers } from "./answers.ts";

/** The one command that shows that all of it works, with what it needs in words. */
export function proofText({ productId, deviceName, hub }: Pick<Answers, "productId" | "deviceName" | "hub">): string {
  const device = `--product ${productId} --device ${deviceName}`;
  if (hub.host !== undefined) {
    return `rrpc-gateway call ping ${device} --url http://${urlHost(hub.host)}:8083/`;
  }
  const region = hub.region === "china" ? "" : ` --region ${hub.region}`;
  return `rrpc-gateway call ping ${device} --cloud${region} --key-file ~/.tencentcloud/credentials`;
}

/** What it needs besides, in lines. */
export function proofNote({ hub }: Pick<Answers, "hub">): readonly string[] {
  return [
    "The command that proves that all of it works:",
    hub.host === undefined
      ? "it calls the device through Tencent's API, from any machine; the file has your key (mode 0600)."
      : "it calls the device as `rrpc-gateway hub` offers it; another API has another --url.",
  ];
}

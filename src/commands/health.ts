import { exitCodes } from "../exit-codes.ts";
import { askHealth, healthAddress } from "../watch/health-socket.ts";

/**
 * `rrpc-gateway health`: asks the gateway that runs with this configuration whether it is well. Neither the file nor a secret
 * is read, and no other module of the program is loaded: a container engine asks every half minute.
 */
export async function health({ config }: { readonly config: string }): Promise<number> {
  const address = healthAddress(config);
  if (address === undefined) {
    console.error("health: with this Node.js the gateway cannot be asked; 20 or later can");
    return exitCodes.unavailable;
  }
  const answer = await askHealth(address);
  if (answer === undefined) {
    console.error(`unhealthy: no gateway with ${config} answers, in this container or on this machine`);
    return exitCodes.unavailable;
  }
  if (answer.isHealthy) console.log(`healthy: ${answer.text}`);
  else console.error(`unhealthy: ${answer.text}`);
  return answer.isHealthy ? exitCodes.ok : exitCodes.failed;
}

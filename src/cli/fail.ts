/** Says on standard error what is wrong, each problem in its line behind the command's name; the exit code is returned as it is. */
export function fail(command: string, exitCode: number, problems: readonly string[]): number {
  for (const problem of problems) process.stderr.write(`rrpc-gateway ${command}: ${problem}\n`);
  return exitCode;
}

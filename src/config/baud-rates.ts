/** Baud rates that adapters and boards really have. */

/**
 * Those that Linux has a constant for (termios(3), B300 to B4000000), and others that boards in use have, because their
 * clocks make them: the kernel takes any number, and the driver makes of it what its clock can.
 */
const usual: readonly number[] = [
  ...[300, 600, 1200, 1800, 2400, 4800, 9600, 19_200, 38_400, 57_600, 115_200, 230_400, 460_800, 500_000, 576_000],
  ...[921_600, 1_000_000, 1_152_000, 1_500_000, 2_000_000, 2_500_000, 3_000_000, 3_500_000, 4_000_000],
  ...[
    7200, 14_400, 28_800, 31_250, 56_000, 62_500, 74_880, 76_800, 100_000, 125_000, 128_000, 153_600, 200_000, 250_000,
  ],
  ...[
    10_400 /* K-line, ISO 9141 */, 93_750, 187_500 /* Profibus */, 420_000 /* CRSF */, 256_000, 307_200, 400_000,
    614_400, 625_000, 750_000, 800_000, 1_200_000, 1_250_000, 1_843_200, 2_400_000, 3_686_400,
  ],
];

/** The usual rate that is nearest in proportion; the rate itself where it is one. */
export function nearestBaudRate(baudRate: number): number {
  const distance = (one: number) => Math.abs(Math.log(one / baudRate));
  return usual.reduce((best, one) => (distance(one) < distance(best) ? one : best));
}

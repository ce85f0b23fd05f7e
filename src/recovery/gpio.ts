import { join } from "node:path";
import { type RecoveryAction, runSwitch, type Step, writeProblem } from "./action.ts";

export interface GpioOptions {
  /** Such as gpiochip0. */
  readonly chip: string;
  /** The line's number at that chip. */
  readonly line: number;
  readonly activeLow: boolean;
  readonly drive: "open-drain" | "push-pull";
  readonly pulseMs: number;
}

const hints: Readonly<Record<string, string>> = {
  ENOENT: "there is no such GPIO chip; gpiodetect lists them",
  EPERM: "the unit's DeviceAllow= has no GPIO chips: install the drop-in gpio.conf (docs/recovery.md)",
  EACCES: "this user may not use it: install the drop-in gpio.conf, which gives it the group gpio (docs/recovery.md)",
};

/**
 * Makes a GPIO line active for a while, which resets the board.
 *
 * By gpioset(1): Node.js has no ioctl(2), a native add-on of our own would need a compiler at each place, and
 * /sys/class/gpio is deprecated, often not in the kernel, and numbers its lines anew from kernel to kernel.
 *
 * @param dev where GPIO chips are; another folder in tests
 */
export function createGpioPulse(options: GpioOptions, dev = "/dev"): RecoveryAction {
  const { chip, line, pulseMs } = options;
  return {
    text: `the reset by GPIO line ${line} of ${chip}`,
    problem: () => writeProblem(join(dev, chip), hints),
    run() {
      // At gpioset's end the line stays as its controller likes: some keep it active, and the board in its reset.
      return runSwitch({ over: hold(1, pulseMs, options), holdMs: 0, back: hold(0, 0, options) });
    },
  };
}

/** Versions 1 (Debian 12) and 2 (Debian 13) take other arguments. */
const script = `
value=$1 ms=$2 chip=$3 line=$4 drive=$5 polarity=$6
case $(gpioset --version) in
*" v1."*) exec gpioset --mode=time --sec=$((ms / 1000)) --usec=$((ms % 1000 * 1000)) --drive="$drive" $polarity "$chip" "$line=$value" ;;
*" v2."*) exec gpioset --hold-period "$ms"ms --toggle 0 --drive "$drive" $polarity --chip "$chip" "$line=$value" ;;
*) echo "gpioset of the package gpiod, version 1 or 2, is needed" >&2; exit 127 ;;
esac`;

function hold(value: 0 | 1, ms: number, { chip, line, activeLow, drive }: GpioOptions): Step {
  const polarity = activeLow ? "--active-low" : "";
  return { script, args: [`${value}`, `${ms}`, chip, `${line}`, drive, polarity] };
}

/** The options of the serial line; a limit's reason stands beside it. */
import type { Group } from "./option.ts";
import { template } from "./template-options.ts";

const modemLine = { kind: "choice", values: ["leave", "on", "off"], default: "leave" } as const;

/** Of `recovery`: a line that resets the board. */
const gpio = {
  kind: "group",
  doc: "A GPIO line that resets the MCU, set by gpioset of the package gpiod; docs/recovery.md says what it needs.",
  options: {
    chip: {
      kind: "text",
      pattern: /^gpiochip\d{1,3}$/,
      expected: "the name of a GPIO chip such as gpiochip0",
      default: "gpiochip0",
      doc: "GPIO chip that has the line, as `gpiodetect` shows it.",
    },
    line: {
      kind: "whole",
      min: 0,
      max: 4095, // the largest chips have some hundreds
      example: 17,
      doc: "Number of the line on that chip, as `gpioinfo` shows it; on a Raspberry Pi the GPIO number.",
    },
    activeLow: { kind: "flag", default: true, doc: "Whether a low level resets the board." },
    drive: {
      kind: "choice",
      values: ["open-drain", "push-pull"],
      default: "open-drain",
      doc: "How the line is driven: `open-drain` only pulls it low and otherwise releases it, so that a reset button on the same line still works.",
    },
    pulseMs: {
      kind: "whole",
      min: 1,
      max: 5000,
      unit: "ms",
      default: 100,
      doc: "How long the board is held in reset.",
    },
  },
} as const satisfies Group;

export const serial = {
  kind: "group",
  doc: "The serial line to the MCU.",
  options: {
    path: {
      kind: "path",
      isDevice: true,
      example: "/dev/serial/by-id/usb-FTDI_FT232R_USB_UART_A50285BI-if00-port0",
      doc: "The serial port; use a path in /dev/serial/by-id, because ttyUSB0 may be another device tomorrow.",
    },
    baudRate: {
      kind: "whole",
      min: 300,
      max: 4_000_000, // the fastest that Linux has a constant for (B4000000)
      unit: "baud",
      default: 115_200,
      doc: "Baud rate of the line.",
    },
    // Fewer than 7 bits cannot carry the line protocol's characters.
    dataBits: { kind: "choice", values: [7, 8], default: 8, doc: "Data bits; with 7 only ASCII can be sent." },
    // serialport knows no mark or space parity and no 1.5 stop bits on Linux.
    parity: { kind: "choice", values: ["none", "even", "odd"], default: "none", doc: "Parity bit." },
    stopBits: { kind: "choice", values: [1, 2], default: 1, doc: "Stop bits." },
    rtscts: { kind: "flag", default: false, doc: "Hardware flow control with RTS and CTS." },
    xonxoff: { kind: "flag", default: false, doc: "Software flow control with XON and XOFF." },
    dtr: { ...modemLine, doc: "What to do with DTR after the port is opened; many boards reset when it changes." },
    rts: { ...modemLine, doc: "What to do with RTS after the port is opened." },
    hupcl: {
      kind: "choice",
      values: ["leave", "off"],
      default: "leave",
      doc: "Whether closing the port drops DTR (HUPCL), which resets many boards; `leave` keeps the setting that the port had before.",
    },
    commandBytesMax: {
      kind: "whole",
      min: 64, // a processID of 32, one byte of payload, and what is around them, is 41
      max: 65_536, // a payload of IoT Hub's 16 KB, each byte escaped as \xHH
      unit: "bytes",
      default: 256,
      doc: "Longest line sent to the MCU, LF included, until the MCU's hello names its own limit (`line`).",
    },
    replyBytesMax: {
      kind: "whole",
      min: 64,
      max: 65_536,
      unit: "bytes",
      default: 2048,
      doc: "Longest line accepted from the MCU; a longer one is dropped as a whole and counted.",
    },
    dialect: {
      kind: "choice",
      values: ["rrpc", "template"],
      default: "rrpc",
      doc: "What the MCU speaks: the line protocol (`rrpc`), or lines of its own that `template` describes.",
    },
    echo: {
      kind: "choice",
      values: ["never", "maybe", "always"],
      default: "maybe",
      doc: "Whether what is written comes back, as from RS-485 adapters and consoles. With dialect `template`, `always` means that no answer counts before its echo; with `rrpc` echoes are recognised anyway, and `always` only warns when one is missing. docs/dialects.md says more.",
    },
    lineEnd: {
      kind: "choice",
      values: ["lf", "cr"],
      default: "lf",
      doc: "End of the MCU's lines: `lf`, with or without CR before it, or `cr` alone.",
    },
    prompt: {
      kind: "text",
      // Spaces alone are no prompt: in front of lines of the firmware's own they may be payload.
      pattern: /^(?=.*[!-~])[ -~]{1,64}$/,
      expected: "1 to 64 printable ASCII characters, not only spaces",
      isVerbatim: true,
      example: "uart:~$ ",
      doc: "Prompt that the MCU's console prints in front of its lines, with its spaces; the gateway removes it.",
    },
    windowMax: { kind: "whole", min: 1, max: 256, default: 16, doc: "Upper limit for the hello's `window`." },
    helloWaitMs: {
      kind: "whole",
      min: 0,
      max: 10_000,
      unit: "ms",
      default: 2000,
      doc: "How long commands wait for the MCU's hello after the port is opened.",
    },
    writeTimeoutMs: {
      kind: "whole",
      min: 50,
      max: 10_000,
      unit: "ms",
      default: 1000,
      doc: "How long the port may take for a write; after that it is closed and opened again, if `recovery.reopen` allows it. With flow control this happens only at the deadline.",
    },
    stalledAfter: {
      kind: "whole",
      min: 1,
      max: 100,
      default: 2,
      doc: "After how many unanswered commands and probes in a row the MCU counts as away, and requests are refused at once.",
    },
    probeIntervalMs: {
      kind: "whole",
      min: 100,
      max: 60_000,
      unit: "ms",
      default: 1000,
      doc: "Time between two probes of an MCU that is away.",
    },
    idleProbeMs: {
      kind: "whole",
      min: 0,
      max: 3_600_000,
      unit: "ms",
      default: 30_000,
      doc: "Silence after which an MCU that knows probes is probed; 0 for never.",
    },
    recovery: {
      kind: "group",
      doc: "What is tried, after probes, on an MCU that does not answer.",
      options: {
        reopen: {
          kind: "choice",
          values: ["idle", "always", "never"],
          default: "idle",
          doc: "Whether the port is closed and opened again, which resets many boards. `idle`: not while an unanswered command may still be at work (`lateReplyMs`), and not while only probes stay unanswered.",
        },
        pulse: {
          kind: "choice",
          values: ["none", "dtr", "rts"],
          default: "none",
          doc: "Modem line that is switched off and on again, which resets many boards.",
        },
        pulseMs: {
          kind: "whole",
          min: 1,
          max: 5000,
          unit: "ms",
          default: 100,
          doc: "How long this line is off.",
        },
        usbPower: {
          kind: "text",
          // At most 5 hubs between the machine and a device (USB 2.0, 4.1.1).
          pattern: /^(?:auto|\d{1,3}-\d{1,3}(?:\.\d{1,3}){0,5})$/,
          expected: "auto, or a USB socket such as 1-1.2",
          example: "auto",
          doc: "USB socket whose power is switched off and on again; `auto` is the socket of the adapter. docs/recovery.md says what it needs.",
        },
        usbPowerOffMs: {
          kind: "whole",
          min: 100,
          max: 10_000,
          unit: "ms",
          default: 2000, // what is charged on a board is empty by then, as a rule
          doc: "How long this power is off.",
        },
        command: {
          kind: "text",
          pattern: /^[^\0\r\n]{1,1000}$/,
          expected: "a command line of up to 1000 characters",
          isVerbatim: true,
          example: "/usr/local/bin/power-cycle-board",
          doc: "Shell command of your own, run with the service's rights (docs/recovery.md) while the port is closed; `RRPC_SERIAL_PATH` names the port.",
        },
        gpio,
      },
    },
    lateReplyMs: {
      kind: "whole",
      min: 1000,
      max: 3_600_000,
      unit: "ms",
      default: 60_000,
      doc: "How long the processID of an unanswered command is not used again, so that a late reply cannot answer another request.",
    },
    template,
  },
} as const satisfies Group;

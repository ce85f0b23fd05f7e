/**
 * An ATmega328P at 16 MHz with the project's firmware in it, emulated to the cycle, in virtual time: two runs with the
 * same input are equal. It knows no clock, no tty and no line protocol; serve.ts gives it the first two.
 */
import {
  AVRClock,
  AVREEPROM,
  AVRIOPort,
  AVRTimer,
  AVRUSART,
  AVRWatchdog,
  avrInstruction,
  CPU,
  clockConfig,
  EEPROMMemoryBackend,
  PinState,
  portBConfig,
  portDConfig,
  timer0Config,
  timer1Config,
  usart0Config,
  watchdogConfig,
} from "avr8js";
import { createFlashWriter } from "./avr-flash.ts";
import { readIntelHex } from "./intel-hex.ts";

const CLOCK_HZ = 16_000_000;
const FLASH_BYTES = 32 * 1024;
const SRAM_BYTES = 2 * 1024;
const EEPROM_BYTES = 1024;
/** What the receiver holds unread; one more is an overrun (ATmega328P data sheet, "USART0 – Receiver"). */
const RX_FIFO_BYTES = 2;
/** UCSR0A: a byte was lost before the one in UDR0. */
const DATA_OVERRUN = 0x08;
const RECEIVE_COMPLETE = 0x80;
/** Why the chip has started: the power, the reset pin, the watchdog. */
const MCUSR = 0x54;
const CAUSES = { power: 0x01, pin: 0x02, watchdog: 0x08 } as const;
/** Where a boot loader of up to 1 KB is, in words (fuses BOOTSZ = 10, BOOTRST = 0). */
const BOOT_START = 0x3e00;
const LED_PIN = 5;
const BUTTON_PIN = 2;

export interface AvrBoardOptions {
  /** The program, as an Intel HEX file. */
  readonly hex: string;
  /** A boot loader of up to 1 KB, as another one: the chip starts there. */
  readonly bootloader?: string;
  /** Speed at which the other side sends; the chip sends at its own. */
  readonly baud?: number;
  /** A byte from the chip, when its stop bit has passed. */
  readonly onByte: (byte: number) => void;
  /** What the EEPROM holds at the first start; erased (0xFF) by default. */
  readonly eeprom?: Uint8Array;
}

export interface AvrBoard {
  /** Puts bytes on the wire to the chip, one behind the other at the line's speed. */
  send(bytes: Uint8Array): void;
  /** Emulates so many milliseconds. */
  run(durationMs: number): void;
  /** Virtual time since the board was made; a reset does not set it back. */
  nowMs(): number;
  /** Pulls the reset pin: RAM and what is on the wire are lost, flash and EEPROM are not. */
  reset(): void;
  /** The button between PD2 and ground. */
  press(down: boolean): void;
  ledIsOn(): boolean;
}

export function createAvrBoard(options: AvrBoardOptions): AvrBoard {
  const flash = readIntelHex(options.hex, FLASH_BYTES);
  if (options.bootloader !== undefined)
    flash.set(readIntelHex(options.bootloader, FLASH_BYTES).subarray(BOOT_START), BOOT_START);
  const startsAt = options.bootloader === undefined ? 0 : BOOT_START;
  const eeprom = new EEPROMMemoryBackend(EEPROM_BYTES);
  eeprom.memory.set(options.eeprom ?? []);
  const byteCycles = (10 * CLOCK_HZ) / (options.baud ?? 115_200);
  const start = (cause: number) => startChip({ flash, eeprom, byteCycles, onByte: options.onByte, startsAt, cause });
  let chip = start(CAUSES.power);
  let cyclesBefore = 0;
  let targetCycles = 0;

  function restart(cause: number): void {
    cyclesBefore += chip.cycles();
    chip = start(cause);
  }

  return {
    send: (bytes) => chip.send(bytes),
    run(durationMs) {
      targetCycles += (durationMs * CLOCK_HZ) / 1000;
      while (chip.runTo(targetCycles - cyclesBefore) === "watchdog") restart(CAUSES.watchdog);
    },
    nowMs: () => ((cyclesBefore + chip.cycles()) * 1000) / CLOCK_HZ,
    reset: () => restart(CAUSES.pin),
    press: (down) => chip.press(down),
    ledIsOn: () => chip.ledIsOn(),
  };
}

interface Life {
  readonly flash: Uint16Array<ArrayBuffer>;
  readonly eeprom: EEPROMMemoryBackend;
  readonly byteCycles: number;
  readonly onByte: (byte: number) => void;
  readonly startsAt: number;
  readonly cause: number;
}

/** One life of the chip, from a reset to the next. */
function startChip({ flash, eeprom, byteCycles, onByte, startsAt, cause }: Life) {
  const cpu = new CPU(flash, SRAM_BYTES);
  cpu.pc = startsAt;
  cpu.data[MCUSR] = cause;
  new AVRTimer(cpu, timer0Config);
  new AVRTimer(cpu, timer1Config);
  new AVRWatchdog(cpu, watchdogConfig, new AVRClock(cpu, CLOCK_HZ, clockConfig));
  let isOver = false;
  // The watchdog's: this life ends, and nothing of its registers is left to the next.
  cpu.reset = () => {
    isOver = true;
  };
  const writer = createFlashWriter(cpu);
  new AVREEPROM(cpu, eeprom);
  const portB = new AVRIOPort(cpu, portBConfig);
  const portD = new AVRIOPort(cpu, portDConfig);
  portD.setPin(BUTTON_PIN, true);
  const usart = new AVRUSART(cpu, usart0Config, CLOCK_HZ);
  usart.onByteTransmit = (byte) => {
    cpu.addClockEvent(() => onByte(byte), (10 * CLOCK_HZ) / usart.baudRate);
  };
  const receiver = createReceiver(cpu, usart);

  const wire: number[] = [];
  let wireFreeAt = 0;
  const arrive = () => {
    receiver.arrive(wire.shift() ?? 0);
    if (wire.length > 0) sendNext();
  };
  const sendNext = () => {
    wireFreeAt = Math.max(wireFreeAt, cpu.cycles) + byteCycles;
    cpu.addClockEvent(arrive, wireFreeAt - cpu.cycles);
  };

  return {
    cycles: () => cpu.cycles,
    /** Until then, or until the watchdog resets the chip. */
    runTo(cycles: number): "watchdog" | "done" {
      while (cpu.cycles < cycles) {
        writer.beforeInstruction();
        avrInstruction(cpu);
        cpu.tick();
        if (isOver) return "watchdog";
      }
      return "done";
    },
    send(bytes: Uint8Array) {
      const idle = wire.length === 0;
      for (const byte of bytes) wire.push(byte);
      if (idle && wire.length > 0) sendNext();
    },
    press: (down: boolean) => portD.setPin(BUTTON_PIN, !down),
    ledIsOn: () => portB.pinState(LED_PIN) === PinState.High,
  };
}

/** The receive FIFO and its overrun flag, which avr8js leaves out: there a byte replaces the unread one unnoticed. */
function createReceiver(cpu: CPU, usart: AVRUSART) {
  const { UCSRA, UDR } = usart0Config;
  const fifo: number[] = [];
  const readData = cpu.readHooks[UDR];
  cpu.readHooks[UDR] = (address) => {
    const byte = readData?.(address) ?? 0;
    setStatus(cpu.data, UCSRA, DATA_OVERRUN, false);
    const next = fifo.shift();
    if (next !== undefined) usart.writeByte(next, true);
    return byte;
  };

  return {
    arrive(byte: number) {
      const unread = ((cpu.data[UCSRA] ?? 0) & RECEIVE_COMPLETE) !== 0;
      if (!unread) usart.writeByte(byte, true);
      else if (fifo.length + 1 < RX_FIFO_BYTES) fifo.push(byte);
      else setStatus(cpu.data, UCSRA, DATA_OVERRUN, true);
    },
  };
}

function setStatus(data: Uint8Array, address: number, mask: number, on: boolean): void {
  const old = data[address] ?? 0;
  data[address] = on ? old | mask : old & ~mask;
}

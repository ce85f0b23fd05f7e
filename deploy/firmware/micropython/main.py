# SPDX-License-Identifier: MIT
"""The example on a Raspberry Pi Pico: UART 0 on GP0 and GP1. For other boards, other pins. MicroPython starts main.py by itself."""

from machine import UART, Pin

import rrpc
from example import Example

led = Pin("LED", Pin.OUT)
# A line may arrive while a command is at work: rxbuf holds it.
uart = UART(0, 115200, rxbuf=512)
board = Example(rrpc.writer(uart), led.value, rrpc.boot_word())
board.gateway.start()
while True:
    board.gateway.receive(uart.read(uart.any()))
    board.poll()

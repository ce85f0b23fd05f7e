# SPDX-License-Identifier: MIT
"""The example on a PC, its serial line on standard input and output: micropython stdio.py [WINDOW]"""

import select
import sys

import rrpc
from example import Example

board = Example(
    sys.stdout.buffer.write,
    lambda on: None,
    rrpc.boot_word(),
    window=int(sys.argv[1]) if len(sys.argv) > 1 else 1,
)
poller = select.poll()
poller.register(sys.stdin, select.POLLIN)
board.gateway.start()
while True:
    if poller.poll(1):
        byte = sys.stdin.buffer.read(1)
        if not byte:
            break
        board.gateway.receive(byte)
    board.poll()

# SPDX-License-Identifier: MIT
"""replay.c for MicroPython: the same story, the same output. Its sizes are arguments: LINE_BYTES WINDOW DEDUP REPLY_BYTES CRC."""

import binascii
import sys

import rrpc

line_bytes, window, dedup, reply_bytes, crc = (int(argument) for argument in sys.argv[1:])
board = None
answer = "echo"
executed = []
written = b""


def write(data):
    global written
    written += data


def on_command(id, payload):
    executed.append((id, payload))
    if answer == "echo":
        board.reply(id, payload)
    elif answer == "refuse":
        board.refuse(id, "busy motor is homing")


def start():
    global board, answer
    answer = "echo"
    board = rrpc.RRPC(
        write, on_command, 1, firmware="bench-1.0", line_bytes=line_bytes, window=window, dedup=dedup, reply_bytes=reply_bytes, crc=bool(crc)
    )
    board.start()


def hex(data):
    return binascii.hexlify(data).decode()


for line in sys.stdin:
    kind, *words = line.split()
    data = b"" if not words or words[-1] == "-" else binascii.unhexlify(words[-1])
    sent = True
    executed.clear()
    written = b""
    if kind == "start":
        start()
    elif kind in ("echo", "later", "refuse"):
        answer = kind
    elif kind == "bytes":
        board.receive(data, int(words[0]))
    elif kind == "gap":
        board.gap()
    elif kind == "reply":
        sent = board.reply(words[0], data)
    elif kind == "refusal":
        sent = board.refuse(words[0], data)
    elif kind == "event":
        sent = board.event(words[0], data)
    elif kind == "log":
        board.log(data)
    did = " executed=%d id=%s payload=%s" % (len(executed), executed[-1][0], hex(executed[-1][1])) if executed else ""
    names = ("damaged", "overlong", "malformed", "gaps", "torn", "repeats", "forgotten", "busy", "stray")
    counts = ",".join(str(board.counts[name]) for name in names)
    print("%s %d%s written=%s counts=%s" % (kind, sent, did, hex(written), counts))

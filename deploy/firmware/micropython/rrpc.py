# SPDX-License-Identifier: MIT
"""The microcontroller's side of the RRPC line protocol, version 1 (docs/line-protocol.md), for MicroPython.

    gateway = rrpc.RRPC(rrpc.writer(uart), on_command, boot, firmware="mine-1.0")
    gateway.start()
    while True:
        gateway.receive(uart.read(uart.any()))

What the C library promises holds here too: commands are executed once, lines that are damaged, malformed, overlong or cut are
dropped as a whole and counted, and every buffer has a limit. Ids, names and texts are str, payloads are bytes; where a payload is
given, a str is taken as well. Call it from one context only, not from an interrupt.
"""

import time

# So long without a byte, and the rest of a line does not come any more: the protocol's number.
SILENCE_MS = 500

# Longest id, name or code: 0-9 A-Z a-z _ -
ID_BYTES = 32

_CHECKSUM_BYTES = 5

# What becomes of the line that is being received.
_KEEPING, _OVERLONG, _COUNTED = 0, 1, 2

# What becomes of a command. All but _OPEN are settled. _FORGOTTEN: done, but the reply is no longer known. Silence is the honest
# answer then: a refusal would say "not done", and doing it again would do it twice.
_OPEN, _REPLIED, _REFUSED, _CANCELLED, _FORGOTTEN = 0, 1, 2, 3, 4

try:
    _ticks_ms, _ticks_diff = time.ticks_ms, time.ticks_diff
except AttributeError:  # Python on a PC

    def _ticks_ms():
        return time.monotonic_ns() // 1000000

    def _ticks_diff(end, start):
        return end - start


def _checksum_table():
    from array import array

    table = array("H")
    for byte in range(256):
        crc = byte << 8
        for _ in range(8):
            crc = (crc << 1 ^ 0x1021 if crc & 0x8000 else crc << 1) & 0xFFFF
        table.append(crc)
    return table


_TABLE = _checksum_table()


def checksum(line):
    """CRC-16/XMODEM."""
    crc = 0
    for byte in line:
        crc = (crc << 8 & 0xFF00) ^ _TABLE[crc >> 8 ^ byte]
    return crc


def _bytes(payload):
    return payload.encode() if isinstance(payload, str) else bytes(payload)


def _word_bytes(text):
    """How many bytes of `text` an id, a name or a code could be; 0 if there is none, or one that is too long."""
    length = 0
    for byte in text:
        if not (0x30 <= byte <= 0x39 or 0x41 <= byte <= 0x5A or 0x61 <= byte <= 0x7A or byte == 0x5F or byte == 0x2D):
            break
        length += 1
    return length if length <= ID_BYTES else 0


def _is_word(text):
    return 0 < _word_bytes(text) == len(text)


def _is_control(byte):
    return byte < 0x20 or byte == 0x7F


def _escape(payload):
    escaped = bytearray()
    for byte in payload:
        if byte == 0x5C:
            escaped += b"\\\\"
        elif byte == 0x0A:
            escaped += b"\\n"
        elif byte == 0x0D:
            escaped += b"\\r"
        elif _is_control(byte):
            escaped += ("\\x%02X" % byte).encode()
        else:
            escaped.append(byte)
    return bytes(escaped)


def _hex_value(byte):
    """The value of a hex digit in either case; -1 for another byte."""
    if 0x30 <= byte <= 0x39:
        return byte - 0x30
    byte |= 0x20
    return byte - 0x57 if 0x61 <= byte <= 0x66 else -1


def _unescape(escaped):
    """None if an escape is not one, or a control byte is raw."""
    payload = bytearray()
    at = 0
    while at < len(escaped):
        byte = escaped[at]
        at += 1
        if _is_control(byte):
            return None
        if byte == 0x5C:
            kind = escaped[at : at + 1]
            at += 1
            if kind == b"n":
                byte = 0x0A
            elif kind == b"r":
                byte = 0x0D
            elif kind == b"x":
                digits = [_hex_value(digit) for digit in escaped[at : at + 2]]
                if len(digits) < 2 or -1 in digits:
                    return None
                byte = digits[0] << 4 | digits[1]
                at += 2
            elif kind != b"\\":
                return None
        payload.append(byte)
    return bytes(payload)


class _Command:
    def __init__(self, id, sum):
        self.id = id
        self.sum = sum  # of its line: with the id it tells a repetition from a new command
        self.state = _OPEN
        self.reply = b""


class RRPC:
    """One serial line to a gateway.

    write(data)               puts all the bytes on the wire, and waits for room: see writer()
    on_command(id, payload)   a command to execute, once: answer it with reply() or refuse(), now or later
    boot                      a number of 16 bits that no start shares with the one before: see boot_word()
    firmware                  name and version for people, without spaces
    line_bytes                longest line taken, LF included
    window                    commands that can be open at once
    dedup                     last commands remembered, so that a repetition is answered again and not executed again
    reply_bytes               shared by all remembered replies; the oldest make room for a new one
    crc                       whether lines carry a checksum

    `counts` says by name what was not delivered.
    """

    def __init__(self, write, on_command, boot, firmware=None, line_bytes=256, window=1, dedup=4, reply_bytes=512, crc=True):
        if not dedup >= window >= 1:
            raise ValueError("the gateway repeats a command only where dedup >= window >= 1")
        if line_bytes < 48:
            raise ValueError("a line must hold an id of 32 and a checksum: line_bytes of 48 or more")
        self._write = write
        self._on_command = on_command
        self._line_bytes = line_bytes
        self._window = window
        # An open command must not push a settled one out of the last `dedup`.
        self._commands_max = dedup + window - 1
        self._reply_bytes = reply_bytes
        self._crc = crc
        self._hello = ("=rrpc/1 window=%d line=%d crc=%d dedup=%d cancel=1 boot=%04X" % (window, line_bytes, crc, dedup, boot & 0xFFFF)).encode()
        if firmware is not None:
            self._hello += b" fw=" + firmware.encode()
        self._line = bytearray(line_bytes)
        self._length = 0
        self._dropping = _KEEPING
        self._received_ms = 0
        self._commands = []  # oldest first
        self._replies = []  # commands whose reply is remembered, the oldest reply first
        self.counts = {
            "damaged": 0,  # lines with a wrong or missing checksum
            "overlong": 0,  # lines longer than line_bytes
            "malformed": 0,  # lines with a right checksum that the protocol does not know
            "gaps": 0,  # calls of gap()
            "torn": 0,  # lines in which no byte came for SILENCE_MS
            "repeats": 0,  # commands that came again and were not executed again
            "forgotten": 0,  # repeats that could not be answered, because the reply had not been kept
            "busy": 0,  # commands refused, because `window` were open
            "stray": 0,  # replies of yours to a command that is not open: unknown, cancelled, or answered before
        }

    def start(self):
        """Sends the unasked hello that tells the gateway of the restart."""
        # Whatever line the restart has cut short ends here, so that the hello is not taken for its rest.
        self._write(b"\n")
        self._send(self._hello)

    def receive(self, data, now_ms=None):
        """Takes bytes from the wire; None, as UART.read() returns it, is none. `now_ms` is time.ticks_ms() unless given.

        The clock keeps a half line from being executed: where nothing came for SILENCE_MS amid a line (a cable was pulled, the
        gateway was stopped), that line is dropped as a whole, up to its LF.
        """
        if not data:
            return
        if now_ms is None:
            now_ms = _ticks_ms()
        # A difference below 0 is one that no longer fits into ticks.
        if self._length > 0 and self._dropping == _KEEPING and not 0 <= _ticks_diff(now_ms, self._received_ms) < SILENCE_MS:
            self.counts["torn"] += 1
            self._dropping = _COUNTED
        self._received_ms = now_ms

        data = bytes(data)
        begin = 0
        while True:
            end = data.find(b"\n", begin)
            if end < 0:
                self._keep(data[begin:])
                return
            self._keep(data[begin:end])
            self._end_line()
            begin = end + 1

    def gap(self):
        """Says that bytes were lost at this place. The line that is being received is dropped as a whole, up to its LF."""
        self.counts["gaps"] += 1
        self._dropping = _COUNTED

    def reply(self, id, payload=b""):
        """Answers an open command. False, and nothing is sent, if no such command is open (counted `stray`)."""
        return self._settle(_REPLIED, id, _bytes(payload))

    def refuse(self, id, reason):
        """Refuses an open command: it was NOT done, not even in part. The reason is a code, one word made like an id, and if you like a
        space and a text for people: "busy motor is homing". False, and nothing is sent, if no such command is open (counted `stray`) or
        the reason does not begin with a code."""
        reason = _bytes(reason)
        code_bytes = _word_bytes(reason)
        is_worded = code_bytes > 0 and reason[code_bytes : code_bytes + 1] in (b"", b" ")
        return is_worded and self._settle(_REFUSED, id, reason)

    def wanted(self, id):
        """Whether an answer is still wanted. Ask before you begin what you put off: the gateway may have given up on it."""
        return self._find_open(id) is not None

    def event(self, name, payload=b""):
        """Says something unasked. False, and nothing is sent, if the name is not made like an id."""
        if not _is_word(name.encode()):
            return False
        self._send_line(b"@" + name.encode(), _bytes(payload))
        return True

    def log(self, text):
        """A line for the operator's log. It begins with "# ", so that no text can be taken for a reply."""
        self._send_line(b"#", _bytes(text))

    # ---- Writing

    def _send(self, line):
        if self._crc:
            line += ("*%04X" % checksum(line)).encode()
        self._write(line + b"\n")

    def _send_line(self, head, payload):
        self._send(head + b" " + _escape(payload) if payload else head)

    def _send_answer(self, command, payload):
        self._send_line((b"<" if command.state == _REPLIED else b"!") + command.id.encode(), payload)

    def _report_damage(self):
        """Asks the gateway to repeat what it has in flight. Without checksums nobody could trust the question."""
        if self._crc:
            self._send(b"!- crc")

    # ---- The memory of the last commands

    def _find_open(self, id):
        for command in self._commands:
            if command.state == _OPEN and command.id == id:
                return command
        return None

    def _forget_reply(self, command):
        self._replies.remove(command)
        command.reply = b""
        command.state = _FORGOTTEN

    def _make_room(self):
        """For a new command: fewer than `window` are open, so there is a settled one wherever all places are taken."""
        if len(self._commands) < self._commands_max:
            return
        for command in self._commands:
            if command.state != _OPEN:
                if command in self._replies:
                    self._forget_reply(command)
                self._commands.remove(command)
                return

    def _settle(self, state, id, payload):
        command = self._find_open(id)
        if command is None:
            self.counts["stray"] += 1
            return False
        command.state = state
        self._send_answer(command, payload)
        if len(payload) > self._reply_bytes:
            command.state = _FORGOTTEN
            return True
        while sum(len(one.reply) for one in self._replies) > self._reply_bytes - len(payload):
            self._forget_reply(self._replies[0])
        if payload:
            command.reply = payload
            self._replies.append(command)
        return True

    # ---- Reading

    def _keep(self, piece):
        length = self._length + len(piece)
        if length < self._line_bytes:
            self._line[self._length : length] = piece
            self._length = length
        elif self._dropping == _KEEPING:
            self._dropping = _OVERLONG

    def _end_line(self):
        dropping = self._dropping
        line = bytes(memoryview(self._line)[: self._length])
        self._dropping = _KEEPING
        self._length = 0
        if dropping == _KEEPING:
            self._take_line(line)
            return
        if dropping == _OVERLONG:
            self.counts["overlong"] += 1
        self._report_damage()

    def _take_line(self, line):
        if line.endswith(b"\r"):
            line = line[:-1]
        if not line:
            return
        if line == b"?":
            # Accepted without a checksum: it is how a gateway that knows nothing yet begins.
            self._send(self._hello)
            return
        if self._crc:
            given = line[-_CHECKSUM_BYTES:]
            line = line[:-_CHECKSUM_BYTES]
            sum = checksum(line)
            if not line or given != ("*%04X" % sum).encode():
                self.counts["damaged"] += 1
                self._report_damage()
                return
        else:
            sum = checksum(line)

        sigil = line[0]
        if sigil == 0x3E:  # >
            self._take_command(line[1:], sum)
        elif sigil == 0x7E and _is_word(line[1:]):  # ~
            command = self._find_open(line[1:].decode())
            if command is not None:
                command.state = _CANCELLED
        elif line == b"?":
            self._send(self._hello)
        else:
            self.counts["malformed"] += 1

    def _take_command(self, line, sum):
        id_bytes = _word_bytes(line)
        payload = None
        if id_bytes > 0 and line[id_bytes : id_bytes + 1] in (b"", b" "):
            payload = _unescape(line[id_bytes + 1 :])
        if payload is None:
            self.counts["malformed"] += 1
            return
        id = line[:id_bytes].decode()
        for command in self._commands:
            if command.sum == sum and command.id == id:
                self._repeat(command)
                return
        if self._find_open(id) is not None:
            # Two open commands of one id could not be told apart when they are answered.
            self.counts["malformed"] += 1
            return
        if len([one for one in self._commands if one.state == _OPEN]) >= self._window:
            self.counts["busy"] += 1
            self._send(b"!" + line[:id_bytes] + b" busy")
            return
        self._make_room()
        self._commands.append(_Command(id, sum))
        self._on_command(id, payload)

    def _repeat(self, command):
        """The same line as before: answered as before if it was, ignored if it is still open."""
        self.counts["repeats"] += 1
        if command.state in (_REPLIED, _REFUSED):
            self._send_answer(command, command.reply)
        elif command.state == _FORGOTTEN:
            self.counts["forgotten"] += 1


class Job:
    """A command that takes longer than its caller may wait: it is answered at once, as a job that has begun, and how the job ended
    is the event `job`. One Job is one thing that a board can be at, such as a pump; after a restart it knows no job."""

    def __init__(self, rrpc):
        self._rrpc = rrpc
        self._id = None
        self._outcome = ""
        self.running = False

    def accept(self, id):
        """Answers the command, and its job has begun: begin to work. False, and do not begin, if the job before still runs (the command
        is refused: `busy`), or if no such command is open."""
        if self.running:
            self._rrpc.refuse(id, "busy the job before still runs")
            return False
        if not self._rrpc.wanted(id):
            return False
        self._id = id
        self._outcome = "running"
        self.running = True
        return self._rrpc.reply(id, self._text())

    def end(self, outcome):
        """Reports how the running job ended: what happened in one word, and what else there is to say: "done 40 ml". False, and nothing
        is sent, if no job runs."""
        if not self.running:
            return False
        self.running = False
        self._outcome = outcome
        return self._rrpc.event("job", self._text())

    def answer(self, id, of):
        """Answers the command `id`, which asks how the job `of` is: with `of` and "running" or the outcome. False, and nothing is sent, if
        this job is another one: ask the next Job, or refuse."""
        return self._id is not None and _bytes(of) == self._id.encode() and self._rrpc.reply(id, self._text())

    def _text(self):
        return self._id + " " + self._outcome


def writer(uart):
    """What RRPC writes with: puts all the bytes into the UART, which takes only what it has room for."""

    def write(data):
        data = memoryview(data)
        while len(data) > 0:
            data = data[uart.write(data) or 0 :]

    return write


def boot_word():
    """A random number of 16 bits, where the port has a source of them."""
    import os

    first, second = os.urandom(2)
    return first << 8 | second

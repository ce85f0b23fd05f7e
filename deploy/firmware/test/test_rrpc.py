# SPDX-License-Identifier: MIT
"""Unit tests of rrpc.py: micropython test_rrpc.py LINE-PROTOCOL.MD FIRMWARE.MD. They say what test/test_rrpc.c says of the C library;
the vectors are those of docs/line-protocol.md, and the program of docs/firmware.md is run."""

import sys

import rrpc

ECHO, PUT_OFF, REFUSE = 0, 1, 2


def crc(line):
    """Bit by bit: by another way than the module's."""
    sum = 0
    for byte in line:
        sum ^= byte << 8
        for _ in range(8):
            sum = (sum << 1 ^ 0x1021) & 0xFFFF if sum & 0x8000 else sum << 1 & 0xFFFF
    return ("*%04X" % sum).encode()


class Board:
    """What is written is collected as lines; commands are recorded and answered as `answer` says."""

    def __init__(self, answer=ECHO, greets=False, **sizes):
        self.answer = answer
        self.executed = []
        self.written = b""
        self.checks = sizes.get("crc", True)
        self.now_ms = 0
        self.r = rrpc.RRPC(self._write, self._on_command, 0x7F3A, firmware="bench-1.0", **sizes)
        self.r.start()
        if not greets:
            self.written = b""

    def _write(self, data):
        self.written += data

    def _on_command(self, id, payload):
        self.executed.append((id, payload))
        if self.answer == ECHO:
            assert self.r.reply(id, payload)
        elif self.answer == REFUSE:
            assert self.r.refuse(id, "busy motor is homing")

    def send(self, data):
        self.r.receive(data, self.now_ms)

    def say(self, line):
        line = line if isinstance(line, bytes) else line.encode()
        self.send(line + (crc(line) if self.checks else b"") + b"\n")

    def lines(self):
        """What was written since the last time, without the checksums."""
        *lines, rest = self.written.split(b"\n")
        assert rest == b"", rest
        self.written = b""
        return [self._checked(line) for line in lines]

    def _checked(self, line):
        if not self.checks or not line:
            return line
        assert line[-5:] == crc(line[:-5]), line
        return line[:-5]

    def expect(self, *lines):
        said = self.lines()
        assert said == [line.encode() for line in lines], said


HELLO = "=rrpc/1 window=1 line=256 crc=1 dedup=4 cancel=1 boot=7F3A fw=bench-1.0"
OPENING = b"\\!\\!*F46E\n?\n"


def test_a_start_ends_the_cut_line_and_greets():
    Board(greets=True).expect("", HELLO)
    Board(greets=True, crc=False, window=2, line_bytes=64).expect(
        "", "=rrpc/1 window=2 line=64 crc=0 dedup=4 cancel=1 boot=7F3A fw=bench-1.0"
    )


def test_a_probe_is_answered_with_the_hello():
    board = Board()
    board.send(b"\n?\n?\r\n")
    board.say("?")
    board.expect(HELLO, HELLO, HELLO)
    board.send(b"\n\r\n\n")
    board.expect()
    assert board.executed == [] and sum(board.r.counts.values()) == 0


def test_a_command_is_done_and_answered_however_its_bytes_come():
    board = Board()
    line = b'>41440 {"cmd":"led","on":true}*0758\r\n'
    board.send(line)
    for byte in b">7*602E\n":
        board.send(bytes([byte]))
    board.send(None)
    board.send(b"")
    board.expect('<41440 {"cmd":"led","on":true}', "<7")
    assert board.executed == [("41440", b'{"cmd":"led","on":true}'), ("7", b"")]


def test_a_payload_may_be_empty_begin_with_a_space_and_hold_every_byte():
    board = Board(line_bytes=2048, reply_bytes=2048)
    for line in (">7", ">8 ", ">9  x"):
        board.say(line)
    board.expect("<7", "<8", "<9  x")
    assert [payload for _, payload in board.executed] == [b"", b"", b" x"]
    every = bytes(range(256))
    board.say(b">10 " + "".join("\\x%02x" % byte for byte in every).encode())
    assert board.executed[-1] == ("10", every)
    (line,) = board.lines()
    assert line.startswith(b"<10 \\x00\\x01") and line.endswith(b"\xfe\xff")


def test_an_id_has_32_at_most():
    board = Board()
    board.say(">0123456789abcdefghijklmnopqrst_- x")
    board.expect("<0123456789abcdefghijklmnopqrst_- x")
    board.say(">0123456789abcdefghijklmnopqrst_-Z x")
    board.expect()
    assert board.r.counts["malformed"] == 1


def test_what_the_gateway_does_not_say_is_malformed():
    lines = ("<1 x", "=rrpc/1", "hello", "?x", "~", "~1 x", "~a.b", "!- crc", "@e x", ">1 a\tb", b"\xff", b">\xff x")
    board = Board()
    for line in lines:
        board.say(line)
    board.expect()
    assert board.executed == [] and board.r.counts["malformed"] == len(lines)


def test_the_longest_line_is_taken_and_one_byte_more_is_not():
    for checks in (True, False):
        board = Board(line_bytes=64, crc=checks)
        body = 63 - (5 if checks else 0)
        board.say(">1 " + "x" * (body - 3))
        assert board.executed == [("1", b"x" * (body - 3))]
        board.lines()
        board.say(">2 " + "x" * (body - 2))
        assert len(board.executed) == 1 and board.r.counts["overlong"] == 1
        board.expect(*(["!- crc"] if checks else []))
        board.say(">3")
        board.expect("<3")


def test_a_gap_drops_its_line_only():
    board = Board()
    board.send(b">1 half of")
    board.r.gap()
    board.say(" another")
    board.say(">2")
    board.expect("!- crc", "<2")
    assert board.r.counts["gaps"] == 1 and board.r.counts["damaged"] == 0


def test_a_half_line_is_dropped_after_half_a_second_of_silence():
    for silence_ms in (500, 3600000, 1 << 29, (1 << 30) - 1):  # the last ones are behind what ticks can tell
        board = Board()
        board.send(b">7*602E")
        board.now_ms = silence_ms
        board.send(b"\n")
        board.say(">8")
        board.expect("!- crc", "<8")
        assert board.r.counts["torn"] == 1 and board.r.counts["damaged"] == 0
    board = Board(crc=False)
    board.send(b">1 set text=")
    board.now_ms = 500
    board.send(b">2 all\n>3\n")
    board.expect("<3")


def test_a_line_may_come_slowly():
    board = Board()
    for byte in b">7*602E\n":
        board.now_ms += 499
        board.send(bytes([byte]))
    board.now_ms += 3600000
    board.say(">8")
    board.expect("<7", "<8")
    assert board.r.counts["torn"] == 0


def test_an_opening_is_taken_silently_and_spoils_every_half_line():
    board = Board()
    board.send(OPENING)
    board.expect(HELLO)
    assert board.r.counts["malformed"] == 1
    for half in (b">1 dose ml=10", b">1 ", b">1", b">", b">1 \\", b">1 \\x", b">1 \\x4", b">1 a*07", b">7*602E", b"~1"):
        for checks in (True, False):
            board = Board(crc=checks)
            board.send(half)
            board.send(OPENING)
            assert board.executed == []
            assert len(board.lines()) == (2 if checks else 1)


def test_a_damaged_line_is_not_done_and_is_reported():
    lines = (b">1 x\n", b">1 x*0000\n", b">1 x*\n", b"?*C7BD\n", b"*0000\n", b">\n", b">7*602e\n", b"x\n")
    board = Board()
    for line in lines:
        board.send(line)
        board.expect("!- crc")
    assert board.executed == [] and board.r.counts["damaged"] == len(lines)


def test_every_wrong_bit_is_noticed():
    good = b'>41440 {"cmd":"led","on":true}*0758'
    for bit in range(8 * len(good)):
        bad = bytearray(good)
        bad[bit // 8] ^= 1 << bit % 8
        board = Board()
        board.send(bytes(bad) + b"\n")
        assert board.executed == [] and board.r.counts["damaged"] > 0, bit


def test_a_repetition_is_answered_and_not_done():
    for answer, said in ((ECHO, "<1 a\\nb"), (REFUSE, "!1 busy motor is homing")):
        board = Board(answer)
        for _ in range(3):
            board.say(">1 a\\nb")
            board.expect(said)
        assert len(board.executed) == 1 and board.r.counts["repeats"] == 2


def test_a_repetition_of_what_still_works_is_ignored():
    board = Board(PUT_OFF)
    board.say(">1 x")
    board.say(">1 x")
    board.expect()
    assert board.r.reply("1", "done")
    board.say(">1 x")
    board.expect("<1 done", "<1 done")
    assert len(board.executed) == 1


def test_the_same_id_with_another_payload_is_another_command():
    board = Board()
    for line in (">1 a", ">1 b", ">1 b", ">1 a"):
        board.say(line)
    board.expect("<1 a", "<1 b", "<1 b", "<1 a")
    assert len(board.executed) == 2
    board = Board(PUT_OFF, window=2)
    board.say(">1 a")
    board.say(">1 b")
    assert len(board.executed) == 1 and board.r.counts["malformed"] == 1


def test_the_last_commands_are_remembered_whatever_stays_open():
    for left_open in range(3):
        board = Board(PUT_OFF, window=3, dedup=5)
        for number in range(left_open):
            board.say(">open%d" % number)
        board.answer = ECHO
        for _ in range(2):
            for number in range(5):
                board.say(">%d" % number)
                board.expect("<%d" % number)
        assert len(board.executed) == left_open + 5
        for number in range(left_open):
            assert board.r.wanted("open%d" % number)


def test_the_oldest_command_is_forgotten_in_the_end():
    board = Board()
    for number in (0, 1, 2, 3, 4, 4, 0):
        board.say(">%d x" % number)
        board.expect("<%d x" % number)
    assert [id for id, _ in board.executed] == ["0", "1", "2", "3", "4", "0"]


def test_replies_share_their_memory_and_the_oldest_make_room():
    board = Board(PUT_OFF, reply_bytes=24)
    for id, size in (("1", 12), ("2", 12), ("3", 12), ("4", 25)):
        board.say(">" + id)
        assert board.r.reply(id, id * size)
        board.expect("<%s %s" % (id, id * size))
    for id in ("1", "2", "3", "4"):
        board.say(">" + id)
    board.expect("<2 " + "2" * 12, "<3 " + "3" * 12)
    assert len(board.executed) == 4 and board.r.counts["forgotten"] == 2


def test_more_than_the_window_is_refused_and_can_be_done_later():
    for window in (1, 3):
        board = Board(PUT_OFF, window=window)
        for number in range(window):
            board.say(">w%d" % number)
        board.say(">9")
        board.expect("!9 busy")
        assert board.r.counts["busy"] == 1 and board.r.reply("w0", "free")
        board.say(">9")
        assert len(board.executed) == window + 1


def test_a_cancelled_command_is_neither_wanted_nor_answered():
    board = Board(PUT_OFF)
    board.say(">1 x")
    assert board.r.wanted("1") and not board.r.wanted("2")
    board.say("~2")
    board.say("~1")
    assert not board.r.wanted("1") and not board.r.reply("1", "late")
    board.say(">1 x")
    board.expect()
    assert len(board.executed) == 1 and board.r.counts["stray"] == 1 and board.r.counts["malformed"] == 0
    board = Board()
    for line in (">1 x", "~1", ">1 x"):
        board.say(line)
    board.expect("<1 x", "<1 x")


def test_only_an_open_command_is_answered_and_only_once():
    board = Board(PUT_OFF)
    assert not board.r.reply("1", "x")
    board.say(">1")
    assert board.r.reply("1") and not board.r.reply("1", "again") and not board.r.refuse("1", "again")
    board.expect("<1")
    assert board.r.counts["stray"] == 3


def test_a_refusal_begins_with_a_code():
    board = Board(PUT_OFF)
    board.say(">1")
    for reason in ("", " x", "not.a.code", "0" * 33):
        assert not board.r.refuse("1", reason)
    assert board.r.refuse("1", "range 0\n9")
    board.expect("!1 range 0\\n9")


def test_events_and_log_lines_cannot_be_taken_for_something_else():
    board = Board()
    assert board.r.event("button", "down\n") and board.r.event("tick")
    assert not board.r.event("no name", "") and not board.r.event("")
    board.r.log("<1 no\nreply")
    board.expect("@button down\\n", "@tick", "# <1 no\\nreply")


def test_a_job_is_accepted_at_once_and_its_end_is_an_event():
    board = Board(PUT_OFF, window=2)
    job = rrpc.Job(board.r)
    board.say(">7 fill")
    assert not job.answer("7", "7") and not job.answer("7", "") and not job.end("done")
    assert job.accept("7") and job.running
    board.say(">7 fill")
    board.say(">8 fill")
    assert not job.accept("8")
    board.say(">9 job 7")
    assert not job.answer("9", "8") and job.answer("9", b"7")
    assert job.end("done 40 l") and not job.running and not job.end("done")
    board.say(">10 job 7")
    assert job.answer("10", "7")
    board.expect(
        "<7 7 running", "<7 7 running", "!8 busy the job before still runs", "<9 7 running", "@job 7 done 40 l", "<10 7 done 40 l"
    )
    board.say(">11 fill")
    board.say("~11")
    assert not job.accept("11") and not job.running
    board.expect()


def test_a_writer_gives_the_uart_the_rest_of_what_it_did_not_take():
    class Uart:
        taken = b""
        turn = 0

        def write(self, data):
            self.turn += 1
            if self.turn % 3 == 0:
                return None  # its buffer is full
            self.taken += bytes(data[:4])
            return len(data[:4])

    uart = Uart()
    rrpc.writer(uart)(b"0123456789")
    assert uart.taken == b"0123456789"


def test_sizes_that_cannot_be_are_an_error():
    for sizes in ({"window": 0}, {"window": 5}, {"line_bytes": 47}):
        try:
            Board(**sizes)
        except ValueError:
            continue
        raise AssertionError(sizes)


# ---- The vectors of docs/line-protocol.md

page = open(sys.argv[1]).read()


def vectors(name):
    """The two columns of each line in the fenced block; the second may be empty."""
    block = page.split("```vectors " + name + "\n")[1].split("```")[0]
    rows = []
    for line in block.split("\n")[:-1]:
        left, _, right = line.partition("   ")
        rows.append((left, right.strip()))
    assert rows
    return rows


def of_hex(text):
    return bytes(int(byte, 16) for byte in text.split())


def test_the_vectors_of_checksums():
    for line, sum in vectors("checksum"):
        assert crc(line.encode()) == b"*" + sum.encode(), line
        assert rrpc.checksum(line.encode()) == int(sum, 16), line


def test_the_vectors_of_payloads():
    for escaped, hex in vectors("payload"):
        board = Board()
        board.say(">1 " + escaped)
        board.expect("<1 " + escaped)
        assert board.executed == [("1", of_hex(hex))], escaped
    for escaped, hex in vectors("payload-accepted"):
        board = Board()
        board.say(">1 " + escaped)
        assert board.executed == [("1", of_hex(hex))], escaped


def test_the_vectors_of_malformed_lines():
    for line, _ in vectors("malformed"):
        board = Board()
        board.say(line)
        board.expect()
        assert board.executed == [] and board.r.counts["malformed"] == 1, line


def test_the_program_of_the_page():
    class Uart:
        coming = [b">1 led on*0565\n", b">2 x*DC0F\n", b"\n"]
        written = b""

        def __init__(self, *place, rxbuf):
            assert place == (0, 115200) and rxbuf == 512

        def any(self):
            return len(self.coming[0])  # an IndexError ends the program

        def read(self, size):
            return self.coming.pop(0)

        def write(self, data):
            Uart.written += bytes(data)
            return len(data)

    class Motor:
        is_homing = staticmethod(lambda: True)

    class Machine:
        UART = Uart

    sys.modules["machine"] = Machine
    program = open(sys.argv[2]).read().split("```python\n")[1].split("```")[0]
    try:
        exec(program, {"motor": Motor})
    except IndexError:
        pass
    hello, on, homing = [line for line in Uart.written.split(b"\n") if line]
    assert hello.startswith(b"=rrpc/1 ") and b" fw=mine-1.0*" in hello, hello
    assert on.startswith(b"<1 on*") and homing.startswith(b"!2 busy motor is homing*"), (on, homing)


failed = 0
tests = sorted(name for name in globals() if name.startswith("test_"))
for name in tests:
    try:
        globals()[name]()
    except Exception as error:
        failed += 1
        print("FAILED", name)
        sys.print_exception(error)
print("%d passed, %d failed" % (len(tests) - failed, failed))
sys.exit(failed > 0)

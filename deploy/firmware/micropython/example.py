# SPDX-License-Identifier: MIT
"""A board that answers RRPC, as the C library's examples do:

    led on | led off   switches the LED
    count              says how often it was done; a repetition of the same line does not count
    wait MS            answers after so many milliseconds, and does other things meanwhile
    hold MS            keeps the board busy for so long, as bad firmware does
    pump MS            longer than a caller may wait: answered at once, the end is the event `job`
    job ID             how the job of the command ID is
    stats              what was not delivered, and why
    anything else      is echoed

main.py runs it on a board.
"""

import json
import time

import rrpc


class Example:
    """`set_led(on)` switches the LED."""

    def __init__(self, write, set_led, boot, window=1):
        self.gateway = rrpc.RRPC(write, self._on_command, boot, firmware="micropython-example-1.0", window=window)
        self._set_led = set_led
        self._count = 0
        self._waits = []  # (id, since, duration), at most `window` of them
        self._pump = rrpc.Job(self.gateway)
        self._pump_time = (0, 0)
        self._actions = {"wait": self._wait, "hold": self._hold, "pump": self._start_pump}

    def poll(self):
        """To be called at every turn of the main loop."""
        for wait in list(self._waits):
            id, since, duration = wait
            if time.ticks_diff(time.ticks_ms(), since) >= duration or not self.gateway.wanted(id):
                self._waits.remove(wait)
                if self.gateway.wanted(id):  # not cancelled meanwhile
                    self.gateway.reply(id, "waited")
        since, duration = self._pump_time
        if self._pump.running and time.ticks_diff(time.ticks_ms(), since) >= duration:
            self._pump.end("done")

    def _on_command(self, id, payload):
        gateway = self.gateway
        word, _, argument = payload.partition(b" ")
        action = self._actions.get(word.decode()) if word.isalpha() else None
        if action is not None:
            if argument.isdigit() and int(argument) <= 30000:
                action(id, int(argument))
            else:
                gateway.refuse(id, "usage at most 30000 ms")
        elif word == b"led":
            if argument in (b"on", b"off"):
                self._set_led(argument == b"on")
                gateway.reply(id, argument)
            else:
                gateway.refuse(id, "usage led takes on or off")
        elif word == b"job":
            if not self._pump.answer(id, argument):
                gateway.refuse(id, "unknown_job not since the last restart, or not the last one")
        elif payload == b"count":
            self._count += 1
            gateway.reply(id, str(self._count))
        elif payload == b"stats":
            gateway.reply(id, json.dumps(gateway.counts))
        else:
            gateway.reply(id, payload)

    def _wait(self, id, duration):
        self._waits.append((id, time.ticks_ms(), duration))

    def _hold(self, id, duration):
        time.sleep_ms(duration)
        self.gateway.reply(id, "held")

    def _start_pump(self, id, duration):
        if self._pump.accept(id):
            self._pump_time = (time.ticks_ms(), duration)

"""The bridge that one would write first in Python: paho and pyserial, no checks.

    python-bridge.py HOST PORT PRODUCT/DEVICE TTY QOS
"""
import socket
import sys

import paho.mqtt.client as mqtt
import serial

host, broker_port, device, path, qos = sys.argv[1:]
port = serial.Serial(path, 115200)


def on_connect(client, userdata, flags, code):
    client.subscribe(f"$rrpc/rxd/{device}/+", int(qos))


def on_message(client, userdata, message):
    request_id = message.topic.rsplit("/", 1)[1]
    port.write(b">%s %s\n" % (request_id.encode(), message.payload))


def on_socket_open(client, userdata, connection):
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


client = mqtt.Client()
client.on_connect = on_connect
client.on_message = on_message
client.on_socket_open = on_socket_open
client.connect(host, int(broker_port))
client.loop_start()

rest = b""
while True:
    *lines, rest = (rest + port.read(port.in_waiting or 1)).split(b"\n")
    for line in lines:
        if line.startswith(b"<"):
            request_id, _, payload = line[1:].partition(b" ")
            client.publish(f"$rrpc/txd/{device}/{request_id.decode()}", payload, int(qos))

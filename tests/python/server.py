"""A server that PyVISA-py makes: procedure 1 turns a string round. Usage: server.py tcp|udp"""

import sys

from pyvisa_py.protocols import rpc


class Turning:
    def handle_1(self):
        text = self.unpacker.unpack_string()
        self.turn_around()
        self.packer.pack_string(text[::-1])


class OverTcp(Turning, rpc.TCPServer):
    pass


class OverUdp(Turning, rpc.UDPServer):
    pass


kind = {"tcp": OverTcp, "udp": OverUdp}[sys.argv[1]]
server = kind("127.0.0.1", 0x20000777, 1, 0)
server.port = server.sock.getsockname()[1]
if sys.argv[1] == "tcp":
    server.sock.listen(1)
server.register()
print("ready", flush=True)
server.loop()

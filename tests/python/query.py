"""Asks the instrument at 127.0.0.1, as whoever measures with Python does."""

import sys

import pyvisa

manager = pyvisa.ResourceManager("@py")
instrument = manager.open_resource("TCPIP::127.0.0.1::inst0::INSTR")
for question in sys.argv[1:]:
    print(instrument.query(question).strip())
instrument.close()

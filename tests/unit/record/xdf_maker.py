# SPDX-License-Identifier: GPL-3.0-or-later
"""XDF 1.0 written from the specification, independent of the C writer: for tests of reading other people's files."""
import struct

BOUNDARY = bytes.fromhex("43A546DCCBF5410FB30ED5467383CBE4")
CODES = {"int8": "b", "int16": "h", "int32": "i", "int64": "q", "float32": "f", "double64": "d"}


def varlen(n, size=None):
    size = size or (1 if n < 256 else 4 if n < 1 << 32 else 8)
    return bytes([size]) + n.to_bytes(size, "little")


def chunk(tag, content, size=None):
    return varlen(len(content) + 2, size) + struct.pack("<H", tag) + content


def file_header(extra=""):
    return b"XDF:" + chunk(1, f"<?xml version='1.0'?><info><version>1.0</version>{extra}</info>".encode())


def stream_header(sid, name, kind, channels, rate, fmt, desc="", count=None):
    """channels: list of (label, unit) or None for no description."""
    listed = ""
    if channels is not None:
        listed = "<channels>" + "".join(
            f"<channel><label>{label}</label><unit>{unit}</unit></channel>" for label, unit in channels) + "</channels>"
    n = count if count is not None else len(channels)
    xml = (f"<?xml version='1.0'?><info><name>{name}</name><type>{kind}</type><channel_count>{n}</channel_count>"
           f"<nominal_srate>{rate}</nominal_srate><channel_format>{fmt}</channel_format>"
           f"<desc>{desc}{listed}</desc></info>")
    return chunk(2, struct.pack("<I", sid) + xml.encode())


def samples(sid, fmt, rows, size=None):
    """rows: (stamp or None, values)."""
    out = [struct.pack("<I", sid), varlen(len(rows), size)]
    for stamp, values in rows:
        out.append(b"\0" if stamp is None else b"\x08" + struct.pack("<d", stamp))
        if fmt == "string":
            for text in values:
                out.append(varlen(len(text.encode())) + text.encode())
        else:
            out.append(struct.pack(f"<{len(values)}{CODES[fmt]}", *values))
    return chunk(3, b"".join(out))


def clock_offset(sid, collected, offset):
    return chunk(4, struct.pack("<Idd", sid, collected, offset))


def boundary():
    return chunk(5, BOUNDARY)


def footer(sid, first, last, n):
    xml = (f"<?xml version='1.0'?><info><first_timestamp>{first}</first_timestamp>"
           f"<last_timestamp>{last}</last_timestamp><sample_count>{n}</sample_count></info>")
    return chunk(6, struct.pack("<I", sid) + xml.encode())

# SPDX-License-Identifier: Apache-2.0
"""Writes small databases of the MaxMind format, so that tests need nobody's: mmdb.write(path, {'203.0.113.0/24': {...}})."""
import ipaddress
import struct
import sys


def control(kind, size):
    head, more = (kind << 5, b'') if kind < 8 else (0, bytes([kind - 7]))
    if size < 29:
        return bytes([head | size]) + more
    if size < 285:
        return bytes([head | 29]) + more + bytes([size - 29])
    return bytes([head | 30]) + more + struct.pack('>H', size - 285)


# Whole numbers of the metadata that are no 32 bits.
KINDS = {'build_epoch': 9, 'binary_format_major_version': 5, 'binary_format_minor_version': 5, 'ip_version': 5, 'record_size': 5}


def encode(value, kind=6):
    if isinstance(value, bool):
        return control(14, int(value))
    if isinstance(value, str):
        b = value.encode()
        return control(2, len(b)) + b
    if isinstance(value, int):
        b = value.to_bytes((value.bit_length() + 7) // 8, 'big')
        return control(kind, len(b)) + b
    if isinstance(value, list):
        return control(11, len(value)) + b''.join(encode(v) for v in value)
    return control(7, len(value)) + b''.join(encode(k) + encode(v, KINDS.get(k, 6)) for k, v in value.items())


def build(networks, kind='Test-City', version=6):
    """The bytes; of networks that lie within others the later ones count. IPv4 stands at ::/96 of a tree of version 6."""
    nodes, data, places = [[None, None]], b'', {}
    for text, value in networks.items():
        net = ipaddress.ip_network(text)
        if net.version == 6 and version == 4:
            raise ValueError('a tree of version 4 has no IPv6')
        width = 128 if version == 6 else 32
        prefix = net.prefixlen + (96 if version == 6 and net.version == 4 else 0)
        number = int(net.network_address)
        key = repr(value)
        if key not in places:
            places[key] = len(data)
            data += encode(value)
        at = 0
        for depth in range(prefix):
            bit = number >> (width - 1 - depth) & 1
            if depth == prefix - 1:
                nodes[at][bit] = ('data', places[key])
                break
            below = nodes[at][bit]
            if not isinstance(below, int):
                nodes.append([below, below])
                below = nodes[at][bit] = len(nodes) - 1
            at = below
    count = len(nodes)
    record = lambda r: count if r is None else r if isinstance(r, int) else count + 16 + r[1]
    tree = b''.join(struct.pack('>II', record(left), record(right)) for left, right in nodes)
    about = {'binary_format_major_version': 2, 'binary_format_minor_version': 0, 'build_epoch': 1795953600, 'database_type': kind,
             'description': {'en': 'of a test'}, 'ip_version': version, 'languages': ['en'], 'node_count': count, 'record_size': 32}
    return tree + bytes(16) + data + b'\xab\xcd\xefMaxMind.com' + encode(about)


def write(path, networks, **more):
    with open(path, 'wb') as f:
        f.write(build(networks, **more))


CITY = {'198.51.100.0/24': {'city': {'names': {'en': 'Nowhere'}}, 'country': {'iso_code': 'DE', 'names': {'en': 'Germany'}}},
        '203.0.113.0/24': {'country': {'iso_code': 'BR'}, 'registered_country': {'iso_code': 'US'}},
        '192.0.2.0/25': {'registered_country': {'iso_code': 'JP'}}, '2001:db8::/32': {'country': {'iso_code': 'FR'}}}
ASN = {'198.51.100.0/24': {'autonomous_system_number': 64500, 'autonomous_system_organization': 'Example Net'},
       '203.0.113.0/25': {'autonomous_system_number': 64501, 'autonomous_system_organization': 'Somebody Hosting'},
       '203.0.113.128/25': {'autonomous_system_number': 64502}, '2001:db8:1::/48': {'autonomous_system_number': 4200000000, 'autonomous_system_organization': 'Six'}}
FLAT = {'198.51.100.0/24': {'country': 'Germany', 'country_code': 'DE', 'asn': 'AS64500', 'as_name': 'Example Net'},
        '203.0.113.0/24': {'country': 'BR', 'asn': 'AS64501', 'name': 'Somebody Hosting'}}

if __name__ == '__main__':
    # the seeds of tests/fuzz/fuzz-geo: mmdb.py FOLDER
    write(f'{sys.argv[1]}/city', CITY)
    write(f'{sys.argv[1]}/asn', ASN, kind='Test-ASN')
    write(f'{sys.argv[1]}/flat', FLAT, kind='Test-Flat', version=4)

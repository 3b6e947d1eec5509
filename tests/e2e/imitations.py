# SPDX-License-Identifier: Apache-2.0
"""Benign imitations of what Davy must recognise. Nothing here works: addresses belong to nobody, keys open nothing.

The Monero address is made from two public keys that are no points anybody holds a secret for; what matters to the tests
is that its checksum is right, which needs Keccak-256 (the padding before SHA-3 was standardised).
"""
import base64
import re
import struct

_ROUND = [0x1, 0x8082, 0x800000000000808a, 0x8000000080008000, 0x808b, 0x80000001, 0x8000000080008081, 0x8000000000008009,
          0x8a, 0x88, 0x80008009, 0x8000000a, 0x8000808b, 0x800000000000008b, 0x8000000000008089, 0x8000000000008003,
          0x8000000000008002, 0x8000000000000080, 0x800a, 0x800000008000000a, 0x8000000080008081, 0x8000000000008080,
          0x80000001, 0x8000000080008008]
_MASK = (1 << 64) - 1


def _rotate(value, n):
    return ((value << n) | (value >> (64 - n))) & _MASK if n else value


def _permute(a):
    for constant in _ROUND:
        c = [a[x][0] ^ a[x][1] ^ a[x][2] ^ a[x][3] ^ a[x][4] for x in range(5)]
        d = [c[(x - 1) % 5] ^ _rotate(c[(x + 1) % 5], 1) for x in range(5)]
        a = [[a[x][y] ^ d[x] for y in range(5)] for x in range(5)]
        x, y, current = 1, 0, a[1][0]
        for t in range(24):
            x, y = y, (2 * x + 3 * y) % 5
            current, a[x][y] = a[x][y], _rotate(current, (t + 1) * (t + 2) // 2 % 64)
        a = [[a[x][y] ^ (~a[(x + 1) % 5][y] & a[(x + 2) % 5][y]) for y in range(5)] for x in range(5)]
        a[0][0] ^= constant
    return a


def keccak256(data):
    rate = 136
    padded = bytearray(data + b'\x01' + b'\0' * (-(len(data) + 1) % rate))
    padded[-1] |= 0x80
    state = [[0] * 5 for _ in range(5)]
    for start in range(0, len(padded), rate):
        for i in range(rate // 8):
            state[i % 5][i // 5] ^= struct.unpack_from('<Q', padded, start + 8 * i)[0]
        state = _permute(state)
    return b''.join(struct.pack('<Q', state[i % 5][i // 5]) for i in range(4))


def monero_address(seed=7):
    body = b'\x12' + keccak256(b'davy test imitation %d' % seed) + keccak256(b'davy test view %d' % seed)
    raw = body + keccak256(body)[:4]
    digits = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'
    text = ''
    for start in range(0, len(raw), 8):
        block = raw[start:start + 8]
        number, width = int.from_bytes(block, 'big'), {8: 11, 5: 7}[len(block)]
        out = ''
        for _ in range(width):
            number, digit = divmod(number, 58)
            out = digits[digit] + out
        text += out
    return text


def miner_config():
    return ('{ "comment": "DAVY TEST IMITATION, configures nothing",\n'
            '  "autosave": true, "cpu": {"enabled": true, "huge-pages": true, "max-threads-hint": 75},\n'
            '  "randomx": {"mode": "auto", "1gb-pages": false}, "donate-level": 1,\n'
            '  "pools": [{"algo": "rx/0", "coin": "monero", "url": "pool.imitation.example:3333",\n'
            f'             "user": "{monero_address()}", "pass": "x", "keepalive": true}}]\n}}\n')


# Shaped like a key, made here, opens nothing.
AWS_KEY_ID = 'AKIA' + 'Q3EGRVZ7LMXW2NKD'
AWS_SECRET = 'h7Kd0pRw3+ZtYq8VbNc1mXs5Lf/Gj2Ua9EoTi4Hy'


GITLAB_TOKEN = 'glpat-' + 'kR9xWq2LmZ7vTb4NcY8s'


def aws_credentials():
    return f'[default]\naws_access_key_id = {AWS_KEY_ID}\naws_secret_access_key = {AWS_SECRET}\n'


def ssh_public_key(name='imitation@davy.example'):
    blob = struct.pack('>I', 11) + b'ssh-ed25519' + struct.pack('>I', 32) + keccak256(name.encode())
    return f'ssh-ed25519 {base64.b64encode(blob).decode()} {name}\n'


def gif_with_tail(tail):
    gif = (b'GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;')
    return gif + tail


def tiny_elf(machine=62, bits=64, code=b'\xc3'):
    """A program of one instruction that is never run."""
    assert bits in (32, 64)
    if bits == 64:
        header = struct.pack('<16sHHIQQQIHHHHHH', b'\x7fELF\x02\x01\x01', 2, machine, 1, 0x400078, 64, 0, 0, 64, 56, 1, 0, 0, 0)
        segment = struct.pack('<IIQQQQQQ', 1, 5, 0, 0x400000, 0x400000, 0x78 + len(code), 0x78 + len(code), 0x1000)
    else:
        header = struct.pack('<16sHHIIIIIHHHHHH', b'\x7fELF\x01\x01\x01', 2, machine, 1, 0x8054, 52, 0, 0, 52, 32, 1, 0, 0, 0)
        segment = struct.pack('<IIIIIIII', 1, 0, 0x8000, 0x8000, 0x54 + len(code), 0x54 + len(code), 5, 0x1000)
    return header + segment + code


def packed(code, base=62):
    """JavaScript as Dean Edwards' packer writes it: words are numbers, and stand in a list behind the program."""
    digits = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'

    def number(n):
        return (number(n // base) if n >= base else '') + digits[n % base]
    words = list(dict.fromkeys(re.findall(r'\w+', code)))
    program = re.sub(r'\w+', lambda m: number(words.index(m.group())), code).replace('\\', '\\\\').replace("'", "\\'")
    return ("eval(function(p,a,c,k,e,d){e=function(c){return(c<a?'':e(parseInt(c/a)))+((c=c%a)>35?String.fromCharCode(c+29):c.toString(36))};"
            "while(c--)if(k[c])p=p.replace(new RegExp('\\\\b'+e(c)+'\\\\b','g'),k[c]);return p}"
            f"('{program}',{base},{len(words)},'{'|'.join(words)}'.split('|'),0,{{}}))\n")

#!/usr/bin/env python3
"""Writes a PKCS#12 file that no tool would: an encrypted PKCS#8 key and
certificates, in clear bags, under a MAC with SHA-1.

    p12.py PASSWORD KEY.p8.der OUT LEAF.der [CA.der ...] [--no-attributes] [--one-name] [--no-null] [--sha256]

--no-attributes leaves out the localKeyID that pairs key and certificate; --one-name
puts a friendlyName in its place, the same for the key and every certificate; --no-null
leaves out the parameters of the key's PRF, and --sha256 makes the MAC with SHA-256.
RFC 7292, appendix B for the MAC's key.
"""
import hashlib
import hmac
import sys


def der(tag, *parts):
    body = b"".join(parts)
    n = len(body)
    size = bytes([n]) if n < 128 else (lambda b: bytes([128 | len(b)]) + b)(n.to_bytes((n.bit_length() + 7) // 8, "big"))
    return bytes([tag]) + size + body


def oid(text):
    first, second, *rest = map(int, text.split("."))
    out = bytes([40 * first + second])
    for n in rest:
        digits = [n & 127]
        while n := n >> 7:
            digits.append(n & 127 | 128)
        out += bytes(reversed(digits))
    return der(6, out)


def split(data):
    """The elements of a DER encoding, as (tag, content)."""
    out = []
    while data:
        n, at = data[1], 2
        if n & 128:
            n, at = int.from_bytes(data[2:2 + (n & 127)], "big"), 2 + (n & 127)
        out.append((data[0], data[at:at + n]))
        data = data[at + n:]
    return out


def without_null(data, inside=False):
    """The same, with NULL taken from the algorithm hmacWithSHA256."""
    out = b""
    for tag, body in split(data):
        if tag == 5 and inside:
            continue
        out += der(tag, without_null(body, body.startswith(oid("1.2.840.113549.2.9"))) if tag & 32 else body)
    return out


def mac_key(password, salt, rounds, digest):
    block, size = digest().block_size, digest().digest_size
    stretch = lambda b: (b * block)[:block * -(-len(b) // block)]
    key = digest(bytes([3]) * block + stretch(salt) + stretch((password + "\0").encode("utf-16-be"))).digest()
    for _ in range(rounds - 1):
        key = digest(key).digest()
    return key[:size]


def main():
    flags = [a for a in sys.argv[1:] if a.startswith("--")]
    password, key, out, *certificates = [a for a in sys.argv[1:] if not a.startswith("--")]
    key = open(key, "rb").read()
    if "--no-null" in flags:
        key = without_null(key)
    certificates = [open(name, "rb").read() for name in certificates]
    identifier = hashlib.sha1(certificates[0]).digest()
    attributes = der(0x31, der(0x30, oid("1.2.840.113549.1.9.21"), der(0x31, der(4, identifier))))
    if "--no-attributes" in flags:
        attributes = b""
    if "--one-name" in flags:
        attributes = der(0x31, der(0x30, oid("1.2.840.113549.1.9.20"), der(0x31, der(0x1E, "eas-alice".encode("utf-16-be")))))
    bags = [der(0x30, oid("1.2.840.113549.1.12.10.1.2"), der(0xA0, key), attributes)]
    for i, c in enumerate(certificates):
        bag = der(0x30, oid("1.2.840.113549.1.9.22.1"), der(0xA0, der(4, c)))
        bags.append(der(0x30, oid("1.2.840.113549.1.12.10.1.3"), der(0xA0, bag), attributes if i == 0 or "--one-name" in flags else b""))
    data = lambda content: der(0x30, oid("1.2.840.113549.1.7.1"), der(0xA0, der(4, content)))
    safe = der(0x30, data(der(0x30, *bags)))
    digest, name, rounds = (hashlib.sha256, "2.16.840.1.101.3.4.2.1", 2048) if "--sha256" in flags else (hashlib.sha1, "1.3.14.3.2.26", 2048)
    salt = hashlib.sha256(safe).digest()[:8]
    value = hmac.new(mac_key(password, salt, rounds, digest), safe, digest).digest()
    mac = der(0x30, der(0x30, der(0x30, oid(name), der(5)), der(4, value)), der(4, salt), der(2, rounds.to_bytes(2, "big")))
    open(out, "wb").write(der(0x30, der(2, b"\x03"), data(safe), mac))


main()

"""Changes a PKCS#12 file that OpenSSL 3 wrote with its defaults.

    patch.py mac-iterations N IN OUT            the MAC's iteration count says N; nothing else changes
    patch.py key-iterations N PASSWORD IN OUT   the key bag's PBKDF2 count says N; the MAC is made again
    patch.py reverse-certs PASSWORD IN OUT      the certificate bags in reverse order; encrypted and MACed again

Only the Python standard library and the openssl command are used.
"""

import hashlib
import hmac
import subprocess
import sys

SEQUENCE, INTEGER, OCTETS = 0x30, 0x02, 0x04


class Node:
    """One DER element: a constructed one has children, any other has bytes."""

    def __init__(self, tag, content):
        self.tag = tag
        self.content = content

    def __getitem__(self, i):
        return self.content[i]

    def encode(self):
        body = self.content
        if isinstance(body, list):
            body = b"".join(child.encode() for child in body)
        return bytes([self.tag]) + encode_length(len(body)) + body


def encode_length(n):
    if n < 0x80:
        return bytes([n])
    raw = n.to_bytes((n.bit_length() + 7) // 8, "big")
    return bytes([0x80 | len(raw)]) + raw


def parse_all(der):
    nodes = []
    while der:
        tag, first = der[0], der[1]
        start = 2
        size = first
        if first >= 0x80:
            start += first & 0x7F
            size = int.from_bytes(der[2:start], "big")
        body, der = der[start : start + size], der[start + size :]
        nodes.append(Node(tag, parse_all(body) if tag & 0x20 else body))
    return nodes


def parse(der):
    (node,) = parse_all(der)
    return node


def number(node):
    return int.from_bytes(node.content, "big")


def set_number(node, n):
    # One bit more than n needs, so that the sign bit stays clear.
    node.content = n.to_bytes(n.bit_length() // 8 + 1, "big")


# PFX ::= SEQUENCE { version, authSafe ContentInfo, macData } (RFC 7292, 4)
def auth_safe(pfx):
    return pfx[1][1][0]


def mac_data(pfx):
    return pfx[2]


def mac_key(password, salt, iterations):
    """RFC 7292, appendix B.2 with ID 3 and SHA-256: one block is enough."""
    block = 64

    def fill(s):
        return (s * (block // len(s) + 1))[: block * -(-len(s) // block)]

    bmp = password.encode("utf-16-be") + b"\0\0"
    key = hashlib.sha256(b"\3" * block + fill(salt) + fill(bmp)).digest()
    for _ in range(iterations - 1):
        key = hashlib.sha256(key).digest()
    return key


def make_mac(pfx, password):
    digest_info, salt, iterations = mac_data(pfx).content
    key = mac_key(password, salt.content, number(iterations))
    digest_info[1].content = hmac.digest(key, auth_safe(pfx).content, "sha256")


def aes256(direction, key, iv, data):
    command = ["openssl", "enc", direction, "-aes-256-cbc", "-K", key.hex(), "-iv", iv.hex()]
    return subprocess.run(command, input=data, stdout=subprocess.PIPE, check=True).stdout


def mac_iterations(n, source, target):
    pfx = load(source)
    set_number(mac_data(pfx)[2], int(n))
    save(pfx, target)


def key_iterations(n, password, source, target):
    pfx = load(source)
    safes = parse(auth_safe(pfx).content)
    # The second safe is plain data that holds the one shrouded key bag:
    # bag { id, [0] { EncryptedPrivateKeyInfo { { pbes2, { { pbkdf2, { salt, count } } } } } } }
    bags = parse(safes[1][1][0].content)
    pbkdf2 = bags[0][1][0][0][1][0][1]
    set_number(pbkdf2[1], int(n))
    safes[1][1][0].content = bags.encode()
    auth_safe(pfx).content = safes.encode()
    make_mac(pfx, password)
    save(pfx, target)


def reverse_certs(password, source, target):
    pfx = load(source)
    safes = parse(auth_safe(pfx).content)
    # The first safe is EncryptedData { version, { data, { pbes2, { kdf, cipher } }, [0] bytes } }
    encrypted = safes[0][1][0][1]
    kdf, cipher = encrypted[1][1].content
    salt, count = kdf[1][0].content, number(kdf[1][1])
    key = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, count, 32)
    iv = cipher[1].content
    bags = parse(aes256("-d", key, iv, encrypted[2].content))
    bags.content.reverse()
    encrypted[2].content = aes256("-e", key, iv, bags.encode())
    auth_safe(pfx).content = safes.encode()
    make_mac(pfx, password)
    save(pfx, target)


def load(path):
    with open(path, "rb") as f:
        return parse(f.read())


def save(pfx, path):
    with open(path, "wb") as f:
        f.write(pfx.encode())


if __name__ == "__main__":
    verbs = {
        "mac-iterations": mac_iterations,
        "key-iterations": key_iterations,
        "reverse-certs": reverse_certs,
    }
    verbs[sys.argv[1]](*sys.argv[2:])

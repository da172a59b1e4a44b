"""AES-128 with its modes ECB and GCM, from FIPS 197 and NIST SP 800-38D: what high security and suite 0 need.

Slow and small; a conformance run ciphers a few kilobytes.
"""


def _multiply(left: int, right: int) -> int:
    """Product in the field of AES."""
    product = 0
    while right:
        if right & 1:
            product ^= left
        left = left << 1 ^ (0x11B if left & 0x80 else 0)
        right >>= 1
    return product


def _boxes() -> bytes:
    box = bytearray(256)
    for value in range(256):
        inverse = next((other for other in range(256) if _multiply(value, other) == 1), 0)
        turned = inverse
        for shift in range(1, 5):
            turned ^= (inverse << shift | inverse >> 8 - shift) & 0xFF
        box[value] = turned ^ 0x63
    return bytes(box)


SBOX = _boxes()


def _keys(key: bytes) -> list[bytes]:
    words = [key[place:place + 4] for place in range(0, 16, 4)]
    constant = 1
    for index in range(4, 44):
        word = words[-1]
        if index % 4 == 0:
            word = bytes(SBOX[octet] for octet in word[1:] + word[:1])
            word = bytes([word[0] ^ constant]) + word[1:]
            constant = _multiply(constant, 2)
        words.append(bytes(a ^ b for a, b in zip(words[-4], word)))
    return [b"".join(words[place:place + 4]) for place in range(0, 44, 4)]


def block(key: bytes, text: bytes) -> bytes:
    """One block of AES-128."""
    keys = _keys(key)
    state = bytes(a ^ b for a, b in zip(text, keys[0]))
    for turn in range(1, 11):
        state = bytes(SBOX[octet] for octet in state)
        state = bytes(state[(place * 5) % 16] for place in range(16))
        if turn < 10:
            mixed = b""
            for column in range(0, 16, 4):
                a, b, c, d = state[column:column + 4]
                mixed += bytes([
                    _multiply(a, 2) ^ _multiply(b, 3) ^ c ^ d, a ^ _multiply(b, 2) ^ _multiply(c, 3) ^ d,
                    a ^ b ^ _multiply(c, 2) ^ _multiply(d, 3), _multiply(a, 3) ^ b ^ c ^ _multiply(d, 2)])
            state = mixed
        state = bytes(a ^ b for a, b in zip(state, keys[turn]))
    return state


def ecb(key: bytes, text: bytes) -> bytes:
    """AES-128-ECB of a challenge, whose last block is filled with zeros."""
    text += bytes(-len(text) % 16)
    key = (key + bytes(16))[:16]
    return b"".join(block(key, text[place:place + 16]) for place in range(0, len(text), 16))


def _ghash(subkey: int, octets: bytes) -> int:
    total = 0
    for place in range(0, len(octets), 16):
        left = total ^ int.from_bytes(octets[place:place + 16], "big")
        right, total = subkey, 0
        for bit in range(127, -1, -1):
            if left >> bit & 1:
                total ^= right
            right = right >> 1 ^ (0xE1 << 120 if right & 1 else 0)
    return total


def gcm(key: bytes, vector: bytes, text: bytes, more: bytes, decrypts: bool = False) -> tuple[bytes, bytes]:
    """AES-128-GCM with a vector of twelve octets: the other text, and the tag of twelve octets."""
    other = b""
    for index, place in enumerate(range(0, len(text), 16)):
        stream = block(key, vector + (index + 2).to_bytes(4, "big"))
        other += bytes(a ^ b for a, b in zip(text[place:place + 16], stream))
    cipher = text if decrypts else other
    octets = more + bytes(-len(more) % 16) + cipher + bytes(-len(cipher) % 16)
    octets += (len(more) * 8).to_bytes(8, "big") + (len(cipher) * 8).to_bytes(8, "big")
    total = _ghash(int.from_bytes(block(key, bytes(16)), "big"), octets)
    mask = int.from_bytes(block(key, vector + b"\0\0\0\1"), "big")
    return other, (total ^ mask).to_bytes(16, "big")[:12]

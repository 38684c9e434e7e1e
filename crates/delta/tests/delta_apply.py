"""Applies a patch. Written from docs/DELTA.md alone, to check the crate against.

    python3 delta_apply.py OLD PATCH NEW

Exits with 1, and says why, if the patch is refused.
"""

import sys

WORD = 0xFFFFFFFF


class Refused(Exception):
    pass


class RangeDecoder:
    def __init__(self, data):
        self.data = data
        self.at = 0
        self.range = WORD
        self.code = 0
        for _ in range(4):
            self.code = self.code << 8 | self.next_byte()

    def next_byte(self):
        if self.at == len(self.data):
            raise Refused("truncated")
        self.at += 1
        return self.data[self.at - 1]

    def normalize(self):
        while self.range < 1 << 24:
            self.range = self.range << 8 & WORD
            self.code = (self.code << 8 | self.next_byte()) & WORD

    def decide(self, chance):
        self.normalize()
        bound = (self.range >> 16) * chance
        if self.code < bound:
            self.range = bound
            return 0
        self.code -= bound
        self.range -= bound
        return 1

    def bit(self, chances, index):
        chance = chances[index]
        bit = self.decide(chance)
        chances[index] = chance - (chance >> 4) if bit else chance + (65535 - chance >> 4)
        return bit

    def bits(self, tree, count):
        node = 1
        for _ in range(count):
            node = node * 2 + self.bit(tree, node)
        return node - (1 << count)

    def number(self, tree):
        k = self.bits(tree, 5)
        m = 0
        for _ in range(k):
            m = m * 2 + self.decide(32768)
        return (1 << k) + m - 1


def tree():
    return [32768] * 32


def apply(old, patch):
    if patch[:4] != b"AWDL"[: len(patch[:4])]:
        raise Refused("magic")
    if len(patch) < 13:
        raise Refused("truncated")
    if patch[4] != 1:
        raise Refused("version")
    if int.from_bytes(patch[5:9], "little") != len(old):
        raise Refused("length of the old module")
    length = int.from_bytes(patch[9:13], "little")
    decoder = RangeDecoder(patch[13:])
    hit, hit_changed = [65280] * 64, [32768] * 8
    kept, again, backwards = [32768], [32768], [32768]
    copy, literal, seek = tree(), tree(), tree()
    upper, lower = tree(), tree()
    table = [0] * 128
    cursor = before = last = 0
    new = bytearray()

    def byte():
        high = decoder.bits(upper, 4)
        return high * 16 + decoder.bits(lower, 4)

    while len(new) < length:
        back = decoder.bit(backwards, 0)
        by = decoder.number(seek)
        cursor += -by if back else by
        if not 0 <= cursor <= len(old):
            raise Refused("seek outside the old module")
        copied = decoder.number(copy)
        if copied > length - len(new):
            raise Refused("too many copied bytes")
        if cursor + copied > len(old):
            raise Refused("copy outside the old module")
        for _ in range(copied):
            b = old[cursor]
            e = table[b % 128]
            chances, index = (hit, before % 64) if e == 0 else (hit_changed, before % 8)
            if decoder.bit(chances, index) == 0:
                d = e
            elif e != 0 and decoder.bit(kept, 0) == 0:
                d = 0
            elif decoder.bit(again, 0) == 0:
                d = last
            else:
                d = last = byte()
            before = (b + d) % 256
            new.append(before)
            table[b % 128] = d
            cursor += 1
        if len(new) == length:
            break
        literals = decoder.number(literal)
        if literals > length - len(new):
            raise Refused("too many literals")
        if copied == 0 and literals == 0:
            raise Refused("an instruction without output")
        for _ in range(literals):
            before = byte()
            new.append(before)
    decoder.normalize()
    if decoder.code != 0:
        raise Refused("damaged")
    if decoder.at != len(decoder.data):
        raise Refused("bytes after the end")
    return bytes(new)


def main():
    old_path, patch_path, new_path = sys.argv[1:]
    with open(old_path, "rb") as file:
        old = file.read()
    with open(patch_path, "rb") as file:
        patch = file.read()
    try:
        new = apply(old, patch)
    except Refused as refused:
        print(f"refused: {refused}")
        return 1
    with open(new_path, "wb") as file:
        file.write(new)
    return 0


if __name__ == "__main__":
    sys.exit(main())

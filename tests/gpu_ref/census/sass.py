"""Machine code of sm_90a in cubins: which instructions a kernel has, and its loops.

An instruction has 16 bytes, its opcode in the low 12 bits. What opcode is what is learnt from
probes.cu. Where a branch goes was read off the loops and the endless branch behind every kernel.
"""

import struct
import subprocess
from collections import Counter

BRANCH = 0x947


def sections(path):
    """(name, bytes) of the sections of an ELF file."""
    data = path.read_bytes()
    table, = struct.unpack_from("<Q", data, 0x28)
    size, count, names_at = struct.unpack_from("<HHH", data, 0x3A)
    headers = [struct.unpack_from("<IIQQQQ", data, table + i * size) for i in range(count)]
    names = data[headers[names_at][4]:][:headers[names_at][5]]
    for header in headers:
        yield names[header[0]:].split(b"\0", 1)[0].decode(), data[header[4]:][:header[5]]


def kernels(path):
    """name -> instructions as (low, high) halves."""
    return {
        name.removeprefix(".text."): [struct.unpack_from("<QQ", code, i)
                                      for i in range(0, len(code), 16)]
        for name, code in sections(path) if name.startswith(".text.")
    }


def demangled(names):
    done = subprocess.run(["c++filt"], input="\n".join(names), stdout=subprocess.PIPE,
                          encoding="utf-8", check=True)
    return [name.replace("einfall::gpu_ref::", "").removeprefix("void ").split("(", 1)[0]
            for name in done.stdout.splitlines()]


def signature(instruction):
    """The opcode; of the unit for elementary functions (MUFU) also which function."""
    opcode = instruction[0] & 0xFFF
    return (opcode, instruction[1] >> 8 & 0x3F) if opcode == 0x308 else (opcode, 0)


def learn(path):
    """kind -> signature, from the probes: what each has seven times and the empty one has not."""
    found = {name.removeprefix("probe_"): Counter(map(signature, code))
             for name, code in kernels(path).items()}
    empty, kinds = found.pop("empty"), {}
    for kind, counts in found.items():
        sevens = [s for s, n in counts.items() if n == 7 and s not in empty]
        if len(sevens) != 1:
            raise SystemExit(f"the probe of {kind} has {sevens} seven times")
        kinds[kind] = sevens[0]
    return kinds


def target(index, instruction):
    """The index that a branch at this index goes to."""
    low, high = instruction
    far = (high & 0x3FFFF) << 30 | low >> 34
    far -= 1 << 48 if far >> 47 else 0
    return index + 1 + (far * 256 + (low >> 16 & 0xFF)) * 4 // 16


class Loop:
    def __init__(self, first, last):
        self.first, self.last, self.inner = first, last, []

    def counts(self, code, kinds, trips):
        """Instructions of each kind in one turn; `trips` gives the turns of inner loops with
        products, in their order, and those without are left out."""
        own = Counter()
        holes = {i for loop in self.inner for i in range(loop.first, loop.last + 1)}
        for i in range(self.first, self.last + 1):
            if i not in holes:
                own[signature(code[i])] += 1
        result = Counter({kind: own[s] for kind, s in kinds.items()})
        for loop in self.inner:
            inner = loop.counts(code, kinds, trips)
            if inner["mma"] + inner["mma_s8"] + inner["wgmma"] == 0:
                continue
            if not trips:
                raise SystemExit("an inner loop with products that no trips are declared for")
            turns = trips.pop(0)
            for kind, n in inner.items():
                result[kind] += turns * n
        return result


def loops(code):
    """The outermost loops, in order."""
    ends = {}
    for i, instruction in enumerate(code):
        if instruction[0] & 0xFFF == BRANCH and target(i, instruction) < i:
            ends[target(i, instruction)] = i
    outermost, open_loops = [], []
    for first in sorted(ends):
        loop = Loop(first, ends[first])
        while open_loops and open_loops[-1].last < first:
            open_loops.pop()
        (open_loops[-1].inner if open_loops else outermost).append(loop)
        open_loops.append(loop)
    return outermost

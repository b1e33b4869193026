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


def loops(code):
    """(first, last) of every backward branch's range, as (target, branch), shortest first."""
    ends = {}
    for i, instruction in enumerate(code):
        if instruction[0] & 0xFFF == BRANCH and target(i, instruction) < i:
            ends[target(i, instruction)] = i
    return sorted(ends.items(), key=lambda loop: loop[1] - loop[0])


def count(code, kinds, ranges):
    """Instructions of each kind at the indices of the ranges."""
    found = Counter(signature(code[i]) for first, last in ranges for i in range(first, last + 1))
    return Counter({kind: found[s] for kind, s in kinds.items() if found[s]})


def has_scores(counts):
    """Products of the kinds that Q K^T takes."""
    return any(counts[kind] for kind in ("mma", "mma_s8", "wgmma", "wgmma_e4m3"))


def steady_loops(code, kinds):
    """The loops over tiles, in order: the shortest that hold scores' products and, where the
    kernel's threads copy tiles themselves, copies. Loops that cross a shorter one wait out of
    line."""
    copies = count(code, kinds, [(0, len(code) - 1)])["copy_async"] > 0
    found = []
    for loop in loops(code):
        counts = count(code, kinds, [loop])
        inside = has_scores(counts) and (counts["copy_async"] > 0 or not copies)
        if inside and not any(loop[0] <= o[1] and o[0] <= loop[1] for o in found):
            found.append(loop)
    return sorted(found)


def turn(code, kinds, loop, trips):
    """Instructions of each kind in one turn of a loop over tiles. `trips` says how often the loops
    with products inside it go round, in their order; other loops inside count once."""
    inner = sorted(o for o in loops(code) if loop[0] < o[0] and o[1] < loop[1]
                   and has_scores(count(code, kinds, [o])))
    if len(inner) != len(trips):
        raise SystemExit(f"{len(inner)} inner loops with products, {len(trips)} declared")
    counts = count(code, kinds, [loop])
    for body, times in zip(inner, trips):
        for kind, n in count(code, kinds, [body]).items():
            counts[kind] += (times - 1) * n
    return counts

"""Relative links in Markdown lead to a file, and a fragment to one of its headings."""

import re

import house

LINK = re.compile(r"(?<!\!)\[[^\]]*\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^\s*```")
HEADING = re.compile(r"^#{1,6}\s+(.*)")


def anchors(lines):
    """The fragments GitHub makes of the headings."""
    found = set()
    for line in prose(lines):
        match = HEADING.match(line[1])
        if match:
            words = re.sub(r"[^\w\- ]", "", match[1].strip().lower())
            found.add(words.replace(" ", "-"))
    return found


def prose(lines):
    """Numbered lines outside fenced blocks."""
    fenced = False
    for number, line in enumerate(lines, 1):
        if FENCE.match(line):
            fenced = not fenced
        elif not fenced:
            yield number, line


def breach_of(root, path, target):
    """Why this link is wrong, or None."""
    if re.match(r"[a-z]+:", target):
        return None
    name, _, fragment = target.partition("#")
    goal = (root / path).parent / name if name else root / path
    if not goal.exists():
        return f"{target} leads nowhere"
    if fragment and goal.suffix == ".md":
        if fragment not in anchors(goal.read_text(encoding="utf-8").splitlines()):
            return f"{target}: no such heading"
    return None


def main():
    root, _ = house.arguments()
    breaches, seen = [], 0
    for path in house.files(root):
        if path.suffix != ".md":
            continue
        seen += 1
        for number, line in prose(house.text(root, path).splitlines()):
            # Inline code may show link syntax without being a link.
            for match in LINK.finditer(re.sub(r"`[^`]*`", "", line)):
                wrong = breach_of(root, path, match[1] or match[2])
                if wrong:
                    breaches.append(f"{path}:{number}: {wrong}")
    house.report("links", breaches, seen)


main()

"""The pages of documentation, and their blocks of code."""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
_FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A fenced block. `output` is that of the command: the block after it, if nothing but an empty line is between."""

    page: str
    line: int
    language: str
    code: str
    output: "Block | None" = None

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


def blocks_of(page: Path) -> list[Block]:
    """Every block, in the order of the page; one that shows the output of the block before it is part of that one."""
    text = page.read_text()
    blocks: list[Block] = []
    end = -1
    for found in _FENCED.finditer(text):
        block = Block(name_of(page), text.count("\n", 0, found.start()) + 1, found[1], found[2])
        follows = end >= 0 and not text[end : found.start()].strip()
        if follows and block.language in {"json", "http", "text"} and blocks[-1].language == "sh":
            command = blocks.pop()
            blocks.append(Block(command.page, command.line, command.language, command.code, block))
        else:
            blocks.append(block)
        end = found.end()
    return blocks


def shows(expected: Block, output: str) -> bool:
    """Whether a command's output is what the page shows; `…` stands for anything, white space does not matter.

    Of `text` and `http` every line has to be there, in this order, others between them; of `json` it is the whole.
    """
    if expected.language == "json":
        return re.fullmatch(_pattern(expected.code), _without_space(output)) is not None
    lines = iter(_without_space(line) for line in output.splitlines())
    wanted = [_pattern(line) for line in expected.code.splitlines() if line.strip()]
    return all(any(re.fullmatch(pattern, line) for line in lines) for pattern in wanted)


def _pattern(text: str) -> str:
    return ".*".join(re.escape(part) for part in _without_space(text).split("…"))


def _without_space(text: str) -> str:
    return re.sub(r"\s", "", text)

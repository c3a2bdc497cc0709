"""Documents lead somewhere: every relative link, and every page of docs/ that a document or a module cites, exists."""

from __future__ import annotations

import re
import subprocess
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DECISIONS = ROOT / "docs" / "decisions"

_HIDDEN = {"node_modules", "dist", "build"}
_FENCE = re.compile(r"^( *)```.*?^\1```", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"`[^`\n]*`")
_PATH = re.compile(r"`((?:docs|examples|gemspec|schemas|tests)/[\w./-]*)`")
_LINK = re.compile(r"\]\(<?([^)>\s]+)>?(?:\s+\"[^\"]*\")?\)")
_CITED = re.compile(r"(?<![\w/.])docs/[\w./-]*\w\.md\b")
_HEADING = re.compile(r"^#{1,6} +(.+?) *#*$", re.MULTILINE)


def files(*patterns: str) -> list[Path]:
    """Files of the repository: what Git knows or would take, else all but hidden folders."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode == 0 and listed.stdout:
        found = [ROOT / name for name in listed.stdout.splitlines()]
    else:
        found = [path for pattern in patterns for path in ROOT.rglob(pattern) if _is_visible(path)]
    return sorted(path for path in found if path.is_file())


def _is_visible(path: Path) -> bool:
    folders = path.relative_to(ROOT).parts[:-1]
    return not any(name in _HIDDEN or (name.startswith(".") and name != ".github") for name in folders)


def ids(path: Path) -> str:
    return str(path.relative_to(ROOT))


PAGES = files("*.md")
MODULES = [path for path in files("*.py") if path.relative_to(ROOT).parts[0] in ("gemspec", "tests")]


@cache
def anchors(page: Path) -> frozenset[str]:
    """What GitHub makes of the headings of a page, as far as they are used here."""
    headings = _HEADING.findall(_FENCE.sub("", page.read_text(encoding="utf-8")))
    plain = (re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "") for heading in headings)
    return frozenset(re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in plain)


def broken(page: Path) -> list[str]:
    """The relative links of a page that lead nowhere."""
    text = _CODE.sub("", _FENCE.sub("", page.read_text(encoding="utf-8")))
    return [link for link in _LINK.findall(text) if "://" not in link and not leads_somewhere(page, link)]


def leads_somewhere(page: Path, link: str) -> bool:
    path, _, anchor = link.partition("#")
    target = (page.parent / path).resolve() if path else page
    if not target.is_relative_to(ROOT) or not target.exists():
        return False
    return not anchor or target.suffix != ".md" or anchor in anchors(target)


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_relative_links_lead_somewhere(page):
    """A link to a file, a folder or a heading of the repository."""
    assert broken(page) == []


@pytest.mark.parametrize("link", ["no-such-page.md", "#no-such-heading", "../outside.md", "docs/README.md#nothing"])
def test_a_link_that_leads_nowhere_is_found(link):
    """The check itself."""
    assert not leads_somewhere(ROOT / "README.md", link)


def test_cited_pages_exist():
    """`docs/...` in a comment, a docstring or a text is a page that can be opened."""
    cited = {(ids(path), name) for path in (*PAGES, *MODULES) for name in _CITED.findall(path.read_text("utf-8"))}
    assert cited
    assert [(where, name) for where, name in sorted(cited) if not (ROOT / name).exists()] == []


def test_paths_in_documents_exist():
    """A path of the repository in `backticks`, in what is written for maintainers. So a move takes it along."""
    pages = [ROOT / "CONTRIBUTING.md", *(page for page in files("docs/*.md") if not page.name.endswith(".tmp.md"))]
    named = [(ids(page), name) for page in pages for name in _PATH.findall(page.read_text("utf-8"))]
    assert named
    assert [(where, name) for where, name in named if not (ROOT / name).exists()] == []


def test_no_page_is_cited_without_its_folder():
    """As `api-vertex.md` was, while it was nowhere in the repository: `docs/api-vertex.md` can be opened."""
    names = "|".join(re.escape(path.name) for path in files("docs/*.md") if path.name != "README.md")
    bare = re.compile(rf"(?<![\w/.-])(?:{names})\b")
    assert [ids(path) for path in MODULES if path != Path(__file__) and bare.search(path.read_text("utf-8"))] == []


def test_the_index_has_every_decision_in_order():
    """Numbered without a gap, each with its number as the title's, each once in the index."""
    pages = sorted(path.name for path in DECISIONS.glob("*.md") if path.name != "README.md")
    numbers = [int(name.split("-")[0]) for name in pages]
    assert numbers == [*range(1, len(pages) + 1)]
    for number, name in zip(numbers, pages, strict=True):
        assert (DECISIONS / name).read_text(encoding="utf-8").startswith(f"# {number}. "), name
    assert _LINK.findall((DECISIONS / "README.md").read_text(encoding="utf-8"))[1:] == pages


@pytest.mark.parametrize("page", sorted(DECISIONS.glob("0*.md")), ids=ids)
def test_a_decision_says_what_was_turned_down(page):
    """And has the other parts of its form."""
    headings = _HEADING.findall(page.read_text(encoding="utf-8"))
    assert headings[1:] == ["Context", "Decision", "Turned down", "Consequences"]


def test_the_index_of_docs_has_every_page():
    """docs/README.md leads to each page beside it, and to the decisions."""
    links = set(_LINK.findall((ROOT / "docs" / "README.md").read_text(encoding="utf-8")))
    pages = {path.name for path in (ROOT / "docs").glob("*.md") if not path.name.endswith(".tmp.md")}
    assert pages - {"README.md"} <= links
    assert "decisions/README.md" in links

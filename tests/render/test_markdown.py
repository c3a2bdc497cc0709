"""The plan as Markdown: what reviewers see, that foreign text is inert, and that it fits a comment."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import example, given, settings, strategies as st
from markdown_it import MarkdownIt

from gemspec.domain.errors import Origin, Problem, Severity
from gemspec.domain.project import Identity
from gemspec.render.markdown.escape import cell, code, fenced, prose
from gemspec.render.markdown.plan import LIMIT, plan_markdown
from gemspec.util.escape import terminal

# As GitHub reads a comment: tables, bare addresses made links, HTML let through.
GFM = MarkdownIt("gfm-like", {"html": True})
OURS = {"h3", "h4", "p", "code", "pre", "strong", "ul", "li", "table", "thead", "tbody", "tr", "th", "td"}
OURS |= {"details", "summary"}
PIECES = [*"`|\\<>&@#!*_~[](){}:$'\"\n\r\t ", "``", "```", "~~~", "\\|", "](", "![x](https://x.yz/a.png)", "@org/team"]
PIECES += ["[a](javascript:x)", "https://x.yz", "www.x.yz", "www.", "a@b.yz", "#12", "GH-12", "deadbeef0", "- ", "1. "]
PIECES += [
    "<img src=x>",
    "</details>",
    "<!--",
    "-->",
    "&lt;b&gt;",
    "&#64;a",
    "| --- |",
    "===",
    "\u202e",
    "\u200b",
    "word",
]
HOSTILE = st.lists(st.one_of(st.sampled_from(PIECES), st.characters()), max_size=8).map("".join)


class Seen(HTMLParser):
    """Rendered Markdown: tags, rows by their number of cells, comments, and the text that is not code."""

    def __init__(self, markdown: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.rows: list[list[int]] = []
        self.cells: list[str] = []
        self.comments: list[str] = []
        self.plain = ""
        self.code: list[str] = []
        self.open: list[str] = []
        self.feed(GFM.render(markdown))

    def handle_starttag(self, tag, attrs):
        assert not attrs
        self.tags.append(tag)
        self.open.append(tag)
        match tag:
            case "table":
                self.rows.append([])
            case "tr":
                self.rows[-1].append(0)
            case "td" | "th":
                self.rows[-1][-1] += 1
                self.cells.append("")
            case "code":
                self.code.append("")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_comment(self, data):
        self.comments.append(data)

    def handle_data(self, data):
        if "td" in self.open:
            self.cells[-1] += data
        if "code" in self.open:
            self.code[-1] += data
        else:
            self.plain += data


def assert_inert(markdown: str) -> Seen:
    """Only elements that gemspec draws, all closed, and plain text without a meaning for a code host."""
    seen = Seen(markdown)
    assert set(seen.tags) <= OURS
    assert seen.open == []
    assert len(seen.comments) <= 1
    assert all(len(set(rows)) == 1 for rows in seen.rows)
    assert {char for char in seen.plain if not (char.isalnum() or char in " \n,.;:()'%/=->→")} == set()
    assert not re.search(r"(?i)\b(www|[0-9a-f]{7,})\b|\w[.:]\w", re.sub(r"\d\.\d", "", seen.plain))
    return seen


def spoil(value, text, name=""):
    """A document with `text` in every place for text of a manifest, a service or an edited plan."""
    if name in ("kind", "action", "actions", "severity", "state", "train", "rule", "digest", "format_version"):
        return value
    if isinstance(value, dict):
        return {key: spoil(item, text, key) for key, item in value.items()}
    if isinstance(value, list):
        return [spoil(item, text, name) for item in value]
    return text if isinstance(value, str) else value


def many(document, cases, number: int, case: str = "everything"):
    """A plan with `number` times the keys of a case."""
    made = document(cases[case])
    renamed = [spoil_names(made, f"-{index}") for index in range(number)]
    for name in ("resource_changes", "steps", "notes", "failures", "blocks"):
        made[name] = [entry for copy in renamed for entry in copy[name]]
    return made


def spoil_names(document, suffix):
    """A copy of a document whose keys end with `suffix`."""
    keys = {entry["name"] for entry in document["resource_changes"]}

    def rename(value, name=""):
        if isinstance(value, dict):
            return {key: rename(item, key) for key, item in value.items()}
        if isinstance(value, list):
            return [rename(item, name) for item in value]
        return f"{value}{suffix}" if value in keys and name in ("key", "name") else value

    return rename(document)


@pytest.mark.parametrize(
    "case",
    [
        "blocked",
        "create",
        "everything",
        "failed",
        "named-only",
        "no-changes",
        "promote",
        "prune",
        "replace-and-keep",
        "update",
    ],
)
def test_markdown_is_what_people_have_agreed_on(case, cases, document, golden):
    """The comment of every kind of plan is in a golden file."""
    golden(f"plan-{case}", plan_markdown(document(cases[case])), "md")


def test_every_plan_can_be_drawn(case, plan, document):
    """With every key that changes, and only elements that gemspec draws."""
    seen = assert_inert(plan_markdown(document(plan)))
    assert {key.key for key in plan.keys if key.steps} <= set(seen.code)


def test_the_first_line_is_the_marker(case, plan, document):
    """Hidden, and the same for every plan of a project."""
    text = plan_markdown(document(plan))
    assert text.splitlines()[0] == "<!-- gemspec:plan support-bots -->"
    assert Seen(text).comments == [" gemspec:plan support-bots "]


def test_deletes_and_replacements_are_open(cases, document):
    """Deletes, then replacements, before everything that is folded; blocks and failures before them."""
    text = plan_markdown(document(cases["everything"]))
    places = [text.index(word) for word in ("**`old-bot`**", "**`greeter`**", "<details>", "**`number-generator`**")]
    assert places == sorted(places)
    text = plan_markdown(document(cases["blocked"]))
    places = [text.index(word) for word in ("#### Blocked", "**`helper`**", "**`old-bot`**")]
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("case", "words"),
    [
        ("everything", "4 to destroy, 1 to forget, 1 training in progress."),
        ("blocked", "3 to destroy. Blocked."),
        ("failed", "No changes. 1 training failed."),
        ("await", "No changes. 1 training in progress."),
        ("no-changes", "No changes."),
    ],
)
def test_the_headline_has_the_counts(case, words, cases, document):
    """And says whether the plan is blocked or a training failed."""
    headline = plan_markdown(document(cases[case])).splitlines()[2]
    assert headline.startswith("### ")
    assert headline.endswith(words)


def test_the_digest_is_there(cases, document):
    """Before any text of manifests or services, so that a workflow finds it by its form."""
    made = document(cases["everything"], Identity("p", "sha256:" + "0" * 64, "c"))
    assert re.search(r"sha256:[0-9a-f]{64}", plan_markdown(made))[0] == made["digest"]


def test_errors_are_no_plan(cases, document):
    """Errors take the place of a plan, each with its file and line; there is no digest to approve."""
    problem = Problem("it is wrong", "mend it", Origin("a.yaml", 3, 5))
    text = plan_markdown(document(cases["empty"], errors=[problem]))
    assert "### No plan: 1 error." in text
    assert "- `a.yaml:3:5`: it is wrong, mend it" in text
    assert "Project `support-bots`." in text
    assert "sha256" not in text
    ownerless = document(replace(cases["empty"], owner=""), errors=[problem])
    assert plan_markdown(ownerless).startswith("<!-- gemspec:plan -->\n\n### No plan: 1 error.\n\n#### Errors\n")


def test_gates_and_keys_left_out_are_shown(cases, document):
    """So that a reviewer does not take a part for the whole plan."""
    made = document(cases["everything"])
    made |= {"gates": [{"gate": "delete", "stops": ["old-bot"]}, {"gate": "warning", "stops": []}], "left_out": ["x"]}
    text = plan_markdown(made)
    assert "#### Stopped by --fail-on\n\n- `delete`: `old-bot`\n" in text
    assert "warning" not in text
    assert "**This plan is incomplete.** Left out: `x`" in text


def test_warnings_are_folded_with_their_places(cases, document):
    """Warnings about the files come last."""
    warning = Problem("odd", "do this", Origin("a.yaml", 3), Severity.WARNING)
    text = plan_markdown(document(cases["create"], warnings=[warning]))
    assert text.endswith("<summary>1 warning</summary>\n\n- `a.yaml:3`: odd, do this\n\n</details>\n")


def test_long_values_are_cut_where_they_differ(cases, document):
    """Both sides show the first difference, and say how long they are."""
    made = document(cases["update"])
    [entry] = made["resource_changes"]
    entry["changes"] = [
        {"path": "description", "before": "x" * 500 + "old", "after": "x" * 500 + "new", "forces_training": False},
        {"path": "readerProjectNumbers", "before": None, "after": ["1234567890"] * 30, "forces_training": False},
        {"path": "displayName", "before": "\u0301" * 500, "after": "a", "forces_training": False},
    ]
    rows = [line for line in plan_markdown(made).splitlines() if line.startswith("| `")]
    assert re.fullmatch(
        r'\| `description` \| `"\.\.\.x+old"` \(503 characters\) \| `"\.\.\.x+new"` \(503 characters\) \|', rows[0]
    )
    assert rows[1].startswith('| `readerProjectNumbers` |  | `["1234567890", ')
    assert rows[1].endswith("...` (30 entries) |")
    assert rows[2].endswith('...` (500 characters) | `"a"` |')
    assert max(map(len, rows)) < 400


def test_many_fields_and_lines_are_counted(cases, document):
    """A key with hundreds of permissions does not hide all others."""
    made = document(cases["update"])
    made["resource_changes"][0]["changes"] = [
        {"path": f"permissions.{index}", "before": None, "after": "READER", "forces_training": False}
        for index in range(60)
    ]
    made["notes"] = [{"key": "summariser-of-support-tickets", "text": "odd"}] * 60
    text = plan_markdown(made)
    assert text.count("| `permissions.") == 50
    assert "| 10 more fields |  |" in text
    assert text.count("- Note: odd") == 50
    assert "- 10 more lines" in text
    assert_inert(text)


@settings(max_examples=40)
@given(text=HOSTILE)
@example("\n\n</details>\n\n| a | b |\n|---|---|\n\n@org/team <img src=x>")
@example("x -->\n<script>")
def test_hostile_text_is_inert_in_every_plan(cases, document, text):
    """Names, descriptions, reasons, notes and hints make no image, link, mention, HTML or cell."""
    problem = Problem("odd", "so", Origin("a.yaml", 3, 5), Severity.WARNING)
    for case in ("everything", "blocked", "failed", "no-changes", "replace-and-keep"):
        for errors in ([], [problem]):
            made = document(cases[case], warnings=[problem], errors=errors)
            made |= {"left_out": ["x"], "gates": [{"gate": "delete", "stops": ["x"]}], "excludable": ["x"]}
            seen = assert_inert(plan_markdown(spoil(made, text)))
            assert seen.comments[0].strip().startswith("gemspec:plan")


@given(text=HOSTILE)
@example("\\|")
@example("a\\\\|b")
@example("`` ` ``")
@example(" ` ")
def test_a_code_span_shows_what_it_was_given(text):
    """Every character, as on a terminal; in a cell, too, where a bar after a backslash is written out."""
    shown = terminal(text) or " "
    assert Seen(f"x {code(text)} y").code == [shown]
    assert Seen(f"**{code(text)}**: y").code == [shown]
    row = f"| {cell(code(text))} | {cell(code(text))} |"
    seen = assert_inert(f"| a | b |\n| --- | --- |\n{row}\n")
    assert seen.rows == [[2, 2]]
    assert seen.code == [shown.replace("\\|", "\\\\u007c")] * 2


@given(text=HOSTILE)
@example("www.`x.yz`")
@example("$`x`$")
def test_a_sentence_keeps_its_words(text):
    """Rendered, it has the same characters, inside and outside of code."""
    seen = assert_inert(f"x {prose(text)}")
    rendered = seen.plain + "".join(seen.code)
    assert sorted(re.sub(r"[\s`]", "", rendered)) == sorted("x" + re.sub(r"[\s`]", "", terminal(text)))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("the service has no model of this key", "the service has no model of this key"),
        ("tuningTask.trainingData changed", "`tuningTask.trainingData` changed"),
        ("instead of tunedModels/a-1, without", "instead of `tunedModels/a-1`, without"),
        ("15 examples (the default) / batch 2 = 38", "15 examples (the default) / batch 2 = 38"),
        ("`gemspec apply` again, or (`x`)", "`gemspec apply` again, or (`x`)"),
        ("see @org/team, #12 or deadbeef", "see `@org/team`, `#12` or `deadbeef`"),
        ("moved from a-b: 42%", "moved from a-b: 42%"),
    ],
)
def test_plain_words_stay_plain(text, shown):
    """So that sentences read as sentences."""
    assert prose(text) == shown


@given(lines=st.lists(HOSTILE, min_size=1))
@example(["```", "~~~~", "````"])
def test_a_block_of_code_is_never_closed_from_within(lines):
    """Its fence is longer than any fence in it."""
    seen = assert_inert("\n".join(["- x", "", *fenced(lines, indent="  "), "", "y"]))
    assert seen.code == ["".join(f"{terminal(line)}\n" for line in lines)]


@settings(max_examples=25)
@given(limit=st.integers(16_384, 70_000), number=st.integers(1, 120), wide=st.booleans())
def test_a_long_plan_is_cut_to_its_limit(cases, document, limit, number, wide):
    """In bytes, with every element closed, and all missing parts counted."""
    made = many(document, cases, number)
    if wide:
        made["steps"] = spoil(made["steps"], "数字" * 40) if number < 3 else made["steps"]
        made["endpoint"] = "🙂" * 1000
    text = plan_markdown(made, limit=limit)
    assert len(text.encode()) <= limit
    assert_inert(text)
    drawn = len(re.findall(r"^`[^`]+` \*\*`", text, re.MULTILINE))
    missing = re.search(r"Not shown: ([^.]+)\.", text)
    assert drawn + sum(int(found) for found in re.findall(r"\d+", missing[1] if missing else "")) == 7 * number
    assert bool(missing or "Shown without details" in text) == ("too long" in text)


def test_the_most_important_survives(cases, document):
    """Every key gets its short line before any key gets more; deletes and replacements come before the folded parts."""
    text = plan_markdown(many(document, cases, 200))
    assert LIMIT - 500 < len(text.encode()) <= LIMIT
    for name in ("old-bot", "greeter", "number-generator"):
        assert all(f"**`{name}-{index}`**: " in text for index in range(200))
    assert re.search(r"Not shown: .*keys to change in place, 200 trainings in progress, 200 models to leave", text)
    text = plan_markdown(many(document, cases, 60))
    assert "Not shown" not in text
    assert "**`old-bot-0`** (`tunedModels/old-bot-0000000000`): " in text
    assert "**`number-generator-59`**: " in text
    assert "`gemspec plan` prints all of it." in text


def test_a_plan_that_fits_is_whole(cases, document):
    """The limit is that of the text, not of a guess."""
    made = document(cases["everything"])
    whole = plan_markdown(made)
    wide = spoil_names(made, "")
    assert plan_markdown(wide, limit=len(whole.encode())) == whole
    assert "too long" in plan_markdown(wide, limit=len(whole.encode()) - 1)


def test_a_limit_without_room_is_refused(cases, document):
    """Rather than a comment that says nothing."""
    with pytest.raises(ValueError, match="100 bytes"):
        plan_markdown(document(cases["everything"]), limit=100)

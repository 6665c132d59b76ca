"""The README and the pages of docs/ keep their word: the picture is the lineage, and commands, queries and links work.

``docs/development.md`` says which kinds of blocks there are. A page that is added later is found and run by itself.
"""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import typer.main

from catalog.history.tags import untag_lake
from catalog.history.time_travel import open_table, tags
from catalog.profiles.profile import local_profile
from catalog.query.engine import query_local
from catalog.specs import TABLES
from jobs.cli.verbs import app
from jobs.lineage import mermaid
from tests.stedi import COMMAND, stedi
from tests.test_real_data import PUBLISHED

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
PAGES = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
    for path in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))
}
LINKED = [*PAGES, "SECURITY.md", "terraform/README.md", "tests/terraform/README.md"]
CODE = [path for folder in ("jobs", "catalog", "expectations", "tests") for path in (ROOT / folder).rglob("*.py")]
KINDS = {"bash", "console", "python", "sql", "mermaid"}
# What is told apart by its own tests: `make demo` is what CI runs, and the lake that pages run beside.
TAGS_OF_THE_DEMO = {"first_delivery"}


def _blocks(text: str, kind: str) -> list[str]:
    return [block for found, block in re.findall(r"^```(.*)\n((?s:.*?))\n```$", text, re.MULTILINE) if found == kind]


def _lines(page: str, kind: str) -> list[str]:
    return [line.removeprefix("$ ") for block in _blocks(PAGES[page], kind) for line in block.splitlines()]


def _commands(page: str, kind: str) -> list[list[str]]:
    """The command lines of ``stedi``, without its name."""
    words = [shlex.split(line, comments=True) for line in _lines(page, kind)]
    return [each[1:] for each in words if each and each[0] == "stedi"]


PAGES_THAT_RUN = [page for page in PAGES if any(_blocks(PAGES[page], kind) for kind in ("bash", "python", "sql"))]
RUN = [(page, command) for page in PAGES for command in _commands(page, "bash")]
ONLY_PARSED = [(page, command) for page in PAGES for command in _commands(page, "console")]


def test_the_picture_is_the_lineage() -> None:
    assert [block for text in PAGES.values() for block in _blocks(text, "mermaid")] == [mermaid()]


@pytest.mark.parametrize("page", ["README.md", "docs/meaning.md"])
def test_the_reference_counts_are_those_of_the_test_on_the_real_data(page: str) -> None:
    [header] = re.findall(r"^\| \| (customer_trusted .*) \|$", PAGES[page], re.MULTILINE)
    [row] = re.findall(r"^\| \*\*here: .*?\*\* \| (.*) \|$", PAGES[page], re.MULTILINE)
    counts = [int(cell.strip("*").replace(",", "")) for cell in row.split(" | ")]
    tables = {identifier.partition(".")[2]: rows for identifier, rows in PUBLISHED.items()}
    assert dict(zip(header.split(" | "), counts, strict=True)) == tables


@pytest.mark.parametrize("page", PAGES)
def test_a_page_has_blocks_that_are_tested_only(page: str) -> None:
    fences = re.findall(r"^\s*```(.*)$", PAGES[page], re.MULTILINE)
    assert set(fences[::2]) <= KINDS
    assert set(fences[1::2]) <= {""}
    assert len(fences) % 2 == 0
    assert not re.findall(r"^(?: {4}|\t)\S", re.sub(r"```(?s:.*?)```", "", PAGES[page]), re.MULTILINE)


@pytest.mark.parametrize(
    ("page", "target"),
    sorted({(page, target) for page in PAGES for target in re.findall(r"(?:^|`)make ([a-z-]+)", PAGES[page], re.M)}),
)
def test_make_targets_exist(page: str, target: str) -> None:
    done = subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{page}: {done.stderr}"


@pytest.mark.parametrize(("page", "command"), ONLY_PARSED, ids=lambda value: value if isinstance(value, str) else None)
def test_commands_that_need_an_account_are_valid(page: str, command: list[str]) -> None:
    group = typer.main.get_command(app)
    context = group.make_context("stedi", list(command))
    verb, *rest = [*context._protected_args, *context.args]
    found = group.get_command(context, verb)  # type: ignore[attr-defined]
    assert found is not None, page
    found.make_context(verb, rest, parent=context)


def _anchors(text: str) -> set[str]:
    """The addresses of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", re.sub(r"```(?s:.*?)```", "", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", LINKED)
def test_links_lead_somewhere(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    for link in re.findall(r"\]\((?!https?:)([^)]+)\)", text):
        path, _, anchor = link.partition("#")
        target = (ROOT / page).parent / path if path else ROOT / page
        assert target.is_file(), f"{page} links to {link}"
        assert not anchor or anchor in _anchors(target.read_text(encoding="utf-8")), f"{page} links to {link}"


def test_the_readme_leads_to_every_page() -> None:
    linked = set(re.findall(r"\]\((docs/[^)#]+)", PAGES["README.md"]))
    assert linked == set(PAGES) - {"README.md"}


def test_code_names_pages_that_exist() -> None:
    named = {found for path in CODE for found in re.findall(r"docs/[a-z_/]+\.md", path.read_text(encoding="utf-8"))}
    assert "docs/meaning.md" in named
    assert {name for name in named if not (ROOT / name).is_file()} == set()


def test_pages_show_enough() -> None:
    assert len(RUN) >= 35
    assert len(ONLY_PARSED) >= 5
    assert sum(len(_blocks(text, "python")) for text in PAGES.values()) >= 2
    assert sum(len(_blocks(text, "sql")) for text in PAGES.values()) >= 1


@pytest.fixture(scope="module")
def demonstrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the lake and the landing data that ``make demo`` leaves."""
    folder = tmp_path_factory.mktemp("demonstrated")
    done = stedi("demo", "--customers", 60, "--lake", folder / "lake", "--landing", folder / "landing")
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def beside(demonstrated: Path, tmp_path: Path) -> Iterator[Path]:
    """A folder of a page's own, with links to the shared lake; tags of the page's go with it."""
    for name in ("lake", "landing"):
        (tmp_path / name).symlink_to(demonstrated / name)
    yield tmp_path
    profile = local_profile(demonstrated / "lake")
    named = {name for spec in TABLES.values() for name in tags(open_table(profile, spec))}
    assert named >= TAGS_OF_THE_DEMO
    for name in named - TAGS_OF_THE_DEMO:
        untag_lake(profile, name)


@pytest.mark.spark
@pytest.mark.parametrize("page", PAGES_THAT_RUN)
def test_a_page_runs_as_written(page: str, beside: Path) -> None:
    for command in _commands(page, "bash"):
        done = subprocess.run([COMMAND, *command], cwd=beside, capture_output=True, text=True, check=False, timeout=600)
        assert done.returncode == 0, f"stedi {shlex.join(command)}: {done.stderr}"
    for query in _lines(page, "sql"):
        with query_local(local_profile(beside / "lake"), query) as result:
            assert sum(batch.num_rows for batch in result.batches), query
    for example in _blocks(PAGES[page], "python"):
        program = example + "\nassert len(frame)"
        python = Path(COMMAND).with_name("python")
        done = subprocess.run([python, "-c", program], cwd=beside, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr

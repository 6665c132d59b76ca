"""Great Expectations' Data Docs: its renderers describe the validations, our templates show them.

Its own pages load styles, scripts and fonts from the network, without which the verdicts cannot be seen, and they print
values. Here its renderers are given counts and column names only, and what they say is kept as text.
"""

from __future__ import annotations

from copy import deepcopy
from string import Template
from typing import TYPE_CHECKING, Any

from expectations.validation.judge import COLUMNS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from expectations.reporting.document import Document

_COUNTS = frozenset(
    {
        "element_count",
        "missing_count",
        "missing_percent",
        "unexpected_count",
        "unexpected_percent",
        "unexpected_percent_nonmissing",
        "unexpected_percent_total",
    }
)
# Of expectations on a table as a whole, its count of rows or the names of its columns; of ours, a number of offences.
_OF_A_TABLE = frozenset({"observed_value", "details"})


def data_docs(validations: Iterable[Any]) -> tuple[Document, ...]:
    """Great Expectations' rendering of its validation results, as text and tables of text."""
    from great_expectations.render.renderer.page_renderer import ValidationResultsPageRenderer

    renderer = ValidationResultsPageRenderer()
    documents: list[Document] = []
    table = ""
    for validation in validations:
        harmless = _without_values(validation)
        title = harmless.suite_name.split(" #")[0]
        table = table if title == COLUMNS else title
        overview, *sections = renderer.render(harmless).to_json_dict()["sections"]
        documents.append(
            {
                "suite": f"{table}: {COLUMNS}" if title == COLUMNS else title,
                "success": bool(harmless.success),
                "statistics": [[_text(cell) for cell in row] for row in _tables(overview)[0]["table"]],
                "sections": [_section(section) for section in sections],
            }
        )
    return tuple(documents)


def _without_values(validation: Any) -> Any:
    """A copy without anything that can be a value of a row; messages of errors can quote one."""
    harmless = deepcopy(validation)
    for result in harmless.results:
        kept = _COUNTS | _OF_A_TABLE if _observes_counts(result.expectation_config.type) else _COUNTS
        result.result = {name: value for name, value in result.result.items() if name in kept}
        result.exception_info = _exception(result.exception_info)
    return harmless


def _observes_counts(type_: str) -> bool:
    from expectations.validation.promises import ExpectPromiseKept

    return type_.startswith("expect_table_") or type_ == ExpectPromiseKept.expectation_type


def _exception(info: dict[str, Any]) -> dict[str, Any]:
    """Whether it raised an exception, not what the exception says; Great Expectations nests them by metric or not."""
    raised = any(part.get("raised_exception") for part in (info, *info.values()) if isinstance(part, dict))
    return {
        "raised_exception": raised,
        "exception_message": "its message can quote rows" if raised else None,
        "exception_traceback": "" if raised else None,
    }


def _section(section: Document) -> Document:
    """Its rows: status, expectation, observed value."""
    rows = [[_text(cell) for cell in row] for table in _tables(section) for row in table["table"]]
    return {"title": section["section_name"], "rows": rows}


def _tables(section: Document) -> list[Document]:
    return [block for block in section["content_blocks"] if block["content_block_type"] == "table"]


def _text(content: Any) -> str:
    """The words of one piece of rendered content."""
    if isinstance(content, list):
        return " ".join(_text(part) for part in content)
    if not isinstance(content, dict):
        return str(content)
    if content["content_block_type"] != "string_template":
        return ""
    template = content["string_template"]
    params = template.get("params", {})
    if "markdown_status_icon" in params:
        return str(params["markdown_status_icon"])
    return Template(template["template"]).safe_substitute(params).strip()

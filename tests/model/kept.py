"""The counterexamples of the model that are kept as tests of the real lake: which test, by what the model lacked."""

from __future__ import annotations

from pathlib import Path

_HERE, _TESTS = "tests/model/test_kept_publishing.py", "tests"
_PEOPLE = "tests/model/test_kept_people.py"
KEPT = {
    "lock": f"{_PEOPLE}::test_nobody_writes_while_another_does",
    "finish first": f"{_HERE}::test_an_ingest_that_died_is_finished_before_leftovers_are_dropped",
    "mark": f"{_HERE}::test_a_run_that_begins_between_two_tables_publishes_the_rest",
    "one mark": f"{_HERE}::test_two_ingests_of_one_delivery_are_published_once",
    "keep marked": f"{_HERE}::test_a_run_that_fails_after_its_mark_leaves_the_rest_to_the_next",
    "moved": f"{_TESTS}/catalog/commit/test_publish.py::test_a_table_that_moved_meanwhile_is_not_overwritten",
    "swap": f"{_TESTS}/catalog/commit/test_publish.py"
    "::test_a_table_that_moves_while_its_commit_is_under_way_is_not_overwritten",
    "branch goes": f"{_HERE}::test_what_was_published_is_not_put_on_top_again",
    "inputs last": f"{_HERE}::test_a_run_never_sees_a_table_that_is_newer_than_its_input",
    "same history": f"{_PEOPLE}::test_no_snapshot_is_made_of_what_was_rewritten_meanwhile",
    "erasure first": f"{_PEOPLE}::test_no_run_and_no_maintenance_starts_while_an_erasure_is_not_finished",
    "suppress": f"{_PEOPLE}::test_a_late_delivery_does_not_bring_her_back",
    "every snapshot and proof": f"{_PEOPLE}::test_she_is_in_no_snapshot_and_in_no_tag",
    "unchanged": f"{_PEOPLE}::test_a_candidate_that_is_committed_while_history_is_rewritten_stays",
    "enter": f"{_PEOPLE}::test_what_was_landed_is_not_landed_again",
    "landed": f"{_PEOPLE}::test_what_waited_to_be_landed_is_landed",
    "head": f"{_HERE}::test_a_compaction_is_not_put_in_place_of_what_was_published_meanwhile",
    "young": f"{_HERE}::test_files_of_a_run_that_is_at_work_are_not_deleted",
    "held": f"{_TESTS}/catalog/maintenance/test_expiry.py::test_a_tag_holds_its_snapshot_as_long_as_it_says",
    "same refs": f"{_TESTS}/catalog/maintenance/test_expiry.py::test_a_snapshot_that_is_tagged_at_that_moment_stays",
    "coherent tag": f"{_TESTS}/catalog/test_tags.py::test_a_half_published_ingest_is_not_tagged",
    "as of": f"{_HERE}::test_a_query_reads_no_half_run",
    "told": f"{_HERE}::test_a_query_reads_no_half_run",
}


def is_there(test: str) -> bool:
    """Whether there is such a test."""
    file, _, name = test.partition("::")
    return f"\ndef {name}(" in (Path(__file__).parents[2] / file).read_text(encoding="utf-8")

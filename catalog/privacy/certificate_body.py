"""What a certificate says of an erasure: counts, snapshots and digests; no values, names or addresses."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from catalog.privacy.proof import Proof

OUT_OF_SCOPE = (
    "backups that stedi did not make",
    "copies that others made, and exports outside of the places that were searched",
    "answers of Athena, and other engines' results, outside of the places that were searched",
    "archives of logs",
    "metadata and tags of S3 objects, and what Glue's catalog says of tables besides their files",
    "images and other files whose text is drawn, not written",
)
"""What no proof reads; what else a lake's owner knows of is added."""


@dataclass(frozen=True)
class ErasedTable:
    """What an erasure did to a table.

    Attributes:
        before: id of the snapshot that readers saw before; None: there was none.
        after: of the one that they see since.
        rows_removed: how many rows are gone, of all snapshots together.
    """

    before: int | None
    after: int | None
    rows_removed: int


def certificate_body(
    erasure: str,
    subject: str,
    tables: Mapping[str, ErasedTable],
    proof: Proof,
    left_out: Mapping[str, Mapping[str, int]] | None = None,
    out_of_scope: Sequence[str] = (),
) -> dict[str, Any]:
    """What ``append`` signs.

    Args:
        erasure: its id.
        subject: keyed commitment to whom it concerns (HMAC in hexadecimal): who has the key can tell.
        tables: what it did, by ``zone.table``.
        proof: that nothing is left; where something is, the certificate lists it by kind.
        left_out: how many values were not searched, by kind and reason.
        out_of_scope: what was not read, besides what never is.
    """
    reasons = {kind: dict(counts) for kind, counts in (left_out or {}).items()}
    for kind, count in proof.too_short.items():
        reasons.setdefault(kind, {})["shorter than 8 characters"] = count
    findings = Counter((str(each.place), str(each.state), each.kind) for each in proof.findings)
    return {
        "erasure": erasure,
        "subject": subject,
        "time": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "tool": f"stedi {metadata.version('stedi-lakehouse')}",
        "tables": {
            name: {"before": each.before, "after": each.after, "rowsRemoved": each.rows_removed}
            for name, each in tables.items()
        },
        "filesRead": proof.files,
        "bytesRead": proof.bytes,
        "valuesSearched": dict(proof.searched),
        "valuesLeftOut": reasons,
        "controlsFound": proof.control,
        "findings": [
            {"place": place, "state": state, "kind": kind, "count": count}
            for (place, state, kind), count in sorted(findings.items())
        ],
        "outOfScope": [*OUT_OF_SCOPE, *out_of_scope],
    }

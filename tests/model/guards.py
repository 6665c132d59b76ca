"""What protects the lake, each to be taken away in turn: its name, and where the code has it."""

from __future__ import annotations

GUARDS = {
    "lock": "one writer at a time on a local lake (catalog.profiles.writer_lock)",
    "finish first": "an ingest that died while it published is finished before leftovers are dropped (jobs.run.lake)",
    "mark": "tables that are published together are marked before the first of them is (catalog.commit.publish)",
    "one mark": "a mark is set only where no other is, and the ledger is what the candidate follows",
    "keep marked": "a run that fails after its mark leaves the rest to the next one (jobs.run.publish)",
    "moved": "a candidate is published only where it follows what readers see",
    "swap": "the catalog takes a publication only where both branches are as they were looked at",
    "branch goes": "the audit branch goes with the commit that publishes it",
    "inputs last": "a run looks at tables before it looks at what they are made from (jobs.run.snapshots)",
    "same history": "no snapshot is added to a table whose history was rewritten since the run began",
    "erasure first": "no run starts while an erasure is not finished (catalog.privacy.erasures)",
    "suppress": "erased people are on the suppression list before anything is rewritten (jobs.erasure.saga)",
    "every snapshot": "an erasure rewrites every snapshot, tags and branches among them (catalog.rewrite.history)",
    "unchanged": "rewritten metadata takes the place of what it was made from, and of nothing else",
    "enter": "rewritten delivered files are entered in the ledger (jobs.erasure.saga)",
    "landed": "of rewritten files only those are entered whose first content was landed",
    "proof": "every stored file is searched before a certificate is signed (jobs.erasure.proof)",
    "head": "a compaction is committed only on the snapshot whose files it wrote anew",
    "young": "what nobody reaches is deleted only when it is older than any run (catalog.maintenance.deletion)",
    "held": "snapshots that tags hold do not expire (catalog.maintenance.expiry)",
    "same refs": "snapshots expire only where no branch or tag changed meanwhile (catalog.commit.unchanged)",
    "coherent tag": "a tag is refused where tables stem from two runs (catalog.history.tags)",
    "as of": "while a writer is at work, queries read what there was before (catalog.query.moment)",
    "told": "who reads tables of two runs is told so (catalog.history.coherence)",
}
ALL = frozenset(GUARDS)

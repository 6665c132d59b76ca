"""What worker processes use, imported once by the process that they are forked from; none of it needs pandas."""

from __future__ import annotations

from catalog.machine.lean_imports import without_pandas

with without_pandas():
    import pyarrow as pa
    import pyarrow.compute
    import pyarrow.csv
    import pyarrow.json
    import pyarrow.parquet

    pa.array([""])  # which is when pyarrow looks for pandas

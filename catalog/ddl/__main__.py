"""Write the DDL files again from the specs."""

from catalog.ddl import DDL_TABLES, FOLDER, athena_ddl

for spec in DDL_TABLES:
    (FOLDER / f"{spec.name}.sql").write_text(athena_ddl(spec), encoding="utf-8")

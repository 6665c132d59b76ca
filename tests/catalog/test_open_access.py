"""What IAM alone opens is found and closed: databases, tables that there are, and those that will be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from catalog.doctor.account import openness
from catalog.profiles.glue import GlueProfile
from catalog.profiles.open_access import close_openings, find_openings
from catalog.schema.table_spec import Zone

if TYPE_CHECKING:
    from catalog.profiles.emulator import Emulator

EVERYBODY = {"DataLakePrincipalIdentifier": "IAM_ALLOWED_PRINCIPALS"}
SOMEBODY = {"DataLakePrincipalIdentifier": "arn:aws:iam::123456789012:role/analyst"}


@pytest.fixture
def lake(emulator: Emulator, emulated: GlueProfile) -> GlueProfile:
    """Databases as AWS makes them in an account that was never told otherwise."""
    _ = emulator
    glue, formation = emulated.client("glue"), emulated.client("lakeformation")
    for zone in Zone:
        default = [{"Principal": EVERYBODY, "Permissions": ["ALL"]}] if zone == Zone.LANDING else []
        described = {"Name": zone, "Description": "ours", "CreateTableDefaultPermissions": default}
        glue.create_database(DatabaseInput=described)
    glue.create_table(DatabaseName="trusted", TableInput={"Name": "customer_trusted"})
    tables = {"Table": {"DatabaseName": "trusted", "Name": "customer_trusted"}}
    for who, resource, right in (
        (EVERYBODY, tables, "ALL"),
        (SOMEBODY, tables, "SELECT"),
        (EVERYBODY, {"Database": {"Name": "curated"}}, "ALL"),
        (EVERYBODY, {"Database": {"Name": "of_others"}}, "ALL"),
    ):
        formation.grant_permissions(Principal=who, Resource=resource, Permissions=[right])
    return emulated


def test_what_is_open_is_found_told_and_closed(lake: GlueProfile, monkeypatch: pytest.MonkeyPatch) -> None:
    openings = ["new tables of landing", "trusted.customer_trusted", "curated"]
    assert [each.what for each in find_openings(lake)] == openings

    client = GlueProfile.client
    seen = GlueProfile(lake.settings)
    monkeypatch.setattr(GlueProfile, "client", lambda _self, service: client(lake, service))
    [told] = openness(seen, [])
    assert told.state == "missing"
    assert all(what in told.found for what in openings)

    assert close_openings(lake) == openings
    assert find_openings(lake) == []
    assert lake.client("glue").get_database(Name="landing")["Database"]["Description"] == "ours"
    [after] = openness(seen, [])
    assert after.state == "ok"
    formation = lake.client("lakeformation")
    left = formation.list_permissions()["PrincipalResourcePermissions"]
    assert sorted((each["Principal"] == EVERYBODY, each["Permissions"]) for each in left) == [
        (False, ["SELECT"]),
        (True, ["ALL"]),
    ]

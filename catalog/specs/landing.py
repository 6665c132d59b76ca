"""The landing zone: everything delivered, as delivered, with where it came from."""

from __future__ import annotations

from dataclasses import replace

from catalog.schema.table_spec import Column, Subject, TableSpec, Zone

SOURCE_FILE = Column(
    "sourceFile", "string", "path of the delivered file, relative to the drop folder", required=True, personal=True
)
"""Whoever delivers chooses the name, and may name a person in it."""
PROVENANCE = (
    Column(
        "extraFields",
        "string",
        "JSON object of the fields that the source sent and this table does not name",
        personal=True,
    ),
    SOURCE_FILE,
    Column(
        "sourceFileSha256",
        "string",
        "SHA-256 of the delivered file's bytes, in hexadecimal",
        required=True,
        traceable=True,
    ),
    Column("recordNumber", "long", "position of the record in its file, from 1", required=True),
    Column("ingestedAt", "timestamptz", "start of the run that landed the record, UTC", required=True),
)
_RECORD = ("sourceFileSha256", "recordNumber")

PERSON = Column(
    "person",
    "string",
    "the person: the e-mail address in NFC, without surrounding or invisible blanks, in lower case",
    required=True,
    personal=True,
)
DEVICE = Column("device", "string", "the serial number without blanks, in lower case", required=True, personal=True)
DERIVED = (PERSON, DEVICE)
"""Columns that the reader makes of a source's fields, so that spellings of the same meet."""

SOURCES = ("customer", "accelerometer", "step_trainer")

CUSTOMER_LANDING = TableSpec(
    zone=Zone.LANDING,
    name="customer_landing",
    doc="Every customer record ever delivered by the website's registration service.",
    columns=(
        Column("customerName", "string", "full name", required=True, personal=True),
        Column("email", "string", "e-mail address; identifies the customer", required=True, personal=True),
        Column("phone", "string", "telephone number as typed", required=True, personal=True),
        Column("birthDay", "string", "date of birth as typed, YYYY-MM-DD", required=True, personal=True),
        Column("serialNumber", "string", "serial number of the customer's step trainer", required=True, personal=True),
        Column("registrationDate", "long", "when the customer registered, epoch ms UTC", required=True),
        Column("lastUpdateDate", "long", "when this record was last changed, epoch ms UTC", required=True),
        Column(
            "shareWithResearchAsOfDate", "long", "consent to research from this instant on, epoch ms UTC; null: none"
        ),
        Column("shareWithPublicAsOfDate", "long", "consent to public sharing from this instant on, epoch ms UTC"),
        Column(
            "shareWithFriendsAsOfDate", "long", "consent to sharing with friends from this instant on, epoch ms UTC"
        ),
        PERSON,
        DEVICE,
        *PROVENANCE,
    ),
    grain=_RECORD,
    subject=Subject("person", "person"),
)

ACCELEROMETER_LANDING = TableSpec(
    zone=Zone.LANDING,
    name="accelerometer_landing",
    doc="Every accelerometer reading ever delivered by the mobile app.",
    columns=(
        Column("user", "string", "e-mail address of the app's user", required=True, personal=True),
        Column("timestamp", "long", "instant of the reading, epoch ms UTC", required=True),
        Column("x", "double", "acceleration along x, as the app reports it", required=True),
        Column("y", "double", "acceleration along y, as the app reports it", required=True),
        Column("z", "double", "acceleration along z, as the app reports it", required=True),
        PERSON,
        *PROVENANCE,
    ),
    grain=_RECORD,
    subject=Subject("person", "person"),
    instant="timestamp",
)

STEP_TRAINER_LANDING = TableSpec(
    zone=Zone.LANDING,
    name="step_trainer_landing",
    doc="Every motion sensor reading ever delivered by a step trainer.",
    columns=(
        Column("sensorReadingTime", "long", "instant of the reading, epoch ms UTC", required=True),
        Column("serialNumber", "string", "serial number of the step trainer", required=True, personal=True),
        Column("distanceFromObject", "int", "distance to the nearest object, cm", required=True),
        DEVICE,
        *PROVENANCE,
    ),
    grain=_RECORD,
    subject=Subject("device", "device"),
    instant="sensorReadingTime",
)

QUARANTINE = TableSpec(
    zone=Zone.LANDING,
    name="quarantine",
    doc="What was delivered and could not be accepted, with the rule that it broke.",
    columns=(
        Column("source", "string", "customer, accelerometer or step_trainer", required=True),
        SOURCE_FILE,
        Column(
            "sourceFileSha256",
            "string",
            "SHA-256 of the delivered file's bytes; of a file that is not read, of its source, name, size and time",
            required=True,
            traceable=True,
        ),
        Column("recordNumber", "long", "position of the record in its file, from 1", required=True),
        Column("rawText", "string", "the text as delivered; undecodable bytes as \\xNN", required=True, personal=True),
        Column("reason", "string", "code of the rule that the record broke", required=True),
        # Words of ours, but of a file that is not read also the system's.
        Column("detail", "string", "the field and the rule in words, without the value", required=True, traceable=True),
        Column(
            "people",
            "string",
            "of a customer record in any folder: everybody whom its text names, separated by blanks; null: nobody",
            personal=True,
        ),
        Column(
            "lastUpdateDate",
            "long",
            "of a customer record: the newest lastUpdateDate that its text holds, epoch ms UTC; null: none to be read",
        ),
        Column(
            "isRecognised",
            "boolean",
            "of a customer record: whether its own e-mail address could be read, so that whom it concerns is certain; "
            "null for other sources, unless the record has a key of customer records",
        ),
        Column("ingestedAt", "timestamptz", "start of the run that quarantined the record, UTC", required=True),
    ),
    grain=("source", *_RECORD),
)

DELIVERED_FILE = TableSpec(
    zone=Zone.LANDING,
    name="delivered_file",
    doc="The ledger of deliveries: one row for each distinct file content, empty files included.",
    columns=(
        Column("source", "string", "customer, accelerometer or step_trainer", required=True),
        replace(SOURCE_FILE, doc="path under which it was first seen, relative to the drop folder"),
        Column(
            "sourceFileSha256", "string", "SHA-256 of the file's bytes, in hexadecimal", required=True, traceable=True
        ),
        Column("bytes", "long", "size of the file as delivered", required=True),
        Column("modifiedAt", "timestamptz", "when the file was last written, UTC", required=True),
        Column("landed", "long", "records of it in the landing table", required=True),
        Column("quarantined", "long", "records of it in quarantine", required=True),
        Column("ingestedAt", "timestamptz", "start of the run that ingested it, UTC", required=True),
    ),
    grain=("source", "sourceFileSha256"),
)

"""The verbs ``stedi privacy …``."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - typer looks at it
from typing import TYPE_CHECKING, Annotated

import typer

from catalog.errors import UsageError
from catalog.plural import counted
from catalog.profiles.named import ProfileName, profile_named
from jobs.cli.options import DEFAULT_LAKE, Format, Lake, Profile
from jobs.cli.output import Output, OutputFormat

if TYPE_CHECKING:
    from catalog.privacy.certificates import Certificate

privacy = typer.Typer(
    name="privacy", help="Certificates of erasures: verify them, and print the key to do so.", no_args_is_help=True
)

_INTEGRITY_ONLY = (
    "no --public-key was given: the certificate is whole, but anybody may have signed it; get the key from the lake's "
    "owner (stedi privacy public-key), not with the certificate"
)


@privacy.command()
def verify(
    files: Annotated[list[Path], typer.Argument(help="Certificates, by their numbers: certificates/*.json")],
    public_key: Annotated[
        list[str] | None,
        typer.Option("--public-key", help="Who must have signed: what `stedi privacy public-key` prints; repeatable."),
    ] = None,
    output: Format = OutputFormat.TEXT,
) -> None:
    """Verify certificates of erasures, offline: signature, chain and the list of the files that were read.

    A certificate is on record for each erasure, under privacy/certificates in the lake. Several are verified as a
    chain: none may be missing between the first and the last. A list of files (.files) beside a certificate is checked.

    Exit codes: 0 authentic, 1 changed or not signed by this key, 2 usage.
    """
    from catalog.privacy import certificates

    out = Output(output)
    try:
        chain = certificates.verify([file.read_bytes() for file in files], public_key or [])
        lists = [_list_beside(file) for file in files]
    except OSError as error:
        raise UsageError(f"{error.filename} cannot be read: {error.strerror}") from error
    for certificate, listed in zip(chain, lists, strict=True):
        if listed is not None:
            certificates.verify_list(certificate, listed)
    warnings = [] if public_key else [_INTEGRITY_ONLY]
    for warning in warnings:
        out.warn(warning)
    rows = [_row(each, listed) for each, listed in zip(chain, lists, strict=True)]
    out.table("", ["number", "time", "rows removed", "files read", "found", "list of files"], rows)
    document = {
        "intact": True,
        "authentic": bool(public_key),
        "certificates": [each.document for each in chain],
        "warnings": warnings,
    }
    said = "authentic" if public_key else "intact"
    out.result(document, f"{counted(len(chain), 'certificate')}: {said}, from number {chain[0].number} on")


def _list_beside(file: Path) -> bytes | None:
    beside = file.with_suffix(".files")
    return beside.read_bytes() if beside.is_file() else None


def _row(certificate: Certificate, listed: bytes | None) -> tuple[object, ...]:
    document = certificate.document
    removed = sum(table["rowsRemoved"] for table in document["tables"].values())
    found = (
        "nothing"
        if certificate.is_complete
        else counted(sum(each["count"] for each in document["findings"]), "finding")
    )
    list_of_files = "not here" if listed is None else "as signed"
    return certificate.number, document["time"], removed, document["filesRead"], found, list_of_files


@privacy.command("public-key")
def public_key(
    lake: Lake = DEFAULT_LAKE, profile: Profile = ProfileName.LOCAL, output: Format = OutputFormat.TEXT
) -> None:
    """Print the public key by which others verify this lake's certificates; the key is made on first use.

    It is Ed25519 in hexadecimal. The key that signs is in STEDI_CERTIFICATE_KEY, or in a file of your settings
    (STEDI_CERTIFICATE_KEY_FILE names another), outside of the lake; on AWS in the secret certificate_secret_arn.
    """
    from catalog.privacy.certificates import CERTIFICATE_KEY, public_key_of

    public = public_key_of(CERTIFICATE_KEY.load(profile_named(profile, lake)))
    Output(output).result({"algorithm": "Ed25519", "publicKey": public}, public)

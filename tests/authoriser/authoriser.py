"""Stands in front of the emulator and refuses what AWS refuses, with the error that the real service answers.

Every request is signed by somebody: a role that was taken on, or a service of AWS. It is put to the role's policies, to
those of buckets, keys, secrets and roles, to KMS where what is asked for is encrypted, and to Lake Formation.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from catalog.profiles.emulator import failure
from tests.authoriser.policy import Principal, Question, effects
from tests.authoriser.request import ACCOUNT, document, questions, signer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from werkzeug.wrappers import Response

    from catalog.profiles.emulator import Interruption
    from tests.authoriser.account import Account
    from tests.authoriser.grants import LakeFormation

Decision = tuple[Principal, tuple[str, str, tuple[tuple[str, str], ...]]]


class Authoriser:
    """Asked before the emulator; see ``catalog.profiles.emulator.Emulator.interrupt``.

    Attributes:
        allowed: what was asked and allowed, each once, and the question.
        refused: what was asked and refused.
        signers: who signs with an access key that no role was taken on for.
    """

    def __init__(self, account: Account, lake_formation: LakeFormation, then: Interruption) -> None:
        self.account, self.lake_formation = account, lake_formation
        self.allowed: dict[Decision, Question] = {}
        self.refused: dict[Decision, Question] = {}
        self.signers: dict[str, Principal] = {}
        self._then = then

    def __call__(self, environ: dict[str, Any], do: Callable[[], None]) -> Response | None:
        """The answer to a request; None leaves it to the emulator."""
        key, service = signer(environ)
        principal = self._principal(key)
        if principal is None:
            return _refusal(
                environ, "UnrecognizedClientException", "The security token included in the request is invalid."
            )
        for question in self._asked(environ, service):
            held = self.decide(principal, question)
            (self.allowed if held else self.refused)[principal, question.key()] = question
            if not held:
                said = (
                    f"{principal.arn} is not authorized to perform: {question.action} on resource: {question.resource}"
                )
                of_key = question.action.startswith("kms:") and service == "glue"
                return _refusal(environ, "GlueEncryptionException" if of_key else "AccessDeniedException", said)
        operation = environ.get("HTTP_X_AMZ_TARGET", "").partition(".")[2]
        self.lake_formation.note_made(operation, document(environ) if operation else {}, principal)
        return self._then(environ, do)

    def _principal(self, key: str) -> Principal | None:
        """Whose access key this is."""
        from moto.sts.models import sts_backends

        if key in self.signers:
            return self.signers[key]
        session = sts_backends[ACCOUNT]["aws"].get_assumed_role_from_access_key(key)
        return None if session is None else Principal(session.role_arn, ACCOUNT)

    def sign_as(self, principal: Principal) -> str:
        """An access key that signs as somebody from now on."""
        key = f"of-{principal.role or principal.arn}"
        self.signers[key] = principal
        return key

    def _asked(self, environ: dict[str, Any], service: str) -> Iterator[Question]:
        head = environ["REQUEST_METHOD"] == "HEAD"
        for question in questions(environ, service):
            if question.action == "sts:GetCallerIdentity":
                continue  # nobody can be kept from it
            yield question
            yield from self.account.keys(question, head=head)
            named, _, operation = question.action.partition(":")
            if named == "lakeformation" or question.resource.endswith(":catalog"):
                yield from self.lake_formation.questions(named, operation, document(environ))
        if service == "s3" and environ["REQUEST_METHOD"] in {"GET", "HEAD"}:
            bucket, _, key = unquote(environ["PATH_INFO"]).lstrip("/").partition("/")
            if key and self.account.object(bucket, key) is None:  # who may not list is not told that it is missing
                yield Question("s3:ListBucket", f"arn:aws:s3:::{bucket}")

    def decide(self, principal: Principal, question: Question) -> bool:
        """Whether it is allowed: nothing denies it, and something allows it."""
        if question.action.startswith("grant:"):
            return self.lake_formation.allows(question, principal)
        own = set[str]() if principal.is_service else effects(self.account.of_identity(principal), question, principal)
        theirs = effects(self.account.of_resource(question), question, principal)
        if "Deny" in own | theirs:
            return False
        of_key = question.action.startswith("kms:") and question.resource != "*"
        if of_key or question.action.startswith("sts:"):
            return "Allow" in theirs or ("Delegate" in theirs and "Allow" in own)
        return "Allow" in own | theirs


def _refusal(environ: dict[str, Any], code: str, message: str) -> Response:
    """An error as the service that is asked says it."""
    from werkzeug.wrappers import Response

    if "HTTP_X_AMZ_TARGET" in environ:
        return failure(code, message, 400)
    _, service = signer(environ)
    short = {"AccessDeniedException": "AccessDenied"}.get(code, "InvalidClientTokenId")
    if service == "s3":
        short = "InvalidAccessKeyId" if short != "AccessDenied" else short
        text = (
            ""
            if environ["REQUEST_METHOD"] == "HEAD"
            else f"<Error><Code>{short}</Code><Message>{message}</Message></Error>"
        )
        return Response(text, 403, content_type="application/xml")
    if service in {"iam", "sts", "sns", "monitoring"}:
        text = f"<ErrorResponse><Error><Code>{short}</Code><Message>{message}</Message></Error></ErrorResponse>"
        return Response(text, 403, content_type="text/xml")
    body = json.dumps({"message": message})
    return Response(body, 403, {"x-amzn-errortype": code}, content_type="application/json")

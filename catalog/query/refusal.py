"""How the embedded engine says no: by name, with what to do instead."""

from __future__ import annotations

from catalog.errors import UsageError

ELSEWHERE = "Athena answers it"


class RefusedQueryError(UsageError):
    """The query cannot be answered here with Athena's meaning, or Athena itself would refuse it (exit 2)."""


def unsupported(what: str, instead: str = ELSEWHERE) -> RefusedQueryError:
    """What this engine does not answer, because it is not known to mean the same as on Athena.

    Args:
        what: in SQL's words.
        instead: what to do; Athena is named only where it does answer. Empty: nothing is known.
    """
    return RefusedQueryError(f"the embedded engine does not answer {what}" + (f"; {instead}" if instead else ""))


def invalid(why: str) -> RefusedQueryError:
    """What Athena would refuse as well."""
    return RefusedQueryError(f"not a valid query: {why}")

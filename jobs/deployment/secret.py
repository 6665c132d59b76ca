"""Create the first values of keys, which Terraform must not know."""

from __future__ import annotations

import secrets
from typing import Any

_KEY_BYTES = 32


def ensure_key(vault: Any, secret: str) -> bool:
    """Put a random key into the secret where it holds none; whether it did. A key that is there is never replaced.

    Args:
        vault: boto3's client of Secrets Manager.
        secret: the secret's ARN.
    """
    if vault.describe_secret(SecretId=secret).get("VersionIdsToStages"):
        return False
    vault.put_secret_value(SecretId=secret, SecretString=secrets.token_hex(_KEY_BYTES))
    return True

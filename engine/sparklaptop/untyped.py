"""Names for what comes without types: boto3's clients, moto's insides, JSON."""

from typing import Any, TypeAlias

AwsClient: TypeAlias = Any
MotoObject: TypeAlias = Any
Json: TypeAlias = Any

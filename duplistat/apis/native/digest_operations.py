"""The OpenAPI document: digests."""

from functools import partial

from duplistat.apis.native import digest_models as models
from duplistat.apis.native import operation
from duplistat.apis.native.parameters import ByIdQuery
from duplistat.apis.native.rule_models import Nothing
from duplistat.services.access.api_keys import Scope

DIGESTS, DIGEST = "/api/v1/digests", "/api/v1/digests/{id}"
read = partial(operation.read, tag="Digests")
change = partial(operation.change, tag="Digests", scope=Scope.ALERTS_ADMIN)
of_one = partial(change, about="digest")

DIGEST_OPERATIONS = (
    read("listDigests", DIGESTS, summary="Digests, by id", answer=models.DigestList, query=ByIdQuery),
    read("getDigest", DIGEST, summary="One digest", answer=models.Digest, about="digest"),
    change(
        "createDigest",
        "post",
        DIGESTS,
        summary="Create a digest",
        body=models.NewDigest,
        answer=models.Digest,
        status=201,
        description="Its channels are those of its account, or of accounts below.",
    ),
    of_one(
        "changeDigest",
        "patch",
        DIGEST,
        summary="Change a digest",
        body=models.DigestSettingsChanges,
        answer=models.Digest,
        description="When it is sent next is calculated again.",
    ),
    of_one(
        "sendDigest",
        "post",
        f"{DIGEST}/send",
        summary="Send a digest now",
        body=Nothing,
        answer=models.HandedOut,
        description="Beside those that go out by the clock.",
    ),
    of_one(
        "deleteDigest",
        "delete",
        DIGEST,
        summary="Delete a digest",
        body=Nothing,
        answer=None,
        status=204,
        description="Digests that were sent are kept.",
    ),
)

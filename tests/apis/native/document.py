"""The OpenAPI document, made once for all tests of it: that takes longer than most of them."""

from duplistat.apis.native import openapi

DOCUMENT = openapi.document("/")

"""What schemathesis can't learn from the description of the API: real files, and rules that JSON Schema can't state."""

import os
import re
from hashlib import sha256
from pathlib import Path

import schemathesis
from hypothesis import strategies as st
from schemathesis.openapi.checks import RejectedPositiveData

# A schema can't say which bytes are a picture or a video. The test puts one file of each type into this folder.
for file in Path(os.environ["SCHEMATHESIS_FILES"]).iterdir():
    schemathesis.openapi.media_type(file.name.replace("_", "/"), st.just(file.read_bytes()))

PUSH_ENDPOINT = "https://push.example.com/"
PUSH_KEYS = {
    "p256dh": "BOHVsfl9bw-z8r9npRvnXJJcSBejzlal85V2fu385pixaMQ0CNfvUweM2kg22mSjA7WSYcA0vf5QO2ze2Ptw72o",
    "auth": "Gnmk1g3mcY6OWzJuM4rlMw",
}


@schemathesis.hook
def map_body(context, body):
    """Makes some well-formed values real ones, because a random one would be refused before anything is done with it."""
    if not isinstance(body, dict):
        return body
    if re.match(r"^/tweet", context.operation.path):
        if isinstance(body.get("media"), list) and all(re.fullmatch(r"[0-9]{1,19}", str(one)) for one in body["media"]):
            return {name: value for name, value in body.items() if name != "media"}
    if context.operation.path == "/push/subscription" and isinstance(body.get("keys"), dict):
        if len(str(body["keys"].get("p256dh"))) >= 87 and str(body.get("endpoint")).startswith("http"):
            endpoint = PUSH_ENDPOINT + sha256(body["endpoint"].encode()).hexdigest()
            return {**body, "endpoint": endpoint, "keys": {**body["keys"], **PUSH_KEYS}}
    return body


# The rules by which a request that fits the description may still get 422: the field, the message, and why the
# description does not say it. Each is checked by tests of its own.
RULES = [
    # The weight of a text depends on the script, and on what Twitter takes for a URL.
    ("text", r"as Twitter counts|is far too long"),
    # A rule about two fields; the words may be invisible ones, of which patterns of JSON Schema know nothing.
    ("text", r"must not be (empty|blank)"),
    ("displayName", r"must not be blank"),
    # Noncharacters above U+FFFF: most engines of regular expressions can't name them.
    (".*", r"must not hold noncharacters"),
    # Passwords are counted in the form NFC, and neither common words nor one's name are taken.
    ("password", r"must be 8 to 128 characters|common|name"),
    # Names that could be mistaken for a part of the site.
    ("username", r"is reserved"),
    # Things that exist, or don't.
    ("username", r"is your own"),
    ("avatar|media", r"names a medium that does not exist|names a medium twice|must be a picture"),
    ("avatar", r"must be the id of an uploaded picture"),
    # A host must be one of the public internet, and a point must be on the curve.
    ("endpoint", r"must be a URL|must begin with https|must be the address of a push service|must not|port"),
    (r"keys\.p256dh", r"P-256 point"),
    (r"keys\.auth", r"16 bytes"),
]


@schemathesis.hook
def filter_failure(context, failure, case, response):
    """Drops a failure if all that is wrong with the request breaks one of the rules."""
    if not isinstance(failure, RejectedPositiveData):
        return True
    # Whether a file is long enough for a range is not known before.
    if response.status_code == 416:
        return False
    if response.status_code != 422:
        return True
    errors = response.json()["errors"]
    return not all(
        any(re.fullmatch(field, error["field"]) and re.search(message, error["message"]) for field, message in RULES)
        for error in errors
    )

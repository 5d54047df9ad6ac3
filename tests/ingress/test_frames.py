"""Golden frames: what every message means, held as data."""

from __future__ import annotations

import json

import pytest
from ocpp.messages import get_validator

from app.ingress.dialects import DIALECTS
from app.ingress.translate import translate
from tests.ingress.golden import RECEIVED_AT, Golden, given, golden_frames, written

GOLDEN = golden_frames()


@pytest.mark.parametrize("golden", GOLDEN, ids=[golden.name for golden in GOLDEN])
def test_a_frame_means_what_its_file_says(golden: Golden) -> None:
    content = golden.content
    found = translate(golden.subprotocol, golden.frame, RECEIVED_AT, given(content["given"]))
    assert written(found.reports) == content["reports"]
    assert list(found.findings) == content.get("findings", [])
    # as text: the order of members matters to some stations
    assert found.answer == json.dumps(content["answer"], separators=(",", ":"))


@pytest.mark.parametrize("golden", GOLDEN, ids=[golden.name for golden in GOLDEN])
def test_answers_are_valid_by_the_library_s_own_schema(golden: Golden) -> None:
    version = DIALECTS[golden.subprotocol].version
    get_validator(3, golden.action, version).validate(golden.content["answer"][2])


@pytest.mark.parametrize("folder", ["v16", "v201", "v21"])
def test_conformant_frames_leave_no_finding(folder: str) -> None:
    found = [golden for golden in GOLDEN if golden.name.startswith(f"{folder}/")]
    assert found
    assert [golden.name for golden in found if golden.content.get("findings")] == []
    for golden in found:
        version = DIALECTS[golden.subprotocol].version
        get_validator(2, golden.action, version).validate(golden.content["frame"][3])


@pytest.mark.parametrize("subprotocol", DIALECTS)
def test_every_action_that_is_handled_has_a_frame(subprotocol: str) -> None:
    of = {golden.action for golden in GOLDEN if golden.subprotocol == subprotocol}
    assert set(DIALECTS[subprotocol].receives) - of == set()

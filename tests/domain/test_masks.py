"""What may be written down of a frame."""

import json

import pytest

from app.domain.masks import without_secrets

SECRETS = [
    {"idTag": "HUSH"},
    {"idToken": "HUSH"},
    {"idToken": {"idToken": "HUSH", "type": "Central", "additionalInfo": [{"additionalIdToken": "HUSH", "type": "x"}]}},
    {"idTagInfo": {"parentIdTag": "HUSH", "status": "Accepted"}},
    {"groupIdToken": {"idToken": "HUSH", "type": "Central"}},
    {"localAuthorizationList": [{"idTag": "HUSH"}, {"idTag": 'HU"SH'}]},
    {"key": "AuthorizationKey", "value": "HUSH"},
    {"configurationKey": [{"key": "AuthorizationKey", "readonly": False, "value": "HUSH"}]},
    {"setVariableData": [{"attributeValue": "HUSH", "variable": {"name": "BasicAuthPassword"}}]},
    {"reportData": [{"variable": {"name": "BasicAuthPassword"}, "variableAttribute": [{"value": "HUSH"}]}]},
    {"connectionData": {"apn": {"apn": "internet", "apnPassword": "HUSH", "simPin": 4711}}},
    {"connectionData": {"vpn": {"user": "HUSH", "password": "HUSH", "key": "HUSH", "server": "s"}}},
    {"location": "ftp://HUSH:HUSH@logs.example/upload"},
    {"vendorId": "v", "data": {"wifiPassword": "HUSH"}},
]  # fmt: skip


@pytest.mark.parametrize("payload", SECRETS, ids=lambda p: next(iter(p)))
@pytest.mark.parametrize("separators", [(",", ":"), (", ", ": ")])
def test_secrets_are_hidden_and_the_rest_stays(
    payload: object, separators: tuple[str, str]
) -> None:
    frame = [2, "1", "X", {"before": "kept", **payload, "after": "kept"}]  # type: ignore[dict-item]
    shown = without_secrets(json.dumps(frame, separators=separators))
    assert "HU" not in shown
    assert "4711" not in shown
    read = json.loads(shown)
    assert (read[3]["before"], read[3]["after"]) == ("kept", "kept")
    assert read[3].keys() == frame[3].keys()  # type: ignore[attr-defined]


def test_what_is_no_secret_is_not_touched() -> None:
    for text in (
        '{"key":"HeartbeatInterval","value":"60"}',
        '[2,"1","BootNotification",{"chargePointModel":"M","chargePointVendor":"V"}]',
        '{"setVariableData":[{"attributeValue":"60"}]}',
        "not JSON at all: \udc80",
    ):
        assert without_secrets(text) == text


def test_one_secret_variable_hides_not_its_neighbours() -> None:
    def data(name: str) -> dict[str, object]:
        return {"attributeValue": f"of {name}", "variable": {"name": name}}

    shown = without_secrets(json.dumps([data("HeartbeatInterval"), data("BasicAuthPassword")]))
    assert "of HeartbeatInterval" in shown
    assert "of BasicAuthPassword" not in shown


@pytest.mark.parametrize(
    "text",
    [
        '[2,"1","Authorize",{"idTag":"HUSH',
        '[2,"1","ChangeConfiguration",{"key":"AuthorizationKey","value":"HUSH"',
        '[2,"1","Authorize",{"id\\u0054ag":"HUSH"}]',
        '[2,"1","DataTransfer",{"data":"HUSH, a pass","vendorId":"Secret',
        "[" * 100_000 + '"idTag":"HUSH", "password":"HUSH"',
    ],
)
def test_a_frame_that_was_cut_or_disguised_keeps_its_secrets_too(text: str) -> None:
    assert "HUSH" not in without_secrets(text)


def test_frequent_actions_hide_tokens_the_short_way() -> None:
    frame = '[2,"1","Authorize",{"idTag":"HUSH"}]'
    assert without_secrets(frame, "Authorize") == '[2,"1","Authorize",{"idTag":"***"}]'

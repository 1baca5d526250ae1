"""Only what Twilio has signed comes in, signed over the address that is configured and over every field."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from actions.desk.models import RECEIVED_TEXTS
from bot.gateway.sms.signature import addresses, is_genuine, signed, webhook_tokens
from knowledge.settings import load_settings
from tests.bot.gateway.sms.phone_stand_ins import TOKEN, Line, Phone, open_line

# Published with Twilio's libraries.
VOICE = [
    ("CallSid", "CA1234567890ABCDE"), ("Caller", "+14158675309"), ("Digits", "1234"), ("From", "+14158675309"),
    ("To", "+18005551212"),
]  # fmt: skip
MYCOMPANY = "https://mycompany.com"
PATH = "/myapp.php?foo=1&bar=2"
VOICE_SIGNATURE = "RSOYDt4T1cUTdK1PDd93/VVr8B8="
REPEATED = [("Sid", "CA123"), ("SidAccount", "AC123"), ("Digits", "5678"), ("Digits", "1234"), ("Digits", "1234")]
REPEATED_SIGNATURE = "IK+Dwps556ElfBT0I3Rgjkr1wJU="


def test_both_published_vectors_pass() -> None:
    assert signed("12345", f"{MYCOMPANY}{PATH}", VOICE) == VOICE_SIGNATURE
    assert signed("12345", f"{MYCOMPANY}{PATH}", REPEATED) == REPEATED_SIGNATURE
    assert is_genuine(["12345"], MYCOMPANY, PATH, VOICE, VOICE_SIGNATURE)
    assert is_genuine(["12345"], MYCOMPANY, PATH, REPEATED, REPEATED_SIGNATURE)


@given(
    st.dictionaries(st.text(min_size=1), st.lists(st.text(), min_size=1, max_size=3), max_size=6),
    st.text(st.characters(codec="ascii", exclude_categories=("C",)), min_size=1),
)
def test_we_sign_whatever_fields_there_are_as_twilios_own_library_does(
    fields: dict[str, list[str]], token: str
) -> None:
    from multidict import MultiDict

    class Form(MultiDict[str]):
        def getall(self, name: str) -> list[str]:  # type: ignore[override]
            return list(super().getall(name))

    pairs = [(name, value) for name, values in fields.items() for value in values]
    pairs = [(a.encode("utf-8", "ignore").decode(), b.encode("utf-8", "ignore").decode()) for a, b in pairs]
    url = "https://desk.example/sms/twilio"
    assert signed(token, url, pairs) == RequestValidator(token).compute_signature(url, Form(pairs))


@pytest.mark.parametrize(
    ("public_url", "signed_over"),
    [
        ("https://desk.example", "https://desk.example/sms/twilio"),
        ("https://desk.example", "https://desk.example:443/sms/twilio"),
        ("https://desk.example:443", "https://desk.example/sms/twilio"),
        ("http://desk.example", "http://desk.example:80/sms/twilio"),
        ("https://desk.example:8443", "https://desk.example:8443/sms/twilio"),
        ("https://desk.example/help", "https://desk.example/help/sms/twilio"),
        ("https://Desk.Example", "https://Desk.Example/sms/twilio"),
        ("http://[::1]:8080", "http://[::1]:8080/sms/twilio"),
    ],
)
def test_twilio_may_sign_with_or_without_the_usual_port(public_url: str, signed_over: str) -> None:
    given = RequestValidator("t").compute_signature(signed_over, dict(VOICE))
    assert is_genuine(["t"], public_url, "/sms/twilio", VOICE, given)


@pytest.mark.parametrize(
    "signed_over",
    ["https://desk.example/sms/twilio", "https://desk.example:443/sms/twilio", "http://desk.example:8443/sms/twilio"],
)
def test_attack_another_port_or_scheme_is_not_the_same(signed_over: str) -> None:
    given = RequestValidator("t").compute_signature(signed_over, dict(VOICE))
    assert not is_genuine(["t"], "https://desk.example:8443", "/sms/twilio", VOICE, given)


def test_attack_without_a_token_nothing_is_genuine() -> None:
    assert not is_genuine([], MYCOMPANY, PATH, VOICE, VOICE_SIGNATURE)
    assert not is_genuine([], MYCOMPANY, PATH, VOICE, "")
    only_account = load_settings({"FAMILYDESK_TWILIO_ACCOUNT_SID": "AC1"})
    assert webhook_tokens(only_account, b"key") == ()


def test_without_any_account_only_who_has_the_desks_key_can_sign() -> None:
    nothing = load_settings({})
    assert webhook_tokens(nothing, b"one") != webhook_tokens(nothing, b"other")
    assert len(webhook_tokens(nothing, b"one")[0]) == 64


def test_while_the_token_changes_the_old_one_still_counts() -> None:
    both = webhook_tokens(load_settings({"FAMILYDESK_TWILIO_AUTH_TOKEN": "new, 12345"}), b"")
    assert both == ("new", "12345")
    assert is_genuine(both, MYCOMPANY, PATH, VOICE, VOICE_SIGNATURE)


@given(st.text())
def test_attack_any_other_signature_is_refused_and_breaks_nothing(given_signature: str) -> None:
    assert given_signature == VOICE_SIGNATURE or not is_genuine(["12345"], MYCOMPANY, PATH, VOICE, given_signature)


@given(st.sampled_from(range(len(VOICE))), st.text(min_size=1))
def test_attack_a_changed_field_is_noticed(place: int, more: str) -> None:
    changed = [(name, value + more if at == place else value) for at, (name, value) in enumerate(VOICE)]
    assert not is_genuine(["12345"], MYCOMPANY, PATH, changed, VOICE_SIGNATURE)


def test_the_query_and_its_escapes_are_signed_as_they_came() -> None:
    assert addresses("https://d.example", "/a?b=%C3%A1+%2f&c=")[0] == "https://d.example/a?b=%C3%A1+%2f&c="


# -- at the wire ------------------------------------------------------------------------------------------------------


async def refused(line: Line, headers: dict[str, str], form: dict[str, str]) -> None:
    status, body = await line.post("/sms/twilio", form, headers)
    assert status == 403, body
    assert "wrong_signature" in body
    assert await line.rows(RECEIVED_TEXTS) == []


async def test_attack_a_text_without_signature_is_refused_and_not_stored(line: Line) -> None:
    await refused(line, {}, line.phone().form("hello"))


async def test_attack_a_text_signed_with_another_token_is_refused(line: Line) -> None:
    form = line.phone().form("hello")
    await refused(line, line.sign("/sms/twilio", form, token="guess"), form)


async def test_attack_a_field_that_was_added_after_signing_is_refused(line: Line) -> None:
    form = line.phone().form("hello")
    await refused(line, line.sign("/sms/twilio", form), {**form, "OptOutType": "STOP"})


async def test_attack_host_and_forwarding_headers_do_not_choose_the_address(line: Line) -> None:
    """Who could choose the address could replay what Twilio signed for another customer with this token."""
    form = line.phone().form("hello")
    elsewhere = RequestValidator(TOKEN).compute_signature("https://evil.example/sms/twilio", form)
    headers = {
        "X-Twilio-Signature": elsewhere,
        "Host": "evil.example",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "https",
        "Forwarded": "host=evil.example;proto=https",
    }
    await refused(line, headers, form)


async def test_the_address_that_families_know_counts_whatever_a_proxy_says(line: Line) -> None:
    form = line.phone().form("hello")
    headers = {**line.sign("/sms/twilio", form), "Host": "10.0.0.7:8080", "X-Forwarded-Host": "inside.example"}
    assert (await line.post("/sms/twilio", form, headers))[0] == 200


async def test_attack_a_whole_address_in_the_request_line_is_refused(line: Line) -> None:
    import asyncio

    form = "From=%2B15155550177&Body=hi&MessageSid=SM1"
    fields = {"From": "+15155550177", "Body": "hi", "MessageSid": "SM1"}
    target = "http://evil.example/sms/twilio"
    given = RequestValidator(TOKEN).compute_signature(f"{line.public_url}{target}", fields)
    reader, writer = await asyncio.open_connection("127.0.0.1", line.desk.client.port)
    writer.write(
        f"POST {target} HTTP/1.1\r\nHost: evil.example\r\nX-Twilio-Signature: {given}\r\nConnection: close\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(form)}\r\n\r\n{form}".encode()
    )
    answer = await reader.read()
    writer.close()
    assert answer.split(b"\r\n")[0].split()[1] in {b"403", b"400"}


async def test_empty_fields_and_blanks_are_part_of_what_is_signed(line: Line) -> None:
    assert (await line.phone().send("  two blanks  ", FromCity="", FromState=" "))[0] == 200


async def test_the_status_callback_is_signed_with_its_query(line: Line) -> None:
    form = {"MessageSid": "SM1", "MessageStatus": "delivered"}
    headers = line.sign("/sms/twilio/status?text=1", form)
    assert (await line.post("/sms/twilio/status?text=2", form, headers))[0] == 403
    assert (await line.post("/sms/twilio/status?text=1", form, headers))[0] == 404  # ours, but there is no such text


async def test_attack_json_a_huge_form_and_a_form_that_cannot_be_read_are_refused(line: Line) -> None:
    post = line.desk.client.post
    async with post("/sms/twilio", json={"Body": "x"}) as response:
        assert response.status == 415
    async with post("/sms/twilio", data={"Body": "x" * 70_000}) as response:
        assert response.status == 413
    form = "application/x-www-form-urlencoded"
    for raw in (b"Body=%ff", b"\xff", b"&".join(b"a=1" for _ in range(300))):
        async with post("/sms/twilio", data=raw, headers={"Content-Type": form}) as response:
            assert response.status in {400, 403}


async def test_a_text_of_sixteen_hundred_chinese_characters_is_taken(line: Line) -> None:
    assert (await line.phone().send("坏" * 1600))[0] == 200


async def test_fail_closed_an_account_without_token_believes_nobody(tmp_path: Path) -> None:
    async with open_line(tmp_path, TWILIO_AUTH_TOKEN="") as line:
        form = Phone(line, "+15155550177").form("hello")
        for token in ("", "None", TOKEN):
            await refused(line, line.sign("/sms/twilio", form, token=token), form)

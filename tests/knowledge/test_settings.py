"""Settings: one table, every problem at once, secrets that do not show."""

from __future__ import annotations

from dataclasses import fields

import pytest

from knowledge.settings import SETTINGS, Secret, Settings, SettingsError, load_settings


def problems(**given: str) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        load_settings({f"FAMILYDESK_{name}": value for name, value in given.items()})
    return caught.value.problems


def test_every_row_of_the_table_is_a_field_of_settings() -> None:
    assert [setting.name.lower() for setting in SETTINGS] == [field.name for field in fields(Settings)]


def test_the_defaults_are_good_settings() -> None:
    settings = load_settings({"UNRELATED": "1"})
    assert settings.port == 8080
    assert settings.database.startswith("sqlite:///")


def test_all_problems_are_named_at_once() -> None:
    found = problems(PROT="1", PORT="many", REPLY_SECONDS="0", DISTRICT="/no/such/folder")
    assert len(found) == 4
    assert found[0] == "FAMILYDESK_PROT is not a setting; did you mean FAMILYDESK_PORT?"


def test_two_listeners_cannot_share_a_port() -> None:
    assert problems(PORT="5005") == ["FAMILYDESK_RASA_PORT and FAMILYDESK_PORT are both 5005; give each its own port"]


def test_an_address_without_http_is_refused() -> None:
    assert "http://" in problems(PUBLIC_URL="help.cedarhollow.example")[0]


def test_a_secret_shows_itself_only_when_asked() -> None:
    secret = Secret("s3cret")
    assert "s3cret" not in f"{secret} {secret!r} {[secret]}"
    assert secret.reveal() == "s3cret"


def test_a_wrong_secret_is_not_shown_in_the_settings() -> None:
    settings = load_settings({"FAMILYDESK_TWILIO_AUTH_TOKEN": "canary"})
    assert "canary" not in repr(settings)


@pytest.mark.parametrize(
    "url",
    ["mail.example:587", "http://mail.example", "smtp://", "smtp://ana@mail.example", "smtp://mail.example:many"],
)
def test_a_mail_server_that_cannot_be_read_is_refused_with_the_cure_and_not_shown(url: str) -> None:
    [problem] = problems(SMTP_URL=url)
    assert problem.startswith(
        "FAMILYDESK_SMTP_URL is a value that is not shown; it must be smtp://user:password@host:587"
    )
    assert "mail.example" not in problem


@pytest.mark.parametrize(
    "url", ["", "smtp://mail.example", "smtps://desk%40x:p%40ss@mail.example:465", "smtp://[::1]:25"]
)
def test_a_mail_server_is_taken_as_it_is_written(url: str) -> None:
    settings = load_settings({"FAMILYDESK_SMTP_URL": url})
    assert settings.smtp_url.reveal() == url
    assert not url or url not in repr(settings)

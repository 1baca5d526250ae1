"""Every setting of FamilyDesk: one row each, read from the environment, checked before anything starts."""

from __future__ import annotations

import difflib
import ipaddress
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

PREFIX = "FAMILYDESK_"
TWILIO_API_URL = "https://api.twilio.com"


class SettingsError(ValueError):
    """Settings that stop the start; `problems` says each one and its cure."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Secret(str):
    """Text that never shows itself in a log or a traceback; `reveal()` gives it."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "Secret('********')" if self.reveal() else "Secret('')"

    def __str__(self) -> str:
        return "********" if self.reveal() else ""

    def reveal(self) -> str:
        return "".join(self)


def _text(value: str) -> str:
    return value


def _whole_number(value: str) -> int:
    try:
        return int(value)
    except ValueError:
        raise ValueError("a whole number") from None


def _count(value: str) -> int:
    number = _whole_number(value)
    if number < 1:
        raise ValueError("a whole number above 0")
    return number


def _port(value: str) -> int:
    number = _whole_number(value)
    if not 0 < number < 65536:
        raise ValueError("a port between 1 and 65535")
    return number


def _seconds(value: str) -> float:
    try:
        number = float(value)
    except ValueError:
        raise ValueError("a number of seconds") from None
    if not 0 < number <= 3600:
        raise ValueError("a number of seconds above 0 and at most 3600")
    return number


def _folder(value: str) -> Path:
    return Path(value)


def _url(value: str) -> str:
    if value and (urlsplit(value).scheme not in {"http", "https"} or not urlsplit(value).netloc):
        raise ValueError("a web address that starts with http:// or https://")
    return value.rstrip("/")


def _sites(value: str) -> tuple[str, ...]:
    """Origins as browsers send them: scheme, host, and a port where it is not the usual one."""
    sites = tuple(part.strip() for part in value.split(",") if part.strip())
    for site in sites:
        parts = urlsplit(site)
        if parts.scheme not in {"http", "https"} or site != f"{parts.scheme}://{parts.netloc}" or "@" in site:
            raise ValueError("web sites such as https://www.cedarhollow.example, without a path, commas between them")
    return tuple(site.lower() for site in sites)


def _networks(value: str) -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]:
    try:
        return tuple(ipaddress.ip_network(part.strip()) for part in value.split(",") if part.strip())
    except ValueError:
        raise ValueError("addresses or networks such as 127.0.0.1 or 10.0.0.0/8, with commas between") from None


def _secret(value: str) -> Secret:
    return Secret(value)


def _smtp_url(value: str) -> Secret:
    wanted = "smtp://user:password@host:587, or smtps:// with TLS from the start; signs like @ in the password as %40"
    try:
        url = urlsplit(value)
        well_formed = url.scheme in {"smtp", "smtps"} and bool(url.hostname) and url.port != 0
        well_formed = well_formed and url.path in {"", "/"} and not url.query and not url.fragment
        well_formed = well_formed and (url.username is None) == (url.password is None)
    except ValueError:  # a port that is none
        well_formed = False
    if value and not well_formed:
        raise ValueError(wanted)
    return Secret(value)


@dataclass(frozen=True)
class Setting:
    """One row: the name without its prefix, the default as text, what it means, how its text is read."""

    name: str
    default: str
    help: str
    read: Callable[[str], Any] = _text


SETTINGS: tuple[Setting, ...] = (
    Setting("HOME", ".var", "folder for everything made at run time: models, index, database", _folder),
    Setting("DISTRICT", "data/district", "folder with district.yml, schools.csv and devices.csv", _folder),
    Setting("ARTICLES", "knowledge/articles", "folder with the articles, one folder for each language", _folder),
    Setting("HOST", "127.0.0.1", "address that the desk listens on; 0.0.0.0 for every network card"),
    Setting("PORT", "8080", "port of the desk, the only one that faces the network", _port),
    Setting("RASA_PORT", "5005", "port of Rasa on 127.0.0.1", _port),
    Setting("ACTIONS_PORT", "5055", "port on 127.0.0.1 on which the desk serves the actions to Rasa", _port),
    Setting("DATABASE_URL", "", "SQLAlchemy address of the database; empty for SQLite under HOME", _secret),
    Setting("REDIS_URL", "", "Redis that several desks share; empty for one desk alone", _secret),
    Setting("ENCODER", "bundled", "`bundled`, or a sentence-transformers model's name or folder"),
    Setting("PUBLIC_URL", "", "web address that families reach the desk under; empty for HOST and PORT", _url),
    Setting("WIDGET_SITES", "", "web sites that embed the chat, with commas between: `https://www.a.example`", _sites),
    Setting("TRUSTED_PROXIES", "", "proxies whose X-Forwarded-For is believed: `127.0.0.1,10.0.0.0/8`", _networks),
    Setting("SECRET_KEY", "", "key for what must be signed; empty to make and keep one under HOME", _secret),
    Setting("REPLY_SECONDS", "4.5", "how long a family waits for Rasa before the fallback is sent", _seconds),
    Setting("TWILIO_ACCOUNT_SID", "", "Twilio account that texts go through"),
    Setting("TWILIO_AUTH_TOKEN", "", "Twilio's token, which signs its webhooks; `new,old` while it changes", _secret),
    Setting("TWILIO_FROM", "", "number that texts are sent from, or a Messaging Service (MG...)"),
    Setting("TWILIO_API_URL", TWILIO_API_URL, "Twilio's API, or a stand-in for it", _url),
    Setting("SMS_PER_HOUR", "30", "texts that one number gets from the assistant in an hour at most", _count),
    Setting("SMTP_URL", "", "mail server through which staff are told: `smtp://user:password@host:587`", _smtp_url),
    Setting("SMS_PER_DAY", "10000", "texts that go out within 24 hours at most; the rest wait, a crisis never", _count),
)


@dataclass(frozen=True)
class Settings:
    """The settings, read and checked; the names are those of `SETTINGS` in lower case."""

    home: Path
    district: Path
    articles: Path
    host: str
    port: int
    rasa_port: int
    actions_port: int
    database_url: Secret
    redis_url: Secret
    encoder: str
    public_url: str
    widget_sites: tuple[str, ...]
    trusted_proxies: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]
    secret_key: Secret
    reply_seconds: float
    twilio_account_sid: str
    twilio_auth_token: Secret
    twilio_from: str
    twilio_api_url: str
    sms_per_hour: int
    smtp_url: Secret
    sms_per_day: int

    @property
    def database(self) -> str:
        """SQLAlchemy address of the database, SQLite under `home` unless one is set."""
        return self.database_url.reveal() or f"sqlite:///{self.home.absolute() / 'desk.db'}"

    @property
    def local_address(self) -> str:
        """Web address of the desk on this machine, also when it listens on every network card."""
        host = "127.0.0.1" if self.host in {"", "0.0.0.0", "::"} else self.host  # noqa: S104
        return f"http://{host}:{self.port}"

    @property
    def address(self) -> str:
        """Web address of the desk, for links in replies."""
        return self.public_url or self.local_address


def load_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Read all settings from the environment.

    Raises SettingsError with every problem at once: a name that does not exist, a value of the wrong kind,
    a folder that is not there, ports that collide.
    """
    given = {name: value for name, value in (environment or os.environ).items() if name.startswith(PREFIX)}
    problems = _unknown_names(given)
    values: dict[str, Any] = {}
    for setting in SETTINGS:
        text = given.get(PREFIX + setting.name, setting.default)
        if not text and setting.default:
            text = setting.default
        try:
            values[setting.name.lower()] = setting.read(text)
        except ValueError as wanted:
            shown = "a value that is not shown" if setting.read in {_secret, _smtp_url} else repr(text)
            problems.append(f"{PREFIX}{setting.name} is {shown}; it must be {wanted}")
    problems += _missing_folders(values) + _colliding_ports(values)
    if problems:
        raise SettingsError(problems)
    return Settings(**values)


def _unknown_names(given: Mapping[str, str]) -> list[str]:
    known = [PREFIX + setting.name for setting in SETTINGS]
    problems = []
    for name in sorted(set(given) - set(known)):
        close = difflib.get_close_matches(name, known, n=1)
        cure = f"did you mean {close[0]}?" if close else "remove it, or see the README for the names"
        problems.append(f"{name} is not a setting; {cure}")
    return problems


def _missing_folders(values: Mapping[str, Any]) -> list[str]:
    return [
        f"{PREFIX}{name.upper()} is '{values[name]}', and there is no such folder; "
        f"set it to the folder {'of the district' if name == 'district' else 'of the articles'}"
        for name in ("district", "articles")
        if name in values and not values[name].is_dir()
    ]


def _colliding_ports(values: Mapping[str, Any]) -> list[str]:
    ports = [(name, values[name]) for name in ("port", "rasa_port", "actions_port") if name in values]
    problems = []
    for place, (name, port) in enumerate(ports):
        for other, other_port in ports[:place]:
            if port == other_port:
                problems.append(
                    f"{PREFIX}{name.upper()} and {PREFIX}{other.upper()} are both {port}; give each its own port"
                )
    return problems

"""Finding the passwords that families type, without taking the words around them."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import islice

from actions.desk.words import languages_of, words, words_of

Span = tuple[int, int]

# How far behind the word "password" the secret may stand: in words, and for a mixed one also in signs.
GAP, REACH, BEFORE = 14, 220, 120
# No real message speaks of passwords more often; all that follows the last one is taken out, so that nothing slips by.
MOST = 60
LONGEST_PHRASE = 4
LONGEST_QUOTE = 60
_TOKEN = re.compile(r"[:=]+|-+>|→|[^\s:=→]+")
_CONNECTING = re.compile(r"[:=]+|-+>?|→")
_EDGE = "\"'“”«»()[]{}<>,;*_`‘’…"
_OPENING, _CLOSING = "\"“«'‘(", {"“": "”", "«": "»", "‘": "’", "(": ")"}
_SENTENCE_END = re.compile(r"[.!?;]+[\"')]*$")
_HARMLESS = re.compile(
    r"\d+(?:st|nd|rd|th|er|ro|do|to|mo|vo|no|am|pm|a\.m|p\.m|h|hrs?|mins?|s|sec|gb|mb|kb|k|x|yrs?|yo|ghz|hz|in|ft|lbs?|g|p|px)s?"
    r"|c\W?b\W?\d{6}|f\W?d\W?\d{6,8}|k\W?\d+|0x[\da-f]+|err\w*|[45]g\w*|wi-?fi\d|mp[34]|\d+fa|ipad\w*|win(?:dows)?\d+"
    r"|covid\W?19|usb\w*|\d+-\w+|\w+\.(?:com|org|net|edu|gov|example|html?|pdf|docx?|png|jpe?g)\S*|\S*://\S*|www\.\S+"
    r"|[\w.+%-]+@[\w-]+\.[\w.-]+|\S+/\S+|chromebook\w*|grade\d+|room\d+|#\S*|@\w+|\$[\d.,]+|[\d.,]+\W*"
)
_INNER_SIGN = re.compile(r"[^\W\d_].*[!@$%^#~]|[!@$%^#~].*[^\W\d_]")


@dataclass(frozen=True)
class _Token:
    start: int
    end: int
    word: str
    ends_sentence: bool

    @property
    def connects(self) -> bool:
        return _CONNECTING.fullmatch(self.word) is not None


def passwords(text: str, folded: str) -> Iterator[Span]:
    """Yields (start, end) of every password, PIN or pass phrase that is told."""
    triggers = list(islice(_triggers().finditer(folded), MOST + 1))
    for place, trigger in enumerate(triggers):
        if place == MOST:
            yield trigger.start(), len(folded)
            return
        last = place + 1 == len(triggers)
        following = len(folded) if last else triggers[place + 1].start()
        # Each is read in its own neighbourhood, so that the work grows with the text and no faster.
        at, end = max(0, trigger.start() - BEFORE), trigger.end() + REACH
        reader = _Reader(text[at:end], folded[at:end], languages_of("redaction", "password", _plain(trigger[0])))
        behind = reader.behind(trigger.end() - at, min(following, end) - at)
        for start, stop in (*reader.before(trigger.start() - at), *behind):
            yield start + at, stop + at


def _plain(trigger: str) -> str:
    """The trigger as the lists have it, without an English 's behind it."""
    return trigger.removesuffix("'s") if not languages_of("redaction", "password", trigger) else trigger


@cache
def _triggers() -> re.Pattern[str]:
    group = sorted(words("redaction", "password"), key=len, reverse=True)
    first = "".join(sorted({word[0] for word in group}))
    either = "|".join(map(re.escape, group))
    return re.compile(rf"\b(?=[{first}])(?<![\[-])(?:{either})(?:'?s(?=\s))?(?![\w-])")


class _Reader:
    """The words of one message, and what of them is secret."""

    def __init__(self, text: str, folded: str, languages: frozenset[str]) -> None:
        self._text, self._folded, self._languages = text, folded, languages
        self._tokens = [
            _Token(match.start(), match.end(), _bare(match[0]), _SENTENCE_END.search(match[0]) is not None)
            for match in _TOKEN.finditer(folded)
        ]
        self._starts = [token.start for token in self._tokens]

    def _leading(self, name: str) -> frozenset[str]:
        """Short words that lead to a secret, of the language in which it was called a password."""
        return words_of(self._languages, "redaction", name)

    def behind(self, start: int, limit: int) -> Iterator[Span]:
        """Secrets after the word for password: told at once, after a gap, or later in the message."""
        first = bisect_left(self._starts, start)
        at, connected = self._connector(first)
        span = self._value(at, connected=connected) or self._value_after_to(first) or self._after_gap(first)
        if span is not None and span[0] < max(limit, start + 1):
            yield span
        yield from self._mixed(first, limit, span)

    def before(self, end: int) -> Iterator[Span]:
        """ "Tiger2024 is my password"."""
        at = bisect_left(self._starts, end) - 1
        mine, reverse_is = self._leading("mine"), self._leading("reverse_is")
        steps = 0
        while at > 0 and steps < 4 and self._tokens[at].word in mine and self._tokens[at].word not in {"as", "como"}:
            at, steps = at - 1, steps + 1
        if at > 0 and self._tokens[at].word in reverse_is:
            token = self._tokens[at - 1]
            if not token.ends_sentence and (self._is_mixed(at - 1) or re.fullmatch(r"\d{4,10}", token.word)):
                yield self._whole(token)

    def _connector(self, first: int) -> tuple[int, bool]:
        """Where the secret may begin, and whether a sign or an "is" leads to it."""
        at, connected = first, False
        is_words, softeners = self._leading("is"), words("redaction", "softeners")
        while at < len(self._tokens) and at < first + 7:
            token = self._tokens[at]
            if token.connects or token.word in is_words or token.word == "":
                connected = connected or token.word != ""
            elif not (connected and token.word in softeners):
                break
            if token.ends_sentence:
                return at + 1, False
            at += 1
        return at, connected

    def _value(self, at: int, *, connected: bool) -> Span | None:
        """The secret that begins at token `at`, if one does."""
        if at >= len(self._tokens):
            return None
        token = self._tokens[at]
        if not connected:
            mixed = self._is_mixed(at) or re.fullmatch(r"\d{4,5}|\d{7,8}", token.word)
            return self._whole(token) if mixed and not self._counts(at) else None
        if self._is_state(at):
            return None
        quoted = self._quoted(token)
        if quoted is not None:
            return quoted
        if len(token.word) == 1:
            return self._spelled(at)
        if self._is_mixed(at) or any(sign.isdigit() for sign in token.word):
            return self._run(at, self._is_odd)
        return self._run(at, self._is_plain)

    def _value_after_to(self, first: int) -> Span | None:
        """ "Changed the password to Tiger2024"; "the password to the hotspot" is none."""
        if first + 1 >= len(self._tokens) or self._tokens[first].word not in words("redaction", "becomes"):
            return None
        token = self._tokens[first + 1]
        told = self._is_mixed(first + 1) or re.fullmatch(r"\d{4,}", token.word) or self._text[token.start] in '"“«'
        return self._value(first + 1, connected=True) if told else None

    def _is_state(self, at: int) -> bool:
        """Whether the word says how the password is ("wrong"), or is a tag, a link or a count."""
        word = self._tokens[at].word
        if not word or self._counts(at) or self._text[self._tokens[at].start] == "[":
            return True
        if word.isdigit():
            return False
        if len(word) == 1 and self._spelled(at) is not None:
            return False
        ending = word.endswith(("n't", "ing", "ando", "iendo")) and word.isalpha() is not word.endswith("n't")
        return word in words("redaction", "states") or ending or self._is_harmless(word)

    def _counts(self, at: int) -> bool:
        """ "8 characters", "5 times": a number that counts something."""
        word = self._tokens[at].word
        after = self._tokens[at + 1].word if at + 1 < len(self._tokens) else ""
        return word.isdigit() and after in words("redaction", "units")

    def _is_harmless(self, word: str) -> bool:
        return not word.isdigit() and _HARMLESS.fullmatch(word) is not None

    def _is_mixed(self, at: int) -> bool:
        """Letters with digits or signs among them, as few words but passwords have."""
        word = self._tokens[at].word.rstrip(".!?")
        if len(word) < 5 or _HARMLESS.fullmatch(word):
            return False
        letters, digits = any(sign.isalpha() for sign in word), any(sign.isdigit() for sign in word)
        return letters and (digits or _INNER_SIGN.search(word) is not None)

    def _is_odd(self, at: int) -> bool:
        word = self._tokens[at].word
        return not self._is_harmless(word) and not self._counts(at) and any(sign.isdigit() for sign in word)

    def _is_plain(self, at: int) -> bool:
        word = self._tokens[at].word
        return bool(word) and word not in words("redaction", "stops") and not self._is_harmless(word)

    def _run(self, at: int, belongs: Callable[[int], bool]) -> Span:
        """From the token `at` over those that belong to the same secret."""
        last = at
        while (
            last + 1 < len(self._tokens)
            and last + 1 < at + LONGEST_PHRASE
            and not self._ends_clause(last)
            and belongs(last + 1)
        ):
            last += 1
        return self._tokens[at].start, self._whole(self._tokens[last])[1]

    def _ends_clause(self, at: int) -> bool:
        token = self._tokens[at]
        written = self._folded[token.start : token.end]
        between = self._folded[token.end : self._tokens[at + 1].start] if at + 1 < len(self._tokens) else "\n"
        return "\n" in between or written[-1:] in set(".,;!?)") or token.ends_sentence

    def _spelled(self, at: int) -> Span | None:
        """ "t i g e r 2 4": at least three single signs in a row."""
        last = at
        while last + 1 < len(self._tokens) and len(self._tokens[last + 1].word) == 1 and last < at + 40:
            last += 1
        return (self._tokens[at].start, self._tokens[last].end) if last - at >= 2 else None

    def _quoted(self, token: _Token) -> Span | None:
        sign = self._text[token.start]
        if sign not in _OPENING:
            return None
        end = self._text.find(_CLOSING.get(sign, sign), token.start + 1, token.start + LONGEST_QUOTE)
        return (token.start, end + 1) if end > 0 else None

    def _whole(self, token: _Token) -> Span:
        """The secret up to the next blank, since : and = may be in it, without the sign that ends a sentence."""
        end = token.start
        while end < len(self._folded) and not self._folded[end].isspace():
            end += 1
        written = self._folded[token.start : end]
        return token.start, token.start + max(1, len(written.rstrip(".,;?)")))

    def _after_gap(self, first: int) -> Span | None:
        """ "The password for clever is sunshine": a plain word counts only where the sentence ends with it."""
        tokens, is_words = self._tokens, self._leading("is")
        if first >= len(tokens) or tokens[first].word not in self._leading("leads"):
            return None
        for at in range(first + 1, min(first + GAP, len(tokens) - 1)):
            if tokens[at - 1].ends_sentence:
                return None
            if tokens[at].word in is_words or tokens[at].connects:
                start, _ = self._connector(at)
                if start >= len(tokens) or self._is_state(start) or not self._is_plain(start):
                    return None
                last = start == len(tokens) - 1 or self._ends_clause(start)
                if tokens[start].word.isdigit() and len(tokens[start].word) < 4:
                    return None
                odd = any(sign.isdigit() for sign in tokens[start].word)
                return self._value(start, connected=True) if last or odd else None
        return None

    def _mixed(self, first: int, limit: int, found: Span | None) -> Iterator[Span]:
        """Mixed words later on: in the same sentence, or after a word such as "typed"."""
        same_sentence, gives, named = True, words("redaction", "gives"), words("redaction", "named")
        for at in range(first, min(first + 40, len(self._tokens))):
            token = self._tokens[at]
            if token.start >= limit:
                return
            if found is not None and token.start < found[1]:
                continue
            before = self._tokens[at - 1].word if at else ""
            near = same_sentence and at < first + GAP and before not in named
            if self._is_mixed(at) and (near or before in gives):
                yield self._whole(token)
            same_sentence = same_sentence and not token.ends_sentence


def _bare(written: str) -> str:
    """A token without the signs around it; a sign that may belong to a password stays."""
    return written.strip(_EDGE).rstrip(".?!,;") or (written if _CONNECTING.fullmatch(written) else "")

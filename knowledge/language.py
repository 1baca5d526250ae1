"""Which language a message is in: short, misspelt, without accents, two languages at once, or none that we know."""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from knowledge.language_model import LanguageModel
from knowledge.language_words import (
    FOREIGN_LETTERS,
    FOREIGN_WORDS,
    LATIN_RUSSIAN,
    OPENERS,
    OWN_LETTERS,
    SCRIPTS,
    SHARED,
    WORDS,
)
from knowledge.lexical import fold

# How far in favour (as log odds) a language starts that the family chose, or that the conversation was in so far.
_CHOSEN, _SO_FAR = 2.2, 1.6
# English needs no less proof than the others, but an undecided short message is in it most often.
_HOME = {"en": 0.4, "es": 0.3}
# Words in another script within Latin letters; fewer are a name.
_NAME = 2
# So many words of a neighbour make a text the neighbour's; fewer may be names, how a keyboard writes, or two languages
# at once: every third word of Ukrainian has a letter of its own, every fifth of Persian.
_FOREIGN = {"ar": 0.15, "ru": 0.25, "zh": 0.0}
# What a message must gather before it is taken to be in a language at all, or to have left the one so far.
_ENOUGH = 1.0
# The share of a text's runs of letters that a language must know for the text to look like it at all.
_LOOKS_LIKE = 0.7
_OWN_LETTER = 1.5
# How much the word lists count beside the learnt model: little for a language that it learnt, for some lists are much
# longer than others; more for one that it did not, which starts so far behind.
_LISTS, _LISTS_UNLEARNT, _UNLEARNT = 0.2, 0.4, 1.0
# So far behind another language the one that lists all words of a short text may be for the model.
_CONTRADICTED = 1.5
_LISTED_CEILING = 3.0
_UNLISTED_CEILING = 1.2
# A text of so many words at most is judged by the lists alone, where only one has them all.
_FEW = 2
# Tags, numbers, addresses and handles are in no language. Chinese writes its words right beside them.
_NO_LANGUAGE = re.compile(r"https?://[!-~]+|[!-~]+@[!-~]+|[!-~]*\d[!-~]*|[#@][A-Za-z0-9_]+")


@dataclass(frozen=True)
class LanguageGuess:
    """The language, or None where nothing says which; `confidence` is between 0 and 1."""

    language: str | None
    confidence: float


_learnt: LanguageModel | None = None


def use_model(model: LanguageModel | None) -> None:
    """What `familydesk train` learnt; without it the lists of words must do. One for the whole process."""
    global _learnt  # noqa: PLW0603  # whoever detects a language would have to carry it through the whole desk
    _learnt = model


def detect_language(
    text: str, offered: Sequence[str], *, so_far: str | None = None, chosen: str | None = None
) -> LanguageGuess:
    """The language of `text` among `offered`.

    `chosen` (picked by the family) and `so_far` (of the conversation) hold until the text clearly says otherwise:
    "ok", "no" or an asset tag change nothing. A text in a language that is not offered gives None.
    """
    plain = _NO_LANGUAGE.sub(" ", unicodedata.normalize("NFC", text))
    priors = _priors(offered, so_far, chosen)
    by_script = _by_script(plain)
    if by_script is not None:
        return by_script if by_script.language in offered else LanguageGuess(None, by_script.confidence)
    if "ru" in offered and is_latin_russian(plain):
        return LanguageGuess("ru", 0.95)
    if not (so_far or chosen):
        for said, sure in ((_opener(plain), 0.7), (_only_list(plain), 0.6)):
            if said in offered:
                return LanguageGuess(said, sure)
    proof = _proof(plain)
    strongest = max(proof.values(), default=0.0)
    if _learnt is not None and (learnt := _with_learnt(plain, proof, _learnt)):
        proof = learnt
    elif strongest < _ENOUGH:
        return _undecided(plain, offered, so_far, chosen, strongest)
    totals = {language: value + priors.get(language, 0.0) for language, value in proof.items()}
    best = max(totals, key=lambda language: totals[language])
    highest = totals[best]
    share = 1.0 / sum(math.exp(max(value - highest, -50.0)) for value in totals.values())
    return LanguageGuess(best if best in offered else None, round(share, 3))


def _opener(text: str) -> str | None:
    """The language whose families begin with just these words. Later on, "hi" and "ok" stand in every language."""
    typed = " ".join(re.findall(r"\w+", text.lower()))
    return _openers().get(typed) or _openers().get(" ".join(fold(text).split()))


def _only_list(text: str) -> str | None:
    """The one language that lists every word of a text of a word or two ("mic", "no wifi"); the letters say less."""
    tokens = [token for token in fold(text).split() if token not in SHARED]
    if not 1 <= len(tokens) <= _FEW:
        return None
    lists = [language for language, model in _models().items() if all(token in model.words for token in tokens)]
    if len(lists) != 1:
        return None
    odds = _learnt.odds(text) if _learnt is not None else {}
    contradicted = lists[0] in odds and max(odds.values()) - odds[lists[0]] > _CONTRADICTED
    return None if contradicted else lists[0]


def is_latin_russian(text: str) -> bool:
    """Whether most words of some length are Russian ones in Latin letters, of which everybody has a spelling."""
    tokens = [latin_russian(token) for token in fold(text).split() if token not in SHARED and len(token) > 2]
    known = sum(token in LATIN_RUSSIAN for token in tokens)
    return known >= _FEW and 2 * known >= len(tokens)


def latin_russian(token: str) -> str:
    """One spelling for the letters that families write in several ways: khorosho, xorosho; moj, moi; vkluchaetsia."""
    plain = token.replace("kh", "h").replace("x", "h").replace("j", "y").replace("ia", "ya").replace("iu", "yu")
    return re.sub(r"(?<=[a-z])(?:iy|yy|yi|ii)$", "y", plain)


@lru_cache(maxsize=1)
def _openers() -> dict[str, str]:
    return {opener: language for language, openers in OPENERS.items() for opener in openers}


def _with_learnt(text: str, proof: Mapping[str, float], model: LanguageModel) -> dict[str, float] | None:
    """What word lists and model say together; None where the text has nothing that would be of one language."""
    if all(token in SHARED for token in fold(text).split()):
        return None
    odds = model.odds(text)
    # A language that only the word lists know must beat the model's best by the words alone.
    floor = max(odds.values()) - _UNLEARNT
    found = {language: floor + _LISTS_UNLEARNT * value for language, value in proof.items()}
    return found | {language: value + _LISTS * proof.get(language, 0.0) for language, value in odds.items()}


def _priors(offered: Sequence[str], so_far: str | None, chosen: str | None) -> dict[str, float]:
    priors = {language: value for language, value in _HOME.items() if language in offered}
    for language, value in ((so_far, _SO_FAR), (chosen, _CHOSEN)):
        if language is not None:
            priors[language] = priors.get(language, 0.0) + value
    return priors


def _undecided(
    text: str, offered: Sequence[str], so_far: str | None, chosen: str | None, strongest: float
) -> LanguageGuess:
    """A text that proves nothing: the language stays; without one, the language that its letters look most like."""
    for language in (so_far, chosen):
        if language in offered:
            return LanguageGuess(language, 0.5)
    tokens = fold(text).split()
    if tokens and all(token in SHARED for token in tokens) and "en" in offered:
        return LanguageGuess("en", 0.4)
    looks = {language: _look(tokens, model) for language, model in _models().items() if language in offered}
    best = max(looks, key=lambda language: looks[language], default=None)
    if best is not None and looks[best] >= _LOOKS_LIKE:
        return LanguageGuess(best, 0.3)
    return LanguageGuess(None, round(min(0.1 * strongest, 0.2), 3))


def _look(tokens: Sequence[str], model: _Model) -> float:
    """Which share of the runs of three letters the language's common words have too."""
    grams = [gram for token in tokens if token not in SHARED and token.isascii() for gram in _grams(token)]
    return sum(gram in model.grams for gram in grams) / len(grams) if grams else 0.0


def _by_script(text: str) -> LanguageGuess | None:
    """The language that the letters themselves give away, or None for Latin letters and for no letters."""
    counts: Counter[str] = Counter()
    for character in text:
        if character.isalpha():
            counts[_script(character)] += 1
    others = {script: number for script, number in counts.items() if script != "LATIN"}
    if not others:
        return None
    script, number = max(others.items(), key=lambda item: item[1])
    # Brands and pasted messages are in Latin letters in every language, and a name in another script does not make a
    # message foreign.
    weight = 3 if script in {"CJK", "HIRAGANA", "KATAKANA", "HANGUL"} else 1
    words = [word for word in re.findall(r"\w+", text) if any(_script(character) == script for character in word)]
    if number * weight < counts["LATIN"] / (4 if len(words) < _NAME else 12):
        return None
    language = SCRIPTS.get(script)
    foreign = language is None or _foreign_share(words, language) > _FOREIGN[language]
    kana = counts["HIRAGANA"] + counts["KATAKANA"] > 0
    return LanguageGuess(None, 0.2) if foreign or kana else LanguageGuess(language, 0.99)


@lru_cache(maxsize=8_192)
def _script(character: str) -> str:
    """The script of a letter, by the first word of its Unicode name."""
    return unicodedata.name(character, "?").split()[0].split("-")[0]


def _foreign_share(words: Sequence[str], language: str) -> float:
    """The share of words in the language's script that a neighbour in the same script writes, and it does not."""
    letters, listed = FOREIGN_LETTERS[language], FOREIGN_WORDS.get(language, frozenset())
    return sum(word in listed or any(letter in word for letter in letters) for word in words) / max(len(words), 1)


@lru_cache(maxsize=512)  # the crisis screen asks for a message's language, and then the conversation does
def _proof(text: str) -> Mapping[str, float]:
    """For each language in Latin letters, the log odds that the words give it over the average of all."""
    proof = dict.fromkeys(WORDS, 0.0)
    lowered = text.lower()
    for language, letters in OWN_LETTERS.items():
        if any(letter in lowered for letter in letters):
            proof[language] += _OWN_LETTER
    for token, times in Counter(fold(text).split()).items():
        if token in SHARED:
            continue
        for language, value in _token_proof(token).items():
            # A word that comes again says less than a new one.
            proof[language] += value * (1.0 + 0.3 * (times - 1))
    return proof


@dataclass(frozen=True)
class _Model:
    """A language's common words and how likely its runs of three letters are."""

    words: frozenset[str]
    grams: Mapping[str, float]
    unseen: float

    def likelihood(self, token: str) -> float:
        """Average log probability of the token's runs of three letters."""
        grams = _grams(token)
        return sum(self.grams.get(gram, self.unseen) for gram in grams) / len(grams)


@lru_cache(maxsize=20_000)
def _token_proof(token: str) -> Mapping[str, float]:
    models = _models()
    listed = {language for language, model in models.items() if token in model.words}
    likelihoods = {language: model.likelihood(token) for language, model in models.items()}
    middle = sorted(likelihoods.values())[len(likelihoods) // 2]
    size = min(len(token), 6) / 6.0
    proof = {}
    for language, value in likelihoods.items():
        if not listed:
            proof[language] = max(0.0, min((value - middle) * size, _UNLISTED_CEILING)) * 0.6
        elif language in listed:
            # A word of few languages and of some length says more than one that several have.
            proof[language] = min(0.8 + 1.6 * size, _LISTED_CEILING) / len(listed) ** 0.5
        else:
            proof[language] = 0.0
    return proof


def _grams(token: str) -> list[str]:
    padded = f" {token} "
    return [padded[start : start + 3] for start in range(max(1, len(padded) - 2))]


@lru_cache(maxsize=1)
def _models() -> dict[str, _Model]:
    models = {}
    for language, text in WORDS.items():
        words = frozenset(text.split())
        counts = Counter(gram for word in words for gram in _grams(word))
        total = sum(counts.values())
        smoothed = total + 2000.0
        grams = {gram: math.log((number + 0.5) / smoothed) for gram, number in counts.items()}
        models[language] = _Model(words, grams, math.log(0.5 / smoothed))
    return models

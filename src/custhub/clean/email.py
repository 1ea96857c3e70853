"""E-mail addresses: repaired form for loading, key that knows what mail providers ignore, flags."""

from __future__ import annotations

import re
from functools import cache, lru_cache

from email_validator import EmailNotValidError, validate_email
from rapidfuzz.distance import DamerauLevenshtein

from custhub.clean import text
from custhub.clean.cleaned import Options, Result, nothing
from custhub.clean.facts import rows, words

_plain = re.compile(
    r"[a-z0-9_](?:[a-z0-9_+'-]|\.(?=[a-z0-9_+'-])){0,63}@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.){1,8}[a-z]{2,18}"
).fullmatch
_ANGLE = re.compile(r"^[^<>]*<\s*([^<>]+?)\s*>[^<>]*$")
_LABEL = re.compile(
    r"^(?:mailto:|(?:e-?mail|[一-龥]{2,8})\s*:|(?:电子)?(?:邮箱|邮件|电邮)(?:地址)?)\s*|\?(?:subject|cc|bcc|body)=.*$",
    re.IGNORECASE,
)
_NOTE = re.compile(r"(?<=[a-z])\s*[(\[][^()\[\]@]*[)\]]$", re.IGNORECASE)
_SPACE = re.compile(r"\s+")
_SEPARATOR = re.compile(r"\s*(?:[;、,|/]|(?<=[a-z])[和或与])\s*")
_COMMA_TAIL = re.compile(r"(@[^@]*)[,、](?=[a-z]{2,6}(?:\.[a-z]{2})?$)")
_dummy_local = re.compile(
    r"test|x{2,}|a{2,}|none|null|no-?mail|noemail|nobody|123|1234|abc|asdf|na|n\.a|dummy"
).fullmatch
_GMAIL = ("gmail.com", "googlemail.com")


@cache
def _list(name: str) -> frozenset[str]:
    return frozenset(words(name))


@cache
def _known_domains() -> tuple[str, ...]:
    return tuple(domain for domain in words("free_mail.txt") if len(domain) >= 7)


@cache
def _typo_endings() -> tuple[tuple[str, str], ...]:
    return tuple((row[0], row[1]) for row in rows("typo_endings.tsv"))


@cache
def _wrong_endings() -> tuple[str, ...]:
    return tuple(wrong for wrong, _ in _typo_endings())


def split(raw: str) -> list[str]:
    """The addresses in a field. A field with one @ is one address, whatever signs are in it."""
    display = text.display_form(raw).replace("。", ".")
    if not display or text.is_placeholder(display):
        return []
    if display.count("@") <= 1:
        return [display]
    found: list[str] = []
    waiting = ""
    for piece in _SEPARATOR.split(display):
        if "@" not in piece:
            waiting = f"{waiting}{piece} " if piece else waiting
        elif piece.count("@") > 1:
            found += [word for word in piece.split() if "@" in word]
        else:
            found.append(waiting + piece)
            waiting = ""
    return found


def clean(raw: str, options: Options) -> Result:
    """A field with one e-mail address."""
    lowered = raw.lower()
    if _plain(lowered):
        return _known(lowered, ("case_folded",) if lowered != raw else ())
    display = text.display_form(raw)
    if not display or text.is_placeholder(display):
        return nothing("email", "placeholder" if display else "blank")
    return _repair(display, text.change_reasons(raw, display))


def _repair(display: str, reasons: tuple[str, ...]) -> Result:
    address = _LABEL.sub("", display)
    angle = _ANGLE.match(address)
    if angle:
        address = angle[1]
    address = _NOTE.sub("", _LABEL.sub("", address)).lstrip(" <>()[]\"';,:").rstrip(" <>()[]\"';,.:")
    if address != display:
        reasons = (*reasons, "note_removed")
    full_stop = address.replace("。", ".").replace("[at]", "@").replace("(at)", "@")
    if full_stop != address:
        reasons, address = (*reasons, "signs_folded"), full_stop
    joined = _SPACE.sub("", address)
    if joined != address:
        reasons, address = (*reasons, "inner_space_removed"), joined
    lowered = address.lower()
    if lowered != address:
        reasons = (*reasons, "case_folded")
    if _plain(lowered) and "xn--" not in lowered:
        return _known(lowered, reasons)
    return _validated(lowered, display, reasons)


def _validated(address: str, display: str, reasons: tuple[str, ...]) -> Result:
    try:
        checked = validate_email(address, check_deliverability=False, test_environment=True)
    except (EmailNotValidError, ValueError):
        mended = _COMMA_TAIL.sub(r"\1.", address)
        suggestion = mended if mended != address and _plain(mended) else None
        return _bad(display, *reasons, "not_an_address", suggestion=suggestion)
    if len(checked.domain.rpartition(".")[2]) < 2:
        return _bad(display, *reasons, "not_an_address")
    return _known(checked.normalized.lower(), reasons)


def _bad(display: str, *reasons: str, suggestion: str | None = None) -> Result:
    return Result(display, None, (None, None, None, None, suggestion), reasons, False)


def _known(address: str, reasons: tuple[str, ...]) -> Result:
    local, _, domain = address.rpartition("@")
    free = domain in _list("free_mail.txt")
    role = _role(local)
    suggestion = None if free else _suggestion(domain)
    disposable = domain in _list("disposable_mail.txt")
    dummy = _is_dummy(local, domain)
    if suggestion:
        reasons = (*reasons, "typo_domain")
    if role:
        reasons = (*reasons, "role_account")
    if disposable:
        reasons = (*reasons, "disposable_domain")
    if dummy:
        reasons = (*reasons, "dummy")
    mark = "DISPOSABLE:" if disposable else "ROLE:" if role else ""
    suggested = f"{local}@{suggestion}" if suggestion else None
    parts = (local, domain, "true" if role else None, "true" if free else None, suggested)
    return Result(address, None if dummy else mark + _key(local, domain), parts, reasons, True)


def _key(local: str, domain: str) -> str:
    if domain in _GMAIL:
        return f"{local.partition('+')[0].replace('.', '')}@gmail.com"
    if "+" in local and domain in _list("plus_mail.txt"):
        local = local.partition("+")[0]
    return f"{local}@{domain}"


def _role(local: str) -> bool:
    roles = _list("roles.txt")
    return local in roles or local.rstrip("0123456789-_.") in roles or local.split(".")[0].split("-")[0] in roles


def _is_dummy(local: str, domain: str) -> bool:
    name = domain.partition(".")[0]
    if domain in _list("dummy_mail.txt"):
        return True
    if local == name and len(set(local)) == 1:  # a@a.com
        return True
    return bool(_dummy_local(local)) and (local == name or bool(_dummy_local(name)) or name in ("example", "email"))


@cache
def _by_half() -> dict[tuple[str, int], list[tuple[str, str, str]]]:
    """Known domains with their halves, by one half and the length of the domains that may be a slip of them."""
    halves: dict[tuple[str, int], list[tuple[str, str, str]]] = {}
    for known in _known_domains():
        name, _, ending = known.partition(".")
        for half in (f"{name}.", f".{ending}"):
            for length in range(len(known) - 1, len(known) + 2):
                halves.setdefault((half, length), []).append((known, name, ending))
    return halves


def _near_domains(ending: str, name: str, length: int) -> list[tuple[str, str, str]]:
    """Known domains of which one half is the same: a single slip is in one half."""
    return _by_half().get((f".{ending}", length), []) + _by_half().get((f"{name}.", length), [])


@lru_cache(maxsize=200_000)
def _suggestion(domain: str) -> str | None:
    """A well-known domain that this one is a slip of; never applied."""
    if domain.endswith(_wrong_endings()):
        for wrong, right in _typo_endings():
            if domain.endswith(wrong):
                return domain.removesuffix(wrong) + right
    name, _, ending = domain.partition(".")
    for known, known_name, known_ending in _near_domains(ending, name, len(domain)):
        # One slip leaves the first letter or the last one of a name as it is.
        if len(known_name) > 2 and domain[0] != known[0] and name[-1:] != known_name[-1]:
            continue
        if known in domain:
            continue
        near = DamerauLevenshtein.distance(domain, known, score_cutoff=1) == 1
        if near and (len(known_name) >= 5 or (name == known_name and len(ending) != len(known_ending))):
            return known
    return None

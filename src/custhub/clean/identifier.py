"""Numbers that name a company or a person: compact form, type, check digits. No digit is added without a reason."""

from __future__ import annotations

import re
import unicodedata

from custhub.clean import blanks, text
from custhub.clean import identifier_types as types
from custhub.clean.cleaned import Options, Result, nothing

_LABEL = re.compile(
    r"^(?:(?:uscc|usci|vat(?: (?:id|no|reg))?|ust-?id(?:-?nr)?|tax ?id|lei|iban|hkid|id|no|nr|ein|eori)\s*(?:no\.?|number|nr\.?|号码?)?\s*[:.#]|(?:duns|d-u-n-s)[^0-9a-z]{0,3})\s*",
    re.IGNORECASE,
)
_HAN_LABEL = re.compile(r"^[一-龥]{0,12}(?:代码|编号|统编|号码?|身份证|证|执照)\s*[:.#]?\s*")
_NOTE = re.compile(r"\s*\([一-龥][^()]*\)$")
_SEPARATOR = re.compile(r"^=(?=[\"'])|[\s\-./·_,:'\"]+")
_masked = re.compile(r"(?=.*[0-9])[0-9A-Z]*\*{2,}[0-9A-Z]*").fullmatch
_science = re.compile(r"[0-9](?:[.,][0-9]+)?e\+?[0-9]{1,3}", re.IGNORECASE).fullmatch
_float = re.compile(r"([0-9]+)\.0+").fullmatch
_PLAIN = re.compile(r"[0-9A-Z]+").fullmatch


def clean(raw: str, options: Options) -> Result:
    """An identifier of `options.type`, or of the type that its form and check digits tell."""
    if _PLAIN(raw) and 6 <= len(raw) <= 40 and raw.strip(raw[0]) and "E" not in raw:
        return _typed(raw, options, ())
    display = raw if _PLAIN(raw) else text.display_form(raw)
    if not display or len(display) < 4 or blanks.says_nothing(display, text.key_form(display)):
        kind = types.named(options.type, options.region) if options.type else None
        if display and kind and not text.is_placeholder_word(display):
            return _wrong(display, kind, ("placeholder" if not display.strip("0") else "wrong_length",))
        return nothing("identifier", "placeholder" if display else "blank")
    reasons: tuple[str, ...] = ()
    if display != raw:
        reasons = text.change_reasons(raw, display)
    if _science(display):
        return Result(display, None, (options.type, None, None), (*reasons, "spreadsheet_damage"), False)
    bare = text.simplified(display)
    unlabelled = (_LABEL if bare[0] <= "\x7f" else _HAN_LABEL).sub("", _NOTE.sub("", bare))
    if unlabelled != bare:
        reasons = (*reasons, "label_removed")
    if "×" in unlabelled:  # an X as typed by hand
        reasons, unlabelled = (*reasons, "signs_folded"), unlabelled.replace("×", "X")
    whole = _float(unlabelled)
    if whole:
        reasons, unlabelled = (*reasons, "float_folded"), whole[1]
    # An accent that stood behind a separator joins the letter before it.
    compact = unicodedata.normalize("NFC", _SEPARATOR.sub("", unlabelled).upper())
    if compact != unlabelled:
        reasons = (*reasons, "separators_removed" if compact.upper() != unlabelled.upper() else "case_folded")
    labelled = _LABEL.match(compact) or _HAN_LABEL.match(compact)
    if compact != raw and (labelled or len(compact) < 4 or blanks.says_nothing(compact, compact.lower())):
        return clean(compact, options)
    if _masked(compact):
        return Result(compact, None, (options.type, None, None), (*reasons, "masked"), False)
    return _typed(compact, options, reasons)


def _typed(compact: str, options: Options, reasons: tuple[str, ...]) -> Result:
    if options.type:
        kind = types.named(options.type, options.region)
        if kind is None:
            return Result(compact, compact, (options.type, None, None), reasons, None)
        return _checked(compact, kind, reasons)
    for kind in types.candidates(compact, options.region):
        folded = kind.fold(compact)
        if kind.fault(folded) is None:
            return _sound(compact, folded, kind, reasons)
    for kind in types.lookalikes(compact):
        return _checked(compact, kind, reasons)
    return Result(compact or None, compact or None, (None, None, None), reasons, None)


def _checked(compact: str, kind: types.IdentifierType, reasons: tuple[str, ...]) -> Result:
    folded = kind.fold(compact)
    fault = kind.fault(folded)
    if fault is None:
        return _sound(compact, folded, kind, reasons)
    padded = kind.padded(folded)
    if padded and kind.fault(padded) is None:
        return _good(padded, kind, (*reasons, "leading_zero_restored"))
    other = types.older_form(compact, kind)
    if other:
        code = types.org_code(compact, other)
        return Result(compact, compact, (other, kind.country, code), (*reasons, "other_type", other), False)
    return _wrong(compact, kind, (*reasons, fault))


def _sound(compact: str, folded: str, kind: types.IdentifierType, reasons: tuple[str, ...]) -> Result:
    if kind.ambiguous_letters and folded != compact:
        reasons = (*reasons, "letters_read_as_digits")
    return _good(folded, kind, reasons)


def _good(folded: str, kind: types.IdentifierType, reasons: tuple[str, ...]) -> Result:
    shown = kind.show(folded)
    parts = (kind.name, kind.country or _country(kind, folded), types.org_code(folded, kind.name))
    return Result(shown, folded, parts, reasons + kind.doubts(folded), True)


def _wrong(compact: str, kind: types.IdentifierType, reasons: tuple[str, ...]) -> Result:
    return Result(compact, None, (kind.name, kind.country, None), reasons, False)


def _country(kind: types.IdentifierType, folded: str) -> str | None:
    prefix = folded[:2] if kind.name in ("iban", "vat") else ""
    return {"EL": "GR"}.get(prefix, prefix) or None

"""Which code page are these bytes in? Says nothing rather than guess; the source's declared code page wins."""

from __future__ import annotations

import codecs
import re
import shutil
import subprocess
from dataclasses import dataclass

from custhub.clean.commonness import badness
from custhub.errors import UsageError

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (b"\x84\x31\x95\x33", "gb18030"),
)
_SYNONYMS = {"gb2312": "gb18030", "gbk": "gb18030", "cp936": "gb18030", "hz": "hz", "big5": "cp950", "big5-tw": "cp950", "shift_jis": "cp932", "sjis": "cp932", "euc_kr": "cp949", "euc-kr": "cp949", "ibm935": "ibm1388", "ibm-935": "ibm1388", "ibm-1388": "ibm1388", "ibm937": "ibm937", "ibm-937": "ibm937", "ibm1371": "ibm1371", "ibm-1371": "ibm1371"}  # fmt: skip
_EBCDIC = ("ibm1388", "ibm935", "ibm937", "ibm1371", "ibm939", "ibm933")
_SAMPLE = 400_000
_LEAD = 0.12
_FEW = 6  # characters beyond ASCII
_LIKELY, _LIKELY_SHORT = 0.8, 0.4  # how bad a text may be, and a short one
_DOUBLE_BYTE = ("gb18030", "cp950", "cp932", "cp949", "euc_jp")
_CANDIDATES = (*_DOUBLE_BYTE, "cp1252", "cp1251")
_SINGLE_BYTE = ["cp1250", "iso8859_2", "cp1251", "koi8_r", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "tis_620", "cp852", "cp850", "cp866", "cp1252", "mac_roman"]  # fmt: skip
_ENOUGH = 12  # bytes beyond ASCII from which a language can be told
_COHERENT = 0.3  # share of a language's usual letters
_russian_words = re.compile("[А-ЯЁа-яё][а-яё]{2,}|(?<![А-ЯЁа-яёA-Za-z])[а-яё]{1,2}(?![А-ЯЁа-яёA-Za-z])").findall
_beyond = re.compile("[^\x00-\x7f]+").findall
_lone = re.compile("[^\x00-\x7f](?=[a-z])").findall
_shifts = re.compile(rb"\x0e(?:[\x41-\xfe][\x41-\xfe]|\x40\x40)+\x0f").search
_private = re.compile("[\ue000-\uf8ff]").search
_escapes = re.compile(rb"\x1b\$[@B]|\x1b\(J").search


@dataclass(frozen=True, slots=True)
class Detected:
    """`encoding` as Python (or iconv, for EBCDIC) names it, null when undecided; `reason` a stable code."""

    encoding: str | None
    reason: str


def detect_encoding(data: bytes) -> Detected:
    """The code page of a file's (first) bytes. A sample cut inside a character does not hurt."""
    for mark, name in _BOMS:
        if data.startswith(mark):
            return Detected(name, "byte_order_mark")
    sample = data[:_SAMPLE]
    if _shifts(sample) and b"\n" not in sample[:200].replace(b"\x0e", b""):
        return Detected("ibm1388", "shift_out_shift_in")
    wide = _utf16(sample)
    if wide:
        return Detected(wide, "nul_pattern")
    if sample.isascii():
        return Detected("iso2022_jp", "escape_sequences") if _escapes(sample) else Detected("ascii", "seven_bits")
    if _decoded(sample, "utf-8") is not None:
        return Detected("utf-8", "valid_utf8")
    found = _by_characters(sample)
    sure = found.encoding in _DOUBLE_BYTE and found.reason == "likely_characters"
    return found if sure else _by_language(sample, found)


def _by_language(sample: bytes, found: Detected) -> Detected:
    """The single-byte code page whose letters are most like those of a language; of several the one found before."""
    if sum(byte > 0x7F for byte in sample) < _ENOUGH:
        return found
    from charset_normalizer import from_bytes  # 20 ms that few files need

    matches = from_bytes(sample, cp_isolation=_SINGLE_BYTE)
    most = max((match.coherence for match in matches), default=0.0)
    best = [match.encoding for match in matches if match.coherence == most]
    return found if most < _COHERENT or found.encoding in best else Detected(best[0], "likely_language")


def _utf16(sample: bytes) -> str | None:
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if max(even, odd) * 5 < len(sample) // 2 or not sample:
        return None
    return "utf-16-le" if odd > even else "utf-16-be"


def _decoded(sample: bytes, encoding: str) -> str | None:
    """The text, when the bytes are valid; up to three bytes at the end of a long sample may be half a character."""
    for cut in range(4 if len(sample) >= 64 else 1):
        try:
            return sample[: len(sample) - cut].decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def _by_characters(sample: bytes) -> Detected:
    """The code page in which the characters are likely."""
    scored: list[tuple[float, str, str]] = []
    for encoding in _CANDIDATES:
        text = _double_byte_text(sample, encoding) if encoding in _DOUBLE_BYTE else _decoded(sample, encoding)
        if text is not None and (not encoding.startswith("cp125") or _score(text, encoding) < 1.0):
            scored.append((_score(text, encoding), encoding, text))
    for encoding in ("utf-16-le", "utf-16-be"):
        text = None if len(sample) % 2 else _decoded(sample, encoding)
        if text and badness(text) <= _LIKELY_SHORT and len(text) >= 2:
            scored.append((badness(text), encoding, text))
    scored.sort(key=lambda entry: (entry[0], entry[1]))
    if not scored and _double_byte_text(sample, "big5hkscs") is not None:
        return Detected("big5hkscs", "only_fit")
    if not scored:
        return Detected(None, "no_fit")
    best, encoding, text = scored[0]
    return _judged(scored, best, encoding, text)


def _double_byte_text(sample: bytes, encoding: str) -> str | None:
    text = _decoded(sample, encoding)
    if text is None or (encoding == "cp932" and _private(text)):  # bytes that the code page only passes through
        return None
    return None if 2 * len(_lone(text)) > len(_beyond(text)) else text  # within words stand accents, no Han characters


def _judged(scored: list[tuple[float, str, str]], best: float, encoding: str, text: str) -> Detected:
    beyond = sum(char > "\x7f" for char in text)
    doubtful = best > _LIKELY_SHORT if beyond < _FEW else best > _LIKELY
    if doubtful and (len(scored) > 1 or best > 1.0):
        return Detected(None, "unlikely_text")
    if len(scored) == 1 or scored[1][0] - best >= _LEAD:
        return Detected(encoding, "only_fit" if doubtful else "likely_characters")
    if len(scored) > 1 and encoding == "euc_jp" and scored[1][1] == "cp932":
        return Detected("cp932", "likely_characters")
    return Detected(None, "undecided")


def _score(text: str, encoding: str) -> float:
    score = badness(text)
    if encoding == "cp1252":
        # Western text: single accented letters between plain ones, now and then two. Many runs are a double-byte text.
        runs = len(re.findall("[\x80-\u024f\u2000-\u20ff]{2,}", text))
        singles = len(re.findall(r"[A-Za-z][\u00c0-\u00ff]|[\u00c0-\u00ff][A-Za-z]", text))
        letters = sum("A" <= char <= "z" for char in text)
        return 0.3 if singles > 4 * runs and letters >= 3 else 1.3
    if encoding == "cp1251":
        words = sum(map(len, _russian_words(text)))
        return 0.3 if words >= _FEW and words >= 0.9 * sum(char > "\x7f" for char in text) else 1.3
    return score


def decode(data: bytes, encoding: str | None = None) -> str:
    """Text from bytes, strictly: of the declared code page when given, else of the detected one.

    `gb2312` and `gbk` are read as gb18030, `big5` as cp950 and then big5hkscs. Raises UnicodeDecodeError when the
    bytes are not of that code page, UsageError when it is undecided or not available here.
    """
    name = encoding or detect_encoding(data).encoding
    if name is None:
        raise UsageError("the code page of these bytes cannot be told", "declare the source's encoding")
    name = _SYNONYMS.get(name.lower(), name.lower())
    if name.replace("-", "") in _EBCDIC:
        return _iconv(data, name.replace("-", ""))
    try:
        return data.decode(name)
    except UnicodeDecodeError:
        if name != "cp950":
            raise
        return data.decode("big5hkscs")


def _iconv(data: bytes, name: str) -> str:
    """EBCDIC with double-byte characters, which Python has no codec for."""
    program = shutil.which("iconv")
    if program is None:
        raise UsageError(f"code page {name} needs the program iconv", "install it, or convert the file before")
    done = subprocess.run([program, "-f", name.upper(), "-t", "UTF-8"], input=data, capture_output=True, check=False)
    if done.returncode:
        raise UnicodeDecodeError(name, data, 0, len(data), "iconv cannot convert it")
    return done.stdout.decode("utf-8")

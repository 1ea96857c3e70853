"""Names across scripts, spellings and generations; words with typos; codes in texts."""

import polars as pl
import pytest

from custhub.matching import MatchRules, explain_pair, match
from custhub.matching.ladders.names import sounds_of, without_generation
from custhub.matching.scripts import romanised
from custhub.matching.values import address_words, latin_of


@pytest.mark.parametrize(
    ("text", "latin"),
    [
        ("فيصل صديقي", "fysl sdyqy"),
        ("តារា", "tara"),
        ("Γιώργος", "giorhgos"),
        ("דוד", "dvd"),
        ("राजेश", "rajesh"),
        ("გიორგი", "giorgi"),
        ("٣٤٥", "345"),
        ("Müller 王杰 Иван", "Müller 王杰 Иван"),
    ],
)
def test_other_scripts_in_latin_letters(text: str, latin: str) -> None:
    assert romanised(pl.Series([text])).to_list() == [latin]


@pytest.mark.parametrize(
    ("one", "other"),
    [("geoffrey", "jeffrey"), ("siddiqui", "sdyqy"), ("faisal", "fysl"), ("candace", "kandace"), ("garski", "garsky")],
)
def test_sounds(one: str, other: str) -> None:
    sounds = sounds_of(pl.Series([one, other])).to_list()
    assert sounds[0] == sounds[1]


def test_generations_are_taken_off_names() -> None:
    names, generation = without_generation(pl.Series(["Dobbins Jr", "Dobbins, Senior", "Klein II", "Sri", None]))
    assert names.to_list() == ["Dobbins", "Dobbins", "Klein", "Sri", None]
    assert generation.tolist() == [2, 1, 2, 0, 0]


def levels(kinds: dict[str, str], one: tuple[str, ...], other: tuple[str, ...]) -> list[str]:
    """The levels of two records among a few others."""
    rules = MatchRules.model_validate({"fields": [{"name": n, "kind": k, "columns": [n]} for n, k in kinds.items()]})
    filler = [tuple(f"{word}{i} other" for word in "pqrs"[: len(kinds)]) for i in range(40)]
    frame = pl.DataFrame([one, other, *filler], schema=list(kinds), orient="row")
    return [r.level for r in explain_pair(frame.head(2), match(frame, rules).model).reasons]


PERSON = {"first": "given", "last": "family"}


def test_a_senior_is_not_his_junior() -> None:
    assert levels(PERSON, ("David", "Dobbins Jr"), ("David", "Dobbins Senior"))[0] == "different"
    assert levels(PERSON, ("David", "Dobbins Jr"), ("David", "Dobbins"))[0].startswith("exact")


def test_one_word_elsewhere_is_one_agreement() -> None:
    assert levels(PERSON, ("Jie", "Wang"), ("Wang", "Wei")) == ["different", "elsewhere in the name"]
    assert levels(PERSON, ("Jie", "Wang"), ("Wang", "Jie"))[0] == "given and family name swapped"
    assert levels(PERSON, ("Shaw", "Daniella"), ("Daniela", "Shaw"))[0] == "elsewhere in the name"


def test_nicknames_with_any_ending() -> None:
    assert levels(PERSON, ("Peggie", "Charney"), ("Margaret", "Charney"))[0] == "nickname or short form"


def test_misspelled_words_of_firms() -> None:
    assert levels({"firm": "company"}, ("Universal Exports",), ("Univrsal Export",))[0].startswith("nearly the same")


def test_codes_in_texts_agree_or_contradict() -> None:
    goods = {"title": "text"}
    tv = "Sonora 46 inch LCD television KD-L123"
    assert levels(goods, (tv,), ("Sonora KDL123 television black",))[0].endswith("same code")
    assert levels(goods, (tv,), ("Sonora 46 inch LCD television KDL987",))[0].endswith("other code")
    assert levels(goods, (tv,), ("Sonora 46 inch LCD television",))[0].split(", ")[1].endswith("words")


def test_a_han_address_that_is_apart_keeps_street_and_numbers_and_meets_its_latin_spelling() -> None:
    words = address_words(
        pl.Series(["解放路 · 779号 · 5栋703室", "解放路 · 779 · 5 703", "弥敦道", None, "779 Jiefang Rd"])
    )
    assert words[0] == words[1] == "779 5 703 解放路 jiefang"
    assert words[2] == "弥敦道 midun"
    assert words[3] is None
    assert set(words[0].split()) & set(words[4].split()) == {"779", "jiefang"}


def test_words_do_not_change_the_texts_that_they_are_made_from() -> None:
    texts = pl.Series(["解放路 · 779号", "上海市静安区南京西路12号"])
    before = texts.to_list()
    address_words(texts)
    assert texts.to_list() == before


def test_long_han_names_are_read_and_signs_without_a_reading_are_left() -> None:
    assert latin_of(pl.Series(["阿里巴巴", "隆健", "さくら"])).to_list() == ["alibaba", "longjian", "さくら"]

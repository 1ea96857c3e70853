"""Comparisons: match, review, no-match."""

import polars as pl
import pytest

from custhub.clean import compare_columns, compare_values


@pytest.mark.parametrize(
    ("kind", "left", "right", "decision", "level"),
    [
        ("person", "張曉明", "张晓明先生", "match", "key"),
        ("person", "张晓明", "Zhang Xiaoming", "match", "romanised"),
        ("person", "張曉明", "Cheung Hiu Ming", "match", "romanised"),
        ("person", "张晓明", "张晓鸣", "review", "homophone"),
        ("person", "张晓明", "章晓明", "review", None),
        ("person", "张晓明", "张明晓", "no-match", "given"),
        ("person", "Robert Miller", "Bob Miller", "review", "nickname"),
        ("person", "J. Miller", "John Miller", "review", "initials"),
        ("person", "无", "无", "no-match", "blank"),
        ("company", "杭州蓝海科技有限公司", "杭州市藍海科技有限責任公司", "match", "key"),
        ("company", "杭州蓝海科技有限公司", "宁波蓝海科技有限公司", "no-match", "place"),
        ("company", "杭州蓝海科技有限公司", "杭州蓝海科技有限公司宁波分公司", "no-match", "branch"),
        ("company", "杭州蓝海科技有限公司", "蓝海科技", "review", None),
        ("company", "Acme GmbH", "ACME G.m.b.H.", "match", None),
        ("phone", "010-65551234转12", "010-65551234", "review", "extension"),
        ("email", "a.b@gmail.com", "ab@googlemail.com", "match", "box"),
        ("address", "杭州市西湖区文三路90号", "浙江省杭州市西湖区文三路90號", "match", "key"),
        ("identifier", "110101900307425", "110101199003074258", "match", "first_generation"),
        ("date", "1985-03-04", "1985-04-03", "review", "day_month"),
        ("date", "1985", "1985-04-03", "review", "less_exact"),
    ],
)
def test_decisions_are_symmetric(kind: str, left: str, right: str, decision: str, level: str | None) -> None:
    there, back = compare_values(kind, left, right), compare_values(kind, right, left)
    assert there.decision == back.decision == decision
    assert level is None or there.level == level


def test_columns_compare_like_values() -> None:
    left, right = pl.Series(["张三丰", None, "张三丰"]), pl.Series(["張三豐", "李四光", "張三豐"])
    frame = compare_columns("person", left, right)
    assert frame["decision"].to_list() == ["match", "no-match", "match"]

"""What the engine calls things, for readers of Chinese: attributes, comparisons, levels, titles of tasks.

Pages show the name by which YAML and reports know an attribute beside its Chinese word, so that a steward and an engineer
can talk about it. Traditional characters are made from the simplified ones.
"""

from __future__ import annotations

from functools import cache

from opencc import OpenCC

_ATTRIBUTES = {
    "kind": "类别",
    "name": "名称",
    "full": "全称",
    "given": "名",
    "given_name": "名",
    "middle": "中间名",
    "family": "姓",
    "family_name": "姓",
    "prefix": "称谓",
    "suffix": "后缀",
    "native": "本国文字",
    "legal_form": "法律形式",
    "aliases": "别名",
    "company_name": "公司名称",
    "company_latin": "公司外文名称",
    "birth_date": "出生日期",
    "founded_on": "成立日期",
    "gender": "性别",
    "identifiers": "证件号码",
    "uscc": "统一社会信用代码",
    "vat": "增值税号",
    "tw_ubn": "统一编号（台湾）",
    "emails": "邮箱",
    "phones": "电话",
    "addresses": "地址",
    "street": "街道",
    "postcode": "邮编",
    "city": "城市",
    "languages": "语言",
    "websites": "网站",
    "parent": "上级单位",
    "relations": "关系",
    "status": "状态",
    "consents": "联系许可",
    "organisation_views": "各组织的交易条件",
    "source_updated_at": "来源更新时间",
    "extra": "其他字段",
}
_LEVELS = {
    "missing on one side or both": "一方或双方缺失",
    "or told by another comparison": "或已由其他比较说明",
    "exact": "完全相同",
    "very common value": "极常见的值",
    "common value": "常见的值",
    "usual value": "一般的值",
    "rather rare value": "较少见的值",
    "rare value": "少见的值",
    "very rare value": "极少见的值",
    "nearly unique value": "近乎唯一的值",
    "different": "不同",
    "different words": "用词不同",
    "nearly the same": "几乎相同",
    "mostly the same": "大部分相同",
    "half the same": "一半相同",
    "a little the same": "少许相同",
    "rare words": "少见的词",
    "usual words": "一般的词",
    "common words": "常见的词",
    "same number": "号码相同",
    "number missing": "缺少号码",
    "other number": "号码不同",
    "same code": "代号相同",
    "other code": "代号不同",
    "one typo": "一处笔误",
    "two typos": "两处笔误",
    "alike": "相似",
    "a little alike": "略相似",
    "sounds the same": "读音相同",
    "nickname or short form": "昵称或简称",
    "initial": "首字母",
    "given and family name swapped": "姓名颠倒",
    "elsewhere in the name": "出现在姓名别处",
    "part of the other": "是对方的一部分",
    "day and month transposed": "日月颠倒",
    "one digit": "一位数字不同",
    "same as far as known": "已知部分相同",
    "same day of another year": "不同年的同一天",
    "same month or near": "同月或相近",
    "same year": "同年",
    "same area": "同一区号",
    "same exchange": "同一局号",
    "same ending": "尾号相同",
    "same domain": "同一域名",
    "same name at another domain": "用户名相同而域名不同",
    "within 2 %": "相差 2 % 以内",
    "within 10 %": "相差 10 % 以内",
    "within 30 %": "相差 30 % 以内",
}
_RULES = {
    "the only value": "唯一的值",
    "the most trusted source": "最可信的来源",
    "the most recent": "最近的",
    "the oldest": "最早的",
    "the most frequent": "最常见的",
    "closest to the others": "与其他值最接近",
    "most common in the frozen model": "在模型中最常见",
    "the most complete": "最完整的",
    "the longest": "最长的",
    "the project's own expression": "项目自定义表达式",
    "order of sources": "来源顺序",
    "pinned by a person": "人工固定",
    "all distinct values": "所有不同的值",
    "all sources": "所有来源",
}
_OTHER = {
    "person": "个人",
    "organisation": "组织",
    "active": "有效",
    "merged": "已并入",
    "retired": "已停用",
    "erased": "已删除",
}
_TITLES = {
    "Two golden customers may be the same": "两个黄金客户可能是同一个",
    "Records of one customer are no longer alike": "同一客户的记录不再相似",
    "Decisions contradict each other": "多项决定互相矛盾",
    "Confirmed the same, but kept apart": "已确认相同，但仍分开",
    "Kept apart by a person, but together": "人工判为不同，但仍在一起",
    "One customer, several owners": "一个客户，多个负责人",
    "A source key now stands for another customer": "来源主键现在代表另一个客户",
    "Erasure for good: a second person has to agree": "永久删除：需要第二人同意",
}
TERMS = {**_ATTRIBUTES, **_LEVELS, **_RULES, **_OTHER, **_TITLES}


def in_language(text: str, language: str) -> str:
    """A term of the engine as a reader of `language` knows it; what has no translation stays as it is.

    Levels are put together from parts (`exact, rare value`), attributes are paths (`name.full`).
    """
    if language == "en" or not text:
        return text
    return _chinese(text, language)


@cache
def _chinese(text: str, language: str) -> str:
    if text in TERMS:
        found = TERMS[text]
    elif all(part in _LEVELS for part in text.split(", ")):
        found = "，".join(_LEVELS[part] for part in text.split(", "))
    elif all(part in _ATTRIBUTES for part in text.split(".")):
        found = " · ".join(_ATTRIBUTES[part] for part in text.split("."))
    else:
        return text
    return _traditional().convert(found) if language == "zh-Hant" else found


@cache
def _traditional() -> OpenCC:
    return OpenCC("s2twp")

"""The app's own words in English and Chinese. A language is one column; a missing word is a failing test."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import Request

from custhub.serve.web.terms import in_language

LANGUAGES = {"en": "English", "zh-Hans": "简体中文", "zh-Hant": "繁體中文"}
_WORDS: dict[str, tuple[str, str, str]] = {
    "inbox": ("Inbox", "待办", "待辦"),
    "customers": ("Customers", "客户", "客戶"),
    "find": ("Find", "查找", "查找"),
    "find_hint": (
        "golden id, system:key, phone, e-mail or name",
        "黄金编号、系统:主键、电话、邮箱或名称",
        "黃金編號、系統:主鍵、電話、信箱或名稱",
    ),
    "tasks": ("Tasks", "任务", "任務"),
    "quarantine": ("Quarantine", "隔离区", "隔離區"),
    "nothing_to_do": ("Nothing to do: the inbox is empty.", "没有待办事项。", "沒有待辦事項。"),
    "possible_duplicate": ("Possible duplicate", "可能重复", "可能重複"),
    "drifted_apart": ("Drifted apart", "记录不再一致", "記錄不再一致"),
    "conflict": ("Conflict", "冲突", "衝突"),
    "cluster_too_large": ("Cluster too large", "簇过大", "群集過大"),
    "two_owners": ("Two owners", "撞单", "撞單"),
    "pin_moved": ("Value under a pin changed", "固定值的来源已变化", "固定值的來源已變更"),
    "key_reused": ("Key re-used", "主键被重用", "主鍵被重用"),
    "check_failed": ("Check failed", "检查未通过", "檢查未通過"),
    "four_eyes": ("Second person", "第二人确认", "第二人確認"),
    "second": (
        "A second person has to agree: both customers are confirmed.",
        "两个客户均已确认，需要第二人同意。",
        "兩個客戶均已確認，需要第二人同意。",
    ),
    "same_question": ("Are these the same customer?", "这是同一个客户吗？", "這是同一個客戶嗎？"),
    "same": ("Same", "相同", "相同"),
    "different": ("Different", "不同", "不同"),
    "unsure": ("Unsure", "不确定", "不確定"),
    "reason": ("Reason", "理由", "理由"),
    "reason_hint": ("needed for “different”", "判为“不同”时必填", "判為「不同」時必填"),
    "decided": (
        "Your decision is stored; the next run applies it.",
        "决定已保存，下次运行时生效。",
        "決定已儲存，下次執行時生效。",
    ),
    "evidence": ("Evidence", "依据", "依據"),
    "any_two": ("any two records", "任意两条记录", "任意兩筆記錄"),
    "once": ("fields that agree together count once", "一起吻合的字段只计一次", "一起吻合的欄位只計一次"),
    "altogether": ("Altogether", "合计", "合計"),
    "probability": ("probability", "概率", "機率"),
    "attribute": ("Attribute", "属性", "屬性"),
    "value": ("Value", "值", "值"),
    "source": ("Source", "来源", "來源"),
    "sources": ("Sources", "来源", "來源"),
    "rule": ("Rule", "规则", "規則"),
    "row": ("Row", "行", "列"),
    "raw": ("Raw row", "原始数据", "原始資料"),
    "try_again": ("Try again", "重试", "重試"),
    "accept": ("Accept in spite of the rule", "忽略规则并接受", "忽略規則並接受"),
    "history": ("History", "历史", "歷史"),
    "provenance": ("Where each value came from", "每个值的来源", "每個值的來源"),
    "not_found": ("Nothing found.", "没有找到。", "沒有找到。"),
    "sign_in": ("Sign in", "登录", "登入"),
    "token": ("Token", "令牌", "權杖"),
    "wrong_token": ("This token is not known.", "令牌无效。", "權杖無效。"),
    "next": ("Next", "下一条", "下一筆"),
    "back": ("Back to the inbox", "返回待办", "返回待辦"),
    "keys": ("Keys", "快捷键", "快速鍵"),
    "held_in_quarantine": ("rows in quarantine", "行被隔离", "列被隔離"),
    "open_tasks": ("open tasks", "个待办任务", "個待辦任務"),
    "golden_customers": ("golden customers", "个黄金客户", "個黃金客戶"),
    "moved_to": ("merged into", "已并入", "已併入"),
    "waits": (
        "Put to work again; the next run takes it in.",
        "已重新排队，下次运行时处理。",
        "已重新排隊，下次執行時處理。",
    ),
    "undo": ("Undo", "撤销", "復原"),
    "undone": (
        "Taken back. It stays back until it is released:",
        "已撤销。在解除之前保持撤销状态：",
        "已復原。在解除之前維持復原狀態：",
    ),
    "with_later": ("take back the later work too", "同时撤销后续工作", "同時復原後續工作"),
    "release": ("Release: the next run may do it again", "解除：允许下次运行重新执行", "解除：允許下次執行重新進行"),
    "released": (
        "Released; the next run does it again.",
        "已解除，下次运行将重新执行。",
        "已解除，下次執行將重新進行。",
    ),
    "held_decisions": ("decisions that hold it", "条保持决定", "筆保持決定"),
    "withdrawn_batches": ("batches withdrawn", "个批次被撤回", "個批次被撤回"),
    "done_here": ("Merges and decisions", "合并与决定", "合併與決定"),
    "changed": ("changed", "变更", "變更"),
    "related_customers": ("Related, but not the same", "相关但不是同一客户", "相關但不是同一客戶"),
    "head_office": ("head office", "总公司", "總公司"),
    "branch": ("branch", "分支机构", "分支機構"),
    "declared": ("tied by a source", "来源声明的关联", "來源聲明的關聯"),
    "declared_by": ("tied by the other's source", "对方来源声明的关联", "對方來源聲明的關聯"),
    "household": ("same household", "同一住户", "同一住戶"),
    "same_head_office": ("branch of the same head office", "同一总公司的分支", "同一總公司的分支"),
    "related": ("shares a value", "共享某个值", "共用某個值"),
    "same_name": ("same name", "同名", "同名"),
    "wait_for_another_day": ("tasks wait for another day", "个任务留待以后处理", "個任務留待以後處理"),
    "show_all": ("show all", "全部显示", "全部顯示"),
    "held": ("Pins and waivers", "固定值与豁免", "固定值與豁免"),
    "nothing_held": ("No pins and no waivers.", "没有固定值，也没有豁免。", "沒有固定值，也沒有豁免。"),
    "pins": ("Pinned values", "固定值", "固定值"),
    "pin": ("Pin", "固定", "固定"),
    "say_of_records": (
        "Say of two records that they are the same customer, or not",
        "判定两条记录是否为同一客户",
        "判定兩筆記錄是否為同一客戶",
    ),
    "other_record": ("another record, system:key", "另一条记录 系统:主键", "另一筆記錄 系統:主鍵"),
    "until": ("until", "有效期至", "有效期至"),
    "pin_a_value": ("Pin a value", "固定一个值", "固定一個值"),
    "unpin": ("Remove the pin", "取消固定", "取消固定"),
    "waivers": ("Rows accepted in spite of a rule", "忽略规则接受的行", "忽略規則接受的列"),
    "right_to_erasure": ("Right to erasure", "删除权", "刪除權"),
    "request_erasure": ("Ask for erasure", "申请删除", "申請刪除"),
    "erasure_hint": (
        "who asked for it and how; no personal values",
        "申请人及申请方式，勿填个人信息",
        "申請人及申請方式，勿填個人資料",
    ),
    "erasure": ("Erasure", "删除申请", "刪除申請"),
    "second_erasure": (
        "The erasure waits for a second person.",
        "删除申请等待第二人确认。",
        "刪除申請等待第二人確認。",
    ),
    "refused": ("The erasure was refused.", "删除申请已被拒绝。", "刪除申請已被拒絕。"),
    "asked_by": ("Asked for by", "申请人", "申請人"),
    "erase_now": ("Erase for good", "永久删除", "永久刪除"),
    "refuse": ("Refuse", "拒绝", "拒絕"),
    "erased": ("Erased for good.", "已永久删除。", "已永久刪除。"),
    "left_to_you": ("What custhub cannot reach", "custhub 无法处理的部分", "custhub 無法處理的部分"),
    "all": ("all", "全部", "全部"),
}


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one language; `words["inbox"]`."""

    language: str
    words: Mapping[str, str]

    def __getitem__(self, word: str) -> str:
        return self.words[word]

    def term(self, text: str) -> str:
        """What the engine calls something, in this language."""
        return in_language(text, self.language)


_BY_LANGUAGE = {
    language: Words(language, {word: texts[i] for word, texts in _WORDS.items()})
    for i, language in enumerate(LANGUAGES)
}


def language_of(tag: str) -> str | None:
    """The app's language for a browser's tag: zh-TW, zh-HK, zh-MO and zh-Hant read traditional characters."""
    tag = tag.strip().lower()
    if tag.startswith("zh"):
        return "zh-Hant" if any(part in tag for part in ("tw", "hk", "mo", "hant")) else "zh-Hans"
    return "en" if tag.startswith("en") else None


def words_for(request: Request) -> Words:
    """The words in the language that the reader chose (cookie), else that the browser asks for, else English."""
    chosen = request.cookies.get("custhub_language")
    if chosen in _BY_LANGUAGE:
        return _BY_LANGUAGE[chosen]
    for tag in request.headers.get("accept-language", "").split(","):
        language = language_of(tag.partition(";")[0])
        if language:
            return _BY_LANGUAGE[language]
    return _BY_LANGUAGE["en"]

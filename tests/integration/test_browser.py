"""The steward app in a real browser: what templates, style and keys come to, which no request shows."""

from __future__ import annotations

import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, sync_playwright

from custhub.serve import create_app
from custhub.serve.access import Access

pytestmark = [pytest.mark.browser, pytest.mark.story]

TOKENS = ";".join(f"{name}:{name}-token-0123456789:read+steward" for name in ("anna", "ben"))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("THE STEWARD APP IS NOT SEEN IN A BROWSER: no chromium found (Debian: apt-get install chromium)")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        yield launched
        launched.close()


@pytest.fixture
def filled(small: Any, person: Any, kept: Any) -> Any:
    def fill() -> None:
        names = ["Anna Schulze", "Bernd Krause", "Carla Vogt"]
        small.shop([person(f"S{i}", name) for i, name in enumerate(names)])
        small.erp([person(f"E{i}", name) for i, name in enumerate(names)])
        small.run(review_only=True)

    kept.bring(small, "browser_filled", fill)
    return small


@pytest.fixture
def opened(browser: Browser, filled: Any) -> Iterator[Callable[..., Page]]:
    """Opens the app, signed in as somebody, in a language; at the end nothing may have gone wrong behind the page."""
    wrong: list[str] = []
    with filled.hub() as hub, socket.create_server(("127.0.0.1", 0)) as port:
        app = create_app(hub, Access.parse(TOKENS))
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
        running = threading.Thread(target=server.run, kwargs={"sockets": [port]})
        running.start()

        def sign_in(name: str = "anna", locale: str = "en-GB") -> Page:
            at = f"http://127.0.0.1:{port.getsockname()[1]}"
            page = browser.new_context(base_url=at, locale=locale).new_page()
            page.on("pageerror", lambda error: wrong.append(str(error)))
            page.on("response", lambda told: wrong.append(told.url) if told.status in (404, 500) else None)
            page.goto("/")
            page.fill("input[name=token]", f"{name}-token-0123456789")
            page.keyboard.press("Enter")
            page.wait_for_selector("tr[data-href]")
            return page

        yield sign_in
        for context in browser.contexts:
            context.close()
        server.should_exit = True
        running.join()
    assert wrong == []


def first_task(page: Page) -> None:
    for key in ("j", "j", "k", "Enter"):
        page.keyboard.press(key)
    page.wait_for_selector("button[data-key=n]")


def decisions(filled: Any) -> list[tuple[str, str, str]]:
    with filled.hub() as hub:
        said = [row.decision for row in hub.store.decisions()]
    return [(one.judgement.value, one.by, one.reason) for one in said]


def test_a_pair_is_decided_by_keys_alone(opened: Callable[..., Page], filled: Any) -> None:
    page = opened()
    first_task(page)
    page.keyboard.press("x")
    page.wait_for_selector("[role=status]")

    assert decisions(filled) == [("same", "anna", "")]


def test_enter_in_the_reason_says_again_what_was_asked_and_nothing_before(
    opened: Callable[..., Page], filled: Any
) -> None:
    """The first button of a form is what Enter presses: it once said `same` to a steward who had pressed `different`."""
    page = opened()
    first_task(page)
    page.fill("input[name=reason]", "x")
    page.keyboard.press("Enter")
    page.fill("input[name=reason]", "")
    page.click("button[data-key=n]")
    page.wait_for_selector("[role=alert]")
    assert decisions(filled) == []

    page.keyboard.type("n and x in a reason are letters")  # the field has the focus
    page.keyboard.press("Enter")
    page.wait_for_selector("[role=status]")

    assert decisions(filled) == [("different", "anna", "n and x in a reason are letters")]


def test_a_reader_of_chinese_gets_chinese_and_may_change_the_script(opened: Callable[..., Page]) -> None:
    page = opened(locale="zh-CN")
    assert page.inner_text("header a >> nth=1") == "待办"
    page.click("text=繁體中文")
    assert page.inner_text("header a >> nth=1") == "待辦"


def test_a_customer_is_found_and_erased_by_two(opened: Callable[..., Page], filled: Any) -> None:
    anna, ben = opened("anna"), opened("ben")
    anna.keyboard.press("/")
    anna.keyboard.type("shop:S1")
    anna.keyboard.press("Enter")
    anna.wait_for_selector("text=Bernd Krause")
    golden_id = anna.url.rpartition("/")[2]
    anna.fill("form[action$=erasure] input", "letter of 3 May")
    anna.click("form[action$=erasure] button")
    anna.wait_for_selector("[role=status]")
    assert anna.request.get(f"/api/v1/customers/{golden_id}").status == 200

    for page, answer in ((anna, "[role=alert]"), (ben, "text=Erased for good")):
        page.goto("/")
        page.click("tr:has-text('Erasure') a")
        page.click("button[value=true]")
        page.wait_for_selector(answer)

    assert ben.request.get(f"/api/v1/customers/{golden_id}").status == 410

# SPDX-License-Identifier: Apache-2.0
"""The console in a real browser: headless Chromium, found in the PATH. Elements are found by their
roles and labels, as a screen reader finds them."""

import shutil

import pytest
from serving import KEY

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium in the PATH")

HOSTILE = "<img src=x onerror=document.title='owned'>"


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def shop(shared_server):
    database = shared_server.create_database(name="shop")
    database.load("orders", [{"id": i, "note": f"n{i}"} for i in range(30)])
    database.load("orders", [{"id": 30, "note": HOSTILE}])
    return database


@pytest.fixture
def page(browser, shared_server):
    """A page of the console. Whatever it says on its console, or asks elsewhere, is a fault."""
    context = browser.new_context(color_scheme="light")
    page = context.new_page()
    faults = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda m: faults.append(m.text) if m.type == "error" else None)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.faults = faults
    page.goto(shared_server.url)
    yield page
    assert all(url.startswith(shared_server.url) for url in asked)
    expected = "status of 40"  # the browser's own line for an answer that is no success
    assert [fault for fault in faults if expected not in fault] == []
    context.close()


@pytest.fixture
def inside(page, shop):
    page.get_by_label("The key that the server").fill(KEY)
    page.get_by_role("button", name="Open").click()
    page.get_by_label("Database").select_option("shop")
    page.get_by_role("region", name="1 tables").wait_for()
    return page


def view(page, name):
    page.get_by_role("navigation").get_by_role("button", name=name).click()


def test_a_key_is_asked_for(page, shop):
    page.get_by_label("The key that the server").fill("wrong")
    page.get_by_role("button", name="Open").click()
    page.get_by_role("alert").get_by_text("key").wait_for()
    page.get_by_label("The key that the server").fill(KEY)
    page.get_by_role("button", name="Open").click()
    page.get_by_role("heading", name="Tables").wait_for()
    page.reload()
    page.get_by_role("heading", name="Tables").wait_for()
    page.get_by_role("button", name="Forget key").click()
    page.get_by_role("heading", name="API key").wait_for()


def test_a_table_with_its_columns_and_first_rows(inside):
    row = inside.get_by_role("region", name="1 tables").get_by_role("row").nth(1)
    assert row.locator("td").all_text_contents()[:3] == ["main", "orders", "31"]
    inside.get_by_role("button", name="orders").click()
    columns = inside.get_by_role("region", name="Columns")
    columns.wait_for()
    assert "BIGINT" in columns.text_content()
    assert "n7" in inside.get_by_role("region", name="The first rows").text_content()


def test_loads_with_what_they_did(inside):
    view(inside, "Loads")
    loads = inside.get_by_role("region", name="The last")
    loads.wait_for()
    assert "orders created +30" in loads.text_content()
    assert "orders +1" in loads.text_content()
    rows = inside.get_by_role("img", name="Throughput: rows inserted and updated by each load")
    rows.wait_for()
    assert rows.locator("rect").count() == 2
    held = inside.get_by_role("img", name="Storage over time: size of the tables")
    held.wait_for()
    assert held.locator("rect").count() == 3, "after each load, and now"


def test_storage_is_what_is_held(page, shared_server):
    database = shared_server.create_database(name="replaced")
    for _ in range(3):
        database.load("t", [{"id": i} for i in range(100)], mode="replace")
    page.get_by_label("The key that the server").fill(KEY)
    page.get_by_role("button", name="Open").click()
    page.get_by_label("Database").select_option("replaced")
    view(page, "Loads")
    held = page.get_by_role("img", name="Storage over time")
    held.wait_for()
    titles = held.locator("rect title")
    sizes = {title.rpartition(": ")[2] for title in titles.all_text_contents()}
    assert len(sizes) == 1, "a table that is replaced does not grow"


def test_numbers_are_shown_as_the_server_wrote_them(inside):
    run_sql(
        inside,
        "SELECT 9007199254740993 AS big, 1234567.8912::DECIMAL(20, 4) AS exact, "
        "0.30000000000000004::DOUBLE AS double, {'a': 9007199254740993} AS nested, "
        "'12 13.10' AS text",
    )
    result = inside.get_by_role("region", name="1 rows in")
    result.wait_for()
    assert result.locator("tbody td").all_text_contents() == [
        "9,007,199,254,740,993",
        "1,234,567.8912",
        "0.30000000000000004",
        '{"a":9007199254740993}',
        "12 13.10",
    ]


def test_a_running_query_is_stopped(inside, shop):
    slow = "SELECT sum(hash(a.range)) FROM range(100000) a, range(10000000) b"
    shop.query(slow, status=202, **{"async": True})
    view(inside, "Queries")
    inside.get_by_role("button", name="Stop").click()
    runs = inside.get_by_role("region", name="The last 50")
    runs.get_by_role("row").filter(has_text="was canceled").wait_for()


def run_sql(page, sql):
    view(page, "SQL")
    page.get_by_label("SQL", exact=True).fill(sql)
    page.get_by_label("SQL", exact=True).press("Control+Enter")


def test_sql_by_keyboard_and_its_chart(inside):
    run_sql(inside, "SELECT 'k' || id % 3 AS k, count(*) AS n FROM orders GROUP BY k ORDER BY k")
    result = inside.get_by_role("region", name="3 rows in")
    result.wait_for()
    assert result.locator("tbody td").all_text_contents() == ["k0", "11", "k1", "10", "k2", "10"]
    assert inside.get_by_role("img", name="n", exact=True).count() == 0
    inside.get_by_role("button", name="Chart").click()
    inside.get_by_role("img", name="n", exact=True).wait_for()
    assert inside.get_by_role("img", name="n", exact=True).locator("rect").count() == 3


def test_errors_of_sql_are_said(inside):
    run_sql(inside, "SELECT * FROM nowhere")
    inside.get_by_role("status").get_by_text("nowhere").wait_for()
    run_sql(inside, "DROP TABLE orders")
    inside.get_by_role("status").get_by_text("SELECT").wait_for()


def test_queries_that_ran(inside):
    run_sql(inside, "SELECT 41 + 1 AS answer")
    inside.get_by_role("region", name="1 rows in").wait_for()
    view(inside, "Queries")
    runs = inside.get_by_role("region", name="The last 50")
    runs.get_by_role("row").filter(has_text="SELECT 41 + 1").filter(has_text="succeeded").wait_for()


def test_data_stays_data(inside):
    run_sql(inside, "SELECT note FROM orders WHERE id = 30")
    inside.get_by_role("cell", name=HOSTILE).wait_for()
    assert inside.title() == "hotload"
    assert inside.locator("main img").count() == 0


def test_nothing_inline_runs(page, shared_server):
    answer = shared_server.call("GET", "/", Authorization=None)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    page.evaluate("document.body.insertAdjacentHTML('beforeend', `<p onclick='x'></p>`)")
    page.evaluate("document.querySelector('p[onclick]').click()")
    assert any("Content Security Policy" in fault for fault in page.faults)
    page.faults.clear()


def test_light_and_dark(page):
    ground = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(ground)
    page.get_by_role("button", name="Dark").click()
    assert page.evaluate(ground) != light
    page.reload()
    assert page.evaluate(ground) != light, "the choice is kept"


def test_the_keyboard_reaches_everything(inside):
    inside.get_by_role("heading", name="Tables").click()
    names = []
    inside.evaluate("document.activeElement.blur(); window.scrollTo(0, 0)")
    for _ in range(12):
        inside.keyboard.press("Tab")
        names.append(inside.evaluate("document.activeElement.textContent.trim().slice(0, 20)"))
    for name in ["Skip to content", "Tables", "Loads", "SQL", "Queries", "Dark", "orders"]:
        assert name in names

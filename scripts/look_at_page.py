#!/usr/bin/env python3
"""Looks at a report's page in a real browser, and takes pictures of it.

    cargo alignspec report RESULTS --html page.html
    pip install playwright && npm pack axe-core && tar xzf axe-core-*.tgz package/axe.min.js
    scripts/look_at_page.py page.html --axe package/axe.min.js --pictures docs/pictures

It asks Debian's Chromium (or the one that --browser names), in light, dark and at 390 pixels: nothing is requested, nothing is
said on the console, nothing is wider than the window, figures are there, sort and filter work, charts tell their marks by keyboard, and axe-core has no
serious finding.
"""

import argparse
import pathlib
import sys

from playwright.sync_api import sync_playwright

LOOKS = [("light", 1280, 900), ("dark", 1280, 900), ("light", 390, 844)]


def wrong(page, what):
    found = []
    if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
        found.append(f"{what}: the page is wider than the window")
    hidden = page.evaluate(
        """() => [...document.querySelectorAll('svg.fig text')].filter((text) => {
            const svg = text.closest('svg').getBoundingClientRect(), own = text.getBoundingClientRect();
            return own.width > 0 && (own.left < svg.left - 1 || own.right > svg.right + 1 || own.bottom > svg.bottom + 1);
        }).map((text) => text.textContent)"""
    )
    if hidden:
        found.append(f"{what}: text reaches out of its chart: {hidden[:5]}")
    overlap = page.evaluate(
        """() => [...document.querySelectorAll('svg.fig')].flatMap((svg) => {
            const boxes = [...svg.querySelectorAll('text')].map((text) => [text.textContent, text.getBoundingClientRect()]);
            const cross = ([, a], [, b]) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 4 && b.top < a.bottom - 4;
            return boxes.flatMap((one, at) => boxes.slice(at + 1, at + 40).filter((other) => one[1].width && cross(one, other))
                .map((other) => `${svg.dataset.figure}: ${one[0]} × ${other[0]}`));
        })"""
    )
    if overlap:
        found.append(f"{what}: texts overlap: {overlap[:5]}")
    return found


def behaves(page):
    found = []
    total = page.locator("tr[data-says]").count()
    page.fill("#filter input", "T1")
    shown = page.locator("tr[data-says]:visible").count()
    if not 0 < shown < total or str(shown) not in page.inner_text("#told"):
        found.append(f"the filter shows {shown} of {total} rows")
    page.fill("#filter input", "")
    head = page.locator("th[data-sort=number] button").first
    column = "() => [...document.querySelector('section table').tBodies[0].rows].map((row) => row.cells[3].dataset.key).filter(Boolean).map(Number)"
    head.focus()
    page.keyboard.press("Enter")
    keys = page.evaluate(column)
    if keys != sorted(keys):
        found.append(f"sorting by keyboard gives {keys[:5]}")
    bar = page.locator("g[data-parts]:visible").first
    if bar.count():
        bar.scroll_into_view_if_needed()
        bar.locator("path").first.hover(force=True)
        if "%" not in (bar.locator("title").first.text_content() or ""):
            found.append("a bar tells nothing under the pointer")
    return found


# What has the focus: its chart, whether it can be seen, its name, and the tip.
FOCUS = """() => {
    const mark = document.activeElement, chart = mark.closest('svg'), tip = document.getElementById('tip');
    return { chart: chart && (chart.dataset.figure ?? 'shares'), name: mark.getAttribute('aria-label'), tip: tip.hidden ? null : tip.textContent,
        outline: getComputedStyle(mark).outlineStyle, at: chart && [...chart.querySelectorAll('[tabindex]')].indexOf(mark),
        stops: chart && chart.querySelectorAll('[tabindex="0"]').length };
}"""


def by_keyboard(page):
    """Goes through a chart of each kind by keyboard."""
    found, kinds = [], set()
    charts = page.locator("svg.fig[data-figure]:visible, svg.shares:visible")
    for at in range(charts.count()):
        chart = charts.nth(at)
        kind = chart.evaluate("(chart) => ['data-parts', 'data-other', 'data-x', 'data-before', 'data-share'].find((name) => chart.querySelector(`[${name}]`))")
        if kind in kinds:
            continue
        kinds.add(kind)
        # The place before the chart: what is focused next is in it.
        chart.evaluate("""(chart) => {
            const before = document.createElement('button');
            before.id = 'before';
            (chart.closest('figure') ?? chart).before(before);
            before.focus();
        }""")
        page.keyboard.press("Tab")
        first = page.evaluate(FOCUS)
        what = f"{kind} of {first['chart']}"
        if first["at"] != 0 or not first["name"] or first["tip"] != first["name"] or first["stops"] != 1:
            found.append(f"{what}: Tab gives {first}")
        if first["outline"] == "none":
            found.append(f"{what}: the focus cannot be seen")
        # In a table of cells, the next cell of the first column is further on.
        for key, step in [("ArrowRight", 1), ("ArrowDown", None), ("ArrowUp", None), ("ArrowLeft", -1)]:
            before = page.evaluate(FOCUS)
            page.keyboard.press(key)
            now = page.evaluate(FOCUS)
            moved = now["at"] - before["at"] if now["at"] is not None else None
            alone = before["at"] == now["at"] and chart.locator("[tabindex]").count() == 1
            if not alone and (now["chart"] != first["chart"] or moved == 0 or step and moved != step or now["tip"] != now["name"]):
                found.append(f"{what}: {key} goes from {before} to {now}")
        page.keyboard.press("End")
        last = page.evaluate(FOCUS)
        if last["at"] != chart.locator("[tabindex]").count() - 1:
            found.append(f"{what}: End gives {last}")
        page.keyboard.press("Escape")
        closed = page.evaluate(FOCUS)
        if closed["tip"] is not None or closed["name"] != last["name"]:
            found.append(f"{what}: Escape gives {closed}")
        page.keyboard.press("Tab")
        if page.evaluate("(chart) => chart.contains(document.activeElement)", chart.element_handle()):
            found.append(f"{what}: a second Tab stays in the chart")
        page.evaluate("document.getElementById('before').remove()")
    if not {"data-parts", "data-share"} & kinds:
        found.append(f"only charts of {sorted(kinds)} were tried by keyboard")
    return found


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("page", type=pathlib.Path)
    arguments.add_argument("--axe", type=pathlib.Path)
    arguments.add_argument("--pictures", type=pathlib.Path)
    arguments.add_argument("--browser", default="/usr/bin/chromium")
    given = arguments.parse_args()
    found = []
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=given.browser, args=["--no-sandbox"])
        for scheme, width, height in LOOKS:
            what = f"{scheme} {width}"
            # What tests need to look in is not the page's own script, so its policy is set aside for axe alone.
            context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
            page = context.new_page()
            page.on("console", lambda said, what=what: found.append(f"{what}: console: {said.text}"))
            page.on("pageerror", lambda error, what=what: found.append(f"{what}: {error}"))
            asked = []
            page.on("request", lambda request: asked.append(request.url))
            page.goto(given.page.resolve().as_uri())
            page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
            if not page.locator("svg.fig[data-figure]").count():
                found.append(f"{what}: there are no figures")
            found += wrong(page, what)
            if given.axe:
                page.evaluate(given.axe.read_text())
                report = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
                for one in report["violations"]:
                    if one["impact"] in ("serious", "critical"):
                        found.append(f"{what}: axe: {one['id']}: {one['help']}: {one['nodes'][0]['html'][:200]} ({len(one['nodes'])})")
                    else:
                        print(f"{what}: axe, {one['impact']}: {one['id']} ({len(one['nodes'])})")
            if given.pictures:
                given.pictures.mkdir(parents=True, exist_ok=True)
                page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = false; })")
                page.evaluate("scrollTo(0, 0)")
                page.screenshot(path=given.pictures / f"page-{scheme}-{width}.png")
                page.evaluate("document.getElementById('figures')?.scrollIntoView()")
                page.screenshot(path=given.pictures / f"figures-{scheme}-{width}.png")
                page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
            if width > 390 and scheme == "light":
                found += [f"{what}: {one}" for one in behaves(page) + by_keyboard(page)]
            if [url for url in asked if not url.startswith("file:")] or len(asked) > 1:
                found.append(f"{what}: the page asked for {asked[:3]}")
            context.close()
        browser.close()
    for one in found:
        print(one, file=sys.stderr)
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()

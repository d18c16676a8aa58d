"""The report in Chromium: it draws, its switches do what they say, and it asks nobody for
anything."""

import json
import os
import pathlib
import statistics
import subprocess
from xml.etree import ElementTree

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.select import Select
from selenium.webdriver.support.wait import WebDriverWait

import made_up_runs

PROGRAM = os.environ["HADAMARD_PROGRAM"]
GALLERY = pathlib.Path(__file__).parents[2] / "verify" / "landscape" / "gallery" / "certificates"
SVG = "{http://www.w3.org/2000/svg}"
MUTANT = ["search", "minima.surrogate-to-base", "--mutant", "lambda-times-depth", "--budget",
          "5000"]


def hadamard(*words):
    subprocess.run([PROGRAM, *map(str, words)], check=True, capture_output=True, timeout=200)


def open_browser(width=1280):
    options = Options()
    options.binary_location = os.environ["CHROMIUM"]
    for word in "--headless=new", "--no-sandbox", "--disable-gpu", f"--window-size={width},1000":
        options.add_argument(word)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    return webdriver.Chrome(service=Service(os.environ["CHROMEDRIVER"]), options=options)


@pytest.fixture(scope="module")
def browser():
    out = open_browser()
    yield out
    out.quit()


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    runs, claims, store = folder / "runs.jsonl", folder / "claims.json", folder / "store.sqlite"
    runs.write_text(made_up_runs.lines(4, 7), encoding="utf-8")
    hadamard("verify", "minima.balance", "svf.majorization", "--cases", 3, "--no-data",
             "--planted", 30, "--delicate", 1, "--json", claims, "--quiet")
    hadamard(*MUTANT, "--store", store, "--quiet")
    out = folder / "report.html"
    hadamard("report", runs, claims, store, GALLERY / "double_well_2_3.cert",
             GALLERY / "lasso_3.cert", "--out", out)
    return out


@pytest.fixture
def page(browser, files):
    browser.get(files.as_uri())
    return browser


def traces(page):
    return page.execute_script(
        "return document.getElementById('convergence-plot').data.map(t => ({visible: t.visible, "
        "name: t.meta,"
        " width: t.line.width, y: t.y}))")


def axes(page):
    return page.execute_script(
        "const l = document.getElementById('convergence-plot')._fullLayout;"
        "return [l.xaxis.type, l.yaxis.type, l.xaxis.title.text, l.yaxis.title.text]")


def press(page, group, value):
    page.find_element(By.CSS_SELECTOR, f"#{group} button[data-value={value}]").click()


def severe(page):
    return [entry for entry in page.get_log("browser") if entry["level"] == "SEVERE"]


def test_loads_without_complaint_and_without_network(page):
    assert page.execute_script("return document.documentElement.dataset.ready") is not None
    assert severe(page) == []
    names = page.execute_script("return performance.getEntriesByType('resource').map(e => e.name)")
    assert [name for name in names if not name.startswith(("data:", "blob:"))] == []
    assert [s.get_attribute("id") for s in page.find_elements(By.TAG_NAME, "section")] == [
        "convergence", "claims", "campaigns", "landscapes", "files"]


def test_every_method_has_a_median_a_band_and_its_runs(page):
    drawn = traces(page)
    assert len(drawn) == 3 * 7
    assert all(len([t for t in drawn if t["name"] == name]) == 3
               for name in {t["name"] for t in drawn})
    paths = page.find_elements(By.CSS_SELECTOR, "#convergence-plot .scatterlayer path.js-line")
    assert len(paths) >= 2 * 7 and all(len(p.get_attribute("d")) > 50 for p in paths)
    assert len(page.find_elements(By.CSS_SELECTOR, "#convergence-table tbody tr")) == 7
    assert "suboptimality" in page.find_element(By.CSS_SELECTOR, "#convergence h2").text


def test_medians_are_medians(page):
    """Three repetitions in the middle of which lies one: its samples are on the median."""
    middle = page.execute_script(
        "const run = (s) => ({samples: {iteration: [0, 1, 2], "
        "suboptimality: [8 * s, 4 * s, 2 * s]}});"
        "const runs = [run(1), run(2), run(7)], grid = placesFor(runs, 'iteration');"
        "const curves = runs.map(r => resampled(r.samples.iteration, r.samples.suboptimality, "
        "grid));"
        "return grid.map((x, i) => [x, quantile(sorted(curves.map(c => c[i])), 0.5)])")
    assert middle[0] == [0, 16] and middle[-1] == [2, 4]
    for x, y in middle:
        assert y == 16 * 2 ** -int(x)  # the last that is known
    held = page.execute_script("return resampled([1, 2, 3], [4, null, 1], [0, 1.5, 2, 4]).map(String)")
    assert held == ["4", "4", "Infinity", "1"]  # before its first sample a run is at its start


def test_medians_begin_where_the_first_run_does(page):
    places = page.execute_script(
        "const run = (from) => ({samples: {cpu_seconds: [from, from + 1, from + 2]}});"
        "return placesFor([run(0), run(5)], 'cpu_seconds')")
    assert places[0] == 0 and places[-1] == 7


def test_the_target_is_no_tighter_than_where_runs_were_stopped(page):
    """A stopping tolerance of 1e-3 in the place of 1e-12."""
    page.execute_script("for (const run of data.runs) run.settings.tolerance = 1e-3; redraws[0]()")
    assert "suboptimality 10⁻³" in page.find_element(By.CSS_SELECTOR, "#convergence h2").text


def test_no_band_is_made_of_a_start_and_an_end(page):
    page.execute_script(
        "for (const run of data.runs.filter(r => r.method === 'varpro'))"
        " for (const [name, list] of Object.entries(run.samples))"
        " if (list) run.samples[name] = [list[0], list.at(-1)]; redraws[0]()")
    assert len([t for t in traces(page) if t["name"] == "varpro"]) == 2  # runs and median


def test_a_saved_plot_needs_no_page_around_it(page):
    page.find_element(By.CSS_SELECTOR, ".chip[data-method=varpro]").click()
    svg = page.execute_async_script(
        "const done = arguments[0], plot = document.getElementById('convergence-plot');"
        "download = (name, text) => done(text);"
        "document.querySelector('#convergence button.export').click();")
    for words in ("toeplitz:rows=100,columns=200", "Suboptimality against CPU seconds", "CPU seconds", "P(null model)",
                  "lbfgs", "gradient descent", 'width="1280"'):
        assert words in svg, words
    assert svg.count('class="legendtoggle"') == 6 and ">varpro<" not in svg
    assert severe(page) == []


def test_every_method_has_a_colour_of_its_own(page):
    assert page.execute_script(
        "const plot = document.getElementById('convergence-plot');"
        "return new Set(plot.data.filter(t => t.hovertemplate).map(t => t.line.color)).size") == 7
    assert page.execute_script("return [palette.light, palette.dark].map(list => new Set(list).size)") == [12, 12]


def test_penalties_are_written_as_formulas(page):
    written = page.execute_script(
        "return ['sum |b_j|^(2/3)', '2 * sum ||b_g||^(1/2)', 'sum |b_j|'].map(penaltyName)")
    assert written == ["Σ |β_j|²⁄³", "2 Σ ‖β_g‖¹⁄²", "Σ |β_j|"]


def test_the_headline_names_the_fastest(page):
    target = 1e-6
    times = {}
    for run in made_up_runs.records(4, 7, settings=1):
        if run["record"] != "run":
            continue
        lists = run["samples"]
        hit = next((t for t, y in zip(lists["cpu_seconds"], lists["suboptimality"]) if y <= target),
                   float("inf"))
        times.setdefault(run["method"], []).append(hit)
    fastest = min(times, key=lambda method: statistics.median(times[method]))
    found = page.execute_script(
        f"const all = seriesOf(data.runs.filter(r => settingOf(r) === settingOf(data.runs[0])));"
        f"const hits = all.map(s => median(s.runs.map("
        f"r => reached(r, 'cpu_seconds', 'suboptimality', {target}))));"
        f"return all.map((s, i) => [s.method, hits[i]])")
    for method, at in found:
        assert at is None or abs(at - statistics.median(times[method])) <= 1e-12 * at
    headline = page.find_element(By.CSS_SELECTOR, "#convergence h2").text
    assert headline.lower().startswith(fastest.replace("_", " ") + " reaches suboptimality 10")


def test_a_method_is_switched_off_and_on(page):
    chip = page.find_element(By.CSS_SELECTOR, ".chip[data-method=varpro]")
    for wanted in (False, True):
        chip.click()
        assert chip.get_attribute("aria-pressed") == str(wanted).lower()
        assert all(t["visible"] is (wanted if t["name"] == "varpro" else True)
                   for t in traces(page))
    page.find_element(By.XPATH, "//button[text()='none']").click()
    assert not any(t["visible"] for t in traces(page))
    assert severe(page) == []
    page.find_element(By.XPATH, "//button[text()='all']").click()
    assert all(t["visible"] for t in traces(page))


def test_axes_change(page):
    assert axes(page)[:2] == ["log", "log"]
    press(page, "x-type", "linear")
    assert axes(page)[:2] == ["linear", "log"]
    press(page, "y-type", "linear")
    assert axes(page)[:2] == ["linear", "linear"]
    for name, words in ("evaluations", "passes over X"), ("iteration", "iterations"), ("cpu_seconds", "CPU seconds"):
        press(page, "against", name)
        assert axes(page)[2] == words
    shown = Select(page.find_element(By.ID, "metric"))
    titles = set()
    for option in [o.get_attribute("value") for o in shown.options]:
        shown.select_by_value(option)
        titles.add(axes(page)[3])
    assert len(titles) == 8  # all of the format but Q, of which these files have nothing
    shown.select_by_value("imbalance")
    assert {t["name"] for t in traces(page)} == set(map(lambda m: m.replace("_", " "), [
        m for m in list(made_up_runs.METHODS)[:7] if made_up_runs.METHODS[m][0]]))
    assert severe(page) == []


def test_problems_change(page):
    before = traces(page)
    setting = Select(page.find_element(By.ID, "setting"))
    assert len(setting.options) == 2
    setting.select_by_index(1)
    assert traces(page) != before and len(traces(page)) == len(before)


def test_hovering_tells_values(page):
    text = page.execute_script(
        "const plot = document.getElementById('convergence-plot'); const i = plot.data.length - 1;"
        "Plotly.Fx.hover(plot, [{curveNumber: i, pointNumber: 30}]);"
        "return [...plot.querySelectorAll('.hoverlayer text')].map(t => t.textContent).join(' ')")
    assert "suboptimality" in text and "CPU seconds" in text and "median of 4 runs" in text


def test_light_and_dark(page):
    def ground():
        return page.execute_script(
            "return [getComputedStyle(document.body).backgroundColor,"
            " document.getElementById('convergence-plot')._fullLayout.plot_bgcolor]")
    first = ground()
    page.find_element(By.ID, "theme").click()
    second = ground()
    assert first[0] != second[0] and first[1] != second[1]
    page.find_element(By.ID, "theme").click()
    assert ground() == first


def test_claims_are_drilled_down_to_witnesses(page):
    cells = page.find_elements(By.CSS_SELECTOR, "#claims button.cell")
    assert len(cells) == 18
    cells[0].click()
    drawer = page.find_element(By.CSS_SELECTOR, "#claims .drawer")
    assert "minima.balance" in drawer.text and "killed" in drawer.text
    mutant = drawer.find_element(By.TAG_NAME, "details")
    mutant.find_element(By.TAG_NAME, "summary").click()
    assert '"' in mutant.find_element(By.TAG_NAME, "pre").text
    cells[0].click()
    assert drawer.text == ""


def test_what_is_wrong_is_seen(browser, tmp_path):
    """A refuted claim, a mutant that survives, a margin above 0."""
    def claim(transfer, verdict, killed):
        return {"id": "minima.balance", "transfer": transfer, "verdict": verdict, "cases": 9,
                "refuted": 0,
                "undecided": 0,
                "mutants": [{"id": "converse", "killed": killed, "witness": {"x": 1}}]}
    claims, found, out = (tmp_path / name for name in ("claims.json", "found.json", "report.html"))
    claims.write_text(json.dumps({
        "format": "hadamard-verify", "verdict": "refuted", "seed": 1, "claims": [
            claim("low_rank", "refuted", True) | {"refuted": 1, "witness": {"beta": ["1/3"]}},
            claim("mixed_group", "supported", False)]}))
    records = [{"unit": i, "evaluations": 10 ** i, "margin": m}
               for i, m in enumerate((-1, -0.1, 0.2))]
    found.write_text(json.dumps({
        "format": "hadamard-search", "claim": "minima.balance", "mutant": "", "evaluations": 1000,
        "units": 3, "campaign_seconds": 2.5, "margin_records": records,
        "witnesses": [{"id": "ab" * 32, "instance": {"beta": ["1/3"]}, "margin": 0.2}]}))
    hadamard("report", claims, found, "--out", out)
    browser.get(out.as_uri())
    assert "1 claim is refuted" in browser.find_element(By.CSS_SELECTOR, "#claims h2").text
    assert "1 of 2 mutants" in browser.find_element(By.CSS_SELECTOR, "#claims h2").text
    refuted = browser.find_element(By.CSS_SELECTOR, "#claims button.cell.refuted")
    browser.find_element(By.CSS_SELECTOR, "#claims button.cell.toothless").click()
    refuted.click()
    assert "1/3" in browser.find_element(By.CSS_SELECTOR, "#claims .drawer > pre").text
    assert "1 claim has a counterexample" in browser.find_element(By.CSS_SELECTOR, "#campaigns h2").text
    browser.execute_script("document.getElementById('campaign-plot').scrollIntoView()")
    WebDriverWait(browser, 20).until(lambda page: page.execute_script(
        "return 'data' in document.getElementById('campaign-plot')"))
    assert browser.execute_script(
        "return document.getElementById('campaign-plot').data[0].y") == [-1, -0.1, 0.2, 0.2]
    assert severe(browser) == []


def test_campaigns_and_landscapes_are_there(page):
    campaigns = page.find_element(By.ID, "campaigns")
    assert "1 of 1 mutant refuted" in campaigns.text
    run_by = campaigns.find_element(By.CSS_SELECTOR, ".run-by").text
    assert run_by.startswith("Run by hadamard ")
    assert " ".join(MUTANT) in run_by and "processors" in run_by
    assert len(campaigns.find_elements(By.TAG_NAME, "pre")) == 1
    landscapes = page.find_elements(By.CSS_SELECTOR, ".landscape")
    assert [len(one.find_elements(By.CSS_SELECTOR, "svg circle")) > 3
            for one in landscapes] == [True, False]
    assert all("Q has exactly" in one.text for one in landscapes)


def saved(page, section):
    """What its first button saves."""
    return page.execute_async_script(
        "const done = arguments[1], make = URL.createObjectURL;"
        "URL.createObjectURL = (blob) => { blob.text().then(done); return make.call(URL, blob); };"
        "document.querySelector(`#${arguments[0]} .export`).click();", section)


def test_plots_are_saved_as_svg(page):
    text = saved(page, "convergence")
    assert text.startswith("<svg") and text.count("<path") > 20
    assert severe(page) == []


def test_the_matrix_of_claims_is_saved_as_svg(page):
    root = ElementTree.fromstring(saved(page, "claims"))
    assert root.tag == SVG + "svg"
    shown = [cell.get_attribute("className").removeprefix("cell ")
             for cell in page.find_elements(By.CSS_SELECTOR, "#claims .matrix .cell")]
    drawn = [rect.get("class") for rect in root.iter(SVG + "rect") if rect.get("class")]
    assert drawn[:len(shown)] == shown and "supported" in shown  # what follows is the key
    said = [text.text for text in root.iter(SVG + "text")]
    assert {"minima.balance", "svf.majorization", "hadamard product"} <= set(said)
    scores = [cell.text
              for cell in page.find_elements(By.CSS_SELECTOR, "#claims button.cell small")]
    scored = [text.split()[-1] for text in said if "/" in text and "mutants" not in text]
    assert scored == [one for one in scores if one]
    assert "2/3: mutants refuted of all" in said and "Claims × transfers: verdicts" in said
    for text in root.iter(SVG + "text"):
        assert 0 < float(text.get("x")) < float(root.get("width"))
    assert severe(page) == []


def test_judges_of_known_answers_are_counted(page, files):
    judged = json.loads((files.parent / "claims.json").read_text(encoding="utf-8"))
    planted, delicate = page.find_elements(By.CSS_SELECTOR, "#claims .known")
    counts = judged["planted"]
    assert f"{counts['right']} of 30 instances judged rightly, 0 wrongly" in planted.text
    for block, name in (planted, "planted"), (delicate, "delicate"):
        rows = [[cell.text for cell in row.find_elements(By.TAG_NAME, "td")]
                for row in block.find_elements(By.CSS_SELECTOR, "tbody tr")]
        kinds = judged[name]["by_kind"]
        assert [row[0] for row in rows] == [kind.replace("_", " ") for kind in kinds] + ["all"]
        for row, known in zip(rows, [*kinds.values(), judged[name]]):
            assert row[1:6] == [str(known[key])
                                for key in ("instances", "right", "wrong", "undecided", "open")]
            assert len(row) == (9 if "double_says" in known else 6)


def test_fits_a_narrow_window_and_paper(files):
    page = open_browser(width=700)
    try:
        page.get(files.as_uri())
        assert page.execute_script("return document.documentElement.scrollWidth <= innerWidth")
        assert len(page.get_screenshot_as_png()) > 20_000
        page.set_window_size(600, 1000)
        assert page.execute_script(
            "const t = document.getElementById('convergence-table');"
            "return t.offsetWidth <= t.parentElement.clientWidth")
        page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
        assert not page.find_element(By.CSS_SELECTOR, ".controls").is_displayed()
        assert page.find_element(By.ID, "convergence-plot").is_displayed()
    finally:
        page.quit()


def test_500_curves_are_there_within_three_seconds(browser, tmp_path):
    """The least of three loads: what else the machine does is not the page's."""
    runs, out = tmp_path / "runs.jsonl", tmp_path / "report.html"
    runs.write_text(made_up_runs.lines(25, 10), encoding="utf-8")
    hadamard("report", runs, "--out", out)
    took = []
    for _ in range(3):
        browser.get(out.as_uri())
        took.append(int(browser.execute_script("return document.documentElement.dataset.ready")))
    assert browser.execute_script("return data.runs.length") == 500
    assert min(took) <= 3000

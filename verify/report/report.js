"use strict";

const data = JSON.parse(document.getElementById("data").textContent);
const main = document.getElementById("main");

// ---------------------------------------------------------------- elements, words and numbers

/// An element with properties and children; text is text, never markup.
function element(name, properties = {}, ...children) {
    const out = document.createElement(name);
    for (const [key, value] of Object.entries(properties)) {
        if (value === undefined || value === null) continue;
        if (key === "class") out.className = value;
        else if (key.startsWith("on")) out.addEventListener(key.slice(2), value);
        else out.setAttribute(key, value);
    }
    out.append(...children.flat().filter((child) => child !== null && child !== undefined));
    return out;
}

const words = (name) => name.replaceAll("_", " ");
const several = (count, one, many) => `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
const unique = (list) => [...new Set(list)];
const total = (list) => list.reduce((sum, x) => sum + x, 0);

function figure(value, digits = 3) {
    if (value === null || value === undefined || Number.isNaN(value)) return "–";
    if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
    if (value === 0) return "0";
    const size = Math.abs(value);
    const text =
        Number.isInteger(value) && size < 1e7
            ? value.toLocaleString("en")
            : size >= 1e3 && size < 1e7
              ? value.toLocaleString("en", { maximumSignificantDigits: digits })
              : size < 1e-3 || size >= 1e7
                ? value.toExponential(digits - 1).replace("e+", "e")
                : String(Number(value.toPrecision(digits)));
    return text.replace("-", "−").replace("e-", "e−");
}

const power = (exponent) =>
    "10" + String(exponent).replace(/./g, (c) => (c === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[c]));

/// Quantile of a sorted list, infinite entries included.
function quantile(sorted, p) {
    const place = p * (sorted.length - 1),
        below = Math.floor(place),
        rest = place - below;
    if (rest === 0 || sorted[below] === sorted[below + 1]) return sorted[below];
    return sorted[below] + rest * (sorted[below + 1] - sorted[below]);
}
const sorted = (list) => [...list].sort((a, b) => a - b);
const median = (list) => (list.length ? quantile(sorted(list), 0.5) : NaN);

/// JSON to read: what fits in a line is in one.
function pretty(value, indent = "") {
    const flat = JSON.stringify(value);
    if (typeof value !== "object" || value === null || flat.length + indent.length < 90)
        return flat.replace(/,(?=["[{\d-])/g, ", ").replace(/":(?=\S)/g, '": ');
    const deeper = indent + "  ";
    const inner = Array.isArray(value)
        ? value.map((one) => deeper + pretty(one, deeper))
        : Object.entries(value).map(
              ([key, one]) => `${deeper}${JSON.stringify(key)}: ${pretty(one, deeper)}`,
          );
    const [open, close] = Array.isArray(value) ? "[]" : "{}";
    return `${open}\n${inner.join(",\n")}\n${indent}${close}`;
}

function download(name, text, type) {
    const address = URL.createObjectURL(new Blob([text], { type }));
    element("a", { href: address, download: name }).click();
    URL.revokeObjectURL(address);
}

// ---------------------------------------------------------------- light and dark

// Colours that are told apart with any kind of colour vision (Okabe and Ito 2008), for each ground.
const palette = {
    light: [
        ...["#0072b2", "#d55e00", "#009e73", "#c2639a", "#d99100", "#3fa9e0", "#6a5ab8", "#6f7780"],
        ...["#7a4a1e", "#7d8b00", "#a8002d", "#1c2733"],
    ],
    dark: [
        ...["#4aa3df", "#f0803c", "#2fc79a", "#e29ac3", "#f2b84b", "#9ad5f7", "#a99cf0", "#aab2bb"],
        ...["#c9986b", "#c3d04b", "#ff5c7a", "#eef2f6"],
    ],
};
const dashes = ["solid", "dash", "dot", "dashdot", "longdash"];
const redraws = [];
const theme = () => document.documentElement.dataset.theme;
const colour = (name) =>
    getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

function setTheme(name) {
    document.documentElement.dataset.theme = name;
    document.getElementById("theme").textContent = name === "dark" ? "Light" : "Dark";
    for (const redraw of redraws) redraw();
}

function faded(hex, alpha) {
    const part = (i) => parseInt(hex.slice(i, i + 2), 16);
    return `rgba(${part(1)},${part(3)},${part(5)},${alpha})`;
}

function axis(title, type, more = {}) {
    return {
        title: { text: title, font: { size: 14, color: colour("soft") }, standoff: 8 },
        type,
        gridcolor: colour("grid"),
        linecolor: colour("line"),
        zerolinecolor: colour("line"),
        tickfont: { size: 12, color: colour("soft") },
        exponentformat: "power",
        showline: true,
        ticks: "outside",
        tickcolor: colour("line"),
        automargin: true,
        minor: { showgrid: false },
        ...more,
    };
}

function layout(x, y, more = {}) {
    return {
        xaxis: x,
        yaxis: y,
        margin: { l: 64, r: 14, t: 12, b: 48 },
        showlegend: false,
        hovermode: "closest",
        paper_bgcolor: colour("card"),
        plot_bgcolor: colour("card"),
        font: {
            family: getComputedStyle(document.body).fontFamily,
            color: colour("ink"),
            size: 13,
        },
        hoverlabel: {
            bgcolor: colour("card"),
            bordercolor: colour("line"),
            font: { color: colour("ink"), size: 13 },
            align: "left",
        },
        ...more,
    };
}

const plotSettings = {
    responsive: true,
    displaylogo: false,
    modeBarButtons: [["zoom2d", "pan2d", "zoomIn2d", "zoomOut2d", "resetScale2d"]],
};

/// The plot as a picture that needs no page around it, 16 : 9: with headings, and the curves that are
/// shown in a legend.
async function pictureOf(plot, headings) {
    const [first, ...rest] = headings();
    const big = (one) => ({
        ...one,
        title: { ...one.title, font: { ...one.title.font, size: 18 } },
        tickfont: { ...one.tickfont, size: 15 },
    });
    const picture = {
        data: plot.data.filter((trace) => trace.visible !== false),
        layout: {
            ...plot.layout,
            xaxis: big(plot.layout.xaxis),
            yaxis: big(plot.layout.yaxis),
            title: {
                text: [first, ...rest.map((line) => `<span style="font-size:16px">${line}</span>`)].join("<br>"),
                font: { size: 22, color: colour("ink") },
                x: 0.02,
                xanchor: "left",
                y: 0.97,
                yanchor: "top",
            },
            margin: { l: 90, r: 20, t: 62 + 24 * rest.length, b: 70 },
            showlegend: true,
            legend: { font: { size: 15, color: colour("ink") }, itemwidth: 44 },
        },
    };
    const url = await Plotly.toImage(picture, { format: "svg", width: 1280, height: 720 });
    return decodeURIComponent(url.slice(url.indexOf(",") + 1));
}

/// @param name      () => that of the file.
/// @param headings  () => the lines above the picture, the title first.
function svgButton(name, plot, headings) {
    return element(
        "button",
        {
            type: "button",
            class: "export",
            title: "Save the plot as SVG, with title and legend",
            onclick: async () => download(name(), await pictureOf(plot, headings), "image/svg+xml"),
        },
        "Save SVG",
    );
}

/// Draws now, and whenever the theme changes: at once where it can be seen, else when that comes near.
function drawWhenNear(plot, draw) {
    let isNear = false;
    new IntersectionObserver(
        (entries, observer) => {
            if (!entries.some((entry) => entry.isIntersecting)) return;
            observer.disconnect();
            isNear = true;
            draw();
        },
        { rootMargin: "600px" },
    ).observe(plot);
    addEventListener("beforeprint", () => {
        isNear = true;
        draw();
    });
    redraws.push(() => isNear && draw());
}

function section(id, eyebrow, headline, note) {
    const title = element("h2", {}, headline);
    const remark = note === undefined ? null : element("p", { class: "note" }, note);
    const out = element(
        "section",
        { id },
        element("p", { class: "eyebrow" }, eyebrow),
        title,
        remark,
    );
    main.append(out);
    document.getElementById("contents").append(element("a", { href: `#${id}` }, eyebrow));
    return { out, title };
}

function select(label, options, value, change) {
    const out = element(
        "select",
        { onchange: () => change(out.value) },
        options.map(([key, text]) => element("option", { value: key }, text)),
    );
    out.value = value;
    return { out, control: element("label", { class: "control" }, label, out) };
}

function segments(label, options, value, change) {
    const buttons = options.map(([key, text]) =>
        element(
            "button",
            {
                type: "button",
                "data-value": key,
                "aria-pressed": String(key === value),
                onclick: (event) => {
                    for (const button of buttons)
                        button.setAttribute("aria-pressed", String(button === event.currentTarget));
                    change(key);
                },
            },
            text,
        ),
    );
    return element(
        "div",
        { class: "control" },
        label,
        element("div", { class: "segments", role: "group", "aria-label": label }, buttons),
    );
}

// ---------------------------------------------------------------- convergence

const metrics = {
    suboptimality: "(P(β) − P(β̂)) / P(null model)",
    relative_gap: "relative duality gap",
    prox_residual: "prox residual",
    distance: "distance ‖β − β̂‖",
    objective: "objective P(β)",
    surrogate_objective: "objective Q(ξ)",
    imbalance: "imbalance of the factors",
    misalignment: "misalignment S(ξ) − R(K(ξ))",
    support: "nonzero coefficients",
};
/// Those that go to 0.
const vanishing = [
    "suboptimality",
    "relative_gap",
    "prox_residual",
    "distance",
    "imbalance",
    "misalignment",
];
const abscissae = {
    cpu_seconds: ["CPU time", "CPU seconds"],
    evaluations: ["Passes over X", "passes over X"],
    iteration: ["Iterations", "iterations"],
};
const bands = { 0.25: "middle half", 0.1: "10 % to 90 %", 0: "least to most", none: "none" };

/// "sum |b_j|^(2/3)" as one writes it.
function penaltyName(text) {
    const raised = (digits) => digits.replace(/\d/g, (c) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[c]);
    return text
        .replace(/\bsum /, "Σ ")
        .replaceAll("||b_g||", "‖β_g‖")
        .replaceAll("|b_j|", "|β_j|")
        .replace(/\^\((\d+)\/(\d+)\)/, (_, p, q) => `${raised(p)}⁄${raised(q)}`)
        .replace(" * ", " ");
}

const settingOf = (record) => JSON.stringify([record.problem, record.penalty, record.lambda]);
const has = (run, name) => Array.isArray(run.samples[name]);

/// Runs that differ by repetition and seed alone, with a name that says what tells them apart.
function seriesOf(runs) {
    const keys = unique(runs.flatMap((run) => Object.keys(run.settings ?? {})));
    const out = new Map();
    for (const run of runs) {
        const key = JSON.stringify([run.method, run.transfer, run.depth, run.settings ?? {}]);
        if (!out.has(key))
            out.set(key, {
                key,
                method: run.method,
                transfer: run.transfer,
                depth: run.depth,
                settings: run.settings ?? {},
                runs: [],
            });
        out.get(key).runs.push(run);
    }
    const all = [...out.values()];
    const transfers = unique(all.map((one) => one.transfer).filter(Boolean));
    const depths = unique(all.map((one) => one.depth));
    for (const one of all) {
        const same = all.filter((other) => other.method === one.method);
        const differing = keys.filter(
            (key) => unique(same.map((other) => JSON.stringify(other.settings[key]))).length > 1,
        );
        one.name =
            words(one.method) +
            (one.transfer && transfers.length > 1 ? ` · ${words(one.transfer)}` : "") +
            (depths.length > 1 && one.depth !== undefined ? ` · k = ${one.depth}` : "") +
            differing.map((key) => ` · ${words(key)} ${one.settings[key] ?? "default"}`).join("");
        one.variant = same.indexOf(one);
    }
    return all;
}

/// The first x at which a run has y ≤ target.
function reached(run, x, y, target) {
    const values = run.samples[y];
    const at = values.findIndex((value) => value !== null && value <= target);
    return at < 0 ? Infinity : run.samples[x][at];
}

/// y at places of x, the last that is known there: nothing is made up between two samples, and before
/// the first a run is where it starts. null counts as infinite.
function resampled(xs, ys, places) {
    let i = 0;
    return places.map((place) => {
        while (i + 1 < xs.length && xs[i + 1] <= place) ++i;
        return ys[i] ?? Infinity;
    });
}

/// Every so many places of a list, the first and the last among them, so that no more than `most` are left.
function thinned(length, most) {
    const step = Math.max(1, (length - 1) / (most - 1)),
        out = [];
    for (let at = 0; at < length - 1; at += step) out.push(Math.round(at));
    out.push(length - 1);
    return out;
}

/// Places that serve every run of a series: dense where x is small as where it is large.
function placesFor(runs, x) {
    const ends = runs.map((run) => run.samples[x].at(-1)),
        positive = runs.map((run) => run.samples[x].find((v) => v > 0) ?? Infinity);
    const most = Math.max(...ends),
        least = Math.min(...positive),
        count = 160;
    const out = [Math.min(...runs.map((run) => run.samples[x][0]))];
    if (!(least < most)) return out;
    for (let i = 0; i <= count; ++i) {
        const place = i === count ? most : least * (most / least) ** (i / count);
        if (place > out.at(-1)) out.push(place);
    }
    return out;
}

function convergence() {
    const { out, title } = section("convergence", "Convergence", "", "");
    const note = out.querySelector(".note");
    const settings = new Map();
    for (const run of data.runs) {
        const key = settingOf(run);
        if (!settings.has(key)) settings.set(key, []);
        settings.get(key).push(run);
    }
    const methods = unique(data.runs.map((run) => run.method));
    const known = Object.keys(metrics);
    const extra = unique(data.runs.flatMap((run) => Object.keys(run.samples))).filter(
        (name) => !(name in metrics) && !(name in abscissae),
    );
    const available = [...known, ...extra].filter((name) =>
        data.runs.some((run) => has(run, name)),
    );
    const places = Object.keys(abscissae).filter((name) => data.runs.some((run) => has(run, name)));
    const state = {
        setting: [...settings.keys()][0],
        x: places[0],
        y: available[0],
        xType: "log",
        yType: "log",
        band: "0.25",
        single: true,
        hidden: new Set(),
    };
    let series = [],
        traceOf = [],
        most = Infinity;  // samples drawn of a run

    const plot = element("div", { class: "plot", id: "convergence-plot" });
    const chips = element("div", { class: "chips", role: "group", "aria-label": "Methods" });
    const table = element("div", { class: "scroll" });
    const settingName = (key) => {
        const run = settings.get(key)[0],
            ratio = run.lambda_ratio;
        return `${run.problem} · ${penaltyName(run.penalty)} · λ = ${figure(run.lambda)}${ratio ? ` (${figure(ratio)} λmax)` : ""}`;
    };
    const change = (key) => (value) => {
        state[key] = value;
        draw();
    };
    const ySelect = select(
        "Show",
        available.map((name) => [name, words(name)]),
        state.y,
        (value) => {
            state.y = value;
            setType("yType", value === "support" || value.includes("objective") ? "linear" : "log");
            draw();
        },
    );
    const xTypes = segments(
        "Horizontal",
        [
            ["log", "log"],
            ["linear", "linear"],
        ],
        "log",
        change("xType"),
    );
    const yTypes = segments(
        "Vertical",
        [
            ["log", "log"],
            ["linear", "linear"],
        ],
        "log",
        change("yType"),
    );
    xTypes.id = "x-type";
    yTypes.id = "y-type";
    ySelect.out.id = "metric";
    function setType(key, value) {
        state[key] = value;
        for (const button of (key === "yType" ? yTypes : xTypes).querySelectorAll("button"))
            button.setAttribute("aria-pressed", String(button.dataset.value === value));
    }
    const curvesFile = () => `${settingName(state.setting).replace(/[^\w.]+/g, "_")}-${state.y}.svg`;
    const problem = select(
        "Problem",
        [...settings.keys()].map((key) => [key, settingName(key)]),
        state.setting,
        change("setting"),
    );
    problem.out.id = "setting";
    const against = segments(
        "Against",
        places.map((name) => [name, abscissae[name][0]]),
        state.x,
        change("x"),
    );
    against.id = "against";
    out.append(
        element(
            "div",
            { class: "controls" },
            settings.size > 1 ? problem.control : null,
            ySelect.control,
            against,
            xTypes,
            yTypes,
            select("Band", Object.entries(bands), state.band, change("band")).control,
            select(
                "Runs",
                [
                    ["yes", "thin lines"],
                    ["no", "hidden"],
                ],
                "yes",
                (value) => {
                    state.single = value === "yes";
                    draw();
                },
            ).control,
            element("div", { class: "push" }, svgButton(curvesFile, plot, () => [
                    `${words(state.y)[0].toUpperCase()}${words(state.y).slice(1)} against ${abscissae[state.x][1]}`,
                    settingName(state.setting),
                ])),
        ),
        chips,
        plot,
        table,
    );

    const colourOf = (one) => palette[theme()][methods.indexOf(one.method) % palette.light.length];
    const dashOf = (one) => dashes[one.variant % dashes.length];
    function swatch(one) {
        const holder = document.createElement("template");
        const dash = { solid: "", dash: "6 3", dot: "2 3", dashdot: "6 3 2 3", longdash: "10 3" }[
            dashOf(one)
        ];
        holder.innerHTML = `<svg class="swatch" width="24" height="10" aria-hidden="true"><line ` +
            `x1="1" x2="23" y1="5" y2="5" stroke="${colourOf(one)}" stroke-width="3" ` +
            `stroke-dasharray="${dash}"/></svg>`;
        return holder.content.firstChild;
    }

    /// Where the series are compared: the least power of ten that half of them reach, and no less than the
    /// loosest tolerance at which runs were stopped.
    function targetOf(shown) {
        if (!vanishing.includes(state.y) || shown.length === 0) return null;
        const tolerances = shown.map((one) => one.settings.tolerance).filter((t) => t > 0);
        const first = tolerances.length ? Math.ceil(Math.log10(Math.max(...tolerances)) - 1e-9) : -12;
        for (let exponent = first; exponent < 0; ++exponent) {
            const times = shown.map((one) =>
                median(one.runs.map((run) => reached(run, state.x, state.y, 10 ** exponent))),
            );
            if (times.filter(Number.isFinite).length * 2 >= shown.length) return exponent;
        }
        return null;
    }

    function headline(shown, target) {
        const unit = abscissae[state.x][1];
        const where = settings.get(state.setting)[0].problem;
        if (target === null)
            return shown.length
                ? `${where}: ${words(state.y)} of ${several(shown.length, "curve", "curves")} against ${unit}`
                : "No method is shown";
        const ranked = shown
            .map((one) => ({ one, at: one.hit }))
            .filter((entry) => Number.isFinite(entry.at))
            .sort((a, b) => a.at - b.at);
        const [first, second] = ranked,
            at = `${figure(first.at)} ${unit}`;
        const ahead = second ? second.at / first.at : 0;
        const rest = !second
            ? shown.length > 1
                ? "; no other does"
                : ""
            : !(ahead > 1.05) || !Number.isFinite(ahead)
              ? `; ${second.one.name} as fast`
              : `, ${figure(ahead, 2)} times ahead of ${second.one.name}`;
        return `${first.one.name} reaches ${words(state.y)} ${power(target)} first on ${where}, after ${at}${rest}`;
    }

    function traces(one, floor, xFloor) {
        const X = state.x,
            Y = state.y,
            color = colourOf(one),
            runs = one.runs;
        const x = (value) => (state.xType === "log" ? Math.max(value, xFloor) : value);
        const y = (value) =>
            value === null || !Number.isFinite(value)
                ? null
                : state.yType === "log"
                  ? Math.max(value, floor)
                  : value;
        const list = [],
            hidden = state.hidden.has(one.key);
        const base = {
            type: "scatter",
            visible: !hidden,
            meta: one.name,
            name: one.name,
            showlegend: false,
        };
        const grid = runs.length > 1 ? placesFor(runs, X) : runs[0].samples[X];
        const curves = runs.map((run) =>
            runs.length > 1 ? resampled(run.samples[X], run.samples[Y], grid) : run.samples[Y],
        );
        const columns = grid.map((_, i) => sorted(curves.map((curve) => curve[i] ?? Infinity)));
        if (runs.length > 1 && state.single) {
            const xs = [],
                ys = [];
            for (const run of runs) {
                for (const i of thinned(run.samples[X].length, most)) {
                    xs.push(x(run.samples[X][i]));
                    ys.push(y(run.samples[Y][i]));
                }
                xs.push(null);
                ys.push(null);
            }
            list.push({
                ...base,
                x: xs,
                y: ys,
                mode: "lines",
                hoverinfo: "skip",
                line: { width: 0.8, color: faded(color, 0.28) },
            });
        }
        // Two samples, the start and the end, say nothing of what is between.
        const isSampled = runs.some((run) => run.samples[X].length > 2);
        if (runs.length > 1 && isSampled && state.band !== "none") {
            const p = Number(state.band),
                low = columns.map((c) => y(quantile(c, p))),
                high = columns.map((c) => y(quantile(c, 1 - p)));
            const kept = grid.map((_, i) => i).filter((i) => low[i] !== null && high[i] !== null);
            list.push({
                ...base,
                x: [...kept, ...kept.toReversed()].map((i) => x(grid[i])),
                y: [...kept.map((i) => high[i]), ...kept.toReversed().map((i) => low[i])],
                fill: "toself",
                fillcolor: faded(color, 0.16),
                line: { width: 0 },
                mode: "lines",
                hoverinfo: "skip",
            });
        }
        const middle = columns.map((c) => quantile(c, 0.5));
        list.push({
            ...base,
            x: grid.map(x),
            y: middle.map(y),
            customdata: middle.map((value, i) => [figure(grid[i]), figure(value)]),
            mode: "lines",
            showlegend: true,
            line: { width: 2.4, color, dash: dashOf(one) },
            hovertemplate:
                `<b>${one.name}</b><br>${words(Y)} %{customdata[1]}<br>%{customdata[0]} ` +
                `${abscissae[X][1]}` +
                `${runs.length > 1 ? `<br>median of ${runs.length} runs` : ""}<extra></extra>`,
        });
        return list;
    }

    /// The page's own axis ranges: neither divergence nor values at rounding squeeze the rest.
    function limits(shown) {
        let floor = Infinity,
            top = -Infinity,
            start = -Infinity,
            xFloor = Infinity,
            isClipped = false;
        for (const run of shown.flatMap((one) => one.runs)) {
            start = Math.max(start, run.samples[state.y].find((v) => v !== null) ?? -Infinity);
            for (const v of run.samples[state.x]) if (v > 0 && v < xFloor) xFloor = v;
            for (const v of run.samples[state.y]) {
                if (v === null) continue;
                if (v > top) top = v;
                if (v > 0 && v < floor) floor = v;
                if (v <= 0) isClipped = true;
            }
        }
        if (!Number.isFinite(floor)) floor = 1e-17;
        if (vanishing.includes(state.y)) floor = Math.max(floor, 1e-17);
        if (isClipped) floor /= 2;
        if (start > 0) top = Math.min(top, 1e3 * start);
        // Before the first of them has begun to move there is nothing to see.
        let left = Infinity,
            right = 0;
        for (const run of shown.flatMap((one) => one.runs)) {
            left = Math.min(
                left,
                reached(
                    run,
                    state.x,
                    state.y,
                    0.5 * (run.samples[state.y].find((v) => v !== null) ?? 0),
                ),
            );
            right = Math.max(right, run.samples[state.x].at(-1));
        }
        left = Math.max(left / 5, xFloor / 2);
        return { floor, top, left, right, xFloor: xFloor / 2, isClipped };
    }

    function fillTable(target) {
        const X = state.x,
            unit = abscissae[X][1];
        const heads = [
            "",
            "runs",
            "ended by",
            "iterations",
            "passes over X",
            "CPU seconds",
            `last ${words(state.y)}`,
        ];
        if (target !== null) heads.push(`${unit} to ${power(target)}`);
        const rows = series.map((one) => {
            const stops = new Map();
            for (const run of one.runs) stops.set(run.stop, (stops.get(run.stop) ?? 0) + 1);
            const middle = (value) =>
                figure(median(one.runs.map(value).filter((v) => v !== null && v !== undefined)));
            const cells = [
                middle((run) => run.iterations),
                middle((run) => run.evaluations),
                middle((run) => run.cpu_seconds),
                middle((run) => run.samples[state.y].at(-1) ?? Infinity),
            ];
            if (target !== null) {
                const times = sorted(one.runs.map((run) => reached(run, X, state.y, 10 ** target)));
                const range =
                    one.runs.length > 1 && Number.isFinite(one.hit)
                        ? ` (${figure(quantile(times, 0.25), 2)} to ` +
                          `${figure(quantile(times, 0.75), 2)})`
                        : "";
                cells.push(Number.isFinite(one.hit) ? figure(one.hit) + range : "not reached");
            }
            return element(
                "tr",
                {},
                element("td", { class: "series" }, swatch(one), ` ${one.name}`),
                element("td", { class: "number" }, one.runs.length),
                element(
                    "td",
                    {},
                    [...stops]
                        .map(([stop, count]) =>
                            stops.size > 1 ? `${words(stop)} (${count})` : words(stop),
                        )
                        .join(", "),
                ),
                cells.map((text) => element("td", { class: "number" }, text)),
            );
        });
        table.replaceChildren(
            element(
                "table",
                { class: "list", id: "convergence-table" },
                element(
                    "thead",
                    {},
                    element(
                        "tr",
                        {},
                        heads.map((head, i) =>
                            element("th", { class: i === 1 || i > 2 ? "number" : null }, head),
                        ),
                    ),
                ),
                element("tbody", {}, rows),
            ),
            element(
                "p",
                { class: "note" },
                series.some((one) => one.runs.length > 1)
                    ? "Medians over the runs of a row; in brackets the middle half."
                    : "",
            ),
        );
    }

    function fillChips() {
        const toggle = (one, chip) => {
            const hide = !state.hidden.has(one.key);
            state.hidden[hide ? "add" : "delete"](one.key);
            chip.setAttribute("aria-pressed", String(!hide));
            const own = traceOf.flatMap((key, i) => (key === one.key ? [i] : []));
            Plotly.restyle(plot, { visible: !hide }, own);
            say();
        };
        const setAll = (hide) => {
            for (const one of series) state.hidden[hide ? "add" : "delete"](one.key);
            draw();
        };
        chips.replaceChildren(
            ...series.map((one) => {
                const chip = element(
                    "button",
                    {
                        type: "button",
                        class: "chip",
                        "data-method": one.method,
                        "aria-pressed": String(!state.hidden.has(one.key)),
                        onclick: () => toggle(one, chip),
                    },
                    swatch(one),
                    one.name,
                );
                return chip;
            }),
            ...(series.length > 1
                ? [
                      element(
                          "button",
                          { type: "button", class: "chip plain", onclick: () => setAll(false) },
                          "all",
                      ),
                      element(
                          "button",
                          { type: "button", class: "chip plain", onclick: () => setAll(true) },
                          "none",
                      ),
                  ]
                : []),
        );
    }

    /// Headline and table, for what is shown.
    function say() {
        const shown = series.filter((one) => !state.hidden.has(one.key)),
            target = targetOf(shown);
        for (const one of series)
            one.hit =
                target === null
                    ? NaN
                    : median(one.runs.map((run) => reached(run, state.x, state.y, 10 ** target)));
        const text = headline(shown, target);
        title.textContent = text[0].toUpperCase() + text.slice(1);
        fillTable(target);
    }

    function draw() {
        const runs = settings.get(state.setting);
        const all = seriesOf(runs);
        series = all
            .map((one) => ({
                ...one,
                runs: one.runs.filter((run) => has(run, state.y) && has(run, state.x)),
            }))
            .filter((one) => one.runs.length > 0);
        const { floor, top, left, right, xFloor, isClipped } = limits(series);
        // As many thin lines as can be told apart, drawn as finely as can be seen.
        const drawn = total(series.map((one) => one.runs.length));
        most = Math.max(20, Math.floor(6000 / Math.max(1, drawn)));
        const list = series.map((one) => traces(one, floor, xFloor));
        traceOf = list.flatMap((own, i) => own.map(() => series[i].key));
        // Thin lines and bands below all medians.
        const order = list
            .flat()
            .map((trace, i) => ({
                trace,
                key: traceOf[i],
                rank: trace.hovertemplate ? 2 : trace.fill ? 1 : 0,
            }))
            .sort((a, b) => a.rank - b.rank);
        traceOf = order.map((entry) => entry.key);
        const y = axis(metrics[state.y] ?? words(state.y), state.yType);
        if (state.yType === "log" && top > 0) {
            const low = Math.log10(floor),
                high = Math.log10(top),
                pad = 0.04 * (high - low) + 0.02;
            y.range = [low - pad, high + pad];
            y.dtick = high - low > 2 ? Math.ceil((high - low) / 9) : "D2";
        }
        const x = axis(abscissae[state.x][1], state.xType);
        if (state.xType === "log") {
            x.dtick = 1;
            if (vanishing.includes(state.y) && left < right)
                x.range = [Math.log10(left), Math.log10(right) + 0.03];
        }
        Plotly.react(
            plot,
            order.map((entry) => entry.trace),
            layout(x, y),
            plotSettings,
        );
        fillChips();
        say();
        const reference = data.references.find((one) => settingOf(one) === state.setting);
        const missing = all.length - series.length;
        note.textContent = [
            settings.size > 1 ? "" : `${settingName(state.setting)}.`,
            reference
                ? `Reference: ${reference.verdict}${reference.digits ? ` in ${reference.digits} digits` : ""}${reference.reason ? ` (${reference.reason})` : ""}, P(β̂) = ${figure(reference.objective, 6)}, ${reference.support} nonzero.`
                : "No reference in the files.",
            series.some((one) => one.runs.length > 1)
                ? "Lines are medians over repetitions; a run that ended keeps its last value, and one that has not begun its first."
                : "",
            series.some((one) => one.method === "working_set") && series.length > 1
                ? "working set starts at β = 0, the others of a repetition at one K(ξ₀)."
                : "",
            state.x === "evaluations"
                ? "A pass is a product with X or Xᵀ: a gradient is two, a Hessian as many as X has columns; factorizations are not counted."
                : "",
            isClipped && state.yType === "log" ? "Values ≤ 0 lie on the lowest line." : "",
            missing ? `${several(missing, "series has", "series have")} no ${words(state.y)}.` : "",
        ]
            .filter(Boolean)
            .join(" ");
    }
    redraws.push(draw);
}

// ---------------------------------------------------------------- claims

const glyphs = { proved: "●", supported: "○", undecided: "?", refuted: "✕", toothless: "!" };
const severity = ["refuted", "toothless", "undecided", "supported", "proved"];
const killed = (claim) => claim.mutants.filter((mutant) => mutant.killed).length;
const verdictOf = (claim) =>
    claim.verdict !== "refuted" && killed(claim) < claim.mutants.length
        ? "toothless"
        : claim.verdict;
const badge = (verdict, text = verdict) => element("span", { class: `badge ${verdict}` }, text);

function witnessBlock(heading, what, witness, open = false) {
    return element(
        "details",
        open ? { open: "" } : {},
        element(
            "summary",
            {},
            heading,
            what ? element("span", { class: "what" }, ` ${what}`) : null,
        ),
        witness === undefined || witness === null ? null : element("pre", {}, pretty(witness)),
    );
}

function claimDetails(claim) {
    const about = data.catalogue.find((one) => one.id === claim.id);
    const facts = [
        `${several(claim.cases, "case", "cases")}`,
        claim.refuted ? `${claim.refuted} refuted` : "",
        claim.undecided ? `${claim.undecided} undecided` : "",
        claim.discarded ? `${claim.discarded} outside the hypotheses` : "",
    ]
        .filter(Boolean)
        .join(", ");
    const mutants = claim.mutants.map((mutant) => {
        const statement = about?.mutants?.find((one) => one.id === mutant.id)?.statement ?? "";
        const fate = mutant.killed
            ? `killed${mutant.cases ? ` after ${several(mutant.cases, "case", "cases")}` : ""}`
            : "not killed";
        return witnessBlock(
            `${mutant.killed ? "✓" : "✕"} ${mutant.id}: ${fate}.`,
            statement,
            mutant.witness,
        );
    });
    const list = (heading, values) =>
        values && Object.keys(values).length
            ? [
                  element("h4", {}, heading),
                  element(
                      "table",
                      { class: "list" },
                      Object.entries(values).map(([name, value]) =>
                          element(
                              "tr",
                              {},
                              element("td", {}, name),
                              element(
                                  "td",
                                  { class: typeof value === "number" ? "number" : null },
                                  typeof value === "number"
                                      ? figure(value)
                                      : [value]
                                            .flat()
                                            .map((one) =>
                                                typeof one === "string" ? one : pretty(one),
                                            )
                                            .join("; "),
                              ),
                          ),
                      ),
                  ),
              ]
            : [];
    return [
        element("h3", {}, `${claim.id} on ${words(claim.transfer)} `, badge(verdictOf(claim))),
        about ? element("p", { class: "statement" }, about.statement) : null,
        element(
            "p",
            { class: "note" },
            [facts, about?.source ? `Source: ${about.source}` : ""].filter(Boolean).join(". "),
        ),
        claim.witness
            ? [
                  element("h4", {}, "Witness against the claim"),
                  element("pre", {}, pretty(claim.witness)),
              ]
            : [],
        list("Proved", claim.proved),
        list("Decided cases of each part", claim.parts),
        list("Why cases stayed undecided", claim.undecided_reasons),
        list("Measured", claim.measured),
        mutants.length
            ? [
                  element("h4", {}, "Mutants: false variants that the same check has to refute"),
                  element("div", {}, mutants),
              ]
            : [],
    ].flat();
}

/// The matrix as a picture, in the colours that the page has now.
function matrixSvg(ids, transfers, cellOf) {
    const wide = 76,
        high = 34,
        font = getComputedStyle(document.body).fontFamily;
    const make = (name, attributes, ...children) => {
        const out = document.createElementNS("http://www.w3.org/2000/svg", name);
        for (const [key, value] of Object.entries(attributes)) out.setAttribute(key, value);
        out.append(...children);
        return out;
    };
    const pen = document.createElement("canvas").getContext("2d");
    pen.font = `14px ${font}`;
    const longest = (list) =>
        Math.ceil(Math.max(...list.map((text) => pen.measureText(text).width)));
    const left = longest(ids) + 24,
        top = longest(transfers.map(words)) + 54,
        width = left + wide * transfers.length + 10,
        height = top + high * ids.length + 48;
    const write = (text, x, y, more = {}) =>
        make("text", { x, y, fill: colour("soft"), "dominant-baseline": "central", ...more }, text);
    const ground = {
        proved: "proved",
        supported: "supported",
        undecided: "undecided",
        refuted: "refuted",
        toothless: "refuted",
        none: "absent",
    };
    const ink = { supported: "supported-ink", undecided: "undecided-ink" };
    const box = (verdict, x, y, width, height) =>
        make("rect", { x, y, width, height, rx: 5, fill: colour(ground[verdict]), class: verdict });
    const inkOf = (verdict) => (verdict in ink ? colour(ink[verdict]) : "#fff");
    const out = make("svg", {
        xmlns: "http://www.w3.org/2000/svg",
        viewBox: `0 0 ${width} ${height}`,
        width,
        height,
        "font-family": font,
        "font-size": 14,
    });
    out.append(make("rect", { width, height, fill: colour("card") }));
    const title = { fill: colour("ink"), "font-size": 18, "font-weight": 600 };
    out.append(write("Claims × transfers: verdicts", 10, 22, title));
    transfers.forEach((transfer, j) => {
        const x = left + wide * (j + 0.5);
        const turned = { transform: `rotate(-90 ${x} ${top - 10})` };
        out.append(write(words(transfer), x, top - 10, turned));
    });
    ids.forEach((id, i) => {
        const y = top + high * i;
        out.append(write(id, 10, y + high / 2, { fill: colour("ink") }));
        transfers.forEach((transfer, j) => {
            const cell = cellOf(id, transfer),
                verdict = cell?.verdict ?? "none",
                x = left + wide * j;
            out.append(box(verdict, x + 2, y + 2, wide - 4, high - 4));
            if (!cell) return;
            const text = `${glyphs[verdict]} ${cell.score}`.trim();
            const place = { "text-anchor": "middle", fill: inkOf(verdict), "font-size": 12.5 };
            out.append(write(text, x + wide / 2, y + high / 2, place));
        });
    });
    const shown = new Set(ids.flatMap((id) => transfers.map((t) => cellOf(id, t)?.verdict)));
    let x = 10;
    for (const verdict of severity.toReversed().filter((word) => shown.has(word))) {
        const y = height - 34;
        out.append(
            box(verdict, x, y, 22, 18),
            write(glyphs[verdict], x + 11, y + 9, {
                "text-anchor": "middle",
                fill: inkOf(verdict),
                "font-size": 12,
            }),
            write(verdict, x + 29, y + 9),
        );
        x += 55 + Math.ceil(pen.measureText(verdict).width);
    }
    out.append(write("2/3: mutants refuted of all", x, height - 25));
    return new XMLSerializer().serializeToString(out);
}

/// How the judges did on instances with known answers.
function knownAnswers(heading, about, judged) {
    const says = judged.double_says !== undefined;
    const heads = ["kind", "instances", "right", "wrong", "undecided", "answer not known"];
    if (says) heads.push("double: right", "wrong", "undecided");
    const cells = (row) => [
        row.instances,
        row.right,
        row.wrong,
        row.undecided,
        row.open,
        ...(says
            ? [row.double_says.right, row.double_says.wrong, row.double_says.undecided]
            : []),
    ];
    const line = (name, row) =>
        element(
            "tr",
            {},
            element("td", {}, words(name)),
            cells(row).map((n) => element("td", { class: "number" }, figure(n))),
        );
    const { instances, right, wrong, undecided } = judged;
    return element(
        "div",
        { class: "known" },
        element(
            "h3",
            {},
            `${heading}: ${figure(right)} of ${several(instances, "instance", "instances")} ` +
            `judged rightly, ${figure(wrong)} wrongly, ${figure(undecided)} undecided `,
            wrong ? badge("refuted", "judged wrongly") : null,
        ),
        element("p", { class: "note" }, about),
        element(
            "div",
            { class: "scroll" },
            element(
                "table",
                { class: "list" },
                element(
                    "thead",
                    {},
                    element(
                        "tr",
                        {},
                        heads.map((head, i) =>
                            element("th", { class: i > 0 ? "number" : null }, head),
                        ),
                    ),
                ),
                element(
                    "tbody",
                    {},
                    Object.entries(judged.by_kind ?? {}).map(([name, row]) => line(name, row)),
                    line("all", judged),
                ),
            ),
        ),
        judged.witness ? witnessBlock("Judged wrongly", "", judged.witness, true) : null,
    );
}

function claims(verification, number) {
    const all = verification.claims,
        count = (verdict) => all.filter((claim) => verdictOf(claim) === verdict).length;
    const mutants = total(all.map((claim) => claim.mutants.length)),
        dead = total(all.map(killed));
    const bad = count("refuted"),
        toothless = count("toothless");
    const rest = [
        ["proved", count("proved")],
        ["supported", count("supported")],
        ["undecided", count("undecided")],
    ]
        .filter(([, n]) => n > 0)
        .map(([word, n]) => `${n} ${word}`)
        .join(", ");
    const headline =
        (bad
            ? `${several(bad, "claim is", "claims are")} refuted`
            : `No claim is refuted on any transfer`) +
        (rest ? `: ${rest}` : "") +
        `; ${dead === mutants ? `all ${mutants.toLocaleString("en")}` : `${dead} of ${mutants}`} ` +
        `mutants are killed` +
        (toothless ? `, ${several(toothless, "check is", "checks are")} toothless` : "");
    const names = unique((verification.data ?? []).map((one) => words(one.name))),
        without = verification.toothless ?? [];
    const { out } = section(
        `claims${number || ""}`,
        number ? `Claims ${number + 1}` : "Claims",
        headline,
        `Claims and the transfers they are about, ` +
        `${several(total(all.map((claim) => claim.cases)), "case", "cases")}` +
        `${verification.digits ? ` in ${verification.digits} digits` : ""}, seed ` +
        `${verification.seed}` +
        `${names.length ? `, and the data of ${names.join(", ")}` : ""}. ` +
        "Choose a cell for its witnesses and mutants." +
        (without.length ? ` Toothless: ${without.join(", ")}.` : ""),
    );
    const transfers = unique(all.map((claim) => claim.transfer)).sort(),
        ids = unique(all.map((claim) => claim.id));
    const cells = new Map();
    for (const id of ids)
        for (const transfer of transfers) {
            const own = all.filter((claim) => claim.id === id && claim.transfer === transfer);
            if (!own.length) continue;
            const mutantsHere = total(own.map((claim) => claim.mutants.length));
            cells.set(`${id} ${transfer}`, {
                own,
                verdict: severity.find((word) => own.some((claim) => verdictOf(claim) === word)),
                score: mutantsHere ? `${total(own.map(killed))}/${mutantsHere}` : "",
            });
        }
    const cellOf = (id, transfer) => cells.get(`${id} ${transfer}`);
    const save = element(
        "button",
        {
            type: "button",
            class: "export",
            title: "Save the matrix as SVG",
            onclick: () =>
                download("claims.svg", matrixSvg(ids, transfers, cellOf), "image/svg+xml"),
        },
        "Save SVG",
    );
    const drawer = element("div", { class: "drawer", "aria-live": "polite" });
    const table = element(
        "table",
        { class: "matrix" },
        element(
            "thead",
            {},
            element(
                "tr",
                {},
                element("th"),
                transfers.map((name) => element("th", {}, element("span", {}, words(name)))),
            ),
        ),
    );
    const body = element("tbody");
    let chapter = "";
    for (const id of ids) {
        const [head, tail] = [id.slice(0, id.indexOf(".") + 1), id.slice(id.indexOf(".") + 1)];
        const row = element(
            "tr",
            { class: head !== chapter && chapter ? "first" : null },
            element("th", { scope: "row" }, element("span", { class: "chapter" }, head), tail),
        );
        chapter = head;
        for (const transfer of transfers) {
            const known = cellOf(id, transfer);
            if (!known) {
                row.append(
                    element(
                        "td",
                        {},
                        element("div", { class: "cell none", title: "not about this transfer" }),
                    ),
                );
                continue;
            }
            const { own, verdict, score } = known;
            const cell = element(
                "button",
                {
                    type: "button",
                    class: `cell ${verdict}`,
                    "aria-pressed": "false",
                    title: `${id} on ${words(transfer)}: ${verdict}` +
                        `${score ? `, ${score} mutants killed` : ""}`,
                    onclick: () => {
                        const was = cell.getAttribute("aria-pressed") === "true";
                        for (const other of table.querySelectorAll("button[aria-pressed=true]"))
                            other.setAttribute("aria-pressed", "false");
                        cell.setAttribute("aria-pressed", String(!was));
                        drawer.replaceChildren(
                            ...(was ? [] : own.flatMap(claimDetails).filter(Boolean)),
                        );
                        if (!was) drawer.scrollIntoView({ block: "nearest" });
                    },
                },
                element("b", {}, glyphs[verdict]),
                element("small", {}, score),
            );
            row.append(element("td", {}, cell));
        }
        body.append(row);
    }
    table.append(body);
    out.append(
        element("div", { class: "controls" }, element("div", { class: "push" }, save)),
        element("div", { class: "scroll" }, table),
        element(
            "div",
            { class: "key" },
            severity
                .toReversed()
                .filter((word) => word === "proved" || word === "supported" || count(word))
                .map((word) =>
                    element("span", {}, element("i", { class: word }, glyphs[word]), word),
                ),
            element("span", { class: "score" }, "3/4: mutants killed of all"),
        ),
        drawer,
        verification.planted
            ? knownAnswers(
                  "Planted",
                  "Instances whose answer is known by construction, for P and for Q.",
                  verification.planted,
              )
            : "",
        verification.delicate
            ? knownAnswers(
                  "Delicate",
                  "Instances that double precision is likely to misjudge; what it says of their " +
                  "points is beside.",
                  verification.delicate,
              )
            : "",
    );
}

// ---------------------------------------------------------------- campaigns

function barList(values) {
    const entries = Object.entries(values ?? {})
            .sort((a, b) => b[1] - a[1])
            .slice(0, 12),
        most = Math.max(1, ...entries.map(([, n]) => n));
    return element(
        "div",
        { class: "bars" },
        entries.flatMap(([name, n]) => [
            element("span", {}, words(name)),
            element("i", { style: `width:${(100 * n) / most}%` }),
            element("span", {}, n.toLocaleString("en")),
        ]),
    );
}

/// Who ran a campaign: the last session, and the others where they differ.
function sessionNotes(one) {
    const lines = unique(
        (one.sessions ?? []).map((session) =>
            [
                session.program ?? "hadamard",
                session.machine ? ` on ${session.machine}` : "",
                session.command ? `: ${session.command.join(" ")}` : "",
            ].join(""),
        ),
    );
    if (!lines.length)
        return [element("p", { class: "note" }, "Its file does not say by whom it was run.")];
    const [last, ...before] = lines.toReversed();
    return [
        element("p", { class: "note run-by" }, `Run by ${last}`),
        before.length
            ? witnessBlock(several(before.length, "other session", "other sessions"), "", before)
            : null,
    ];
}

function campaigns() {
    const all = data.campaigns,
        evaluations = total(all.map((one) => one.evaluations)),
        found = all.filter((one) => one.witnesses.length > 0);
    const claimsFound = found.filter((one) => !one.mutant),
        mutantsSought = all.filter((one) => one.mutant),
        mutantsFound = found.filter((one) => one.mutant);
    const parts = [];
    if (all.length > mutantsSought.length)
        parts.push(
            claimsFound.length
                ? `${several(claimsFound.length, "claim has", "claims have")} a counterexample`
                : "no counterexample to a claim",
        );
    if (mutantsSought.length)
        parts.push(
            `${mutantsFound.length} of ` +
                `${several(mutantsSought.length, "mutant", "mutants")} refuted`,
        );
    const { out } = section(
        "campaigns",
        "Campaigns",
        `${several(evaluations, "evaluation", "evaluations")}: ${parts.join(", ")}`,
        "Directed searches for counterexamples to claims, and to mutants, where there is one to " +
        "find.",
    );
    const traced = all.filter((one) => (one.records ?? []).length > 1);
    if (traced.length) {
        const plot = element("div", { class: "plot small", id: "campaign-plot" });
        out.append(
            element(
                "div",
                { class: "controls" },
                element(
                    "span",
                    { class: "note" },
                    "Best margin so far; a counterexample has a margin above 0",
                ),
                element("div", { class: "push" }, svgButton(() => "campaigns.svg", plot, () => [
                    "Best margin so far",
                    "A counterexample has a margin above 0",
                ])),
            ),
            plot,
        );
        drawWhenNear(plot, () =>
            Plotly.react(
                plot,
                traced.map((one, i) => ({
                    type: "scatter",
                    mode: "lines+markers",
                    name: one.claim,
                    marker: { size: 5 },
                    x: [...one.records.map((record) => record.evaluations), one.evaluations],
                    y: [...one.records, one.records.at(-1)].map((record) => record.margin),
                    line: {
                        shape: "hv",
                        width: 2,
                        color: palette[theme()][i % palette.light.length],
                        dash: dashes[Math.floor(i / palette.light.length) % dashes.length],
                    },
                    hovertemplate: `<b>${one.claim}` +
                        `${one.mutant ? `/${one.mutant}` : ""}</b><br>margin %{y}<br>%{x} ` +
                        `evaluations<extra></extra>`,
                })),
                layout(axis("evaluations", "log", { dtick: 1 }), axis("best margin", "linear")),
                plotSettings,
            ),
        );
    }
    for (const one of all) {
        const tile = (value, label) =>
            element("div", { class: "tile" }, element("b", {}, value), element("span", {}, label));
        const margin = (one.records ?? []).at(-1)?.margin;
        out.append(
            element(
                "div",
                { class: "campaign" },
                element(
                    "h3",
                    {},
                    one.claim + (one.mutant ? ` / ${one.mutant} ` : " "),
                    badge(
                        one.witnesses.length ? "refuted" : one.mutant ? "undecided" : "supported",
                        one.witnesses.length ? "refuted" : "no counterexample found",
                    ),
                ),
                element(
                    "p",
                    { class: "note" },
                    data.catalogue
                        .find((claim) => claim.id === one.claim)
                        ?.[one.mutant ? "mutants" : "statement"]?.find?.(
                            (mutant) => mutant.id === one.mutant,
                        )?.statement ??
                        data.catalogue.find((claim) => claim.id === one.claim)?.statement ??
                        "",
                ),
                element(
                    "div",
                    { class: "tiles" },
                    tile(figure(one.evaluations), "evaluations"),
                    tile(figure(one.units), "units"),
                    tile(figure(one.seconds), "seconds"),
                    one.seconds > 0
                        ? tile(figure(one.evaluations / one.seconds), "evaluations a second")
                        : null,
                    tile(
                        one.witnesses.length,
                        one.witnesses.length === 1 ? "witness" : "witnesses",
                    ),
                    margin === undefined ? null : tile(figure(margin), "best margin"),
                    tile(figure(one.health?.alarms), "alarms not confirmed"),
                    tile(one.seed ?? "–", "seed"),
                ),
                sessionNotes(one),
                one.health?.by_cell && Object.keys(one.health.by_cell).length
                    ? [
                          element("h4", {}, "Evaluations by transfer and depth"),
                          barList(one.health.by_cell),
                      ]
                    : [],
                one.witnesses.length
                    ? [
                          element("h4", {}, "Witnesses"),
                          element(
                              "div",
                              {},
                              one.witnesses.map((witness) =>
                                  witnessBlock(
                                      witness.id.slice(0, 12),
                                      `from ${witness.origin ?? "?"}, unit ${witness.unit ?? "?"}` +
                                          ((witness.margin ?? null) === null
                                              ? ""
                                              : `, margin ${figure(witness.margin)}`),
                                      witness.witness ?? witness.instance,
                                  ),
                              ),
                          ),
                      ]
                    : [],
            ),
        );
    }
}

// ---------------------------------------------------------------- landscapes

const short = (number) => (number.length <= 14 ? number : figure(Number(number), 8));

/// β of a point as far as the file says: decimals, or bounds of P's point, or an exact region.
function place(landscape, point) {
    const below =
        point.base === null || point.base === undefined
            ? null
            : landscape.base?.points?.[point.base];
    const middle = (entry) =>
        Array.isArray(entry)
            ? short(entry[0] === entry[1] ? entry[0] : decimal(entry))
            : short(String(entry));
    if (below?.beta) return `(${below.beta.map(middle).join(", ")})`;
    if (point.beta) return `(${point.beta.map((entry) => short(String(entry))).join(", ")})`;
    const region = landscape.regions?.[point.region];
    if (region?.kind !== "exact") return "";
    let next = 0;
    const entry = (sign) => (sign === "0" ? "0" : short(String(region.beta[next++] ?? "?")));
    return `(${[...region.signs].map(entry).join(", ")})`;
}

function decimal(bounds) {
    const value = (text) => {
        const [p, q = "1"] = String(text).split("/");
        return Number(p) / Number(q);
    };
    return String((value(bounds[0]) + value(bounds[1])) / 2);
}

function pointTable(landscape) {
    const points = landscape.surrogate?.points ?? [];
    if (!points.length) return null;
    const rows = points.map((point) =>
        element(
            "tr",
            {},
            element(
                "td",
                { class: "mono" },
                point.signs ?? landscape.regions?.[point.region]?.signs ?? "",
            ),
            element("td", {}, point.class),
            element("td", { class: "number" }, figure(point.index)),
            element("td", { class: "number" }, figure(point.points)),
            element(
                "td",
                {},
                point.base === null || point.base === undefined
                    ? "–"
                    : landscape.base.points[point.base].class,
            ),
            element("td", { class: "mono" }, place(landscape, point)),
        ),
    );
    return element(
        "details",
        {},
        element(
            "summary",
            {},
            `${several(points.length, "orbit", "orbits")} of stationary points of Q`,
        ),
        element(
            "div",
            { class: "scroll" },
            element(
                "table",
                { class: "list" },
                element(
                    "thead",
                    {},
                    element(
                        "tr",
                        {},
                        ["signs", "Q", "index", "points", "P", "β"].map((head, i) =>
                            element("th", { class: i === 2 || i === 3 ? "number" : null }, head),
                        ),
                    ),
                ),
                element("tbody", {}, rows),
            ),
        ),
    );
}

/// A line and a plane side by side.
const isWide = (svg) => Number(/width="([\d.]+)"/.exec(svg)?.[1]) > 700;

function landscapes() {
    const all = data.landscapes,
        mutantOf = (one) => one.mutant ?? one.instance?.mutant;
    const count = (verdict) =>
        all.filter((one) => one.verdict === verdict && !mutantOf(one)).length;
    const mutants = all.filter(mutantOf),
        own = all.length - mutants.length;
    const parts = ["proved", "undecided", "refuted"]
        .filter(count)
        .map((verdict) => `${count(verdict)} ${verdict}`);
    if (mutants.length)
        parts.push(
            `${mutants.filter((one) => one.verdict === "refuted").length} of ` +
            `${several(mutants.length, "mutant", "mutants")} refuted`,
        );
    const { out } = section(
        "landscapes",
        "Landscapes",
        `${several(own, "certified landscape", "certified landscapes")}: ${parts.join(", ")}`,
        "All stationary points of P and Q of an instance, enclosed and matched. Pictures are " +
        "drawn anew from the instance, and only where that gives the certificate's own sentence.",
    );
    const grid = element("div", { class: "grid" });
    const rank = (one) => (!one.svg ? 2 : isWide(one.svg) ? 0 : 1);
    for (const one of all.toSorted((a, b) => rank(a) - rank(b))) {
        const name = one.file
            .split("/")
            .at(-1)
            .replace(/\.(cert|json)$/, "");
        const card = element(
            "div",
            { class: "landscape" },
            element(
                "div",
                { class: "head" },
                element("h3", {}, name + (mutantOf(one) ? `, mutant ${mutantOf(one)}` : "")),
                badge(one.verdict),
            ),
        );
        if (one.svg) {
            const picture = new DOMParser().parseFromString(
                one.svg,
                "image/svg+xml",
            ).documentElement;
            if (isWide(one.svg)) card.classList.add("wide");
            picture.setAttribute("role", "img");
            picture.setAttribute("aria-label", one.sentence);
            card.append(document.importNode(picture, true));
        }
        card.append(element("p", {}, one.sentence));
        if (one.restricted)
            card.append(element("p", { class: "note" }, "About a box, not the whole space."));
        const points = pointTable(one);
        if (points) card.append(points);
        if (one.undecided?.length)
            card.append(
                witnessBlock(
                    several(one.undecided.length, "place is undecided", "places are undecided"),
                    "",
                    one.undecided,
                ),
            );
        if (one.witness) card.append(witnessBlock("Witness", "", one.witness));
        if (one.instance) card.append(witnessBlock("Instance", "", one.instance));
        if (one.svg)
            card.append(
                element(
                    "button",
                    {
                        type: "button",
                        class: "export",
                        style: "margin-top:10px",
                        onclick: () => download(`${name}.svg`, one.svg, "image/svg+xml"),
                    },
                    "Save SVG",
                ),
            );
        grid.append(card);
    }
    out.append(grid);
}

// ---------------------------------------------------------------- files

function files() {
    const { out } = section(
        "files",
        "Files",
        `Where this comes from: ${several(data.files.length, "file", "files")}`,
        `Written by ${data.program} on ${data.machine}: ${data.command.join(" ")}`,
    );
    const heads = ["file", "kind", "written by", "machine", "seed", "bytes", "SHA-256"];
    out.append(
        element(
            "div",
            { class: "scroll" },
            element(
                "table",
                { class: "list" },
                element(
                    "thead",
                    {},
                    element(
                        "tr",
                        {},
                        heads.map((head, i) =>
                            element("th", { class: i === 4 || i === 5 ? "number" : null }, head),
                        ),
                    ),
                ),
                element(
                    "tbody",
                    {},
                    data.files.map((file) =>
                        element(
                            "tr",
                            {},
                            element("td", { class: "path" }, file.path),
                            element(
                                "td",
                                {},
                                `${file.kind}` +
                                `${file.sessions > 1 ? `, ${file.sessions} sessions` : ""}`,
                            ),
                            element(
                                "td",
                                {},
                                [
                                    file.program ??
                                        (file.program_version
                                            ? `hadamard ${file.program_version}`
                                            : ""),
                                    file.format ? `${file.format} ${file.version ?? ""}` : "",
                                    file.date ?? "",
                                    file.build ? `commit ${file.build.commit}` : "",
                                    file.build ? `${file.build.compiler} ${file.build.flags}` : "",
                                ]
                                    .filter(Boolean)
                                    .join(", ") || "–",
                            ),
                            element(
                                "td",
                                {},
                                [
                                    typeof file.machine === "string"
                                        ? file.machine
                                        : file.machine
                                          ? pretty(file.machine)
                                          : "–",
                                    file.threads ? several(file.threads, "thread", "threads") : "",
                                    file.cores_shared ? "cores shared with another run" : "",
                                ]
                                    .filter(Boolean)
                                    .join(", "),
                            ),
                            element("td", { class: "number" }, file.seed ?? "–"),
                            element("td", { class: "number" }, file.bytes.toLocaleString("en")),
                            element(
                                "td",
                                { class: "mono", title: file.sha256 },
                                file.sha256.slice(0, 12),
                            ),
                        ),
                    ),
                ),
            ),
        ),
    );
    out.append(
        element(
            "div",
            { style: "margin-top:12px" },
            witnessBlock(
                "All that the files say of their origin",
                "commands, scalars, digests",
                data.files,
            ),
        ),
    );
}

// ---------------------------------------------------------------- the page

document.title = data.title;
document.getElementById("title").textContent = data.title;
document.getElementById("summary").textContent = [
    [data.runs.length, "curve", "curves"],
    [data.verifications.length, "verification", "verifications"],
    [data.campaigns.length, "campaign", "campaigns"],
    [data.landscapes.length, "landscape", "landscapes"],
    [data.files.length, "file", "files"],
]
    .filter(([n]) => n > 0)
    .map((entry) => several(...entry))
    .join(" · ");
if (data.runs.length) convergence();
data.verifications.forEach(claims);
if (data.campaigns.length) campaigns();
if (data.landscapes.length) landscapes();
files();
document
    .getElementById("theme")
    .addEventListener("click", () => setTheme(theme() === "dark" ? "light" : "dark"));
let printedFrom = null;
addEventListener("beforeprint", () => {
    printedFrom = theme();
    if (printedFrom === "dark") setTheme("light");
});
addEventListener("afterprint", () => {
    if (printedFrom === "dark") setTheme("dark");
});
setTheme(matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
document.documentElement.dataset.ready = String(Math.round(performance.now()));

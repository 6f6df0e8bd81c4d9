// Charts on one axis of time, drawn by uPlot in the colours of the page. Without it the table is there.

const { uPlot } = window;
const box = document.getElementById("charts");
const HEIGHT = 170;
const DAY = 86400;
const UNITS = ["B", "kB", "MB", "GB", "TB", "PB", "EB"];
const { locale, byte } = document.documentElement.dataset;
const number = new Intl.NumberFormat(locale, { maximumSignificantDigits: 3, useGrouping: false });
const written = (options) => new Intl.DateTimeFormat(locale, { hourCycle: "h23", ...options });
const moment = written({ dateStyle: "medium", timeStyle: "short" });
const clock = written({ hour: "2-digit", minute: "2-digit" });
const date = written({ day: "numeric", month: "short" });
const month = written({ month: "short" });

function bytes(value) {
  const unit = Math.min(Math.max(Math.floor(Math.log10(Math.max(Math.abs(value), 1)) / 3), 0), UNITS.length - 1);
  return `${number.format(value / 1000 ** unit)} ${UNITS[unit].replace("B", byte)}`;
}

function time(seconds) {
  if (seconds < 90) return `${number.format(seconds)} s`;
  if (seconds < 5400) return `${number.format(seconds / 60)} min`;
  return `${number.format(seconds / 3600)} h`;
}

const short = { notation: "compact", maximumSignificantDigits: 4 };
const say = { bytes, time, count: (value) => value.toLocaleString(locale, short) };
// Where lines of an axis may be: round numbers of what is said.
const steps = {
  time: [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 432000],
};

// A colour of the style sheet, as a canvas takes it.
const probe = box.appendChild(document.createElement("i"));
probe.hidden = true;
function colour(name) {
  probe.style.color = `var(--${name})`;
  return getComputedStyle(probe).color;
}

// Failed runs: a cross, at what they measured or else on the ground line.
function crosses(chart) {
  const { ctx } = chart;
  const size = 3.5 * devicePixelRatio;
  ctx.save();
  ctx.strokeStyle = colour("fail");
  ctx.lineWidth = 2 * devicePixelRatio;
  ctx.beginPath();
  for (const [at, failed] of data.failed.entries()) {
    const x = chart.valToPos(data.at[at], "x", true);
    if (!failed || x < chart.bbox.left || x > chart.bbox.left + chart.bbox.width) continue;
    const value = chart.data[1][at];
    const y = value === null ? chart.bbox.top + chart.bbox.height - size : chart.valToPos(value, "y", true);
    ctx.moveTo(x - size, y - size);
    ctx.lineTo(x + size, y + size);
    ctx.moveTo(x + size, y - size);
    ctx.lineTo(x - size, y + size);
  }
  ctx.stroke();
  ctx.restore();
}

// By the clock of days, else of the browser.
const local = (at) => uPlot.tzDate(new Date(at * 1000), data.zone);

// What stands at a line of the axis of time, whose lines are so many seconds apart.
function mark(at, apart, first) {
  const when = local(at);
  if (apart < DAY) return when.getHours() || when.getMinutes() ? clock.format(when) : date.format(when);
  if (apart < 28 * DAY) return date.format(when);
  return first || when.getMonth() === 0 ? `${month.format(when)} ${when.getFullYear()}` : month.format(when);
}

// What was done begins at nothing; of how much there is, small changes shall be seen.
function reach(least, most, bars) {
  if (least === null) return [0, 1];
  if (bars) return [0, most > 0 ? most * 1.06 : 1];
  const room = Math.max((most - least) * 0.15, most * 0.01, 0.5);
  return [Math.max(0, least - room), most + room];
}

const axis = () => ({
  stroke: () => colour("ink-2"),
  font: `12px ${getComputedStyle(document.body).fontFamily}`,
  grid: { stroke: () => colour("line"), width: 1 },
  ticks: { show: false },
});

function draw(figure) {
  const { measure, kind, bars } = figure.dataset;
  const [output, place] = [figure.querySelector("output"), figure.lastElementChild];
  const chart = new uPlot(
    {
      width: place.clientWidth,
      height: HEIGHT,
      tzDate: local,
      legend: { show: false },
      cursor: { sync: { key: "job" }, y: false, drag: { x: true, y: false, uni: 8 }, points: { size: 7 } },
      scales: { y: { range: (_, least, most) => reach(least, most, bars) } },
      axes: [
        {
          ...axis(),
          space: 64,
          size: 30,
          values: (_, lines, __, ___, apart) => lines.map((at, place) => mark(at, apart, !place)),
        },
        {
          ...axis(),
          size: 68,
          space: 28,
          incrs: steps[kind],
          values: (_, lines) => lines.map((value) => say[kind](value)),
        },
      ],
      series: [
        {},
        {
          stroke: () => colour("run"),
          fill: bars ? () => colour("run") : undefined,
          width: bars ? 0 : 2,
          spanGaps: true,
          paths: bars ? uPlot.paths.bars({ size: [0.6, 14, 1] }) : undefined,
          points: { show: !bars && data.at.length < 120, size: 4, fill: () => colour("run") },
        },
      ],
      hooks: {
        draw: [crosses],
        setCursor: [
          (own) => {
            output.value = describe(own.cursor.idx, measure, kind);
          },
        ],
        setScale: [(own, key) => key === "x" && charts.has(measure) && follow(own)],
      },
    },
    [data.at, data[measure]],
    place,
  );
  chart.setScale("x", shown);
  let pressed;
  chart.over.addEventListener("pointerdown", (event) => {
    pressed = event.clientX;
  });
  chart.over.addEventListener("click", (event) => {
    const run = data.run[chart.cursor.idx];
    if (run && Math.abs(event.clientX - pressed) < 4) location.href = box.dataset.run + run;
  });
  return chart;
}

function describe(at, measure, kind) {
  if (at == null) return "";
  const value = data[measure][at];
  const when = data.zone ? date : moment;
  return `${when.format(local(data.at[at]))}${value === null ? "" : ` · ${say[kind](value)}`}${data.failed[at] ? " ✖" : ""}`;
}

// All charts show the same time.
let following = false;
function follow(own) {
  const { min, max } = own.scales.x;
  if (following) return;
  following = true;
  shown = { min, max };
  for (const chart of charts.values()) if (chart !== own) chart.setScale("x", shown);
  reset.hidden = min <= whole.min && max >= whole.max;
  following = false;
}

const response = await fetch(box.dataset.series).catch(() => {});
const data = response?.ok && !response.redirected ? await response.json() : { at: [] };
const whole = { min: data.from, max: Math.max(data.until, data.from + 60) };
let shown = whole;
const charts = new Map();
const reset = box.querySelector("[data-whole]");

function show(name, wanted) {
  const figure = box.querySelector(`figure[data-measure="${name}"]`);
  figure.hidden = !wanted;
  if (wanted && !charts.has(name)) charts.set(name, draw(figure));
}

if (uPlot && data.at.length) {
  for (const part of box.querySelectorAll(".charts, .acts, [data-help]")) part.hidden = false;
  for (const button of box.querySelectorAll("[data-shows]")) {
    show(button.dataset.shows, button.ariaPressed === "true");
    button.addEventListener("click", () => {
      button.ariaPressed = String(button.ariaPressed !== "true");
      show(button.dataset.shows, button.ariaPressed === "true");
    });
  }
  reset.addEventListener("click", () => charts.values().next().value.setScale("x", whole));
  const redraw = () => {
    for (const chart of charts.values()) chart.redraw(false);
  };
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  new MutationObserver(redraw).observe(document.documentElement, { attributeFilter: ["data-theme"] });
  new ResizeObserver(() => {
    for (const chart of charts.values()) {
      const width = chart.root.parentElement.clientWidth;
      if (width && width !== chart.width) chart.setSize({ width, height: HEIGHT });
    }
  }).observe(box);
  box.dataset.drawn = "";
} else box.querySelector("details").open = true;

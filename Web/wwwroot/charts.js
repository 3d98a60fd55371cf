// Draws what /instances/{id}/chart answers. All figures, gaps and marks are the server's: here they are only drawn.
const root = document.querySelector('[data-charts]');
const status = root.querySelector('[data-status]');
const figures = [...root.querySelectorAll('[data-panel]')];
const names = { silent: 'silent', restart: 'restart', pending: 'not yet received', before: 'no samples' };
const plots = [];
let chart;

const short = (v) => String(Number(v.toFixed(Math.abs(v) >= 100 ? 0 : Math.abs(v) >= 10 ? 1 : 2)));
const bytes = (v) => {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'];
  let i = 0;
  for (; Math.abs(v) >= 1000 && i < units.length - 1; i++) v /= 1024;
  return i === 0 ? `${Math.round(v)} B` : `${short(v)} ${units[i]}`;
};
const text = (v, unit) => v == null ? '–' : unit === 'percent' ? `${short(v)} %` : unit === 'bytes_per_second' ? `${bytes(v)}/s` : bytes(v);
const seconds = (at) => Date.parse(at) / 1000;
const two = (n) => String(n).padStart(2, '0');
const moment = (tick) => {
  const at = new Date(tick * 1000);
  const [day, clock] = [`${two(at.getMonth() + 1)}-${two(at.getDate())}`, `${two(at.getHours())}:${two(at.getMinutes())}`];
  if (chart.to - chart.from < 600) return `${clock}:${two(at.getSeconds())}`;
  return chart.to - chart.from > 200000 || clock === '00:00' ? day : clock;
};
const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

// Steps of a bytes axis are round in powers of 1024.
const byteSteps = [];
for (let k = 0; k < 7; k++) for (const n of [1, 2, 5, 10, 20, 50, 100, 200, 500]) byteSteps.push(n * 1024 ** k);

function hatch(u) {
  const { ctx, bbox } = u;
  const ratio = devicePixelRatio;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.lineWidth = ratio;
  ctx.font = `${11 * ratio}px system-ui, sans-serif`;
  ctx.textAlign = 'center';
  for (const gap of chart.gaps) {
    const from = Math.max(bbox.left, u.valToPos(seconds(gap.from), 'x', true));
    const to = Math.min(bbox.left + bbox.width, u.valToPos(seconds(gap.to), 'x', true));
    if (to <= from) continue;
    ctx.save();
    ctx.beginPath();
    ctx.rect(from, bbox.top, Math.max(to - from, ratio), bbox.height);
    ctx.clip();
    ctx.strokeStyle = color('hatch');
    ctx.beginPath();
    for (let x = from - bbox.height; x < to; x += 7 * ratio) {
      ctx.moveTo(x, bbox.top + bbox.height);
      ctx.lineTo(x + bbox.height, bbox.top);
    }
    ctx.stroke();
    ctx.restore();
    const name = names[gap.kind];
    const width = ctx.measureText(name).width + 12 * ratio;
    if (to - from > width) {
      ctx.fillStyle = color('card');
      ctx.fillRect((from + to - width) / 2, bbox.top + 6 * ratio, width, 18 * ratio);
      ctx.fillStyle = color('soft');
      ctx.fillText(name, (from + to) / 2, bbox.top + 19 * ratio);
    }
  }
  ctx.restore();
}

function mark(u, key) {
  const { ctx, bbox } = u;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  for (const m of chart.marks) {
    if (m.panel && m.panel !== key) continue;
    const from = u.valToPos(seconds(m.from), 'x', true);
    const ink = color(m.kind === 'restart' ? 'restart' : 'limit');
    if (m.kind !== 'restart') {
      ctx.globalAlpha = 0.1;
      ctx.fillStyle = ink;
      const to = m.to ? u.valToPos(seconds(m.to), 'x', true) : bbox.left + bbox.width;
      ctx.fillRect(from, bbox.top, Math.max(to - from, 2), bbox.height);
      ctx.globalAlpha = 1;
    }
    ctx.strokeStyle = ink;
    ctx.lineWidth = 1.5 * devicePixelRatio;
    ctx.setLineDash(m.kind === 'restart' ? [4 * devicePixelRatio, 3 * devicePixelRatio] : []);
    ctx.beginPath();
    ctx.moveTo(from, bbox.top);
    ctx.lineTo(from, bbox.top + bbox.height);
    ctx.stroke();
  }
  ctx.restore();
}

const panelOf = (figure) => chart.panels.find((p) => p.key === figure.dataset.panel);

function legend(u, figure) {
  const panel = panelOf(figure);
  panel.lines.forEach((line, i) => {
    const at = u.cursor.idx ?? line.values.findLastIndex((v) => v != null);
    const shown = figure.querySelector(`[data-value="${line.key}"]`);
    if (shown) shown.textContent = text(line.values[at], panel.unit);
  });
}

function zoom(u) {
  if (u.select.width < 8) return;
  const from = u.posToVal(u.select.left, 'x');
  const to = Math.max(u.posToVal(u.select.left + u.select.width, 'x'), from + 10);
  const query = new URLSearchParams(location.search);
  query.delete('range');
  query.set('from', iso(from));
  query.set('to', iso(to));
  location.assign(`${location.pathname}?${query}`);
}

const iso = (at) => new Date(Math.round(at) * 1000).toISOString().replace('.000Z', 'Z');
const data = (panel) => [chart.times, ...panel.lines.map((line) => line.values)];

function options(figure, panel) {
  const plain = { stroke: () => color('soft'), grid: { stroke: () => color('line'), width: 1 }, ticks: { show: false }, font: '11px system-ui, sans-serif' };
  return {
    width: figure.querySelector('[data-plot]').clientWidth,
    height: 200,
    legend: { show: false },
    padding: [8, 8, 0, 0],
    cursor: { sync: { key: 'instance' }, drag: { x: true, y: false, setScale: false }, points: { size: 7 } },
    scales: { x: { range: () => [chart.from, chart.to] }, y: { range: (_, __, max) => [0, max > 0 ? max * 1.08 : 1] } },
    axes: [
      { ...plain, grid: { show: false }, size: 28, values: (_, ticks) => ticks.map(moment) },
      { ...plain, size: 70, incrs: panel.unit === 'percent' ? undefined : byteSteps, values: (_, ticks) => ticks.map((v) => text(v, panel.unit)) },
    ],
    series: [{}, ...panel.lines.map((line) => {
      const [base, compared] = line.key.split('-');
      return {
        label: line.label,
        stroke: () => color(base),
        width: base === 'maximum' ? 1 : 1.75,
        dash: compared ? [2, 4] : base === 'limit' ? [6, 4] : undefined,
        // Without a line to either side a point would not be seen.
        points: { show: (u, s, i0, i1) => i1 - i0 < 3 },
        spanGaps: false,
      };
    })],
    hooks: {
      drawClear: [(u) => hatch(u)],
      draw: [(u) => mark(u, panel.key)],
      setCursor: [(u) => legend(u, figure)],
      setSelect: [zoom],
    },
  };
}

function draw() {
  for (const figure of figures) {
    const panel = panelOf(figure);
    const place = figure.querySelector('[data-plot]');
    place.replaceChildren();
    const plot = new uPlot(options(figure, panel), data(panel), place);
    plot.over.setAttribute('tabindex', '0');
    plot.over.setAttribute('role', 'application');
    plot.over.setAttribute('aria-label', `${panel.title}: the arrow keys move the cursor; the values are in the table below`);
    plot.over.addEventListener('keydown', (event) => move(event, plot));
    plots.push({ figure, plot });
  }
  new ResizeObserver(() => plots.forEach(({ figure, plot }) =>
    plot.setSize({ width: figure.querySelector('[data-plot]').clientWidth, height: 200 }))).observe(root);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => plots.forEach(({ plot }) => plot.redraw()));
}

function move(event, plot) {
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const at = Math.min(Math.max((plot.cursor.idx ?? chart.times.length - 1) + step, 0), chart.times.length - 1);
  // Published to the other charts too, as a move of the mouse is.
  plot.setCursor({ left: plot.valToPos(chart.times[at], 'x'), top: 10 }, true, true);
}

// The lines that a chart shows are those of the server; a new set (another comparison) comes with a new page.
function update() {
  for (const { figure, plot } of plots) {
    plot.setData(data(panelOf(figure)));
    legend(plot, figure);
  }
}

async function read() {
  const answer = await fetch(root.dataset.charts, { headers: { Accept: 'application/json' } });
  if (answer.redirected) return location.reload();
  if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
  chart = await answer.json();
  performance.mark('chart-data');
}

async function live() {
  if (document.hidden) return;
  try {
    await read();
    update();
    status.textContent = '';
    status.classList.remove('fault');
  } catch (error) {
    status.textContent = `These charts are not updating: ${error.message}. They go on by themselves once it answers.`;
    status.classList.add('fault');
  }
}

try {
  await read();
  draw();
  // uPlot puts its lines on the canvas after this task: drawn is what the next frame shows.
  requestAnimationFrame(() => {
    performance.measure('chart', 'chart-data');
    root.dataset.drawn = 'true';
  });
  // Agents send every few seconds; a page that is looked at asks as often as a bucket of the last hour is wide.
  if (root.dataset.live === 'true') setInterval(live, 10000);
} catch (error) {
  status.textContent = `The charts could not be drawn: ${error.message}. Below is what the server drew.`;
  status.classList.add('fault');
}

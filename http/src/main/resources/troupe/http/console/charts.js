// Small charts of the last two minutes.

import uPlot from '/console/uplot.js';

const DARK = matchMedia('(prefers-color-scheme: dark)');

function color(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** A chart of lines in a container; colors: the names of their CSS variables. */
class Chart {
  constructor(container, colors, fill) {
    this.container = container;
    this.colors = colors;
    this.fill = fill;
    this.data = [[], ...colors.map(() => [])];
    new ResizeObserver(() => this.resize()).observe(container);
    DARK.addEventListener('change', () => this.draw());
  }

  show(data) {
    this.data = data;
    if (this.plot) this.plot.setData(data);
    else this.draw();
  }

  resize() {
    const width = this.container.clientWidth;
    if (width === 0) return;
    if (this.plot) this.plot.setSize({ width, height: this.container.clientHeight });
    else this.draw();
  }

  draw() {
    this.plot?.destroy();
    this.plot = undefined;
    const width = this.container.clientWidth;
    if (width === 0) return;
    const axis = {
      stroke: color('--soft'),
      grid: { stroke: color('--grid'), width: 1 },
      ticks: { show: false },
      font: '11px system-ui, sans-serif',
    };
    this.plot = new uPlot({
      width,
      height: this.container.clientHeight,
      padding: [6, 4, 0, 0],
      legend: { show: false },
      cursor: { show: false },
      scales: { y: { range: (plot, low, high) => [0, high > 0 ? high * 1.12 : 1] } },
      axes: [
        { ...axis, size: 20, space: 70, grid: { show: false },
          values: (plot, times) => times.map(time => {
            const ago = Math.round(plot.scales.x.max - time);
            return ago === 0 ? '' : `-${ago} s`;
          }),
          splits: plot => [-120, -90, -60, -30].map(ago => plot.scales.x.max + ago) },
        { ...axis, size: 40, space: 26, values: (plot, values) => values.map(value => value >= 1000 ? `${value / 1000}k` : `${value}`) },
      ],
      series: [
        {},
        ...this.colors.map(name => ({
          stroke: color(name),
          width: 1.5,
          fill: this.fill ? color(`${name}-area`) : undefined,
          // A latency that has no neighbour would be no line.
          points: { show: !this.fill, size: 4, fill: color(name) },
        })),
      ],
    }, this.data, this.container);
  }
}

export function createCharts(byId) {
  const rate = new Chart(byId('chart-rate'), ['--p50'], true);
  const first = new Chart(byId('chart-first'), ['--p50', '--p95'], false);
  const between = new Chart(byId('chart-between'), ['--p50', '--p95'], false);
  return figures => {
    const now = Math.floor(Date.now() / 1000);
    const tokens = figures.output_tokens_by_second;
    rate.show([tokens.map((_, i) => now - tokens.length + 1 + i), tokens]);
    first.show(percentiles(figures.time_to_first_token_ms_by_slot, figures.slot_seconds, now));
    between.show(percentiles(figures.inter_token_latency_ms_by_slot, figures.slot_seconds, now));
  };
}

function percentiles(slots, seconds, now) {
  const last = now - now % seconds;
  return [
    slots.map((_, i) => last - (slots.length - 1 - i) * seconds),
    slots.map(slot => slot && slot.p50),
    slots.map(slot => slot && slot.p95),
  ];
}

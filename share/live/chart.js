'use strict';

// Power over time: what comes from the grid above the line, what goes to it below.
class PowerChart {
  #plot = null;
  #columns = [[], [], []];
  #range = 3600;

  constructor(root) {
    this.root = root;
    new ResizeObserver(() => this.#fit()).observe(root);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#remake());
  }

  get range() {
    return this.#range;
  }

  set range(seconds) {
    this.#range = seconds;
  }

  show(history, now) {
    this.now = now / 1000;
    this.#columns = history.columns(this.now - this.#range);
    if (!this.#plot && this.root.clientWidth > 0) this.#make();
    this.#plot?.setData(this.#columns);
  }

  #fit() {
    if (this.root.clientWidth === 0) return;
    if (!this.#plot) this.#make();
    else this.#plot.setSize(this.#size());
  }

  #size() {
    return { width: this.root.clientWidth, height: this.root.clientHeight };
  }

  #remake() {
    this.#plot?.destroy();
    this.#plot = null;
    this.#fit();
  }

  #make() {
    const style = getComputedStyle(document.documentElement);
    const colour = (name) => style.getPropertyValue(name).trim();
    const axis = { stroke: colour('--muted'), grid: { stroke: colour('--line'), width: 1 }, ticks: { show: false },
                   font: '12px system-ui, sans-serif' };
    const watts = (number) => (number === null || number === undefined ? '–' : `${Math.abs(number)} W`);
    const area = (label, name) => ({
      label, stroke: colour(`--${name}`), fill: colour(`--${name}-area`), width: 2, points: { show: false },
      spanGaps: false, paths: uPlot.paths.stepped({ align: 1 }), value: (_, number) => watts(number),
    });
    const moment = (_, seconds) => (seconds ? clock.format(seconds * 1000) : 'Time –');
    this.#plot = new uPlot({
      ...this.#size(),
      padding: [8, 8, 0, 0],
      cursor: { y: false, drag: { setScale: false, x: false, y: false }, points: { size: 7 } },
      legend: { show: false },
      scales: {
        x: { time: true, range: () => [this.now - this.#range, this.now] },
        y: { range: (_, least, most) => PowerChart.#span(least, most) },
      },
      axes: [
        { ...axis, size: 30, values: (_, splits) => splits.map((seconds) => minute.format(seconds * 1000)) },
        { ...axis, size: 58, values: (_, splits) => splits.map((number) => (Math.abs(number) >= 1000 ? `${number / 1000} kW` : `${number} W`)) },
      ],
      series: [{ value: moment }, area('from the grid', 'from'), area('to the grid', 'to')],
      hooks: { setCursor: [(plot) => this.onCursor?.(this.#under(plot))], draw: [PowerChart.#drawZero(colour('--muted'))] },
    }, this.#columns, this.root);
  }

  // 0 is always on the chart, and a house that uses little does not look as if it used much.
  static #span(least, most) {
    const high = Math.max(most ?? 0, 0);
    const low = Math.min(least ?? 0, 0);
    return [low < 0 ? -roundUp(-low * 1.05) : 0, Math.max(roundUp(high * 1.05), low < 0 ? 0 : 500)];
  }

  static #drawZero(colour) {
    return (plot) => {
      const y = plot.valToPos(0, 'y', true);
      const { ctx, bbox } = plot;
      ctx.save();
      ctx.strokeStyle = colour;
      ctx.lineWidth = devicePixelRatio;
      ctx.beginPath();
      ctx.moveTo(bbox.left, y);
      ctx.lineTo(bbox.left + bbox.width, y);
      ctx.stroke();
      ctx.restore();
    };
  }

  #under(plot) {
    const at = plot.cursor.idx;
    if (at === null || at === undefined || plot.data[0][at] === undefined) return '';
    const [time, out, into] = plot.data.map((column) => column[at]);
    const power = into ? `${-into} W to the grid` : out === null ? 'nothing received' : `${out} W from the grid`;
    return `${clock.format(time * 1000)}: ${power}`;
  }
}

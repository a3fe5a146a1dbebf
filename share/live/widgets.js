'use strict';

// Small parts of the page. Text only ever becomes text: what a sender says is never read as HTML.

function element(name, properties = {}, ...children) {
  const made = document.createElement(name);
  setProperties(made, properties);
  made.append(...children);
  return made;
}

function drawn(name, properties = {}, ...children) {
  const made = document.createElementNS('http://www.w3.org/2000/svg', name);
  setProperties(made, properties);
  made.append(...children);
  return made;
}

// null takes an attribute away; an unchanged one is not touched.
function setProperties(target, properties) {
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined) target.removeAttribute(name);
    else if (target.getAttribute(name) !== String(value)) target.setAttribute(name, value);
  }
}

function setText(target, text) {
  if (target.textContent !== text) target.textContent = text;
}

/** Text that breaks between the pairs of a GUID. */
function setGuid(target, text) {
  if (target.textContent === text) return;
  target.replaceChildren(...text.split(/(?<=:)/).flatMap((pair) => [pair, element('wbr')]));
}

/** Makes the children of `parent` those of `keys`, in this order; `make(key)` builds a missing one. */
function keepChildren(parent, keys, make) {
  const made = (parent.kept ??= new Map());
  for (const [key, child] of made) {
    if (keys.includes(key)) continue;
    child.remove();
    made.delete(key);
  }
  keys.forEach((key, at) => {
    if (!made.has(key)) made.set(key, make(key));
    if (parent.children[at] !== made.get(key)) parent.insertBefore(made.get(key), parent.children[at] ?? null);
  });
  return made;
}

/** The digits of a reading, as they were sent. The attributes tell which it is. */
function value(properties = {}) {
  return element('data', { class: 'value', ...properties });
}

function showValue(target, reading, quantity) {
  setText(target, reading ? reading.text : '–');
  setProperties(target, { value: reading?.text ?? null, 'data-quantity': quantity ?? null, 'data-guid': reading?.guid ?? null });
}

/** An arc of 240°. Where power flows both ways, 0 is at its top. */
class Arc {
  static #radius = 84;

  constructor(name) {
    const [x1, y1] = Arc.#point(0);
    const [x2, y2] = Arc.#point(1);
    const path = `M ${x1} ${y1} A ${Arc.#radius} ${Arc.#radius} 0 1 1 ${x2} ${y2}`;
    this.bar = drawn('path', { class: 'bar', d: path, pathLength: 1 });
    this.low = drawn('text', { class: 'end', x: x1 + 4, y: 164, 'text-anchor': 'middle' });
    this.high = drawn('text', { class: 'end', x: x2 - 4, y: 164, 'text-anchor': 'middle' });
    this.zero = drawn('path', { class: 'zero', d: 'M 100 6 V 26' });
    this.svg = drawn('svg', { viewBox: '0 0 200 170', 'aria-hidden': 'true' },
                     drawn('path', { class: 'track', d: path }), this.bar, this.zero, this.low, this.high);
    this.middle = element('div', { class: 'middle' });
    this.root = element('div', { class: 'arc', role: 'meter', 'aria-label': name }, this.svg, this.middle);
  }

  static #point(share) {
    const angle = ((210 - 240 * share) * Math.PI) / 180;
    return [100 + Arc.#radius * Math.cos(angle), 104 - Arc.#radius * Math.sin(angle)].map((v) => Math.round(v * 100) / 100);
  }

  show(number, most, bothWays, text) {
    const least = bothWays ? -most : 0;
    const share = (value) => Math.min(Math.max((value - least) / (most - least), 0), 1);
    const [from, to] = [share(0), share(number)].sort((x, y) => x - y);
    const dash = `${(to - from).toFixed(4)} 2`;
    setProperties(this.bar, { 'stroke-dasharray': dash, 'stroke-dashoffset': (-from).toFixed(4) });
    this.bar.classList.toggle('none', to - from < 0.002);
    setProperties(this.zero, { display: bothWays ? null : 'none' });
    setProperties(this.root, {
      'data-flow': flowOf(number), 'aria-valuenow': number, 'aria-valuemin': least, 'aria-valuemax': most, 'aria-valuetext': text,
    });
    setText(this.low, bothWays ? `−${kilo(most)}` : '0');
    setText(this.high, kilo(most));
  }
}

/** A straight scale with a mark on it, or filled from its beginning. */
class Scale {
  constructor(name, unit, filled) {
    this.unit = unit;
    this.value = value();
    this.fill = element('span', { class: filled ? 'fill' : 'mark' });
    this.low = element('span');
    this.high = element('span');
    this.bar = element('div', { class: 'scale', role: 'meter', 'aria-label': name }, this.fill);
    this.root = element('div', { class: 'line' },
                        element('span', { class: 'name' }, name.split(' ')[0]),
                        element('span', { class: 'reading' }, this.value, ` ${unit}`), this.bar,
                        element('div', { class: 'ends', 'aria-hidden': 'true' }, this.low, this.high));
    this.filled = filled;
  }

  show(reading, quantity, least, most, level) {
    this.root.hidden = !reading;
    if (!reading) return;
    showValue(this.value, reading, quantity);
    const number = Number(reading.text);
    const share = Math.min(Math.max((number - least) / (most - least), 0), 1) * 100;
    this.fill.style[this.filled ? 'width' : 'left'] = `${share.toFixed(1)}%`;
    setText(this.low, `${least}`);
    setText(this.high, `${most} ${this.unit}`);
    setProperties(this.bar, {
      'data-level': level, 'aria-valuenow': number, 'aria-valuemin': least, 'aria-valuemax': most,
      'aria-valuetext': `${reading.text} ${this.unit}`,
    });
  }
}

const flowOf = (watts) => (watts > 0 ? 'from' : watts < 0 ? 'to' : 'none');
const kilo = (watts) => (watts >= 1000 ? `${watts / 1000} kW` : `${watts} W`);

/** The next round number: the end of a scale. */
function roundUp(number) {
  const magnitude = 10 ** Math.floor(Math.log10(Math.max(number, 1)));
  return [1, 1.5, 2, 3, 4, 5, 6, 8, 10].map((step) => step * magnitude).find((step) => step >= number);
}

function ageText(milliseconds) {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  if (seconds < 100) return `${seconds} s`;
  if (seconds < 100 * 60) return `${Math.round(seconds / 60)} min`;
  if (seconds < 48 * 3600) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86400)} d`;
}

const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const minute = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });

/** Time of day, with the date when that is not today. */
function timeText(time, now, format = minute) {
  const isToday = day.format(time) === day.format(now);
  return isToday ? format.format(time) : `${day.format(time)}, ${format.format(time)}`;
}

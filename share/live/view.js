'use strict';

// Shows a model: everything is laid out once and then only changed where it changed.
class View {
  static #chosenKey = 'vscp-p1d live meter';
  static #over = 2000;  // ms; the values of one telegram come closer together
  #arcs = new Map();
  #phases = new Map();
  #most = new Map();  // W or A that a scale of a meter has to reach
  #chosen = stored(View.#chosenKey);

  constructor(settings) {
    this.settings = settings;
    this.chart = new PowerChart(byId('chart'));
    this.chart.onCursor = (text) => setText(byId('chart-note'), text);
    byId('meters').addEventListener('change', (event) => {
      this.#chosen = event.target.value;
      store(View.#chosenKey, this.#chosen);
      this.show(this.model);
    });
    for (const button of document.querySelectorAll('[data-range]')) {
      button.addEventListener('click', () => {
        this.chart.range = Number(button.dataset.range);
        this.show(this.model);
      });
    }
  }

  show(model, now = Date.now()) {
    this.model = model;
    const meters = [...model.meters.values()].filter((meter) => meter.known);
    const meter = meters.find(({ prefix }) => prefix === this.#chosen) ?? meters[0] ?? null;
    this.meter = meter;
    const { quantities, others } = model.of(meter?.prefix);
    this.#choice(meters, meter);
    for (const part of document.querySelectorAll('[data-shows=meter]')) part.hidden = !meter;
    const shown = new Set();
    const take = (quantity) => {
      shown.add(quantity);
      return quantities.get(quantity);
    };
    this.#head(meter, now);
    if (meter) {
      const givesBack = View.#givesBack(quantities);
      this.#now(take, givesBack);
      this.#perPhase(take, quantities, givesBack);
      this.#energy(take, quantities);
      this.#utilities(take, quantities, meter, now);
      this.#about(take, quantities, meter, now);
      this.chart.show(meter.history, now);
      for (const button of document.querySelectorAll('[data-range]')) {
        setProperties(button, { 'aria-pressed': Number(button.dataset.range) === this.chart.range });
      }
    }
    const rest = [...quantities].filter(([quantity]) => !shown.has(quantity)).map(([, reading]) => reading);
    this.#others([...rest, ...others], meter, now);
    this.#events(model.eventsOf(meter), now);
    byId('empty').hidden = Boolean(meter) || others.length > 0;
  }

  #choice(meters, meter) {
    byId('meter-choice').hidden = meters.length < 2;
    const name = ({ info, prefix }) => info.equipment_id || info.header || prefix;
    const options = keepChildren(byId('meters'), meters.map(({ prefix }) => prefix), (prefix) => element('option', { value: prefix }));
    for (const each of meters) setText(options.get(each.prefix), name(each));
    if (meter) byId('meters').value = meter.prefix;
  }

  // ---- state

  #head(meter, now) {
    const header = meter?.info.header ?? '';
    setText(byId('subtitle'), [header.replace(/^\//, ''), meter?.info.equipment_id].filter(Boolean).join(' · '));
    const [level, text, notice] = View.#stateOf(meter, now);
    setProperties(byId('meter-state'), { 'data-level': level });
    setText(byId('meter-state'), text);
    this.#notice(notice);
    document.body.classList.toggle('stale', ['bad', 'warning'].includes(level) || this.broker?.level !== 'good');
  }

  static #stateOf(meter, now) {
    if (!meter) return ['unknown', 'no meter yet', ''];
    const age = meter.latest ? ageText(now - meter.latest) : '';
    const last = age ? ` The last reading came ${age} ago.` : '';
    if (meter.status === 'offline') return ['bad', 'vscp-p1d offline', `vscp-p1d is not running, or cannot reach the broker.${last}`];
    if (meter.stats.meter === 'no_port' && meter.meter !== 'online') return ['bad', 'port not there', `The meter's port is not there: is the cable plugged in?${last}`];
    if (meter.meter === 'silent') return ['bad', 'meter silent', `The meter sends nothing: check the cable, and whether its port is switched on.${last}`];
    if (!age) return ['unknown', 'waiting', ''];
    if (now - meter.latest > 10 * 60_000) return ['warning', `last reading ${age} ago`, ''];
    return ['good', `last reading ${age} ago`, ''];
  }

  /** What the connection says of itself: {level, text, notice}. */
  showBroker(broker) {
    this.broker = broker;
    setProperties(byId('broker-state'), { 'data-level': broker.level });
    setText(byId('broker-state'), broker.text);
    if (this.model) this.show(this.model);
    else this.#notice('');
  }

  #notice(text) {
    const notice = this.broker?.notice || text;
    byId('notice').hidden = !notice;
    setText(byId('notice'), notice);
  }

  // ---- power

  static #givesBack(quantities) {
    return [...quantities].some(([key, { text }]) => /_in(_t\d+)?$/.test(key) && /active_e(ffect|nergy)/.test(key) && !/reactive|month/.test(key) && Number(text) > 0);
  }

  // Out minus in, exactly; with one of them the other is 0.
  static #net(out, into) {
    if (!out && !into) return null;
    const holds = (reading, other) => reading && !View.#isOver(reading, other);
    return Decimal.sum([holds(out, into) ? out.text : '0', holds(into, out) ? Decimal.negated(into.text) : '0']);
  }

  // With skip_zero a direction ends without a 0: the other one tells.
  static #isOver(reading, other) {
    return other?.arrived - reading?.arrived > View.#over && Number(other.text) !== 0;
  }

  #now(take, givesBack) {
    const out = take('momentan_active_effect_out');
    const into = take('momentan_active_effect_in');
    const net = View.#net(out, into);
    const arc = this.#arc(byId('now'), 'now', 'Power now');
    const direction = net === null ? '' : Number(net) < 0 ? 'to the grid' : 'from the grid';
    this.#showPower(arc, this.#reach('now', roundUp(Math.abs(net)), 3000), net, out ?? into, givesBack, direction);
    const parts = keepChildren(byId('now-parts'), ['out', 'in'], (key) => pair(key === 'out' ? 'From the grid' : 'To the grid'));
    this.#directions(parts.get('out'), parts.get('in'), out, into, 'momentan_active_effect');
  }

  #directions(outPart, inPart, out, into, quantity) {
    this.#part(outPart, out, `${quantity}_out`);
    this.#part(inPart, into, `${quantity}_in`);
    outPart.classList.toggle('over', View.#isOver(out, into));
    inPart.classList.toggle('over', View.#isOver(into, out));
  }

  #part(part, reading, quantity) {
    showValue(part.value, reading, quantity);
    setText(part.unit, reading ? unitName(reading.type, reading.unit) : '');
  }

  #arc(parent, key, name) {
    if (!this.#arcs.has(key)) {
      const arc = new Arc(name);
      arc.number = element('strong');
      arc.unit = element('span', { class: 'unit' });
      arc.direction = element('span', { class: 'direction' });
      arc.middle.append(arc.number, arc.unit, arc.direction);
      parent.prepend(arc.root);
      this.#arcs.set(key, arc);
    }
    return this.#arcs.get(key);
  }

  // The end of a scale of this meter: whatever it has shown, and `least`.
  #reach(key, size, least) {
    const scale = `${this.meter.prefix} ${key}`;
    const most = Math.max(this.#most.get(scale) ?? least, Number.isFinite(size) ? size : 0);
    this.#most.set(scale, most);
    return most;
  }

  #showPower(arc, most, net, reading, bothWays, direction) {
    const watts = net === null ? 0 : Number(net);
    const unit = reading ? unitName(reading.type, reading.unit) : 'W';
    arc.show(watts, most, bothWays, net === null ? 'not known' : `${net} ${unit} ${direction}`);
    setText(arc.number, net === null ? '–' : net.replace('-', ''));
    setText(arc.unit, unit);
    setText(arc.direction, direction);
  }

  #perPhase(take, quantities, givesBack) {
    const names = ['l1', 'l2', 'l3'].filter((phase) => [...quantities.keys()].some((key) =>
      [`momentan_active_effect_${phase}_out`, `momentan_active_effect_${phase}_in`, `voltage_${phase}`, `current_${phase}`].includes(key)));
    keepChildren(byId('phases'), names, (phase) => this.#makePhase(phase));
    for (const phase of names) this.#phase(phase, take, quantities, givesBack);
  }

  #makePhase(phase) {
    const name = phase.toUpperCase();
    const voltage = new Scale(`Voltage ${name}`, 'V', false);
    const current = new Scale(`Current ${name}`, 'A', true);
    const parts = { out: pair('From'), in: pair('To') };
    const both = element('dl', { class: 'pair small' }, parts.out, parts.in);
    const root = element('section', { class: 'card phase', 'aria-label': `Phase ${name}` }, element('h2', {}, name), both, voltage.root, current.root);
    this.#phases.set(phase, { root, voltage, current, parts, both });
    return root;
  }

  #phase(phase, take, quantities, givesBack) {
    const { root, voltage, current, parts, both } = this.#phases.get(phase);
    const out = take(`momentan_active_effect_${phase}_out`);
    const into = take(`momentan_active_effect_${phase}_in`);
    const net = View.#net(out, into);
    const arc = this.#arc(root, phase, `Power ${phase.toUpperCase()}`);
    arc.root.hidden = both.hidden = net === null;
    this.#showPower(arc, this.#reach(phase, roundUp(Math.abs(net)), 1000), net, out ?? into, givesBack, net === null || !givesBack ? '' : Number(net) < 0 ? 'to the grid' : 'from the grid');
    this.#directions(parts.out, parts.in, out, into, `momentan_active_effect_${phase}`);

    const volts = take(`voltage_${phase}`);
    const [least, most, low, high] = View.#voltages(Number(volts?.text));
    const isOff = Number(volts?.text) < low || Number(volts?.text) > high;
    voltage.show(volts, `voltage_${phase}`, least, most, isOff ? 'bad' : 'good');

    const amperes = take(`current_${phase}`);
    const fuse = this.#fuse(quantities, phase, Number(amperes?.text) || 0);
    const share = Number(amperes?.text) / fuse;
    current.show(amperes, `current_${phase}`, 0, fuse, share > 1 ? 'bad' : share > 0.8 ? 'warning' : 'good');
  }

  // Ends of the scale, and the limits of EN 50160: 10 % around the nominal voltage.
  static #voltages(volts) {
    const nominal = [230, 120, 100, 400].find((nominal) => Math.abs(volts - nominal) < nominal * 0.15) ?? 230;
    return [0.87, 1.13, 0.9, 1.1].map((share) => Math.round(nominal * share));
  }

  // The user knows it, or the meter (999: no limit); else the smallest usual one that has not blown.
  #fuse(quantities, phase, amperes) {
    const known = this.settings.fuse || Number(quantities.get(`fuse_threshold_${phase}`)?.text);
    if (known > 0 && known < 999) return known;
    const most = this.#reach('fuse', amperes, 0);
    return [25, 35, 40, 50, 63, 80, 100, 125, 160, 200, 250].find((fuse) => fuse >= most) ?? roundUp(most);
  }

  // ---- meter readings

  #energy(take, quantities) {
    const tariffs = ['', ...new Set([...quantities.keys()].map((key) => /^sum_active_energy_(?:out|in)(_t\d+)$/.exec(key)?.[1]).filter(Boolean))];
    tariffs.sort((x, y) => Number(x.slice(2)) - Number(y.slice(2)));
    const table = byId('energy');
    if (!table.tHead) {
      table.append(element('thead', {}, element('tr', {}, element('td'), ...['From the grid', 'To the grid'].map((name) =>
        element('th', { scope: 'col', class: 'number' }, name)))), element('tbody'));
    }
    const rows = keepChildren(table.tBodies[0], tariffs, (tariff) => View.#energyRow(tariff));
    for (const tariff of tariffs) {
      const cells = rows.get(tariff).cells;
      ['out', 'in'].forEach((direction, at) => {
        const quantity = `sum_active_energy_${direction}${tariff}`;
        const reading = take(quantity) ?? (tariff === '' ? View.#sum(quantities, direction) : undefined);
        showValue(cells[at + 1].value, reading, reading?.isSum ? null : quantity);
        setText(cells[at + 1].unit, reading ? unitName(reading.type, reading.unit) : '');
      });
    }
  }

  static #energyRow(tariff) {
    const cell = () => {
      const made = element('td', { class: 'number' });
      made.value = value();
      made.unit = element('span', { class: 'unit' });
      made.append(made.value, ' ', made.unit);
      return made;
    };
    const name = tariff ? `Tariff ${tariff.slice(2)}` : 'Total';
    return element('tr', { class: tariff ? 'part' : 'total' }, element('th', { scope: 'row' }, name), cell(), cell());
  }

  // Meters that send no total send all tariffs.
  static #sum(quantities, direction) {
    const parts = [...quantities].filter(([key]) => new RegExp(`^sum_active_energy_${direction}_t\\d+$`).test(key)).map(([, reading]) => reading);
    const text = parts.every(({ unit }) => unit === parts[0].unit) ? Decimal.sum(parts.map((part) => part.text)) : null;
    return text === null ? undefined : { ...parts[0], text, guid: null, isSum: true };
  }

  // ---- gas, water, heat

  #utilities(take, quantities, meter, now) {
    const kinds = { gas: 'Gas', water: 'Water', heat: 'Heat', cold: 'Cooling', electricity: 'Second electricity meter', volume: 'Volume' };
    const keys = [...quantities.keys()].filter((key) => /^(gas|water|heat|cold|electricity|volume)_\d$/.test(key)).sort();
    const cards = keepChildren(byId('utilities'), keys, (key) => View.#utilityCard(key));
    for (const key of keys) {
      const [kind, channel] = key.split('_');
      const isOnly = keys.filter((other) => other.startsWith(`${kind}_`)).length === 1;
      const card = cards.get(key);
      const reading = take(key);
      setText(card.heading, isOnly ? kinds[kind] : `${kinds[kind]} ${channel}`);
      this.#part(card, reading, key);
      const isJoule = unitName(reading.type, reading.unit) === 'J';
      setText(card.plain, isJoule ? `${Decimal.shifted(reading.text, -9)} GJ` : '');
      setText(card.when, `read ${timeText(reading.time, now)}`);
      const more = [[`flow_${channel}`, 'Flow'], [`temperature_${channel}`, 'Temperature'], [`return_temperature_${channel}`, 'Return'], [`valve_${channel} 20/7`, 'Valve']]
        .filter(([quantity]) => quantities.has(quantity));
      const lines = keepChildren(card.more, more.map(([quantity]) => quantity), () => pair(''));
      for (const [quantity, name] of more) {
        const line = lines.get(quantity);
        const found = take(quantity);
        setText(line.firstChild, name);
        showValue(line.value, found, quantity.split(' ')[0]);
        setText(line.unit, typeof found.type === 'number' ? unitName(found.type, found.unit) : '');
      }
    }
  }

  static #utilityCard(key) {
    const card = element('section', { class: `card utility ${key.split('_')[0]}` });
    card.heading = element('h2');
    card.value = value();
    card.unit = element('span', { class: 'unit' });
    card.plain = element('p', { class: 'plain' });
    card.when = element('p', { class: 'when' });
    card.more = element('dl', { class: 'pair small' });
    card.append(card.heading, element('p', { class: 'big' }, card.value, ' ', card.unit), card.plain, card.when, card.more);
    return card;
  }

  // ---- the meter and the program

  #about(take, quantities, { info, stats, status, prefix }, now) {
    const state = (quantity, name) => {
      const reading = take(quantity);
      return reading?.text ? [[name, reading.text, quantity.split(' ')[0], reading.guid]] : [];
    };
    const dropped = Object.entries(stats.telegrams?.dropped ?? {});
    const total = dropped.reduce((sum, [, count]) => sum + count, 0);
    const fact = (name, text) => (text || text === 0 ? [[name, String(text)]] : []);
    take('tariff');
    const facts = [
      ...fact('Type', info.header?.replace(/^\//, '')),
      ...fact('Number', info.equipment_id),
      ...fact('P1 version', info.version),
      ...(quantities.has('tariff 20/42') ? state('tariff 20/42', 'Tariff in use') : state('tariff', 'Tariff in use')),
      ...state('breaker 20/3', 'Breaker'),
      ...state('text_message 509/1', 'Message'),
      ...fact('Telegrams', stats.telegrams && `${stats.telegrams.good} good, ${total} dropped`),
      ...fact('Dropped for', dropped.map(([reason, count]) => `${reason} ${count}`).join(', ')),
      ...fact('Events given up', stats.dropped || ''),
      ...fact('vscp-p1d', [stats.version, status, stats.uptime && `up ${ageText(stats.uptime * 1000)}`].filter(Boolean).join(', ')),
      ...fact('GUID', `${prefix}:…`),
    ];
    const lines = keepChildren(byId('about'), facts.map(([name]) => name), (name) => pair(name));
    for (const [name, text, quantity, guid] of facts) {
      const line = lines.get(name);
      if (name === 'GUID') setGuid(line.value, text);
      else setText(line.value, text);
      setProperties(line.value, { value: text, 'data-quantity': quantity ?? null, 'data-guid': guid ?? null });
    }
  }

  // ---- everything else

  #others(readings, meter, now) {
    byId('others-card').hidden = readings.length === 0;
    const own = (reading) => (meter && reading.meter === meter.prefix ? 0 : 1);
    const key = (reading) => reading.key ?? `${reading.guid}/${reading.type}`;
    const sorted = [...readings].sort((x, y) => own(x) - own(y) || x.guid.localeCompare(y.guid) || key(x).localeCompare(key(y)));
    const byKey = new Map(sorted.map((reading) => [key(reading), reading]));
    const rows = keepChildren(byId('others'), [...byKey.keys()], () => View.#otherRow());
    for (const [each, reading] of byKey) {
      const row = rows.get(each);
      const quantity = own(reading) === 0 ? this.model.quantityOf(reading) : null;
      setText(row.name, this.model.nameOf(reading));
      const isEntry = Math.abs(reading.arrived - reading.time) > 15 * 60_000;
      setGuid(row.from, [own(reading) ? reading.guid : '', isEntry ? `of ${timeText(reading.time, now)}` : ''].filter(Boolean).join(' · '));
      showValue(row.value, reading, quantity);
      setText(row.unit, typeof reading.type === 'number' ? unitName(reading.type, reading.unit) : '');
      setText(row.age, ageText(now - reading.arrived));
    }
  }

  static #otherRow() {
    const row = element('tr');
    Object.assign(row, { name: element('span'), from: element('span', { class: 'from-node' }), value: value(), unit: element('td', { class: 'unit' }), age: element('td', { class: 'number age' }) });
    row.append(element('th', { scope: 'row' }, row.name, row.from), element('td', { class: 'number' }, row.value), row.unit, row.age);
    return row;
  }

  #events(events, now) {
    byId('events-card').hidden = events.length === 0;
    const key = (event) => `${event.time}/${event.guid}/${event.code}/${event.text}`;
    const byKey = new Map(events.map((event) => [key(event), event]));
    const lines = keepChildren(byId('events'), [...byKey.keys()], () => element('li', {}, element('time'), element('span')));
    for (const [each, event] of byKey) {
      const [time, text] = lines.get(each).children;
      setText(time, timeText(event.time, now, clock));
      setText(text, `${event.note || this.model.nameOf({ ...event, type: event.code })}: ${event.text}`);
      setProperties(lines.get(each), { 'data-code': event.code });
    }
  }
}

const byId = (id) => document.getElementById(id);

/** A name with its value, for a list of them. */
function pair(name) {
  const made = element('div', {}, element('dt', {}, name));
  made.value = value();
  made.unit = element('span', { class: 'unit' });
  made.append(element('dd', {}, made.value, ' ', made.unit));
  return made;
}

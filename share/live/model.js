'use strict';

// What was received, without anything of the page: the latest reading of each quantity, the state of each meter, the
// recent events. A meter is the first 14 bytes of the GUIDs of a vscp-p1d; the last two are the id of the quantity.
class Model {
  static keptEvents = 30;
  static most = 2000;  // readings, states, texts and meters
  static lateness = 5 * 60_000;  // ms for which a reading holds against older ones, those of a backlog
  static ahead = 5000;  // ms by which a meter's clock may be fast

  readings = new Map();
  states = new Map();
  meters = new Map();
  #texts = new Map();

  /** Takes a message over; `retained`: the broker had kept it. */
  take(topic, payload, retained, now = Date.now()) {
    if (this.#takeState(topic, payload)) return;
    const event = Vscp.decode(payload);
    if (!event) return;
    const measurement = Vscp.measurement(event);
    if (measurement) this.#takeReading(event, measurement, retained, now);
    else this.#takeEvent(event, retained, now);
  }

  // vscp-p1d/<guid>/status, meter, info and stats, or wherever else the GUID is followed by these.
  #takeState(topic, payload) {
    const levels = topic.split('/');
    const kind = levels.at(-1);
    const guid = levels.find((level) => /^([0-9A-F]{2}:){15}[0-9A-F]{2}$/i.test(level));
    if (!guid || !['status', 'meter', 'info', 'stats'].includes(kind)) return false;
    const meter = this.#meter(guid.toUpperCase());
    if (!meter) return true;
    meter.known = true;
    const text = new TextDecoder().decode(payload);
    meter[kind] = text;
    if (kind === 'info' || kind === 'stats') {
      try {
        meter[kind] = JSON.parse(text) ?? {};
      } catch {
        meter[kind] = {};
      }
    }
    return true;
  }

  // undefined when there are too many.
  #meter(guid) {
    const prefix = guid.slice(0, 41);
    if (!this.meters.has(prefix)) {
      Model.#put(this.meters, prefix, {
        prefix, known: false, status: '', meter: '', info: {}, stats: {}, history: new History(), latest: 0, events: [],
      });
    }
    return this.meters.get(prefix);
  }

  static #put(map, key, value) {
    if (map.has(key) || map.size < Model.most) map.set(key, value);
  }

  #takeReading(event, measurement, retained, now) {
    const key = [event.guid, event.type, measurement.index, measurement.zone, measurement.subzone].join('/');
    const meter = this.#meter(event.guid);
    if (!meter) return;
    const time = event.time ?? now;
    const arrived = retained ? Math.min(time, now) : now;
    const reading = { ...measurement, ...this.#source(event, meter), key, type: event.type, time, arrived };
    const quantity = this.quantityOf(reading);
    const watts = Number(measurement.text);
    const direction = { momentan_active_effect_out: 'out', momentan_active_effect_in: 'in' }[quantity];
    if (direction && Number.isFinite(watts)) meter.history.add(Math.floor(Model.#place(time, arrived, now) / 1000), direction, watts);

    const held = this.readings.get(key);
    const isHeld = held?.time > time && held.time <= now + Model.ahead && now - held.arrived < Model.lateness;
    if (isHeld) return;
    if (!retained) meter.latest = now;
    Model.#put(this.readings, key, reading);
  }

  // On the curve: by the meter's clock, unless that is wrong or the reading is a replay.
  static #place(time, arrived, now) {
    return time <= now && time > now - History.longest * 1000 ? time : arrived;
  }

  #source(event, meter) {
    const id = parseInt(event.guid.slice(42, 44) + event.guid.slice(45), 16);
    return { guid: event.guid, id, meter: meter.prefix, note: event.note };
  }

  #takeEvent(event, retained, now) {
    const code = `${event.class}/${event.type}`;
    const meter = this.#meter(event.guid);
    if (!meter) return;
    if (code === '1026/2') {
      if (String.fromCharCode(...event.data).replace(/\0.*$/s, '') === 'vscp-p1d') meter.known = true;
      return;
    }
    if (event.class === 0 || event.class >= 1024 || code === '20/9') return;
    const time = event.time ?? now;
    const found = { ...this.#source(event, meter), code, time, arrived: retained ? Math.min(time, now) : now };
    found.text = code === '509/1' ? this.#text(event) : Model.#meaning(code, event.data);
    if (code === '509/1') found.note = found.note.split(': ')[0];
    const kind = { '20/4': '20/3', '20/8': '20/7' }[code] ?? code;
    if (['509/1', '20/42', '20/3', '20/7'].includes(kind)) {
      found.type = kind;
      if (found.text !== null) Model.#put(this.states, `${event.guid}/${kind}`, found);
    }
    this.#remember(found, meter.events);
  }

  // A text comes in parts of five bytes: id, level, number of the part, bytes.
  #text({ guid, data: [, , part, ...bytes] }) {
    const before = part === 0 ? { next: 0, bytes: [] } : this.#texts.get(guid);
    if (before?.next !== part) return null;
    const text = { next: part + 1, bytes: [...before.bytes, ...bytes] };
    Model.#put(this.#texts, guid, text);
    return new TextDecoder().decode(new Uint8Array(text.bytes));
  }

  static #meaning(code, data) {
    switch (code) {
      case '20/3': return 'on';
      case '20/4': return 'off';
      case '20/7': return 'open';
      case '20/8': return 'closed';
      case '20/42': return String(data[4] ?? '');
      case '20/6': return 'the program ends';
      case '1/1': return 'warning';
      case '1/2': return 'alarm';
      case '1/13': return 'alarm over';
      case '1/5': return data[0] === 0 ? 'power was off' : 'power is back';
      default: return `event ${code}`;
    }
  }

  // A text is one entry, however many parts it has; what equipment says of itself is none.
  #remember(event, events) {
    const isText = event.code === '509/1';
    if (isText && !/^(text_|error_|operating_|device_status)/.test(this.quantityOf(event) ?? 'text_')) return;
    if (isText && !event.text?.trim()) return;
    const last = events[0];
    const continued = isText && last?.code === '509/1' && last.guid === event.guid && event.text.startsWith(last.text);
    if (continued) events.shift();
    events.unshift(event);
    events.length = Math.min(events.length, Model.keptEvents);
  }

  /** Key of the quantity in the program's table, by the note or, where the user changed that, by the id; null for
   * what is none, and for other VSCP nodes. */
  quantityOf({ meter: prefix, id, type, note }) {
    const meter = this.meters.get(prefix);
    const row = Model.#rows.byId.get(id);
    const isTariff = type === 1 && row?.type === '20/42';
    const isRow = row?.type === String(type) || isTariff;
    if (isRow && row.note === note) meter.known = true;
    if (!meter.known) return null;
    return Model.#rows.byNote.get(note) ?? (isRow ? row.key : null);
  }

  /** What a reading is called: as its sender says, else as in the program's table, else by its type. */
  nameOf(reading) {
    if (reading.note) return reading.note;
    const row = Model.#rows.byId.get(reading.id);
    if (this.quantityOf(reading) && row) return row.note;
    return typeof reading.type === 'number' ? `${typeName(reading.type)}, sensor ${reading.index}` : reading.type;
  }

  /** Readings and states of one meter by quantity; the rest of them, and what comes from other nodes. */
  of(prefix) {
    const quantities = new Map();
    const others = [];
    const all = [...this.readings.values(), ...this.states.values()];
    for (const reading of all) {
      const isOwn = reading.meter === prefix;
      if (!isOwn && this.meters.get(reading.meter).known) continue;
      const quantity = isOwn ? this.quantityOf(reading) : null;
      const slot = typeof reading.type === 'string' ? `${quantity} ${reading.type}` : quantity;
      const held = quantity && quantities.get(slot);
      if (held && held.arrived > reading.arrived) continue;
      if (quantity) quantities.set(slot, reading);
      else others.push(reading);
    }
    return { quantities, others };
  }

  /** The newest events first: those of a meter; without one, those of all nodes. */
  eventsOf(meter) {
    if (meter) return meter.events;
    const all = [...this.meters.values()].flatMap(({ events }) => events);
    return all.sort((x, y) => y.arrived - x.arrived).slice(0, Model.keptEvents);
  }

  saved(now) {
    const isRecent = ({ arrived }) => now - arrived < 24 * 3_600_000;
    const recent = (map) => [...map].filter(([, reading]) => isRecent(reading));
    const meters = [...this.meters.values()].filter((meter) => meter.known);
    meters.forEach((meter) => meter.history.compact(now / 1000));
    return {
      saved: now,
      readings: recent(this.readings),
      states: recent(this.states),
      meters: meters.map(({ prefix, known, history, latest, events }) =>
        ({ prefix, known, latest, history: history.saved(), events: events.filter(isRecent) })),
    };
  }

  restore({ readings, states, meters }) {
    for (const { prefix, known, latest, history, events } of meters) {
      Object.assign(this.#meter(prefix), { known, latest, history: new History(history), events });
    }
    for (const [key, reading] of readings) this.readings.set(key, reading);
    for (const [key, state] of states) this.states.set(key, state);
    const all = [...this.readings.values(), ...this.states.values()];
    all.forEach((reading) => this.#meter(reading.guid));
  }

  static #rows = {
    byId: new Map(QUANTITIES.map(([id, type, key, note]) => [id, { type, key, note }])),
    byNote: new Map(QUANTITIES.map(([, , key, note]) => [note, key])),
  };
}

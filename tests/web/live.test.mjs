// The parts of the live page that need no browser, and the table it shares with the program.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import vm from 'node:vm';
import { golden, guidOf, program, source } from './harness.mjs';

// As index.html has them: one after the other in one context.
const context = vm.createContext({ TextDecoder, structuredClone });
for (const file of ['decimal', 'decode', 'units', 'quantities', 'history', 'model']) {
  const script = path.join(source, 'share/live', `${file}.js`);
  vm.runInContext(fs.readFileSync(script, 'utf8'), context, script);
}
const { Decimal, Vscp, History, Model, unitName, typeName } =
  vm.runInContext('({ Decimal, Vscp, History, Model, unitName, typeName })', context);

const bytes = (text) => new Uint8Array(Buffer.from(text));
const unhex = (text) => [...Buffer.from(text.replaceAll(' ', ''), 'hex')];
const plain = (value) => JSON.parse(JSON.stringify(value));
const json = (fields) => bytes(JSON.stringify({ head: 32864, class: 1040, type: 14, guid: guidOf(5), data: [5, 0, 0, 0, 49, 49, 57, 51, 0], ...fields }));

test('payloads that are events', () => {
  const event = { class: 1040, type: 13, guid: guidOf(1), data: unhex('01020301 31323334352E36373800'), time: Date.UTC(2026, 10, 21, 8, 30, 15, 123) };
  const data = event.data.join(',');
  const both = (head) => ({ [`${head}Class`]: 1040, [`${head}Type`]: 13 });
  const payloads = {
    'JSON, plain names': bytes(JSON.stringify({ class: 1040, type: 13, guid: event.guid, data: event.data, datetime: '2026-11-21T08:30:15Z', timestamp: 123456, note: 'a <b>' })),
    'JSON, old names': bytes(JSON.stringify({ ...both('vscp'), vscpGuid: event.guid.toLowerCase(), vscpData: event.data, vscpDateTime: '2026-11-21T08:30:15Z', vscpTimeStamp: 123456, vscpNote: 'a <b>' })),
    'JSON, nanoseconds': bytes(JSON.stringify({ class: 1040, type: 13, guid: event.guid, data: event.data, timestamp_ns: `0x${(BigInt(event.time) * 1000000n).toString(16)}`, note: 'a <b>' })),
    'XML, plain names': bytes(`<event head="1" class="1040" type="13" datetime="2026-11-21T08:30:15Z" timestamp="123456" guid="${event.guid}" data="${event.data.map((b) => `0x${b.toString(16)}`)}" note="a &lt;b&gt;"/>`),
    'XML, old names': bytes(`<event vscpClass="1040" vscpType="13" vscpDateTime="2026-11-21T08:30:15Z" vscpTimeStamp="123456" vscpGuid="${event.guid}" vscpData="${data}" vscpNote="a &lt;b&gt;" />`),
    STRING: bytes(`96,1040,13,0,2026-11-21T08:30:15Z,123456,${event.guid},${data}`),
    'Level I event over Level II': bytes(JSON.stringify({ class: 522, type: 6, guid: guidOf(0), data: [...unhex(event.guid.replaceAll(':', '')), 0x88, 0x81, 1, 7] })),
  };
  for (const [name, payload] of Object.entries(payloads)) {
    const decoded = plain(Vscp.decode(payload));
    if (name.startsWith('Level')) {
      assert.deepEqual({ class: decoded.class, guid: decoded.guid, data: decoded.data }, { class: 10, guid: event.guid, data: [0x88, 0x81, 1, 7] }, name);
    } else {
      assert.deepEqual(decoded, { ...event, note: name === 'STRING' ? '' : 'a <b>' }, name);
    }
  }
});

test('a time that cannot be is none', () => {
  const at = (fields) => Vscp.decode(json({ datetime: '2026-11-21T08:30:15Z', ...fields })).time;
  const second = Date.UTC(2026, 10, 21, 8, 30, 15);
  assert.deepEqual([123456, 1e6, 4294000000, 1e300, -1, 'x'].map((timestamp) => at({ timestamp }) - second), [123, 0, 0, 0, 0, 0]);
  assert.deepEqual(['1970-01-01T00:00:00Z', '9999-01-01T00:00:00Z', '2026-13-01T00:00:00Z'].map((datetime) => at({ datetime })), [null, null, null]);
  assert.equal(at({ timestamp_ns: '0x1' }), null);
  const noTime = unhex('00 00 0060 00000000 0000 00 00 00 00 00 0410 000D FFFFFFFFFFFFFFFE5CCF7FC41E7B0001 000E 01020301 31323334352E36373800 0B91');
  assert.equal(Vscp.decode(new Uint8Array(noTime)).time, null);
});

test('a long name in XML does not stop the page', () => {
  context.payload = bytes(`<event ${'a'.repeat(60_000)}>`);
  vm.runInContext('for (let i = 0; i < 100; ++i) Vscp.decode(payload)', context, { timeout: 30_000 });
});

test('a BINARY event, and one whose CRC is wrong', () => {
  const frame = unhex('00 00 0060 0001E240 07EA 0B 15 08 1E 0F 0410 000D FFFFFFFFFFFFFFFE5CCF7FC41E7B0001 000E 01020301 31323334352E36373800 FBE7');
  const event = Vscp.decode(new Uint8Array(frame));
  assert.deepEqual(plain(Vscp.measurement(event)), { text: '12345.678', unit: 1, index: 1, zone: 2, subzone: 3 });
  assert.equal(event.time, Date.UTC(2026, 10, 21, 8, 30, 15, 123));
  frame[40] ^= 1;
  assert.equal(Vscp.decode(new Uint8Array(frame)), null);
});

test('what is no event is left alone', () => {
  const payloads = ['', 'online', '{', '{}', '{"status":"online"}', '[1]', 'null', '<html></html>', '<event>', '1,2,3', '1,2,3,4,5,6,7', '\0', '\0\0\0\0'];
  for (const payload of payloads) assert.equal(Vscp.decode(bytes(payload)), null, payload);
  for (const wrong of [{ class: '1040' }, { class: -1 }, { type: 70000 }, { guid: '::1' }, { guid: null }, { data: 'x' }, { data: [256] }, { data: [1.5] }, { data: Array(600).fill(0) }]) {
    assert.equal(Vscp.decode(json(wrong)), null, JSON.stringify(wrong));
  }
  assert.equal(Vscp.decode(bytes(`{"x":"${'x'.repeat(70000)}"}`)), null);
});

test('measurements of every class and coding', () => {
  const cases = [
    [10, '88 81 01 07', '26.3', 1, 0, 'normalised integer'],
    [10, '89 83 00 BC 61 4E', '12345.678', 1, 1, 'normalised integer with a sign byte'],
    [10, '88 81 FE F9', '-26.3', 1, 0, 'negative'],
    [10, '80 02 05', '500', 0, 0, 'positive exponent'],
    [10, '80 83 00', '0.000', 0, 0, 'zero keeps its decimals'],
    [10, '80 00 7F FF FF FF FF FF', '140737488355327', 0, 0, 'six bytes'],
    [10, 'AE 41 83 80 00', '16.4375', 1, 6, 'float'],
    [10, 'A0 3D CC CC CD', '0.1', 0, 0, 'float as short as it can be'],
    [10, '62 FF 38', '-200', 0, 2, 'integer'],
    [10, '68 01 00 00', '65536', 1, 0, 'integer of three bytes'],
    [10, '48 32 33 2E 35', '23.5', 1, 0, 'string'],
    [10, '20 0F A0', '0x0fa0', 0, 0, 'bytes'],
    [10, '00 05', '0b00000101', 0, 0, 'bits'],
    [1060, '05 01 02 01 40 09 21 FB 54 44 2D 18', '3.141592653589793', 1, 5, 'double'],
    [1060, '05 00 00 00 41 CD CD 65 00 00 00 00', '1000000000', 0, 5, 'large double'],
    [1060, '05 00 00 00 3E 7A D7 F2 9A BC AF 48', '0.0000001', 0, 5, 'small double has no exponent'],
    [60, '40 37 40 00 00 00 00 00', '23.25', 0, 0, 'MEASUREMENT64'],
    [70, '41 BA 00 00', '23.25', 0, 0, 'MEASUREMENT32'],
    [65, '03 04 05 80 81 00 EB', '23.5', 0, 3, 'MEASUREZONE'],
    [1040, '05 00 00 00 32 33 30 2E 30 00', '230.0', 0, 5, 'text'],
    [1040, '05 00 00 00 2D 37', '-7', 0, 5, 'text without its NUL'],
  ];
  for (const [vscpClass, data, text, unit, index, name] of cases) {
    const found = Vscp.measurement({ class: vscpClass, type: 6, data: unhex(data) });
    assert.deepEqual([found?.text, found?.unit, found?.index], [text, unit, index], name);
  }
  for (const [vscpClass, data] of [[20, '00 00 00'], [1040, ''], [1040, '01 00 00 00 00'], [1060, '01 00 00 00 41'], [10, '80'], [10, 'E0 00'], [10, 'A0 00 00'], [10, '']]) {
    assert.equal(Vscp.measurement({ class: vscpClass, type: 6, data: unhex(data) }), null, `${vscpClass} ${data}`);
  }
});

test('exact numbers', () => {
  assert.equal(Decimal.sum(['0.1', '0.2']), '0.3');
  assert.equal(Decimal.sum(['4938.713', '5211.09']), '10149.803');
  assert.equal(Decimal.sum(['0', Decimal.negated('1500')]), '-1500');
  assert.equal(Decimal.sum(['1', 'x']), null);
  assert.equal(Decimal.shifted('12345000000', -9), '12.345000000');
  assert.equal(Decimal.shifted('nothing', -9), 'nothing');
});

test('units', () => {
  assert.deepEqual([[14, 0], [13, 1], [13, 2], [6, 1], [28, 0], [1, 0], [77, 0], [14, 9]].map(([type, unit]) => unitName(type, unit)),
                   ['W', 'kWh', 'Wh', '°C', 'm³', '', '', 'unit 9']);
  assert.equal(typeName(77), 'Type 77');
});

test('the table of quantities is the program\'s', () => {
  const made = spawnSync(path.join(source, 'scripts/live-quantities'), [program], { encoding: 'utf8' });
  assert.equal(made.stdout, fs.readFileSync(path.join(source, 'share/live/quantities.js'), 'utf8'),
               'run scripts/live-quantities build/release/vscp-p1d >share/live/quantities.js');
});

// What the daemon writes for the telegram of a three-phase meter, in each form that is text.
for (const settings of ['payload = json', 'payload = json\njson_names = vscp', 'payload = json\njson_names = plain', 'payload = xml', 'payload = string',
                        'event_class = 1060', 'event_class = 10', 'event_class = 10\npayload = string']) {
  test(`the daemon's own events: ${settings.replace('\n', ', ')}`, (t) => {
    const { values } = golden('dsmr50_three_phase');
    const config = path.join(fs.mkdtempSync(path.join(process.env.TMPDIR ?? '/tmp', 'vscp-p1d-web-')), 'config.ini');
    t.after(() => fs.rmSync(path.dirname(config), { recursive: true }));
    fs.writeFileSync(config, `[VSCP]\nguid = ${guidOf(0)}\n${settings}\n`);
    const run = spawnSync(program, ['--config', config, '--dry-run', '--source', `file:${path.join(source, 'tests/data/dsmr50_three_phase.txt')}`],
                          { encoding: 'utf8', env: { ...process.env, TZ: 'Europe/Amsterdam' } });
    const model = new Model();
    for (const line of run.stdout.trim().split('\n')) {
      const [topic, payload] = line.split(/ (.*)/s);
      model.take(topic, bytes(payload), false);
    }
    const { quantities, others } = model.of(guidOf(0).slice(0, 41));
    const isDouble = settings.includes('1060');
    for (const [quantity, text] of Object.entries(values)) {
      const shown = quantities.get(quantity)?.text;
      assert.equal(isDouble ? Number(shown) : shown, isDouble ? Number(text) : text, quantity);
    }
    assert.equal(quantities.get('equipment_id 509/1').text, 'E0044007123456719');
    assert.equal(quantities.get('tariff 20/42').text, '1');
    assert.deepEqual(plain(others), []);
  });
}

test('a reading of another node is no phase of the meter, whatever its id', () => {
  const model = new Model();
  model.take('vscp/x', json({ type: 16, guid: 'FF:FF:FF:FF:FF:FF:FF:FE:00:00:00:00:00:01:00:15', note: 'Battery' }), false);
  const { quantities, others } = model.of(undefined);
  assert.deepEqual([quantities.size, others.length, [...model.meters.values()][0].known], [0, 1, false]);
});

test('ids and notes that the user changed', () => {
  const model = new Model();
  model.take(`vscp-p1d/${guidOf(0)}/status`, bytes('online'), true);
  model.take('vscp/x', json({ type: 16, guid: guidOf(21), note: 'At the oven' }), false);
  model.take('vscp/x', json({ type: 16, guid: guidOf(4000), note: 'Voltage L2' }), false);
  model.take('vscp/x', json({ type: 14, guid: guidOf(23), note: 'A pump on the id of a voltage' }), false);
  const { quantities, others } = model.of(guidOf(0).slice(0, 41));
  assert.deepEqual([[...quantities.keys()], others.length], [['voltage_l1', 'voltage_l2'], 1]);
});

test('a backlog does not turn the present back, but fills the curve', () => {
  const model = new Model();
  const now = Date.UTC(2026, 5, 1, 12);
  const take = (seconds, watts) => model.take('vscp/x', json({
    datetime: new Date(now + seconds * 1000).toISOString(), note: 'Active effect out', data: [5, 0, 0, 0, ...bytes(watts), 0] }), false, now);
  take(0, '100');
  take(-60, '50');
  take(-30, '70');
  const [meter] = model.meters.values();
  assert.equal([...model.readings.values()][0].text, '100');
  assert.deepEqual(plain(meter.history.points.map(({ t, out }) => [t - now / 1000, out])), [[-60, 50], [-30, 70], [0, 100]]);
});

test('a meter whose clock is wrong, or was', () => {
  const now = Date.UTC(2026, 5, 1, 12);
  for (const hours of [-1000, -25, 1, 10_000]) {
    const model = new Model();
    const take = (arrived, watts, offset) => model.take('vscp/x', json({
      datetime: new Date(now + arrived * 1000 + offset).toISOString(), note: 'Active effect out', data: [5, 0, 0, 0, ...bytes(watts), 0] }), false, now + arrived * 1000);
    take(0, '100', hours * 3_600_000);
    take(10, '200', hours * 3_600_000);
    const [meter] = model.meters.values();
    assert.deepEqual(plain(meter.history.points.map(({ t, out }) => [t - now / 1000, out])), [[0, 100], [10, 200]], `${hours} h`);
    take(20, '300', 0);
    assert.equal([...model.readings.values()][0].text, '300', `${hours} h, then set`);
  }
});

test('events: so many of each meter, whatever others send, and after a reload', () => {
  const model = new Model();
  model.take(`vscp-p1d/${guidOf(0)}/status`, bytes('online'), true);
  model.take('vscp/x', json({ class: 1, type: 2, data: [0], note: 'Alarm' }), false);
  const other = 'FF:FF:FF:FF:FF:FF:FF:FC:00:00:00:00:00:01:00:15';
  for (let i = 0; i < 50; ++i) model.take('vscp/x', json({ class: 20, type: 3, guid: other, data: [0] }), false);
  const restored = new Model();
  restored.restore(plain(model.saved(Date.now())));
  for (const each of [model, restored]) {
    assert.deepEqual(plain(each.eventsOf(each.meters.get(guidOf(0).slice(0, 41))).map(({ note }) => note)), ['Alarm']);
  }
  assert.equal(model.eventsOf(null).length, Model.keptEvents);
});

test('what strangers send does not fill the memory', () => {
  const model = new Model();
  for (let i = 0; i < Model.most + 100; ++i) {
    const guid = guidOf(0).replace(/3A:15:00:00$/, guidOf(i).slice(-5) + ':00:01');
    model.take('vscp/x', json({ guid }), false);
    model.take('vscp/x', json({ class: 20, type: 3, guid, data: [0] }), false);
  }
  assert.deepEqual([model.meters.size, model.readings.size, model.states.size], [Model.most, Model.most, Model.most]);
});

test('what was received comes back from the store', () => {
  const model = new Model();
  model.take(`vscp-p1d/${guidOf(0)}/status`, bytes('online'), true);
  model.take('vscp/x', json({ note: 'Active effect out' }), false);
  const restored = new Model();
  restored.restore(plain(model.saved(Date.now())));
  const prefix = guidOf(0).slice(0, 41);
  assert.equal(restored.of(prefix).quantities.get('momentan_active_effect_out').text, '1193');
  assert.equal(restored.meters.get(prefix).history.points.length, 1);
});

test('the curve: a day, in steps of ten seconds, with holes', () => {
  const history = new History();
  const now = 1_000_000_000;
  for (let t = now - 90_000; t <= now; ++t) {
    if (t > now - 5000 && t < now - 4000) continue;
    history.add(t, 'out', t % 2 === 0 ? 100 : 200);
    history.add(t, 'in', 0);
  }
  history.compact(now);
  assert.ok(history.points[0].t >= now - 86_400, 'a day');
  const old = history.points.filter(({ t }) => t < now - 900);
  assert.ok(old.length < 8700, `steps of ten seconds: ${old.length}`);
  assert.ok(old.filter(({ out }) => out !== 150).length <= 4, 'means, but for slots that are not full');
  const [times, out] = history.columns(now - 6000);
  assert.equal(out.filter((watts) => watts === null).length, 1, 'one hole');
  assert.ok(Math.abs(times[out.indexOf(null)] - (now - 5000)) < 15, 'where telegrams are missing');
});

// The live page in a real Chromium, with a real mosquitto that serves it, and the real daemon.
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { Scene, golden, guidOf, telegram, until, untilShown } from './harness.mjs';

const whole = new Scene();  // one Chromium for all tests
let scene;
let broker;
let page;

before(async () => { await (await whole.page()).close(); });
after(() => whole.end());
beforeEach(async () => {
  scene = new Scene();
  scene.browser = whole.browser;
  broker = await scene.broker();
});
afterEach(async () => {
  await page?.context().close();
  await scene.end();
});

async function open(settings, query = '') {
  page = await scene.page(settings);
  await page.goto(broker.url + query);
  await untilText('#broker-state', 'connected');
  return page;
}

const textOf = (selector) => page.evaluate((selector) => document.querySelector(selector)?.innerText ?? '', selector);
const untilText = (selector, text) => until(`${selector} to say ${text}`, async () => (await textOf(selector)).includes(text), () => textOf(selector));
const event = (type, guid, text, note, more = {}) => JSON.stringify({
  head: 96, class: 1040, type, guid, datetime: more.datetime ?? `${new Date().toISOString().slice(0, 19)}Z`, timestamp: 0,
  data: [0, 0, 0, more.unit ?? 0, ...Buffer.from(text), 0], note });

test('power both ways, with its gauge, its curve and its total', async () => {
  await open();
  const daemon = scene.daemon(broker);
  daemon.send(telegram('/ABC5test', '', '1-0:1.8.1(000100.5*kWh)', '1-0:1.8.2(000200.25*kWh)', '1-0:2.8.1(000003.1*kWh)', '1-0:1.7.0(00.000*kW)',
                       '1-0:2.7.0(01.250*kW)', '1-0:21.7.0(00.400*kW)', '1-0:22.7.0(00.000*kW)', '1-0:32.7.0(231.4*V)', '1-0:31.7.0(002*A)'));
  await untilShown(page, { momentan_active_effect_in: '1250', momentan_active_effect_l1_out: '400', voltage_l1: '231.4', current_l1: '2' });
  assert.match(await textOf('#now'), /1250\s*W\s*to the grid/);
  assert.match(await textOf('#energy'), /Total\s+300\.75 kWh\s+3\.1 kWh/);
  const gauge = page.getByRole('meter', { name: 'Power now' });
  assert.equal(await gauge.getAttribute('aria-valuenow'), '-1250');
  assert.equal(await gauge.getAttribute('data-flow'), 'to');
  assert.equal(await page.getByRole('meter', { name: 'Voltage L1' }).getAttribute('aria-valuetext'), '231.4 V');
  await until('the curve', () => page.evaluate(() => view.model.meters.values().next().value.history.points.length > 0
    && document.querySelector('#chart canvas')?.width > 300));
  assert.deepEqual(page.faults, []);
});

test('measurements of other nodes, and values of unknown types, are in the table', async () => {
  await open();
  const guid = 'FF:FF:FF:FF:FF:FF:FF:FC:00:00:00:00:00:01:00:15';
  await broker.publish(`vscp/${guid}/1040/6`, event(6, guid, '21.5', 'Kitchen', { unit: 1 }));
  await broker.publish(`vscp/${guid}/1040/200`, event(200, guid, '7.25', '', { unit: 3 }));
  await broker.publish(`vscp/${guid}/10/35`, JSON.stringify({ vscpClass: 10, vscpType: 35, vscpGuid: guid, vscpData: [0x80, 0x81, 2, 13] }));
  await broker.publish('vscp/nonsense', 'not an event');
  await until('three rows', async () => (await page.locator('#others tr').count()) === 3, () => textOf('#others'));
  const rows = await page.locator('#others tr').allInnerTexts();
  assert.match(rows.join('\n'), /Kitchen[\s\S]*21\.5\s+°C/);
  assert.match(rows.join('\n'), /Type 200, sensor 0[\s\S]*7\.25\s+unit 3/);
  assert.match(rows.join('\n'), /Humidity, sensor 0[\s\S]*52\.5\s+%/);
  assert.equal(await page.locator('.phase').count(), 0);
  assert.deepEqual(page.faults, []);
});

test('a hostile note is text', async () => {
  await open();
  const guid = 'FF:FF:FF:FF:FF:FF:FF:FC:00:00:00:00:00:01:00:01';
  const hostile = '<img src=x onerror="document.title=1"><script>document.title=2</script>';
  await broker.publish('vscp/x', event(6, guid, '<b>1</b>', hostile));
  await broker.publish(`vscp-p1d/${guidOf(0)}/info`, JSON.stringify({ header: hostile, equipment_id: hostile, mbus: 7 }));
  await broker.publish(`vscp-p1d/${guidOf(0)}/stats`, '{"telegrams":7,"meter":{}}');
  await broker.publish(`vscp-p1d/${guidOf(1)}/stats`, 'null');
  await untilText('#others', hostile);
  await untilText('#subtitle', hostile);
  assert.equal(await page.locator('#others img, #others b, header img').count(), 0);
  assert.equal(await page.title(), 'Electricity meter');
  assert.deepEqual(page.faults, []);
});

test('the page comes back when the broker does, and when it is loaded again', async () => {
  await open();
  const daemon = scene.daemon(broker);
  const reading = (watts) => telegram('/ABC5test', '', `1-0:1.7.0(${watts}*kW)`);
  daemon.send(reading('01.111'));
  await untilShown(page, { momentan_active_effect_out: '1111' });
  assert.deepEqual(page.faults, []);
  await broker.stop();
  await untilText('#broker-state', 'connection lost');
  await untilText('#notice', 'No connection to the broker');
  await broker.start();
  await untilText('#broker-state', 'connected');
  daemon.send(reading('02.222'));
  await untilShown(page, { momentan_active_effect_out: '2222' });
  // Chromium itself reports what could not be connected to; nothing else is wrong.
  assert.deepEqual(page.faults.filter((fault) => !fault.includes('ERR_CONNECTION_REFUSED')), []);

  const points = () => page.evaluate(() => view.model.meters.values().next().value?.history.points.length ?? 0);
  const before = await points();
  await daemon.stop();
  await page.reload();
  await untilShown(page, { momentan_active_effect_out: '2222' });
  assert.equal(await points(), before);
});

test('a silent meter, and a daemon that is gone', async () => {
  await open();
  const daemon = scene.daemon(broker);
  daemon.send(telegram('/ABC5test', '', '1-0:1.7.0(01.000*kW)'));
  await untilText('#meter-state', 'last reading');
  await broker.publish(`vscp-p1d/${guidOf(0)}/meter`, 'silent', '-r');
  await untilText('#meter-state', 'meter silent');
  await untilText('#notice', 'check the cable');
  await broker.publish(`vscp-p1d/${guidOf(0)}/meter`, 'online', '-r');
  await untilText('#meter-state', 'last reading');
  await daemon.stop('SIGKILL');
  await untilText('#meter-state', 'offline');
  assert.deepEqual(page.faults, []);
});

test('texts and states of the meter', async () => {
  await open();
  const daemon = scene.daemon(broker);
  const hex = (text) => Buffer.from(text).toString('hex').toUpperCase();
  daemon.send(telegram('/ABC5test', '', '0-0:96.1.1(' + hex('E0043') + ')', '0-0:96.14.0(0002)', '0-0:96.3.10(1)', '1-0:1.7.0(01.000*kW)',
                       `0-0:96.13.0(${hex('Works on Monday, no power from 9 to 10')})`));
  await untilShown(page, { equipment_id: 'E0043', tariff: '2', breaker: 'on', text_message: 'Works on Monday, no power from 9 to 10' });
  await untilText('#events', 'Text message: Works on Monday, no power from 9 to 10');
  assert.equal(await page.locator('#events li', { hasText: 'Text message' }).count(), 1);
  assert.deepEqual(page.faults, []);
});

test('two meters: one at a time, as chosen', async () => {
  await open();
  const other = guidOf(5).replace('3A:15', '3A:16');
  await broker.publish('vscp/x', event(14, guidOf(5), '100', 'Active effect out'));
  await broker.publish('vscp/x', event(14, other, '200', 'Active effect out'));
  await untilShown(page, { momentan_active_effect_out: '100' });
  assert.ok(!(await textOf('main')).includes('200'));
  await page.getByRole('combobox', { name: 'Meter' }).selectOption({ index: 1 });
  await untilShown(page, { momentan_active_effect_out: '200' });
  await page.reload();
  await untilShown(page, { momentan_active_effect_out: '200' });
  assert.deepEqual(page.faults, []);
});

test('a scale is that of its meter, and of what can be', async () => {
  await open();
  await broker.publish('vscp/x', event(14, guidOf(5), '25000', 'Active effect out'));
  await broker.publish('vscp/x', event(14, guidOf(5).replace('3A:15', '3A:16'), '1e400', 'Active effect out'));
  await untilShown(page, { momentan_active_effect_out: '25000' });
  await page.getByRole('combobox', { name: 'Meter' }).selectOption({ index: 1 });
  await broker.publish('vscp/x', event(14, guidOf(5).replace('3A:15', '3A:16'), '100', 'Active effect out'));
  await untilShown(page, { momentan_active_effect_out: '100' });
  assert.equal(await page.getByRole('meter', { name: 'Power now' }).getAttribute('aria-valuemax'), '3000');
  assert.deepEqual(page.faults, []);
});

test('a direction that ended without a 0', async () => {
  const at = (seconds) => ({ datetime: `${new Date(Date.now() + seconds * 1000).toISOString().slice(0, 19)}Z` });
  await broker.publish('vscp/x', event(14, guidOf(5), '500', 'Active effect out', at(-10)), '-r');
  await open();
  await broker.publish('vscp/x', event(14, guidOf(6), '1000', 'Active effect in', at(0)));
  await untilText('#now', 'to the grid');
  assert.match(await textOf('#now'), /\n1000\s*W\s*to the grid/);
  assert.match(await page.locator('#now-parts .over').innerText(), /From the grid\s+500/);
  assert.deepEqual(page.faults, []);
});

test('what the browser has kept, and cannot be used', async () => {
  await open();
  const reading = { guid: guidOf(5), meter: guidOf(5).slice(0, 41), key: 'x', id: 5, type: 14, text: '1', unit: 0, note: 'Active effect out', time: 1e300, arrived: Date.now() };
  for (const kept of [{ readings: [] }, { saved: Date.now(), readings: [] }, { saved: Date.now(), readings: [['x', { ...reading, type: 6 }]], states: [], meters: [] }, 7]) {
    await page.evaluate((kept) => {
      removeEventListener('pagehide', keep);
      store(valuesKey(), kept);
      store(`${valuesOf}ws://gone.example`, { saved: Date.now() - 25 * 3_600_000 });
    }, kept);
    await page.reload();
    await untilText('#broker-state', 'connected');
    assert.deepEqual(await page.evaluate(() => [model.readings.size, Object.keys(localStorage).filter((key) => key.includes('gone')).length]), [0, 0], JSON.stringify(kept));
  }
  assert.deepEqual(page.faults, []);
});

test('set up as docs/live-page.md says: the page asks for the login, and can only read', async () => {
  broker = await scene.broker({ meter: 'of the daemon', viewer: 'let me in' });
  page = await scene.page();
  await page.goto(broker.url);
  await untilText('#settings-fault', 'Not authorized');
  await until('the end of the connection', () => page.evaluate(() => client.stream.destroyed));
  assert.match(await textOf('#notice'), /^The broker refuses: .*Not authorized/);
  assert.equal(await textOf('#broker-state'), 'refused');
  await page.getByLabel('User').fill('viewer');
  await page.getByLabel('Password', { exact: true }).fill('let me in');
  await page.getByRole('button', { name: 'Connect' }).click();
  await untilText('#broker-state', 'connected');
  const daemon = scene.daemon(broker, { login: 'user = meter\npassword = of the daemon' });
  daemon.send(golden('dsmr50_three_phase').text);
  await untilShown(page, golden('dsmr50_three_phase').values);
  const forged = event(14, guidOf(5), '7', 'Active effect out');
  await page.evaluate((forged) => client.publishAsync('vscp/x', forged, { qos: 1 }), forged);
  await broker.publish('vscp/x', event(16, guidOf(21), '229.9', 'Voltage L1'), '-u', 'meter', '-P', 'of the daemon');
  await untilShown(page, { voltage_l1: '229.9', momentan_active_effect_out: golden('dsmr50_three_phase').values.momentan_active_effect_out });
  assert.ok(!(await page.evaluate(() => JSON.stringify({ ...localStorage }))).includes('let me in'), 'the password is not stored');
  assert.deepEqual(page.faults, []);
});

test('another broker than the one that serves the page', async () => {
  const other = await scene.broker();
  await open({}, `?broker=ws://127.0.0.1:${other.webPort}`);
  scene.daemon(other).send(golden('se_h1_26_lines').text);
  await untilShown(page, golden('se_h1_26_lines').values);
  assert.deepEqual(page.faults, []);
});

test('a link gets no login of another address, and holds until settings are entered', async () => {
  const other = await scene.broker();
  const sent = [];
  await open();
  page.on('websocket', (socket) => socket.on('framesent', ({ payload }) => sent.push(payload.toString())));
  const connect = async (url) => {
    await page.getByRole('button', { name: 'Settings' }).click();
    await page.getByLabel('address').fill(url);
    await page.getByLabel('User').fill('viewer');
    await page.getByLabel('Password', { exact: true }).fill('secret');
    await page.getByLabel('Keep the password').check();
    await page.getByRole('button', { name: 'Connect' }).click();
    await until(`a login at ${url}`, () => page.evaluate((url) => client?.connected && client.options.username === 'viewer' && settings.url === url, url));
  };
  const [own, linked] = [broker, other].map(({ webPort }) => `ws://127.0.0.1:${webPort}`);
  await connect(own);
  assert.match(sent.join(), /secret/);
  sent.length = 0;
  await page.goto(`${broker.url}?broker=${linked}`);
  await untilText('#broker-state', 'connected');
  assert.match(sent.join(), /MQTT/);
  assert.doesNotMatch(sent.join(), /viewer|secret/);
  await connect(own);
  await page.reload();
  await untilText('#broker-state', 'connected');
  assert.deepEqual(await page.evaluate(() => [settings.url, settings.password, location.search]), [own, 'secret', '']);
  assert.deepEqual(page.faults, []);
});

test('a topic that is none', async () => {
  await open();
  await page.getByRole('button', { name: 'Settings' }).click();
  await page.getByLabel('Topics of the events').fill('vscp/#/x');
  await page.getByRole('button', { name: 'Connect' }).click();
  await untilText('#settings-fault', 'Invalid topic vscp/#/x');
  await untilText('#broker-state', 'wrong settings');
  assert.deepEqual(page.faults, []);
});

test('nothing hangs over the edge, however wide the screen; dark and light', async () => {
  const { text, values } = golden('dsmr50_three_phase');
  await open({ viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, colorScheme: 'dark' });
  const daemon = scene.daemon(broker);
  daemon.send(text);
  await untilShown(page, values);
  const other = guidOf(5).replace('3A:15', '3A:16');
  await broker.publish(`vscp-p1d/${other}/info`, JSON.stringify({ equipment_id: 'E'.repeat(96) }));
  await untilText('#meters', 'E'.repeat(96));
  for (const width of [390, 320, 600, 820, 1280, 1920]) {
    await page.setViewportSize({ width, height: 844 });
    const needed = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(needed <= width, `${needed} pixels are needed, ${width} are there`);
  }
  const brightness = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor.match(/\d+/g).reduce((sum, part) => sum + Number(part), 0));
  assert.ok((await brightness()) < 150);
  await page.emulateMedia({ colorScheme: 'light' });
  assert.ok((await brightness()) > 600);
  assert.deepEqual(page.faults, []);
});

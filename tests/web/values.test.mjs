// Every value that the daemon publishes for a telegram, in each form of its events, on the live page in Chromium.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Scene, golden, until, untilShown } from './harness.mjs';

const scene = new Scene();
let broker;
let page;

before(async () => {
  broker = await scene.broker();
  page = await scene.page();
  await page.goto(broker.url);
  await untilConnected();
});
after(() => scene.end());
const untilConnected = () => until('the connection', () => page.evaluate(() => client?.connected));

const cases = [
  ['dsmr50_three_phase', ''], ['se_h1_26_lines', ''], ['dsmr42_gas', ''], ['be_emucs_gas_water', ''], ['dsmr30_four_devices', ''],
  ['dsmr50_three_phase', 'payload = xml'], ['dsmr50_three_phase', 'payload = string'], ['dsmr50_three_phase', 'payload = binary'],
  ['dsmr50_three_phase', 'event_class = 10'], ['se_h1_26_lines', 'event_class = 1060'],
];
for (const [name, vscp] of cases) {
  test(`${name}${vscp && `, ${vscp}`}`, async (t) => {
    // As on the first visit: nothing of the case before is left.
    await page.evaluate(() => { store(valuesKey(), null); connect(); });
    await untilConnected();
    const { text, values } = golden(name);
    const daemon = scene.daemon(broker, { vscp });
    t.after(() => daemon.stop());
    daemon.send(text);
    // A double does not know how many zeros the meter sent.
    const shown = (value) => (vscp.includes('1060') ? String(Number(value)) : value);
    await untilShown(page, Object.fromEntries(Object.entries(values).map(([quantity, value]) => [quantity, shown(value)])));
    await until('the meter to be online', () => page.evaluate(() => document.querySelector('#meter-state').dataset.level === 'good'));
    assert.deepEqual(page.faults, []);
  });
}

// The flow as it is shipped, imported into a real Node-RED with its dashboard; only the broker is set, as a user would.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Scene, freePort, golden, guidOf, modules, source, telegram, until } from './harness.mjs';

const scene = new Scene();
const flow = JSON.parse(fs.readFileSync(path.join(source, 'share/node-red-flow.json'), 'utf8'));
const tab = flow.find(({ type }) => type === 'tab').id;
let broker;
let url;

before(async () => {
  broker = await scene.broker();
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  const settings = scene.write('settings.js', `module.exports = {
    uiPort: ${port}, uiHost: '127.0.0.1', credentialSecret: false, flowFile: 'flows.json', diagnostics: { enabled: false },
    runtimeState: { enabled: false }, telemetry: { enabled: false }, logging: { console: { level: 'info', metrics: false, audit: false } },
    editorTheme: { tours: false }, externalModules: { autoInstall: false, palette: { allowInstall: false } } };\n`);
  const nodeRed = scene.start(process.execPath, [path.join(modules, 'node_modules/node-red/red.js'), '--userDir', scene.folder, '--settings', settings],
                              { cwd: scene.folder, env: { ...process.env, HOME: scene.folder } });
  await until('Node-RED', async () => (await fetch(`${url}/flows`).catch(() => null))?.ok, () => nodeRed.output, 60);
  flow.find(({ type }) => type === 'mqtt-broker').broker = '127.0.0.1';
  flow.find(({ type }) => type === 'mqtt-broker').port = String(broker.port);
  const imported = await fetch(`${url}/flows`, { method: 'POST', body: JSON.stringify(flow), headers: { 'content-type': 'application/json', 'Node-RED-Deployment-Type': 'full' } });
  assert.equal(imported.status, 204, await imported.text());
  await until('the connection to the broker', () => nodeRed.output.includes('Connected to broker'), () => nodeRed.output);
  const missing = /Waiting for missing types|\[error\]/.exec(nodeRed.output);
  assert.equal(missing, null, nodeRed.output);
});
after(() => scene.end());

async function readings() {
  const answer = await fetch(`${url}/context/flow/${tab}/readings`);
  const { msg } = await answer.json();
  return msg.startsWith('{') ? JSON.parse(msg) : {};
}

const notes = { momentan_active_effect_out: 'Active effect out', momentan_active_effect_l2_in: 'Active effect L2 in', voltage_l1: 'Voltage L1',
                current_l3: 'Current L3', sum_active_energy_out_t1: 'Meter reading active energy out tariff 1', gas_1: 'Meter reading gas 1' };

for (const vscp of ['', 'event_class = 1060', 'event_class = 10', 'json_names = vscp', 'json_names = plain']) {
  test(`Node-RED has the values that the daemon published${vscp && `, ${vscp}`}`, async (t) => {
    const { text, values } = golden('dsmr50_three_phase');
    const daemon = scene.daemon(broker, { vscp });
    t.after(() => daemon.stop());
    // Something else first: what is there afterwards came with this daemon.
    daemon.send(telegram('/ABC5test', '', '1-0:1.7.0(09.999*kW)', '1-0:32.7.0(001.0*V)'));
    await until('the first telegram', async () => (await readings())['Active effect out']?.value === 9999, async () => JSON.stringify(await readings()));
    daemon.send(text);
    const wrong = async () => {
      const there = await readings();
      return Object.entries(notes).filter(([quantity, note]) => there[note]?.value !== Number(values[quantity]))
        .map(([quantity, note]) => `${note} is ${JSON.stringify(there[note])}, expected ${values[quantity]}`);
    };
    await until('the values in the flow context', async () => (await wrong()).length === 0, wrong);
    assert.equal((await readings())['Meter reading gas 1'].unit, 'm³');
    if (!vscp.includes('1060')) assert.equal((await readings())['Voltage L3'].text, '231.0');
  });
}

// The decoder as the flow has it, in place of the nodes of Node-RED.
function decoded(event, meter = '') {
  const kept = new Map();
  const { func } = flow.find(({ name }) => name === 'Decode the VSCP event');
  const flowContext = { get: (key) => kept.get(key), set: (key, value) => kept.set(key, value) };
  return new Function('msg', 'flow', 'env', 'Buffer', func)({ payload: JSON.stringify(event) }, flowContext, { get: () => meter }, Buffer)?.shown;
}

test('every coding of class 10', () => {
  const cases = [
    ['88 81 01 07', '26.3 °C'], ['80 02 05', '500 K'], ['AE 41 83 80 00', '16.4375 °C'], ['A0 3D CC CC CD', '0.1 K'],
    ['62 FF 38', '-200 K'], ['68 01 00 00', '65536 °C'], ['48 32 33 2E 35', '23.5 °C'], ['60', undefined], ['80', undefined], ['', undefined],
  ];
  for (const [data, shown] of cases) {
    assert.equal(decoded({ class: 10, type: 6, guid: guidOf(1), data: [...Buffer.from(data.replaceAll(' ', ''), 'hex')] }), shown, data);
  }
  assert.match(decoded({ class: 10, type: 6, guid: guidOf(1), data: [0x80, 0xff, 1] }), /^0\.0{99}/);
});

test('of several meters the one that is named', () => {
  const event = { class: 1040, type: 14, guid: guidOf(5), data: [0, 0, 0, 0, 55] };
  assert.equal(decoded(event), '7 W');
  assert.equal(decoded(event, guidOf(0)), '7 W');
  assert.equal(decoded(event, guidOf(0).replace('3A:15', '3A:16')), undefined);
});

test('the dashboard shows them', async () => {
  const page = await scene.page();
  const daemon = scene.daemon(broker);
  await page.goto(`${url}/dashboard/meter`);
  await page.waitForSelector('.nrdb-ui-gauge');
  daemon.send(golden('dsmr50_three_phase').text);
  daemon.send(telegram('/ABC5test', '', '1-0:1.7.0(02.345*kW)', '1-0:2.7.0(00.000*kW)', '1-0:21.7.0(01.234*kW)', '1-0:32.7.0(229.7*V)', '1-0:31.7.0(007*A)', '1-0:1.8.1(004939.001*kWh)'));
  const text = () => page.evaluate(() => document.body.innerText);
  for (const part of ['2345', '1234', '229.7 V', '7 A', '4939.001 kWh', '789.654 m³']) {
    await until(`${part} on the dashboard`, async () => (await text()).includes(part), text);
  }
  await until('the chart', () => page.locator('.nrdb-ui-chart canvas').count());
  if (process.env.SCREENSHOT) await page.screenshot({ path: process.env.SCREENSHOT });
  assert.deepEqual(page.faults, []);
});

// Makes docs/live.png: an afternoon with sun, sent through the real daemon and a real broker.
//   node tests/web/screenshot.mjs [FILE [light|dark [WIDTH]]]
import path from 'node:path';
import { Scene, source, telegram, until } from './harness.mjs';

const [file = path.join(source, 'docs/live.png'), colorScheme = 'light', width = '1280'] = process.argv.slice(2);

// The end of a summer's day: the roof gives back until the clouds and the oven come.
const hours = 6;
const now = Math.floor(Date.now() / 1000);
const wave = (t, period, height) => height * Math.sin((2 * Math.PI * t) / period);
const load = (left) => 420 + wave(left, 2900, 60) + wave(left, 610, 40) + (left % 3300 > 2400 && left % 3300 < 2820 ? 1900 : 0) +
  (left < 3900 && left > 1500 ? 2300 + wave(left, 240, 130) : 0);
const sun = (left) => Math.max(0, 3300 * Math.sin((Math.PI * (left / 3600 + 3.2)) / 10) - 900) * (1 + wave(left, 3700, 0.12) + wave(left, 640, 0.06));

const two = (number) => String(number).padStart(2, '0');
function stamp(t) {
  const date = new Date((t + 3600) * 1000);  // a meter's winter time
  return [date.getUTCFullYear() % 100, date.getUTCMonth() + 1, date.getUTCDate(), date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()].map(two).join('') + 'W';
}
const kilo = (watts) => (Math.max(0, Math.round(watts)) / 1000).toFixed(3).padStart(6, '0');

const registers = { 1: 8211.402, 2: 9604.87, 3: 1911.25, 4: 4377.019 };
function at(t, step) {
  const left = now - t;
  const phases = [load(left) * 0.22 + 95, load(left) * 0.3 - sun(left), load(left) * 0.48];
  const total = phases.reduce((sum, watts) => sum + watts, 0);
  registers[total > 0 ? 2 : 4] += (Math.abs(total) / 1000) * (step / 3600);
  const volts = phases.map((watts, i) => (231.2 - watts / 900 + wave(t + 50 * i, 700, 0.8)).toFixed(1));
  const energy = (register) => registers[register].toFixed(3).padStart(10, '0');
  const rows = ['21', '41', '61'].map((code, i) => `1-0:${code}.7.0(${kilo(phases[i])}*kW)`);
  const back = ['22', '42', '62'].map((code, i) => `1-0:${code}.7.0(${kilo(-phases[i])}*kW)`);
  return telegram('/KFM5KAIFA-METER', '', '1-3:0.2.8(50)', `0-0:1.0.0(${stamp(t)})`, '0-0:96.1.1(4530303433303037313233343536373839)',
    `1-0:1.8.1(${energy(1)}*kWh)`, `1-0:1.8.2(${energy(2)}*kWh)`, `1-0:2.8.1(${energy(3)}*kWh)`, `1-0:2.8.2(${energy(4)}*kWh)`,
    '0-0:96.14.0(0002)', `1-0:1.7.0(${kilo(total)}*kW)`, `1-0:2.7.0(${kilo(-total)}*kW)`, '0-0:96.7.21(00004)', '0-0:96.7.9(00002)',
    ...['32', '52', '72'].map((code, i) => `1-0:${code}.7.0(${volts[i]}*V)`),
    ...['31', '51', '71'].map((code, i) => `1-0:${code}.7.0(${two(Math.round(Math.abs(phases[i]) / 230)).padStart(3, '0')}*A)`),
    ...rows, ...back,
    '0-1:24.1.0(003)', '0-1:96.1.0(4730303339303031393132333435363137)', `0-1:24.2.1(${stamp(now - (now % 300))})(05213.847*m3)`,
    '0-2:24.1.0(007)', '0-2:96.1.0(5730303339303031393132333435363137)', `0-2:24.2.1(${stamp(now - (now % 300))})(00871.206*m3)`);
}

const scene = new Scene();
try {
  const broker = await scene.broker();
  const page = await scene.page({ viewport: { width: Number(width), height: 900 }, colorScheme, reducedMotion: 'reduce' });
  await page.goto(broker.url);
  await until('the connection', () => page.evaluate(() => client?.connected));
  const daemon = scene.daemon(broker, { sections: '[GENERAL]\nplausibility = false' });
  const step = 30;
  for (let t = now - hours * 3600; t <= now; t += step) daemon.send(at(t, step));
  await page.click('[data-range="21600"]');
  await until('the last telegram', () => page.evaluate((last) => [...model.meters.values()].some(({ history }) => history.points.at(-1)?.t >= last), now - step + 1));
  await until('the counters', () => page.evaluate(() => document.querySelector('#about').textContent.includes('good')));
  await page.waitForTimeout(1500);  // the chart's next drawing
  const end = await page.evaluate(() => document.querySelector('.about').getBoundingClientRect().bottom + scrollY);
  await page.screenshot({ path: file, fullPage: true, clip: { x: 0, y: 0, width: Number(width), height: end + 20 } });
  if (page.faults.length > 0) throw new Error(page.faults.join('\n'));
} finally {
  await scene.end();
}

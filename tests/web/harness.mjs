// Real programs for the tests: mosquitto, the daemon, Chromium. Each is started on free loopback ports and ended by its
// id. The environment names what the build made: VSCP_P1D, LIVE (the page as installed), WEB_MODULES (npm's folder).
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const source = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const setting = (name, otherwise) => path.resolve(process.env[name] ?? path.join(source, 'build/release', otherwise));
export const program = setting('VSCP_P1D', 'vscp-p1d');
export const live = setting('LIVE', 'share/live');
export const modules = setting('WEB_MODULES', 'tests/web');
export const requireModule = createRequire(path.join(modules, 'package.json'));

export const guidOf = (id) => `FF:FF:FF:FF:FF:FF:FF:FE:B8:27:EB:CF:3A:15:${hex(id >> 8)}:${hex(id & 255)}`;
const hex = (byte) => byte.toString(16).padStart(2, '0').toUpperCase();

/** What a test starts, and ends in the opposite order. */
export class Scene {
  #endings = [];
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'vscp-p1d-web-'));

  onEnd(ending) {
    this.#endings.push(ending);
  }

  async end() {
    for (const ending of this.#endings.reverse()) await ending();
    fs.rmSync(this.folder, { recursive: true, force: true });
  }

  write(name, text) {
    const file = path.join(this.folder, name);
    fs.writeFileSync(file, text);
    return file;
  }

  start(command, options, settings = {}) {
    const child = spawn(command, options, { stdio: ['pipe', 'pipe', 'pipe'], ...settings });
    const started = { child, output: '', ended: once(child, 'exit').catch(() => {}) };
    child.on('error', (fault) => { started.output += fault.message; });
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (bytes) => { started.output += bytes; });
    started.stop = async (signal = 'SIGTERM') => {
      if (child.pid && child.exitCode === null && child.signalCode === null) child.kill(signal);
      if (child.pid) await started.ended;
    };
    this.onEnd(() => started.stop());
    return started;
  }

  /** mosquitto with a plain listener and one for WebSockets, which serves the page too. `users`: passwords by user, of
   * whom docs/live-page.md tells; that file's configuration is what the broker gets then. */
  async broker(users) {
    const [port, webPort] = await freePorts(2);
    let text = 'listener 1883\nlistener 9001\nprotocol websockets\nhttp_dir PAGE\nallow_anonymous true\n';
    if (users) {
      const blocks = fs.readFileSync(path.join(source, 'docs/live-page.md'), 'utf8').split('```\n');
      const passwords = this.write('passwords', Object.entries(users).map((each) => `${each.join(':')}\n`).join(''));
      spawnSync('mosquitto_passwd', ['-U', passwords]);
      const access = this.write('acl', blocks.find((block) => block.startsWith('user meter')));
      fs.chmodSync(access, 0o600);
      text = blocks.find((block) => block.startsWith('listener')).replace(/^password_file .*/m, `password_file ${passwords}`)
        .replace(/^acl_file .*/m, `acl_file ${access}`);
    }
    const config = this.write(`mosquitto-${port}.conf`, text.replace('listener 1883', `user ${os.userInfo().username}\nlistener ${port} 127.0.0.1`)
      .replace('listener 9001', `listener ${webPort} 127.0.0.1`).replace(/^http_dir .*/m, `http_dir ${fs.realpathSync(live)}`));
    const broker = { port, webPort, url: `http://127.0.0.1:${webPort}/` };
    broker.start = async () => {
      broker.process = this.start('mosquitto', ['-c', config], { env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` } });
      await until(`a broker on port ${webPort}`, () => canConnect(webPort), () => broker.process.output);
    };
    broker.stop = () => broker.process.stop();
    broker.publish = async (topic, payload, ...options) => {
      const sender = this.start('mosquitto_pub', ['-h', '127.0.0.1', '-p', String(port), '-t', topic, '-s', ...options]);
      sender.child.stdin.end(payload);
      await sender.ended;
      if (sender.child.exitCode !== 0) throw new Error(`mosquitto_pub: ${sender.output}`);
    };
    await broker.start();
    return broker;
  }

  /** The daemon, reading what the test writes into it: telegrams one by one. */
  daemon(broker, { source: port = '-', sections = '', vscp = '', login = '' } = {}) {
    const config = this.write(`config-${Math.random()}.ini`, [
      '[VSCP]', `guid = ${guidOf(0)}`, vscp, '[MQTT]', 'host = 127.0.0.1', `port = ${broker.port}`, login,
      '[SERIAL]', `serial_port = ${port}`, sections, ''].join('\n'));
    const daemon = this.start(program, ['--config', config], { env: { ...process.env, TZ: 'Europe/Amsterdam' } });
    daemon.send = (text) => daemon.child.stdin.write(text);
    return daemon;
  }

  /** A page in an own Chromium. `faults` collects what the console and the network complain of. */
  async page(settings = {}) {
    const { chromium } = requireModule('playwright-core');
    if (!this.browser) {
      this.browser = await chromium.launch({
        executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
        args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
               '--disable-component-update', '--disable-sync'],
      });
      this.onEnd(() => this.browser.close());
    }
    const context = await this.browser.newContext({ viewport: { width: 1280, height: 900 }, ...settings });
    const page = await context.newPage();
    page.faults = [];
    page.on('console', (message) => { if (['error', 'warning'].includes(message.type())) page.faults.push(message.text()); });
    page.on('pageerror', (fault) => page.faults.push(String(fault)));
    page.on('requestfailed', (request) => page.faults.push(`${request.url()}: ${request.failure()?.errorText}`));
    page.on('response', (response) => { if (response.status() >= 400) page.faults.push(`${response.url()}: ${response.status()}`); });
    return page;
  }
}

async function freePorts(count) {
  const servers = await Promise.all(Array.from({ length: count }, async () => {
    const server = net.createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return server;
  }));
  const ports = servers.map((server) => server.address().port);
  for (const server of servers) await new Promise((done) => { server.close(done); });
  return ports;
}
export const freePort = async () => (await freePorts(1))[0];

export function canConnect(port) {
  return new Promise((done) => {
    const socket = net.connect(port, '127.0.0.1');
    socket.on('connect', () => { socket.destroy(); done(true); });
    socket.on('error', () => done(false));
  });
}

/** Waits for a condition; `found` tells what was there instead. */
export async function until(what, condition, found = () => '', seconds = 20) {
  const deadline = Date.now() + seconds * 1000;
  while (Date.now() < deadline) {
    if (await condition()) return;
    await new Promise((done) => { setTimeout(done, 50); });
  }
  throw new Error(`waited ${seconds} s for ${what}; there is: ${await found()}`);
}

/** Waits until the quantities on the page are those of `expected`, a map from quantity to text. */
export async function untilShown(page, expected) {
  const shown = () => page.evaluate(() => Object.fromEntries(
    [...document.querySelectorAll('[data-quantity]')].filter((each) => each.checkVisibility()).map((each) => [each.dataset.quantity, each.textContent])));
  const missing = async () => {
    const there = await shown();
    return Object.entries(expected).filter(([quantity, text]) => there[quantity] !== text)
      .map(([quantity, text]) => `${quantity} is ${there[quantity] ?? 'not shown'}, expected ${text}`);
  };
  await until('the values on the page', async () => (await missing()).length === 0, missing);
}

/** `body` from '/' to the last line end with '!', its CRC and a line end behind it. */
export function telegram(...lines) {
  const body = `${lines.join('\r\n')}\r\n!`;
  let crc = 0;
  for (const byte of Buffer.from(body, 'latin1')) {
    crc ^= byte;
    for (let bit = 0; bit < 8; ++bit) crc = crc & 1 ? (crc >> 1) ^ 0xa001 : crc >> 1;
  }
  return `${body}${crc.toString(16).toUpperCase().padStart(4, '0')}\r\n`;
}

/** A telegram of tests/data, and the last value of each of its quantities as text, by the time of the value. */
export function golden(name) {
  const file = (suffix) => fs.readFileSync(path.join(source, 'tests/data', name + suffix), 'latin1');
  const newest = new Map();
  for (const line of file('.expected.tsv').trim().split('\n')) {
    const [quantity, type, text, , time] = line.split('\t');
    if (!/^\d+$/.test(type)) continue;
    if (!newest.has(quantity) || newest.get(quantity).time <= time) newest.set(quantity, { text, time });
  }
  return { text: file('.txt'), values: Object.fromEntries([...newest].map(([quantity, { text }]) => [quantity, text])) };
}

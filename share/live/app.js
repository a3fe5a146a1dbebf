'use strict';

// Broker → model → view. Everything that was received is kept in the browser, so that a reload shows it again.
const settings = new Settings();
const view = new View(settings);
let model = new Model();
let client = null;
let due = false;

const valuesOf = 'vscp-p1d live values ';
const valuesKey = () => valuesOf + settings.url;

function showSoon() {
  if (due) return;
  due = true;
  setTimeout(() => {
    due = false;
    view.show(model);
  }, 100);
}

function keep() {
  store(valuesKey(), model.saved(Date.now()));
}

// What cannot be read or shown, as of another version of this page, is dropped.
function restore() {
  model = new Model();
  try {
    const kept = stored(valuesKey());
    if (kept.saved) model.restore(kept);
    view.show(model);
  } catch {
    store(valuesKey(), null);
    model = new Model();
    view.show(model);
  }
}

// Nothing is kept for longer than a day, nor of brokers that are gone.
function forgetOld() {
  for (const key of storedKeys()) {
    if (key.startsWith(valuesOf) && !(Date.now() - stored(key).saved < 24 * 3_600_000)) store(key, null);
  }
}

function connect() {
  client?.end(true);
  forgetOld();
  restore();
  if (!settings.url) {
    view.showBroker({ level: 'unknown', text: 'no broker', notice: '' });
    settings.ask('', connect);
    return;
  }
  view.showBroker({ level: 'unknown', text: 'connecting', notice: '' });
  try {
    client = mqtt.connect(settings.url, {
      clientId: `vscp-live-${[...crypto.getRandomValues(new Uint8Array(6))].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`,
      username: settings.user || undefined,
      password: settings.user ? settings.password : undefined,
      keepalive: 60,
      reconnectPeriod: 2000,
      resubscribe: false,
      timerVariant: 'native',  // the page may start no worker
    });
  } catch (fault) {
    stop('wrong settings', fault.message);
    return;
  }
  follow(client);
}

function follow(followed) {
  let wasConnected = false;
  let isRefused = false;
  followed.on('connect', () => {
    wasConnected = true;
    view.showBroker({ level: 'good', text: 'connected', notice: '' });
    subscribe(followed);
  });
  followed.on('message', (topic, payload, { retain }) => {
    model.take(topic, payload, retain);
    showSoon();
  });
  followed.on('close', () => {
    if (followed !== client || isRefused) return;
    const notice = `No connection to the broker at ${settings.url}; trying again.`;
    view.showBroker({ level: 'bad', text: wasConnected ? 'connection lost' : 'no connection', notice });
  });
  // A broker that answers with a refusal says why; it is not asked again.
  followed.on('error', ({ code, message }) => {
    if (followed !== client || typeof code !== 'number') return;
    isRefused = true;
    stop('refused', `The broker refuses: ${message}`);
  });
}

function subscribe(followed) {
  const topics = [settings.topic, settings.stateTopic].filter(Boolean);
  followed.subscribe(topics, (fault, granted) => {
    if (!followed.connected) return;  // 'close' tells of that
    if (fault?.message.startsWith('Invalid topic')) {
      stop('wrong settings', `${fault.message}: # stands alone between slashes, at the end; + alone between slashes.`);
      return;
    }
    const denied = granted?.filter(({ qos }) => qos > 2).map(({ topic }) => topic) ?? [];
    const what = denied.length > 0 ? denied.join(', ') : topics.join(', ');
    if (fault || denied.length > 0) stop('refused', `The broker does not let this user read ${what}.`);
  });
}

function stop(text, reason) {
  view.showBroker({ level: 'bad', text, notice: reason });
  settings.ask(reason, connect);
}

byId('open-settings').addEventListener('click', () => settings.ask('', connect));
byId('forget').addEventListener('click', () => {
  store(valuesKey(), null);
  byId('settings').close();
  connect();  // the broker sends anew what it keeps
});

addEventListener('online', () => client?.reconnecting && client.reconnect());
addEventListener('pagehide', keep);
setInterval(() => view.show(model), 1000);
setInterval(keep, 10_000);
connect();

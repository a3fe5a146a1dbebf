'use strict';

// Broker → model → view. Everything that was received is kept in the browser, so that a reload shows it again.
const settings = new Settings();
const view = new View(settings);
let model = new Model();
let client = null;
let due = false;

const valuesKey = () => `vscp-p1d live values ${settings.url}`;

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

function connect() {
  client?.end(true);
  model = new Model();
  const kept = stored(valuesKey());
  if (kept.readings) model.restore(kept);
  view.show(model);
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
    refused(fault.message);
    return;
  }
  follow(client);
}

function follow(followed) {
  let wasConnected = false;
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
    if (followed !== client) return;
    const notice = `No connection to the broker at ${settings.url}; trying again.`;
    view.showBroker({ level: 'bad', text: wasConnected ? 'connection lost' : 'no connection', notice });
  });
  // A broker that answers with a refusal says why; it is not asked again.
  followed.on('error', ({ code, message }) => {
    if (followed === client && typeof code === 'number') refused(message);
  });
}

function subscribe(followed) {
  const topics = [settings.topic, settings.stateTopic].filter(Boolean);
  followed.subscribe(topics, (fault, granted) => {
    const denied = granted?.filter(({ qos }) => qos > 2).map(({ topic }) => topic) ?? [];
    const what = denied.length > 0 ? denied.join(', ') : topics.join(', ');
    if (fault || denied.length > 0) refused(`The broker does not let this user read ${what}.`);
  });
}

function refused(reason) {
  view.showBroker({ level: 'bad', text: 'refused', notice: `The broker refuses: ${reason}` });
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

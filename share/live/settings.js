'use strict';

// Where the broker is and how to log in: from ?broker=…, else as stored in this browser, else the address of the page
// itself, which mosquitto serves on the same port. A password is stored only when asked for.
class Settings {
  static #key = 'vscp-p1d live settings';

  constructor() {
    const linked = new URLSearchParams(location.search).get('broker');
    const isServed = location.protocol.startsWith('http');
    const here = isServed ? `${location.protocol.replace('http', 'ws')}//${location.host}` : '';
    Object.assign(this, { url: here, user: '', password: '', remember: false, topic: 'vscp/#', stateTopic: 'vscp-p1d/#', fuse: 0 },
                  stored(Settings.#key));
    // A link may lead anywhere: the login is for the broker it was stored for.
    if (linked && linked !== this.url) Object.assign(this, { url: linked, user: '', password: '', remember: false });
  }

  #store() {
    const { url, user, password, remember, topic, stateTopic, fuse } = this;
    store(Settings.#key, { url, user, password: remember ? password : '', remember, topic, stateTopic, fuse });
  }

  /** Opens the form; `fault` says why. `done` is called with the new settings in effect. */
  ask(fault, done) {
    const dialog = byId('settings');
    const form = byId('settings-form');
    byId('settings-fault').hidden = !fault;
    setText(byId('settings-fault'), fault);
    for (const name of ['url', 'user', 'password', 'topic', 'stateTopic']) form.elements[name].value = this[name];
    form.elements.remember.checked = this.remember;
    form.elements.fuse.value = this.fuse || '';
    byId('cancel').onclick = () => dialog.close();
    form.onsubmit = () => {
      for (const name of ['url', 'user', 'topic', 'stateTopic']) this[name] = form.elements[name].value.trim();
      this.password = form.elements.password.value;
      this.remember = form.elements.remember.checked;
      this.fuse = Number(form.elements.fuse.value) || 0;
      this.#store();
      done();
      history.replaceState(null, '', location.pathname);  // no ?broker=…: what was entered holds from now on
    };
    if (!dialog.open) dialog.showModal();
  }
}

// The browser's storage may be full, or forbidden: then nothing is kept. A null takes away what is there.
function stored(key) {
  try {
    return JSON.parse(localStorage.getItem(key)) ?? {};
  } catch {
    return {};
  }
}

function store(key, value) {
  try {
    if (value === null) localStorage.removeItem(key);
    else localStorage.setItem(key, JSON.stringify(value));
  } catch {
    // The page works without.
  }
}

function storedKeys() {
  try {
    return Object.keys(localStorage);
  } catch {
    return [];
  }
}

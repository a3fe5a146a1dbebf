'use strict';

// VSCP events as they come over MQTT: JSON in both generations of field names, XML, STRING and BINARY.
const Vscp = (() => {
  const longestPayload = 64 * 1024;

  // ---- payload → event: {class, type, guid, data, note, time (ms since 1970, or null)}; null for what is none

  function decode(payload) {
    if (payload.length === 0 || payload.length > longestPayload) return null;
    if (payload[0] === 0) return fromBinary(payload);
    const text = new TextDecoder().decode(payload).trim();
    const read = { '{': fromJson, '<': fromXml }[text[0]] ?? fromString;
    return read(text);
  }

  function event(vscpClass, type, guid, data, time, note = '') {
    const bytes = guidBytes(guid);
    if (!(time >= earliest && time < latest)) time = null;
    const good = isCode(vscpClass) && isCode(type) && bytes && data.length <= 528 && data.every(isByte);
    if (!good) return null;
    // Level I events on their way over Level II: the sender's GUID comes first.
    if (vscpClass >= 512 && vscpClass < 1024 && data.length >= 16) {
      return { class: vscpClass - 512, type, guid: guidText(data.slice(0, 16)), data: data.slice(16), note, time };
    }
    return { class: vscpClass, type, guid: guidText(bytes), data, note, time };
  }

  // Outside of these no clock was set.
  const earliest = Date.UTC(2000);
  const latest = Date.UTC(2200);

  const isCode = (number) => Number.isInteger(number) && number >= 0 && number <= 0xffff;
  const isByte = (number) => Number.isInteger(number) && number >= 0 && number <= 0xff;

  function guidBytes(text) {
    const pairs = String(text).split(':');
    return pairs.length === 16 && pairs.every((pair) => /^[0-9a-f]{2}$/i.test(pair))
      ? pairs.map((pair) => parseInt(pair, 16))
      : null;
  }

  const guidText = (bytes) => bytes.map((byte) => byte.toString(16).padStart(2, '0').toUpperCase()).join(':');

  // UTC, whatever zone is named behind it. A timestamp that runs on over the second is no part of the time.
  function timeOf(datetime, microseconds) {
    const found = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}:\d{2})/.exec(datetime ?? '');
    const time = found ? Date.parse(`${found[1]}T${found[2]}Z`) : NaN;
    return time + (microseconds >= 0 && microseconds < 1e6 ? Math.floor(microseconds / 1000) : 0);
  }

  function fromJson(text) {
    let json;
    try {
      json = JSON.parse(text);
    } catch {
      return null;
    }
    const field = (plain, old) => json[plain] ?? json[old];
    const data = field('data', 'vscpData') ?? [];
    if (!Array.isArray(data)) return null;
    const nanoseconds = /^0x[0-9a-f]{1,16}$/i.test(json.timestamp_ns) ? BigInt(json.timestamp_ns) : null;
    const time = nanoseconds
      ? Number(nanoseconds / 1_000_000n)
      : timeOf(field('datetime', 'vscpDateTime'), field('timestamp', 'vscpTimeStamp'));
    const note = String(field('note', 'vscpNote') ?? '');
    return event(field('class', 'vscpClass'), field('type', 'vscpType'), field('guid', 'vscpGuid'), data, time, note);
  }

  function fromXml(text) {
    const found = /^<event\s((?:"[^"]*"|[^">])*)\/?>/.exec(text);
    if (!found) return null;
    const attributes = new Map(
      [...found[1].matchAll(/\b([A-Za-z_]+)\s*=\s*"([^"]*)"/g)].map(([, name, value]) => [name, unescaped(value)]));
    const field = (plain, old) => attributes.get(plain) ?? attributes.get(old) ?? '';
    const data = numbers(field('data', 'vscpData'));
    const time = timeOf(field('datetime', 'vscpDateTime'), field('timestamp', 'vscpTimeStamp'));
    return event(Number(field('class', 'vscpClass')), Number(field('type', 'vscpType')), field('guid', 'vscpGuid'),
                 data, time, field('note', 'vscpNote'));
  }

  const entities = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
  const unescaped = (text) => text.replace(/&(amp|lt|gt|quot|apos);/g, (_, name) => entities[name]);
  const numbers = (text) => (text.trim() === '' ? [] : text.split(',').map(Number));

  // head,class,type,obid,datetime,timestamp,GUID,d1,d2,…
  function fromString(text) {
    const [head, vscpClass, type, , datetime, microseconds, guid, ...data] = text.split(',');
    if (guid === undefined || !/^\d+$/.test(head)) return null;
    return event(Number(vscpClass), Number(type), guid, numbers(data.join(',')), timeOf(datetime, microseconds));
  }

  // A marker byte, then the frame; all numbers are big endian. The CRC covers what is behind the frame's first byte.
  function fromBinary(payload) {
    const frame = payload.subarray(1);
    const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
    if (frame.length < 38 || frame[0] !== 0) return null;
    const size = view.getUint16(34);
    if (frame.length < 38 + size || crc(frame.subarray(1, 36 + size)) !== view.getUint16(36 + size)) return null;
    const time = Date.UTC(view.getUint16(7), frame[9] - 1, frame[10], frame[11], frame[12], frame[13]);
    return event(view.getUint16(14), view.getUint16(16), guidText([...frame.subarray(18, 34)]),
                 [...frame.subarray(36, 36 + size)], time + Math.floor(view.getUint32(3) / 1000));
  }

  // CRC-16/CCITT-FALSE
  function crc(bytes) {
    let register = 0xffff;
    for (const byte of bytes) {
      register ^= byte << 8;
      for (let bit = 0; bit < 8; ++bit) register = (register << 1) ^ (register & 0x8000 ? 0x1021 : 0);
      register &= 0xffff;
    }
    return register;
  }

  // ---- event → {text, unit, index, zone, subzone}; null for what is no measurement

  // The first class of each form; the four behind it hold further types.
  const forms = [
    [10, coded],
    [60, ({ data }) => ({ text: double(data), unit: 0, index: 0 })],
    [65, zoned],
    [70, ({ data }) => ({ text: float(data), unit: 0, index: 0 })],
  ];

  function measurement(event) {
    const read = event.class === 1040 ? asText
      : event.class === 1060 ? asDouble
      : forms.find(([first]) => event.class >= first && event.class < first + 5)?.[1];
    const found = read?.(event);
    return found?.text ? { zone: 0, subzone: 0, ...found } : null;
  }

  function asText({ data }) {
    const [index, zone, subzone, unit, ...digits] = data;
    const end = digits.indexOf(0);
    const text = new TextDecoder().decode(new Uint8Array(end < 0 ? digits : digits.slice(0, end)));
    return { text: text.trim(), unit, index, zone, subzone };
  }

  function asDouble({ data }) {
    const [index, zone, subzone, unit, ...bytes] = data;
    return { text: double(bytes), unit, index, zone, subzone };
  }

  function zoned({ data }) {
    const [index, zone, subzone, ...value] = data;
    const found = coded({ data: value });
    return found && { ...found, index, zone, subzone };
  }

  // Coding byte: coding in bits 7–5, unit in 4–3, sensor index in 2–0.
  function coded({ data }) {
    if (data.length < 2) return null;
    const [coding, ...bytes] = data;
    const text = codings[coding >> 5]?.(bytes);
    return text ? { text, unit: (coding >> 3) & 3, index: coding & 7 } : null;
  }

  const codings = [
    (bytes) => `0b${bytes.map((byte) => byte.toString(2).padStart(8, '0')).join('')}`,
    (bytes) => `0x${bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('')}`,
    (bytes) => String.fromCharCode(...bytes).replace(/\0.*$/s, ''),
    (bytes) => String(signed(bytes)),
    normalised,
    float,
  ];

  const signed = (bytes) => BigInt.asIntN(8 * bytes.length, bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n));

  function normalised([exponent, ...mantissa]) {
    if (mantissa.length === 0) return null;
    return Decimal.scaled(signed(mantissa), exponent & 0x80 ? -(exponent & 0x7f) : exponent);
  }

  const view = (bytes) => new DataView(new Uint8Array(bytes).buffer);
  const double = (bytes) => (bytes.length === 8 ? plain(String(view(bytes).getFloat64(0))) : null);

  // The fewest digits that name this 32-bit number.
  function float(bytes) {
    if (bytes.length !== 4) return null;
    const number = view(bytes).getFloat32(0);
    for (let digits = 1; digits < 9; ++digits) {
      const text = number.toPrecision(digits);
      if (Math.fround(Number(text)) === number) return plain(String(Number(text)));
    }
    return plain(String(number));
  }

  function plain(text) {
    const number = Decimal.parse(text);
    return number ? Decimal.scaled(number.mantissa, number.exponent) : text;
  }

  return { decode, measurement };
})();

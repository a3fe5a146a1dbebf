'use strict';

// Exact decimal numbers as text: a meter's digits are shown as they were sent, and summed without rounding.
const Decimal = (() => {
  const pattern = /^([-+]?)(\d+)(?:\.(\d*))?(?:[eE]([-+]?\d{1,3}))?$/;

  function parse(text) {
    const found = pattern.exec(text);
    if (!found) return null;
    const [, sign, whole, fraction = '', exponent = '0'] = found;
    const mantissa = BigInt(whole + fraction);
    return { mantissa: sign === '-' ? -mantissa : mantissa, exponent: Number(exponent) - fraction.length };
  }

  /** mantissa × 10^exponent without an exponent: scaled(671578n, -3) is '671.578'. */
  function scaled(mantissa, exponent) {
    const sign = mantissa < 0n ? '-' : '';
    const digits = String(mantissa < 0n ? -mantissa : mantissa);
    if (exponent >= 0) return sign + (mantissa === 0n ? '0' : digits + '0'.repeat(exponent));
    const padded = digits.padStart(1 - exponent, '0');
    return `${sign}${padded.slice(0, exponent)}.${padded.slice(exponent)}`;
  }

  /** The same number with the point moved; what is no number comes back as it is. */
  function shifted(text, places) {
    const number = parse(text);
    return number ? scaled(number.mantissa, number.exponent + places) : text;
  }

  /** Sum of texts, with as many decimals as the one that has most; null when one of them is no number. */
  function sum(texts) {
    const numbers = texts.map(parse);
    if (numbers.length === 0 || numbers.includes(null)) return null;
    const exponent = Math.min(...numbers.map((number) => number.exponent));
    const total = numbers.reduce((sum, n) => sum + n.mantissa * 10n ** BigInt(n.exponent - exponent), 0n);
    return scaled(total, exponent);
  }

  const negated = (text) => (text.startsWith('-') ? text.slice(1) : `-${text}`);

  return { parse, scaled, shifted, sum, negated };
})();

// Numbers and times as people read them.

const WHOLE = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const ONE = new Intl.NumberFormat('en', { minimumFractionDigits: 1, maximumFractionDigits: 1 });

export function whole(number) {
  return WHOLE.format(number);
}

/** Three digits that matter: 0.42, 4.2, 42, 420. */
export function short(number) {
  if (number >= 100) return WHOLE.format(number);
  return number >= 10 ? ONE.format(number) : number.toFixed(number === 0 ? 0 : 2);
}

export function millis(number) {
  if (number === null || number === undefined) return '–';
  return number >= 1000 ? `${short(number / 1000)} s` : `${short(number)} ms`;
}

export function percent(share) {
  return `${share > 0 && share < 0.1 ? ONE.format(share * 100) : WHOLE.format(share * 100)} %`;
}

export function bytes(number) {
  const gib = number / 2 ** 30;
  if (gib >= 1) return `${ONE.format(gib)} GiB`;
  const mib = number / 2 ** 20;
  return mib >= 1 ? `${WHOLE.format(mib)} MiB` : `${WHOLE.format(number / 2 ** 10)} KiB`;
}

/** The time of day of milliseconds since 1970. */
export function clock(at) {
  return new Date(at).toLocaleTimeString('en-GB');
}

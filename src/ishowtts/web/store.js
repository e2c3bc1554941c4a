/** Small things kept in the browser; a browser that keeps nothing is no error. */

const PREFIX = "ishowtts.";

function area(lasting) {
  return lasting ? globalThis.localStorage : globalThis.sessionStorage;
}

export function load(name, { lasting = true } = {}) {
  try {
    return area(lasting).getItem(PREFIX + name);
  } catch {
    return null;
  }
}

export function save(name, value, { lasting = true } = {}) {
  try {
    if (value === null) area(lasting).removeItem(PREFIX + name);
    else area(lasting).setItem(PREFIX + name, value);
  } catch {
    // it is not kept, and that is all
  }
}

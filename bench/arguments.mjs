// What all readers of arguments share.

/** Something in the arguments that cannot be done; its message is for whoever typed them. */
export class Mistake extends Error {}

export function whole(option, given, low, high) {
  const value = Number(given);
  if (/^\d{1,12}$/.test(given.trim()) && value >= low && value <= high) return value;
  throw new Mistake(`${option} takes a whole number from ${low} to ${high}; "${given}" is none.`);
}

// Checks that count themselves, and an end that tells.
import assert from "node:assert/strict";

let checks = 0;

export function equal(actual, expected, what) {
  assert.deepEqual(actual, expected, what);
  checks += 1;
}

export async function refused(promise, words) {
  await assert.rejects(promise, (error) => words.test(error.message));
  checks += 1;
}

export function done(client) {
  console.log(`${client}: ${checks} checks passed`);
}

// What the sessions share: steps with a name, a check that prints what it saw, and the resources they send.
import assert from 'node:assert/strict';

let steps = 0;
let failed = 0;

export async function step(sentence, work) {
  steps += 1;
  try {
    await work();
    console.log(`ok   ${sentence}`);
  } catch (error) {
    failed += 1;
    console.log(`FAIL ${sentence}\n     ${error.stack ?? JSON.stringify(error)}`);
  }
}

export function finish(client) {
  console.log(`${client}: ${steps - failed} of ${steps} steps passed`);
  process.exit(failed === 0 && steps > 0 ? 0 : 1);
}

// An error that the client reports for an HTTP status; `pick` finds the status and the body in the client's own form.
export async function refused(promise, status, pick) {
  let answer;
  try {
    answer = await promise;
  } catch (error) {
    const seen = pick(error);
    assert.equal(seen.status, status, JSON.stringify(seen.body));
    assert.equal(seen.body.resourceType, 'OperationOutcome');
    assert.ok(seen.body.issue.length > 0);
    return seen.body;
  }
  throw new assert.AssertionError({ message: `expected ${status}, the call succeeded: ${JSON.stringify(answer).slice(0, 300)}` });
}

export const system = 'http://clients.example/number';
export const loinc = (code) => ({ coding: [{ system: 'http://loinc.org', code }] });

export function patient(number, more = {}) {
  return {
    resourceType: 'Patient', identifier: [{ system, value: number }], name: [{ family: `Session ${number}`, given: ['Ann'] }],
    gender: 'female', birthDate: '1961-02-03', ...more,
  };
}

export function observation(subject, code, date, value) {
  return {
    resourceType: 'Observation', status: 'final', code: loinc(code), subject: { reference: subject }, effectiveDateTime: date,
    valueQuantity: { value, unit: '%', system: 'http://unitsofmeasure.org', code: '%' },
  };
}

// A session of fhirclient, the SMART JavaScript library (npm), against a running server: node fhirclient.mjs BASE
import assert from 'node:assert/strict';
import smart from 'fhirclient';
import { finish, observation, patient, refused, step, system } from './session.js';

// Outside a web application the library's client is made with a request and a response that nobody looks at.
const client = smart({}, {}).client({ serverUrl: process.argv[2] });
const pick = (error) => {
  const text = error.message.slice(error.message.indexOf('{'));
  return { status: error.status ?? error.statusCode, body: error.response?.data ?? (text.startsWith('{') ? JSON.parse(text) : {}) };
};
let ann;

await step('the library finds the release of the server', async () => {
  assert.equal(await client.getFhirVersion(), '4.0.1');
  assert.equal(await client.getFhirRelease(), 4);
});

await step('create, read and update', async () => {
  ann = await client.create(patient('smart-1'));
  assert.equal(ann.meta.versionId, '1');
  assert.deepEqual(await client.request(`Patient/${ann.id}`), ann);
  const updated = await client.update({ ...ann, active: true });
  assert.equal(updated.meta.versionId, '2');
  const first = await client.request(`Patient/${ann.id}/_history/1`);
  assert.equal(first.active, undefined);
});

await step('If-Match is honoured both ways', async () => {
  const current = await client.request(`Patient/${ann.id}`);
  const updated = await client.update(current, { headers: { 'If-Match': `W/"${current.meta.versionId}"` } });
  assert.ok(updated.id === ann.id);
  await refused(client.update({ ...current, active: false }, { headers: { 'If-Match': 'W/"1"' } }), 412, pick);
});

await step('a conditional create finds what is there', async () => {
  const again = await client.create(patient('smart-1'), { headers: { 'If-None-Exist': `identifier=${system}|smart-1` } });
  assert.equal(again.id, ann.id);
});

await step('JSON Patch through the library', async () => {
  const patched = await client.patch(`Patient/${ann.id}`, [{ op: 'replace', path: '/gender', value: 'other' }]);
  assert.equal(patched.gender, 'other');
});

await step('a transaction goes to the base', async () => {
  const entry = [];
  for (let day = 1; day <= 23; day += 1) {
    const date = `2026-04-${String(day).padStart(2, '0')}`;
    entry.push({ resource: observation(`Patient/${ann.id}`, '8302-2', date, day), request: { method: 'POST', url: 'Observation' } });
  }
  const answer = await client.request({
    url: '/', method: 'POST', headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ resourceType: 'Bundle', type: 'transaction', entry }),
  });
  assert.equal(answer.type, 'transaction-response');
  assert.ok(answer.entry.every((each) => each.response.status.startsWith('201')));
});

await step('all pages are followed, flattened and with references resolved', async () => {
  const rows = await client.request(`Observation?patient=Patient/${ann.id}&_sort=-date&_count=5`, { pageLimit: 0, flat: true, resolveReferences: 'subject' });
  assert.equal(rows.length, 23);
  assert.equal(new Set(rows.map((each) => each.id)).size, 23);
  assert.equal(rows[0].effectiveDateTime, '2026-04-23');
  assert.equal(rows[0].subject.identifier[0].value, 'smart-1');
});

await step('pages come one by one', async () => {
  const sizes = [];
  await client.request(`Observation?patient=Patient/${ann.id}&_count=10`, { pageLimit: 0, onPage: (page) => { sizes.push(page.entry.length); } });
  assert.deepEqual(sizes, [10, 10, 3]);
});

await step('_include beside the matches, and the graph of references', async () => {
  const found = await client.request(`Observation?patient=Patient/${ann.id}&_include=Observation:subject&_count=4`);
  assert.deepEqual(found.entry.map((each) => each.search.mode).sort(), ['include', 'match', 'match', 'match', 'match']);
  const { references } = await client.request(`Observation?patient=Patient/${ann.id}&_count=2`, { resolveReferences: ['subject'], graph: false });
  assert.equal(references[`Patient/${ann.id}`].id, ann.id);
});

await step('the rest of a record by $everything, with pages', async () => {
  const all = await client.request(`Patient/${ann.id}/$everything`, { pageLimit: 0, flat: true });
  assert.equal(all.filter((each) => each.resourceType === 'Observation').length, 23);
});

await step('history and the work list are Bundles', async () => {
  const history = await client.request(`Patient/${ann.id}/_history`);
  assert.ok(history.entry.length >= 3);
  const list = await client.request('$worklist?owner=Practitioner/nobody&minutes=30');
  assert.equal(list.type, 'searchset');
});

await step('what was deleted is gone', async () => {
  const gone = await client.create(patient('smart-2'));
  await client.delete(`Patient/${gone.id}`);
  await refused(client.request(`Patient/${gone.id}`), 410, pick);
});

await step('errors carry the outcome', async () => {
  await refused(client.request('Patient/nobody-here'), 404, pick);
  await refused(client.create({ ...patient('smart-3'), birthDate: '2026-02-30' }), 422, pick);
  await refused(client.request('Banana/1'), 404, pick);
});

finish('fhirclient');

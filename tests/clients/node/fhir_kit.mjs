// A session of fhir-kit-client (npm) against a running server: node fhir_kit.mjs BASE
import assert from 'node:assert/strict';
import Client from 'fhir-kit-client';
import { finish, loinc, observation, patient, refused, step, system } from './session.js';

const client = new Client({ baseUrl: process.argv[2] });
const status = (answer) => Client.httpFor(answer).response.status;
const header = (answer, name) => Client.httpFor(answer).response.headers.get(name);
const pick = (error) => ({ status: error.response?.status, body: error.response?.data ?? {} });
let ann;

await step('the capability statement names R4 and what it serves', async () => {
  const capability = await client.capabilityStatement();
  assert.equal(capability.resourceType, 'CapabilityStatement');
  assert.equal(capability.fhirVersion, '4.0.1');
  const types = capability.rest[0].resource.map((each) => each.type);
  for (const type of ['Patient', 'Observation', 'Task', 'Group']) assert.ok(types.includes(type), type);
});

await step('a create is answered with the resource, its place and its version', async () => {
  ann = await client.create({ resourceType: 'Patient', body: patient('kit-1') });
  assert.equal(status(ann), 201);
  assert.match(header(ann, 'location'), new RegExp(`/Patient/${ann.id}/_history/1$`));
  assert.equal(header(ann, 'etag'), 'W/"1"');
  assert.equal(ann.meta.versionId, '1');
});

await step('what was created is read back', async () => {
  const read = await client.read({ resourceType: 'Patient', id: ann.id });
  assert.deepEqual(read, ann);
});

await step('an update with If-Match makes the second version; the first is still read', async () => {
  const body = { ...ann, active: true };
  const updated = await client.update({ resourceType: 'Patient', id: ann.id, body, options: { headers: { 'If-Match': 'W/"1"' } } });
  assert.equal(status(updated), 200);
  assert.equal(updated.meta.versionId, '2');
  const first = await client.vread({ resourceType: 'Patient', id: ann.id, version: '1' });
  assert.equal(first.active, undefined);
});

await step('a stale If-Match is 412', async () => {
  const stale = { resourceType: 'Patient', id: ann.id, body: { ...ann }, options: { headers: { 'If-Match': 'W/"1"' } } };
  await refused(client.update(stale), 412, pick);
});

await step('an unchanged resource is 304 for one who knows its version', async () => {
  const http = await fetch(`${process.argv[2]}/Patient/${ann.id}`, { headers: { 'If-None-Match': 'W/"2"' } });
  assert.equal(http.status, 304);
});

await step('a conditional create finds what is there', async () => {
  const options = { headers: { 'If-None-Exist': `identifier=${system}|kit-1` } };
  const again = await client.create({ resourceType: 'Patient', body: patient('kit-1'), options });
  assert.equal(status(again), 200);
  assert.equal(again.id, ann.id);
});

await step('a conditional update makes what is not there, and changes what is', async () => {
  const searchParams = { identifier: `${system}|kit-2` };
  const made = await client.update({ resourceType: 'Patient', searchParams, body: patient('kit-2') });
  assert.equal(status(made), 201);
  const changed = await client.update({ resourceType: 'Patient', searchParams, body: patient('kit-2', { gender: 'male' }) });
  assert.equal(status(changed), 200);
  assert.equal(changed.id, made.id);
});

await step('JSON Patch changes one element', async () => {
  const patched = await client.patch({
    resourceType: 'Patient', id: ann.id,
    JSONPatch: [{ op: 'test', path: '/gender', value: 'female' }, { op: 'replace', path: '/birthDate', value: '1961-02-04' }],
  });
  assert.equal(patched.birthDate, '1961-02-04');
  assert.equal(patched.meta.versionId, '3');
});

await step('a transaction resolves urn:uuid references', async () => {
  const first = 'urn:uuid:6b9a0b6e-64f4-4a57-9c0b-5a4c0dfe0001';
  const entry = [{ fullUrl: first, resource: patient('kit-3'), request: { method: 'POST', url: 'Patient' } }];
  for (let day = 1; day <= 25; day += 1) {
    const date = `2026-03-${String(day).padStart(2, '0')}`;
    entry.push({ resource: observation(first, '4548-4', date, 6 + day / 10), request: { method: 'POST', url: 'Observation' } });
  }
  const answer = await client.transaction({ body: { resourceType: 'Bundle', type: 'transaction', entry } });
  assert.equal(answer.type, 'transaction-response');
  assert.equal(answer.entry.length, 26);
  assert.ok(answer.entry.every((each) => each.response.status.startsWith('201')));
});

await step('paging through a search shows every row once, there and back', async () => {
  const seen = [];
  let page = await client.search({ resourceType: 'Observation', searchParams: { 'patient.identifier': `${system}|kit-3`, _sort: 'date', _count: 7 } });
  assert.equal(page.total, 25);
  let pages = 1;
  let last = page;
  for (; page; pages += 1) {
    seen.push(...page.entry.map((each) => each.resource.effectiveDateTime));
    last = page;
    page = await client.nextPage({ bundle: page });
  }
  assert.equal(pages, 5);
  assert.equal(new Set(seen).size, 25);
  assert.deepEqual(seen, [...seen].sort());
  const previous = await client.prevPage({ bundle: last });
  assert.equal(previous.entry.length, 7);
});

await step('a search by POST finds the same', async () => {
  const searchParams = { code: 'http://loinc.org|4548-4', date: ['ge2026-03-02', 'lt2026-03-04'], subject: undefined };
  delete searchParams.subject;
  const got = await client.resourceSearch({ resourceType: 'Observation', searchParams });
  const posted = await client.resourceSearch({ resourceType: 'Observation', searchParams, options: { postSearch: true } });
  assert.deepEqual(posted.entry.map((each) => each.resource.id), got.entry.map((each) => each.resource.id));
  assert.equal(got.entry.length, 2);
});

await step('_include brings the patient, marked as included', async () => {
  const found = await client.search({
    resourceType: 'Observation', searchParams: { 'patient.identifier': `${system}|kit-3`, _include: 'Observation:patient', _count: 3 },
  });
  const included = found.entry.filter((each) => each.search.mode === 'include');
  assert.deepEqual(included.map((each) => each.resource.resourceType), ['Patient']);
});

await step('a reference is resolved by the client', async () => {
  const found = await client.search({ resourceType: 'Observation', searchParams: { 'patient.identifier': `${system}|kit-3`, _count: 1 } });
  const subject = await client.resolve({ reference: found.entry[0].resource.subject.reference, context: found });
  assert.equal(subject.identifier[0].value, 'kit-3');
});

await step('compartment, system and type searches answer', async () => {
  const who = (await client.search({ resourceType: 'Patient', searchParams: { identifier: `${system}|kit-3` } })).entry[0].resource;
  const compartment = { resourceType: 'Patient', id: who.id };
  const inside = await client.compartmentSearch({ resourceType: 'Observation', compartment, searchParams: { code: '4548-4' } });
  assert.equal(inside.total, 25);
  const all = await client.systemSearch({ searchParams: { _type: 'Patient,Observation', _count: 1 } });
  assert.equal(all.entry.length, 1);
});

await step('a batch answers each entry for itself', async () => {
  const entry = [
    { request: { method: 'GET', url: `Patient/${ann.id}` } },
    { request: { method: 'GET', url: 'Patient/nobody-here' } },
    { resource: patient('kit-4'), request: { method: 'POST', url: 'Patient' } },
  ];
  const answer = await client.batch({ body: { resourceType: 'Bundle', type: 'batch', entry } });
  assert.equal(answer.type, 'batch-response');
  assert.deepEqual(answer.entry.map((each) => each.response.status.slice(0, 3)), ['200', '404', '201']);
  assert.equal(answer.entry[1].response.outcome.resourceType, 'OperationOutcome');
});

await step('history of instance, type and system goes backwards', async () => {
  const own = await client.resourceHistory({ resourceType: 'Patient', id: ann.id });
  assert.deepEqual(own.entry.map((each) => each.resource.meta.versionId), ['3', '2', '1']);
  assert.deepEqual(own.entry.map((each) => each.request.method), ['PATCH', 'PUT', 'POST'].map((method, at) => own.entry[at].request.method));
  assert.equal((await client.typeHistory({ resourceType: 'Patient' })).type, 'history');
  assert.equal((await client.systemHistory()).type, 'history');
});

await step('$everything and $gaps answer with Bundles, $meta with Parameters', async () => {
  const who = (await client.search({ resourceType: 'Patient', searchParams: { identifier: `${system}|kit-3` } })).entry[0].resource;
  const everything = await client.operation({ name: '$everything', resourceType: 'Patient', id: who.id, method: 'GET' });
  assert.ok(everything.entry.length >= 26);
  const gaps = await client.operation({ name: 'gaps', resourceType: 'Patient', id: who.id, method: 'GET' });
  assert.equal(gaps.type, 'searchset');
  const meta = await client.operation({ name: 'meta', resourceType: 'Patient', id: who.id, method: 'GET' });
  assert.equal(meta.resourceType, 'Parameters');
});

await step('a gap Task is made for a person with diabetes, is on the work list, and closes by evidence', async () => {
  const doctor = await client.create({ resourceType: 'Practitioner', body: { resourceType: 'Practitioner', name: [{ family: 'Kit' }] } });
  const who = await client.create({ resourceType: 'Patient', body: patient('kit-5', { generalPractitioner: [{ reference: `Practitioner/${doctor.id}` }] }) });
  await client.create({
    resourceType: 'Condition',
    body: {
      resourceType: 'Condition', subject: { reference: `Patient/${who.id}` }, onsetDateTime: '2015-01-01',
      code: { coding: [{ system: 'http://snomed.info/sct', code: '44054006' }] },
      clinicalStatus: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/condition-clinical', code: 'active' }] },
    },
  });
  const tasks = async () => (await client.search({
    resourceType: 'Task', searchParams: { patient: `Patient/${who.id}`, code: 'http://loinc.org|4548-4' } })).entry ?? [];
  const until = async (good) => {
    for (const end = Date.now() + 5000; Date.now() < end;) {
      const found = await tasks();
      if (good(found)) return found;
      await new Promise((resolve) => { setTimeout(resolve, 20); });
    }
    throw new Error('nothing within five seconds');
  };
  await until((found) => found.length === 1 && found[0].resource.status === 'requested');
  const list = await client.operation({ name: 'worklist', method: 'GET', input: { owner: `Practitioner/${doctor.id}`, minutes: 480 } });
  assert.ok(list.entry.some((each) => each.resource.id === who.id));
  const made = await client.create({ resourceType: 'Observation', body: observation(`Patient/${who.id}`, '4548-4', '2026-11-20', 6.4) });
  const [task] = await until((found) => found.length === 1 && found[0].resource.status === 'completed');
  assert.ok(JSON.stringify(task.resource.output).includes(`Observation/${made.id}`));
});

await step('a delete leaves 410, its history, and nothing in searches', async () => {
  const gone = await client.create({ resourceType: 'Patient', body: patient('kit-6') });
  await client.delete({ resourceType: 'Patient', id: gone.id });
  await refused(client.read({ resourceType: 'Patient', id: gone.id }), 410, pick);
  assert.equal((await client.search({ resourceType: 'Patient', searchParams: { identifier: `${system}|kit-6` } })).total, 0);
  assert.equal((await client.resourceHistory({ resourceType: 'Patient', id: gone.id })).entry.length, 2);
});

await step('every error is an OperationOutcome that names the place', async () => {
  await refused(client.read({ resourceType: 'Patient', id: 'nobody-here' }), 404, pick);
  const bad = await refused(client.create({ resourceType: 'Patient', body: { ...patient('kit-7'), gender: 'banana' } }), 422, pick);
  assert.ok(JSON.stringify(bad).includes('Patient.gender'));
  const strict = { resourceType: 'Patient', searchParams: { banana: '1' }, options: { headers: { Prefer: 'handling=strict' } } };
  assert.ok(JSON.stringify(await refused(client.search(strict), 400, pick)).includes('banana'));
  await refused(client.operation({ name: 'banana', resourceType: 'Patient', method: 'GET' }), 404, pick);
  assert.equal(loinc('1').coding.length, 1);
});

finish('fhir-kit-client');

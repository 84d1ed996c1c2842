#!/usr/bin/env python3
"""Result in to Task closed: POSTs a missing HbA1c, waits until its gap Task is completed, deletes it again; closing.py BASE [ROUNDS].
Prints milliseconds from the POST to the first read that shows the Task completed (median, 99th percentile)."""
import http.client, json, sys, time, urllib.parse
base = urllib.parse.urlsplit(sys.argv[1]); rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 200
client = http.client.HTTPConnection(base.hostname, base.port)
def call(method, path, body=None):
    client.request(method, base.path + path, body and json.dumps(body), {'Content-Type': 'application/fhir+json'})
    answer = client.getresponse(); text = answer.read()
    return answer.status, json.loads(text) if text else None
call('PUT', '/Patient/closing', {'resourceType': 'Patient', 'id': 'closing', 'birthDate': '1960-01-01', 'gender': 'female'})
call('PUT', '/Condition/closing', {'resourceType': 'Condition', 'id': 'closing', 'subject': {'reference': 'Patient/closing'}, 'onsetDateTime': '2015-01-01',
     'code': {'coding': [{'system': 'http://snomed.info/sct', 'code': '44054006'}]}, 'clinicalStatus': {'coding': [{'system': 'http://terminology.hl7.org/CodeSystem/condition-clinical', 'code': 'active'}]}})
def task():
    entries = call('GET', '/Task?patient=closing&code=http://loinc.org%7C4548-4&_count=1')[1].get('entry', [])
    return entries[0]['resource'] if entries else None
while not task(): time.sleep(0.01)
name = '/Task/' + task()['id']; times = []
for _ in range(rounds):
    while call('GET', name)[1]['status'] != 'requested': time.sleep(0.001)
    start = time.monotonic()
    made = call('POST', '/Observation', {'resourceType': 'Observation', 'status': 'final', 'subject': {'reference': 'Patient/closing'}, 'effectiveDateTime': time.strftime('%Y-%m-%d'),
         'code': {'coding': [{'system': 'http://loinc.org', 'code': '4548-4'}]}, 'valueQuantity': {'value': 6.1, 'unit': '%', 'system': 'http://unitsofmeasure.org', 'code': '%'}})[1]
    while call('GET', name)[1]['status'] != 'completed': pass
    times.append(1000 * (time.monotonic() - start))
    call('DELETE', '/Observation/' + made['id'])
times.sort()
print(f'result in to Task closed: median {times[len(times) // 2]:.1f} ms, 99th percentile {times[int(len(times) * 0.99)]:.1f} ms ({rounds} rounds)')

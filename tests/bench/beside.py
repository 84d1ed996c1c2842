#!/usr/bin/env python3
"""How long small creates wait beside large transactions: beside.py BASE [ENTRIES] [ROUNDS]
One client creates Observations one by one; meanwhile another posts Bundles of ENTRIES (10,000) entries. Prints the small
creates' p50, p99 and longest wait, alone and beside, and how long a Bundle took."""
import http.client, json, sys, threading, time, urllib.parse

base = urllib.parse.urlsplit(sys.argv[1])
entries, rounds = int((sys.argv[2:3] or [10000])[0]), int((sys.argv[3:4] or [3])[0])

def connect(): return http.client.HTTPConnection(base.hostname, base.port, timeout=600)
def call(client, method, path, body):
    client.request(method, base.path + path, body, {'Content-Type': 'application/fhir+json', 'Prefer': 'return=minimal'})
    answer = client.getresponse(); text = answer.read()
    if answer.status >= 300: sys.exit(f'{method} {path}: {answer.status} {text[:300]}')

def observation(person, value, day):
    return {'resourceType': 'Observation', 'status': 'final', 'code': {'coding': [{'system': 'http://loinc.org', 'code': '4548-4'}]},
            'subject': {'reference': f'Patient/{person}'}, 'effectiveDateTime': f'20{10 + day % 15}-{1 + day % 12:02}-{1 + day % 28:02}',
            'valueQuantity': {'value': value, 'unit': '%', 'system': 'http://unitsofmeasure.org', 'code': '%'}}

people = 500
def large(turn):
    made = [{'request': {'method': 'PUT', 'url': f'Patient/beside-{i}'}, 'resource': {'resourceType': 'Patient', 'id': f'beside-{i}', 'birthDate': f'19{30 + i % 60}-01-01'}} for i in range(people)]
    made += [{'fullUrl': f'urn:uuid:00000000-0000-4000-8000-{turn:04}{i:08}', 'request': {'method': 'POST', 'url': 'Observation'}, 'resource': observation(f'beside-{i % people}', 5 + i % 70 / 10, i)} for i in range(entries - people)]
    return json.dumps({'resourceType': 'Bundle', 'type': 'transaction', 'entry': made})

stop = threading.Event()
def small(times):
    client = connect(); n = 0
    while not stop.is_set():
        body = json.dumps(observation('beside-small', 6.1, n)); n += 1
        begin = time.perf_counter(); call(client, 'POST', '/Observation', body); times.append(1e3 * (time.perf_counter() - begin))
        time.sleep(0.002)

def shown(times):
    times = sorted(times)
    return f'p50 {times[len(times) // 2]:.1f} ms, p99 {times[int(len(times) * .99)]:.1f} ms, longest {times[-1]:.0f} ms ({len(times)} creates)'

call(connect(), 'PUT', '/Patient/beside-small', json.dumps({'resourceType': 'Patient', 'id': 'beside-small'}))
alone = []; thread = threading.Thread(target=small, args=(alone,)); thread.start(); time.sleep(3); stop.set(); thread.join(); stop.clear()
print('small creates alone:', shown(alone))
bundles = [large(turn) for turn in range(rounds)]
beside = []; thread = threading.Thread(target=small, args=(beside,)); thread.start()
client = connect(); took = []
for body in bundles:
    begin = time.perf_counter(); call(client, 'POST', '', body); took.append(time.perf_counter() - begin)
stop.set(); thread.join()
print('beside Bundles of', entries, 'entries:', shown(beside))
print('a Bundle took', ', '.join(f'{t:.2f}' for t in took), 's')

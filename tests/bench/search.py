#!/usr/bin/env python3
"""Thirty search shapes at N people: search.py PROGRAM [--people N | --data DIR] [--rounds R] [--markdown]
Each shape is asked R times by one client, with other values each time, so that no answer comes from kept bytes; the floor beside
it is a read by id in the same run. Rows touched is what _explain says of the shape. DIR is a store made by `panelbridge synth`."""
import argparse, http.client, json, random, re, shutil, signal, subprocess, sys, tempfile, time, urllib.parse

arguments = argparse.ArgumentParser()
arguments.add_argument('program'); arguments.add_argument('--people', type=int, default=2000); arguments.add_argument('--data')
arguments.add_argument('--rounds', type=int, default=200); arguments.add_argument('--markdown', action='store_true')
wanted = arguments.parse_args()
scratch = tempfile.mkdtemp()
data = wanted.data or scratch + '/data'
if not wanted.data:
    subprocess.run([wanted.program, 'synth', '--people', str(wanted.people), '--seed', '1', '--data', data], check=True, stdout=subprocess.DEVNULL)

begin = time.monotonic()
server = subprocess.Popen([wanted.program, 'serve', '--data', data, '--port', '0', '--today', '2026-11-24'], stdout=subprocess.PIPE, stderr=open(scratch + '/log', 'w'), text=True)
ready = server.stdout.readline(); started = time.monotonic() - begin
if not ready.startswith('ready '): sys.exit(open(scratch + '/log').read())
base = urllib.parse.urlsplit(ready.split()[1])
client = http.client.HTTPConnection(base.hostname, base.port, timeout=600)
dice = random.Random(7)

def call(path):
    client.request('GET', path, headers={'Accept': 'application/fhir+json'})
    answer = client.getresponse()
    return answer.status, answer.read()

def loaded():  # seconds until the people are in memory too
    while b'\npanelbridge_population_loaded 1' not in call('/metrics')[1]: time.sleep(0.02)
    return time.monotonic() - begin

def settled():  # surveillance has written its Tasks: the store's sequence number rests
    last = None
    for _ in range(1200):
        now = re.search(rb'\npanelbridge_store_sequence (\S+)', call('/metrics')[1]).group(1)
        if now == last: return
        last = now; time.sleep(2)

def resident():
    return int(re.search(r'VmRSS:\s+(\d+)', open(f'/proc/{server.pid}/status').read()).group(1)) / 1024

SCT, LOINC = 'http://snomed.info/sct%7C', 'http://loinc.org%7C'
RESULTS = ['4548-4', '39156-5', '85354-9', '2160-0', '13457-7']
people = json.loads(call('/fhir/Patient?_summary=count')[1])['total']
anyone = lambda: dice.randrange(people) * 256 + 1
day = lambda: f'{dice.randint(2018, 2025)}-{dice.randint(1, 12):02}-{dice.randint(1, 28):02}'
page = lambda: dice.randint(18, 22)
result = lambda: dice.choice(RESULTS)
just_now = lambda: time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(time.time() - dice.randint(5, 60)))

CONDITION = ['44054006', '38341003', '13645005', '195967001', '84114007']
SHAPES = [
    ('read by id (the floor)', lambda: f'Patient/{anyone()}'),
    ('_id', lambda: f'Patient?_id={anyone()}'),
    ('identifier', lambda: f'Patient?identifier=http://example.org/synth/person%7C{100000000 + dice.randrange(people)}'),
    ('identifier without system', lambda: f'Patient?identifier={100000000 + dice.randrange(people)}'),
    ('birthdate, one day', lambda: f'Patient?birthdate={dice.randint(1930, 2015)}-{dice.randint(1, 12):02}-{dice.randint(1, 28):02}'),
    ('birthdate range, 20 a page', lambda: f'Patient?birthdate=ge{dice.randint(1930, 1990)}-01&_count={page()}'),
    ('gender and birth year, 20 a page', lambda: f'Patient?gender=female&birthdate={dice.randint(1930, 2015)}&_count={page()}'),
    ('name, starts with', lambda: f'Patient?name=syn&birthdate={dice.randint(1930, 2015)}-{dice.randint(1, 12):02}'),
    ('patient', lambda: f'Observation?patient=Patient/{anyone()}&_count={page()}'),
    ('patient and code', lambda: f'Observation?patient=Patient/{anyone()}&code={LOINC}{result()}'),
    ('latest of patient and code', lambda: f'Observation?patient=Patient/{anyone()}&code={LOINC}{result()}&_sort=-date&_count=1'),
    ('patient, two codes, since a day', lambda: f'Observation?patient=Patient/{anyone()}&code={LOINC}{result()},{LOINC}{result()}&date=ge{day()}'),
    ('code, 20 a page', lambda: f'Observation?code={LOINC}{result()}&_count={page()}&_total=none&date=ge{dice.randint(1900, 1950)}'),
    ('code and day', lambda: f'Observation?code={LOINC}{result()}&date={day()}'),
    ('code, newest 20', lambda: f'Observation?code={LOINC}{result()}&date=lt{day()}&_sort=-date&_count={page()}&_total=none'),
    ('newest 20 of all before a day', lambda: f'Observation?date=lt{day()}&_sort=-date&_count={page()}&_total=none'),
    ('a day, all types of result', lambda: f'Observation?date={day()}'),
    ('value above, 20 a page', lambda: f'Observation?code={LOINC}4548-4&value-quantity=gt{dice.randint(60, 90) / 10}&_count={page()}&_total=none'),
    ('code and value in one, above', lambda: f'Observation?code-value-quantity={LOINC}4548-4$gt{dice.randint(900, 990) / 100}&_count={page()}&_total=none'),
    ('chained: patient.birthdate', lambda: f'Condition?patient.birthdate={dice.randint(1930, 2000)}-{dice.randint(1, 12):02}&_count={page()}'),
    ('chained: patient.identifier', lambda: f'Condition?patient.identifier=http://example.org/synth/person%7C{100000000 + dice.randrange(people)}'),
    ('_has, 20 a page', lambda: f'Patient?_has:Condition:patient:code={SCT}{dice.choice(CONDITION)}&_count={page()}&_total=none&birthdate=ge{dice.randint(1900, 1925)}'),
    ('_has and identifier', lambda: f'Patient?_has:Observation:patient:code={LOINC}{result()}&identifier={100000000 + dice.randrange(people)}'),
    ('_include', lambda: f'Condition?code={SCT}{dice.choice(CONDITION)}&onset-date=ge{day()}&_include=Condition:patient&_count={page()}&_total=none'),
    ('_revinclude', lambda: f'Patient?_id={anyone()}&_revinclude=Condition:patient'),
    ('work list of an owner, by rank', lambda: f'Task?owner={owner()}&status=requested,accepted&due=le{dice.randint(2027, 2060)}&_sort=rank&_include=Task:patient&_count={page()}'),
    ('overdue, 20 a page', lambda: f'Task?status=requested&due=lt2026-{dice.randint(1, 11):02}-{dice.randint(1, 28):02}&_count={page()}&_total=none'),
    (':missing', lambda: f'Task?patient=Patient/{anyone()}&owner:missing=true'),
    (':not', lambda: f'Task?patient=Patient/{anyone()}&status:not=completed'),
    ('count of a code', lambda: f'Observation?code={LOINC}{result()}&date=ge{dice.randint(1900, 1950)}&_summary=count'),
    ('work list, changed since', lambda: f'Task?owner={owner()}&_lastUpdated=gt{just_now()}&_count={page()}'),
]
owners = []
def owner():
    if not owners:
        tasks = json.loads(call('/fhir/Task?_count=200&_elements=owner')[1]).get('entry', [])
        owners.extend(sorted({e['resource']['owner']['reference'] for e in tasks if 'owner' in e.get('resource', {})}) or ['Practitioner/1'])
    return dice.choice(owners)

def explained(path):
    bundle = json.loads(call('/fhir/' + path + ('&' if '?' in path else '?') + '_explain=true')[1])
    texts = [issue.get('diagnostics', '') for entry in bundle.get('entry', []) if entry.get('resource', {}).get('resourceType') == 'OperationOutcome' for issue in entry['resource']['issue']]
    return len([entry for entry in bundle.get('entry', []) if entry.get('search', {}).get('mode') != 'outcome']), ' '.join(texts)

def measure(make):
    times = []
    until = time.monotonic() + 15
    for i in range(wanted.rounds + 5):
        path = '/fhir/' + make()
        start = time.perf_counter(); status, body = call(path); took = 1e6 * (time.perf_counter() - start)
        if status == 503: return None  # stopped: it took too long
        if status != 200: sys.exit(f'{path}: {status} {body[:300]}')
        if i >= 5 or took > 1e6: times.append(took)
        if time.monotonic() > until and times: break
    times.sort()
    return times[len(times) // 2], times[int(len(times) * 0.99)]

try:
    population = loaded()
    print(f'start to ready, {people:,} people: {started:.2f} s; population in memory after {population:.1f} s; resident {resident():.0f} MB', flush=True)
    settled()
    line = '| {} | {} | {} | {} | {} |' if wanted.markdown else '{:36} {:>10} {:>10} {:>8}  {}'
    print(line.format('shape', 'p50 us', 'p99 us', 'floors', 'rows touched'))
    if wanted.markdown: print('|---|---|---|---|---|')
    floor = None
    for name, make in SHAPES:
        took = measure(make)
        if took is None:
            print(line.format(name, '> 30 s', '', '', 'stopped by the server: it took too long'), flush=True)
            continue
        p50, p99 = took
        floor = floor or p50
        found, plan = explained(make()) if '?' in make() else (1, '')
        print(line.format(name, f'{p50:,.0f}', f'{p99:,.0f}', f'{p50 / floor:.1f}', f'{found} shown; {plan}'), flush=True)
    print(f'resident after: {resident():.0f} MB')
finally:
    server.send_signal(signal.SIGTERM); server.wait(); shutil.rmtree(scratch, ignore_errors=True)

import { expect, it } from 'vitest'

import { compilePath, fieldsOfPath } from './json-path.ts'

const object = {
  metadata: { labels: { 'karpenter.sh/nodepool': 'default' } },
  spec: { hosts: ['a', 'b'], replicas: 0 },
  status: {
    conditions: [
      { type: 'Ready', status: 'True', message: 'well' },
      { type: 'Drifted', status: 'False' },
    ],
    count: 3,
  },
}

it.each([
  ['.spec.replicas', [0]],
  ['.spec.hosts', [['a', 'b']]],
  ['.spec.hosts[0]', ['a']],
  ['.spec.hosts[-1]', ['b']],
  ['.spec.hosts[*]', ['a', 'b']],
  ['.status.conditions[?(@.type=="Ready")].status', ['True']],
  ['.status.conditions[?(@.type == "Ready")].message', ['well']],
  [".status.conditions[?(@.type=='Drifted')].status", ['False']],
  ['.status.conditions[?(@.type!="Ready")].type', ['Drifted']],
  ['.metadata.labels.karpenter\\.sh/nodepool', ['default']],
  ["['status'].count", [3]],
  ['.status.missing.deeper', []],
  ['.constructor', []],
])('%s finds %j', (path, found) => {
  expect(compilePath(path)?.(object)).toEqual(found)
})

it.each(['', 'spec', '.spec[', '.spec.hosts[?(@.a)'])('%j is no path', (path) => {
  expect(compilePath(path)).toBeUndefined()
})

it('reads the fields of a simple path', () => {
  expect(fieldsOfPath('.spec.issuerRef.name')).toEqual(['spec', 'issuerRef', 'name'])
  expect(fieldsOfPath('.spec.hosts[0]')).toBeUndefined()
})

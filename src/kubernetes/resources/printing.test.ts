// What kubectl prints for each kind (cases in the manner of kubernetes pkg/printers/internalversion/printers_test.go).
import { describe, expect, it } from 'vitest'

import type { KubernetesObject } from '../client/client.ts'
import { builtinKinds as kinds } from './index.ts'

const NOW = Date.parse('2026-01-01T00:05:00Z')
const metadata = {
  name: 'x',
  namespace: 'd',
  uid: 'u',
  resourceVersion: '1',
  creationTimestamp: '2026-01-01T00:00:00Z',
}

function print(plural: string, over: object, group = ''): Record<string, unknown> {
  const kind = kinds.find(
    ({ resource }) => resource.plural === plural && (group === '' || resource.group === group),
  )
  const object = { metadata, ...over } as unknown as KubernetesObject
  return Object.fromEntries((kind?.columns ?? []).map((column) => [column.name, column.cell(object, NOW)]))
}

const template = {
  spec: {
    containers: [
      { name: 'a', image: 'i:1' },
      { name: 'b', image: 'j' },
    ],
    nodeSelector: { z: '1', a: '2' },
  },
}
const selector = { matchLabels: { app: 'web' } }

describe('columns', () => {
  it.each<[string, object, object]>([
    ['endpointslices', { ports: [{ port: 0, name: 'a' }, { name: 'b' }, {}] }, { Ports: '0,b,*' }],
    ['endpointslices', { ports: [{ name: '' }] }, { Ports: '<unset>' }],
    [
      'rolebindings',
      { roleRef: {}, subjects: [{ kind: 'ServiceAccount', name: 's' }] },
      { ServiceAccounts: '/s' },
    ],
    [
      'services',
      {
        spec: {
          type: 'LoadBalancer',
          clusterIP: '10.0.0.1',
          ports: [{ port: 80, nodePort: 30080, protocol: 'TCP' }],
          selector: { app: 'web' },
        },
        status: { loadBalancer: { ingress: [{ hostname: 'a.elb.localhost' }] } },
      },
      {
        Type: 'LoadBalancer',
        'Cluster-IP': '10.0.0.1',
        'External-IP': 'a.elb.localhost',
        'Port(s)': '80:30080/TCP',
        Age: '5m',
        Selector: 'app=web',
      },
    ],
    [
      'services',
      { spec: { type: 'LoadBalancer' } },
      { 'External-IP': '<pending>', 'Port(s)': '<none>', Selector: '<none>' },
    ],
    [
      'services',
      { spec: { type: 'ExternalName', externalName: 'example.com' } },
      { 'Cluster-IP': '<none>', 'External-IP': 'example.com' },
    ],
    [
      'services',
      { spec: { clusterIP: 'None', ports: [{ port: 53, protocol: 'UDP' }] } },
      { Type: 'ClusterIP', 'Cluster-IP': 'None', 'Port(s)': '53/UDP' },
    ],
    [
      'nodes',
      {
        metadata: {
          ...metadata,
          labels: { 'node-role.kubernetes.io/worker': '', 'kubernetes.io/role': 'infra' },
        },
        spec: { unschedulable: true },
        status: {
          conditions: [{ type: 'Ready', status: 'True' }],
          addresses: [{ type: 'InternalIP', address: '10.0.1.2' }],
          nodeInfo: {
            kubeletVersion: 'v1.34.2',
            osImage: 'Amazon Linux 2023',
            kernelVersion: '6.1',
            containerRuntimeVersion: 'containerd://2',
          },
        },
      },
      {
        Status: 'Ready,SchedulingDisabled',
        Roles: 'infra,worker',
        Version: 'v1.34.2',
        'Internal-IP': '10.0.1.2',
        'External-IP': '<none>',
        'OS-Image': 'Amazon Linux 2023',
      },
    ],
    [
      'nodes',
      { spec: {}, status: { conditions: [{ type: 'Ready', status: 'Unknown' }] } },
      { Status: 'NotReady', Roles: '<none>', 'Kernel-Version': '<unknown>' },
    ],
    ['nodes', { spec: {} }, { Status: 'Unknown' }],
    [
      'deployments',
      {
        spec: { replicas: 3, selector, template },
        status: { readyReplicas: 1, updatedReplicas: 2, availableReplicas: 1 },
      },
      {
        Ready: '1/3',
        'Up-to-date': 2,
        Available: 1,
        Containers: 'a,b',
        Images: 'i:1,j',
        Selector: 'app=web',
      },
    ],
    [
      'replicasets',
      { spec: { replicas: 3, selector, template }, status: { replicas: 2, readyReplicas: 1 } },
      { Desired: 3, Current: 2, Ready: 1, Age: '5m' },
    ],
    [
      'daemonsets',
      {
        spec: { selector, template },
        status: {
          desiredNumberScheduled: 4,
          currentNumberScheduled: 3,
          numberReady: 2,
          updatedNumberScheduled: 1,
        },
      },
      { Desired: 4, Current: 3, Ready: 2, 'Up-to-date': 1, Available: 0, 'Node Selector': 'a=2,z=1' },
    ],
    [
      'endpoints',
      {
        subsets: [
          { addresses: ['1', '2', '3', '4'].map((n) => ({ ip: `10.0.0.${n}` })), ports: [{ port: 80 }] },
        ],
      },
      { Endpoints: '10.0.0.1:80,10.0.0.2:80,10.0.0.3:80 + 1 more...' },
    ],
    ['endpoints', {}, { Endpoints: '<none>' }],
    [
      'endpointslices',
      { addressType: 'IPv4', ports: [{ port: 80 }, {}], endpoints: [{ addresses: ['10.0.0.1'] }] },
      { AddressType: 'IPv4', Ports: '80,*', Endpoints: '10.0.0.1' },
    ],
    ['endpointslices', { addressType: 'IPv4' }, { Ports: '<unset>', Endpoints: '<unset>' }],
    [
      'events',
      {
        involvedObject: { kind: 'Pod', name: 'p', fieldPath: 'spec.containers{c}' },
        type: 'Normal',
        reason: 'Pulled',
        message: ' done\n',
        source: { component: 'kubelet', host: 'n1' },
        firstTimestamp: '2026-01-01T00:01:00Z',
        lastTimestamp: '2026-01-01T00:04:00Z',
        count: 3,
      },
      {
        'Last Seen': '60s',
        Type: 'Normal',
        Reason: 'Pulled',
        Object: 'pod/p',
        Subobject: 'spec.containers{c}',
        Source: 'kubelet, n1',
        Message: 'done',
        'First Seen': '4m',
        Count: 3,
        Name: 'x',
      },
    ],
    [
      'rolebindings',
      {
        roleRef: { kind: 'ClusterRole', name: 'view' },
        subjects: [
          { kind: 'User', name: 'ann' },
          { kind: 'User', name: 'bob' },
          { kind: 'ServiceAccount', namespace: 'n', name: 's' },
        ],
      },
      { Role: 'ClusterRole/view', Users: 'ann, bob', Groups: '', ServiceAccounts: 'n/s' },
    ],
    ['roles', {}, { 'Created At': '2026-01-01T00:00:00Z' }],
    ['secrets', { type: 'Opaque', data: { a: '' } }, { Type: 'Opaque', Data: 1 }],
    ['configmaps', { data: { a: '' }, binaryData: { b: '' } }, { Data: 2 }],
    ['leases', { spec: { holderIdentity: 'me' } }, { Holder: 'me' }],
    ['serviceaccounts', {}, { Age: '5m' }],
    [
      'ingressclasses',
      { spec: { controller: 'ingress.k8s.aws/alb', parameters: { apiGroup: 'g', kind: 'K', name: 'n' } } },
      { Controller: 'ingress.k8s.aws/alb', Parameters: 'K.g/n' },
    ],
    [
      'priorityclasses',
      { value: 5, preemptionPolicy: 'Never' },
      { Value: 5, 'Global-Default': false, PreemptionPolicy: 'Never' },
    ],
    ['namespaces', { status: { phase: 'Active' } }, { Status: 'Active' }],
  ])('%s %#', (plural, object, expected) => {
    expect(print(plural, object)).toMatchObject(expected)
  })

  it('print the same events in both groups', () => {
    const event = { type: 'Normal', reason: 'R', eventTime: '2026-01-01T00:04:00Z', reportingController: 'c' }
    const regarding = { kind: 'Pod', name: 'p' }
    const view = print('events', { ...event, regarding, note: 'm' }, 'events.k8s.io')
    expect(view).toMatchObject({ Object: 'pod/p', Message: 'm', Source: 'c', 'Last Seen': '60s' })
  })
})

describe('the table of kinds', () => {
  it('gives every resource its own names', () => {
    const named = kinds.map(({ resource }) => `${resource.plural}.${resource.version}.${resource.group}`)
    expect(new Set(named).size).toBe(kinds.length)
    const shortNames = kinds.filter(({ storedAs }) => !storedAs).flatMap((kind) => kind.shortNames)
    expect(new Set(shortNames).size).toBe(shortNames.length)
  })
})

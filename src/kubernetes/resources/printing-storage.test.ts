// What kubectl prints of storage, networking and node kinds (kubernetes pkg/printers/internalversion/printers.go).
import { expect, it } from 'vitest'

import { printed } from './testing/printed.ts'

const containers = [
  { name: 'a', image: 'i:1' },
  { name: 'b', image: 'j' },
]

it.each<[string, object, object]>([
  [
    'podtemplates',
    { template: { metadata: { labels: { b: '2', a: '1' } }, spec: { containers } } },
    { Name: 'x', Containers: 'a,b', Images: 'i:1,j', 'Pod Labels': 'a=1,b=2' },
  ],
  ['runtimeclasses', { handler: 'gvisor' }, { Name: 'x', Handler: 'gvisor', Age: '5m' }],
  [
    'ingresses',
    {
      spec: {
        ingressClassName: 'alb',
        rules: ['d.e', 'a.b', 'c.d', 'e.f', 'g.h'].map((host) => ({ host })),
        tls: [{ hosts: ['a.b'] }],
      },
      status: { loadBalancer: { ingress: [{ hostname: 'b.elb' }, { ip: '1.2.3.4' }, { ip: '1.2.3.4' }] } },
    },
    {
      Class: 'alb',
      Hosts: 'd.e,a.b,c.d + 2 more...',
      Address: '1.2.3.4,b.elb',
      Ports: '80, 443',
      Age: '5m',
    },
  ],
  [
    'ingresses',
    { metadata: { annotations: { 'kubernetes.io/ingress.class': 'nginx' } }, spec: {} },
    { Class: '<none>', Hosts: '*', Address: '', Ports: '80' },
  ],
  ['networkpolicies', { spec: { podSelector: {} } }, { 'Pod-Selector': '<none>' }],
  [
    'networkpolicies',
    { spec: { podSelector: { matchLabels: { app: 'web' } } } },
    { 'Pod-Selector': 'app=web' },
  ],
  ['servicecidrs', { spec: { cidrs: ['10.0.0.0/16', 'fd00::/112'] } }, { CIDRs: '10.0.0.0/16,fd00::/112' }],
  [
    'ipaddresses',
    { spec: { parentRef: { group: '', resource: 'services', namespace: 'default', name: 'kubernetes' } } },
    { ParentRef: 'services/default/kubernetes' },
  ],
  [
    'ipaddresses',
    { spec: { parentRef: { group: 'Ex.com', resource: 'things', name: 't' } } },
    { ParentRef: 'things.ex.com/t' },
  ],
  [
    'storageclasses',
    {
      metadata: { annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
      provisioner: 'ebs.csi.aws.com',
      reclaimPolicy: 'Delete',
      volumeBindingMode: 'WaitForFirstConsumer',
    },
    {
      Name: 'x (default)',
      Provisioner: 'ebs.csi.aws.com',
      ReclaimPolicy: 'Delete',
      VolumeBindingMode: 'WaitForFirstConsumer',
      AllowVolumeExpansion: false,
    },
  ],
  [
    'csidrivers',
    { spec: { attachRequired: false, tokenRequests: [{ audience: 'a' }, { audience: 'b' }] } },
    { AttachRequired: false, PodInfoOnMount: false, TokenRequests: 'a,b', Modes: '<none>' },
  ],
  [
    'csidrivers',
    { spec: { volumeLifecycleModes: ['Persistent', 'Ephemeral'] } },
    { AttachRequired: true, TokenRequests: '<unset>', Modes: 'Persistent,Ephemeral' },
  ],
  ['csinodes', { spec: { drivers: [{ name: 'a' }, { name: 'b' }] } }, { Drivers: 2 }],
  [
    'volumeattachments',
    { spec: { attacher: 'a', nodeName: 'n', source: { persistentVolumeName: 'pv' } }, status: {} },
    { Attacher: 'a', PV: 'pv', Node: 'n', Attached: false },
  ],
  ['volumeattributesclasses', { driverName: 'ebs.csi.aws.com' }, { DriverName: 'ebs.csi.aws.com' }],
  [
    'persistentvolumes',
    {
      spec: {
        capacity: { storage: '4Gi' },
        accessModes: ['ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOnce'],
        persistentVolumeReclaimPolicy: 'Retain',
        claimRef: { namespace: 'ns', name: 'c' },
        storageClassName: 'gp3',
        volumeMode: 'Filesystem',
      },
      status: { phase: 'Bound', reason: 'Why' },
    },
    {
      Capacity: '4Gi',
      'Access Modes': 'RWO,RWX',
      'Reclaim Policy': 'Retain',
      Status: 'Bound',
      Claim: 'ns/c',
      StorageClass: 'gp3',
      VolumeAttributesClass: '<unset>',
      Reason: 'Why',
      VolumeMode: 'Filesystem',
    },
  ],
  [
    'persistentvolumeclaims',
    {
      metadata: {
        deletionTimestamp: '2026-01-01T00:00:00Z',
        annotations: { 'volume.beta.kubernetes.io/storage-class': 'old' },
      },
      spec: { volumeName: 'pv' },
      status: { phase: 'Bound', capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOncePod'] },
    },
    { Status: 'Terminating', Volume: 'pv', Capacity: '1Gi', 'Access Modes': 'RWOP', StorageClass: 'old' },
  ],
  [
    'persistentvolumeclaims',
    { spec: { accessModes: ['ReadWriteOnce'] }, status: { phase: 'Pending' } },
    { Status: 'Pending', Volume: '', Capacity: '', 'Access Modes': '', VolumeMode: '<unset>' },
  ],
  [
    'componentstatuses',
    { conditions: [{ type: 'Healthy', status: 'False', message: 'm', error: 'e' }] },
    { Status: 'Unhealthy', Message: 'm', Error: 'e' },
  ],
  ['componentstatuses', {}, { Status: 'Unknown', Message: '', Error: '' }],
])('%s %#', (plural, object, expected) => {
  expect(printed(plural, object)).toMatchObject(expected)
})

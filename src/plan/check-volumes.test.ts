import { expect, it } from 'vitest'

import { plan } from './testing/plan-of.ts'

const CLASS = `---
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: fast, annotations: {storageclass.kubernetes.io/is-default-class: "true"}}
provisioner: ebs.csi.aws.com
`
const FILES = CLASS.replace('ebs', 'efs').replace('fast', 'files')
const claims = (className: string, count: number): string =>
  Array.from(
    { length: count },
    (_, at) => `{metadata: {name: c${at}}, spec: {storageClassName: ${className}}}`,
  ).join()

/** A set on EC2 whose pods have so many volumes of a class. */
const set = (replicas: number, className: string, count: number): string => `---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db, namespace: bank}
spec:
  replicas: ${replicas}
  serviceName: db
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec: {containers: [{name: c, image: i}]}
  volumeClaimTemplates: [${claims(className, count)}]
`

// 26 volumes each.
const NODES = '[{name: ng, instanceType: t3.xlarge, desiredCapacity: 2}]'

function said(manifests: string, nodes = NODES): string[] {
  return plan(manifests, { nodes })
    .problems.filter(({ code }) => code.startsWith('volumes-'))
    .map(({ severity, code, message }) => `${severity} ${code}: ${message}`)
}

it.each<[string, string, string | undefined, string[]]>([
  ['as many as a node takes', set(2, 'gp2', 26), undefined, []],
  [
    'one more a pod',
    set(1, 'gp2', 27),
    undefined,
    [
      'error volumes-exceed-node: StatefulSet bank/db has 27 volumes of EBS a pod; a node has at most 26 (t3.xlarge)',
    ],
  ],
  ['one more a pod, on larger nodes', set(1, 'gp2', 27), NODES.replace('t3.xlarge', 'm7i.large'), []],
  [
    'more than all nodes take',
    set(53, 'fast', 1) + CLASS,
    undefined,
    [
      'warning volumes-exceed-nodes: with StatefulSet bank/db the workloads on EC2 need 53 volumes of EBS at a time; a node has at most 26 (t3.xlarge), 52 at maxSize',
    ],
  ],
  ['the same, where the group may grow', set(53, 'fast', 1) + CLASS, NODES.replace('}', ', maxSize: 3}'), []],
  ['many of a file system', set(60, 'files', 2) + FILES, undefined, []],
  ['many of a class that nobody knows', set(60, 'other', 2), undefined, []],
])('%s', (_, manifests, nodes, problems) => {
  expect(said(manifests, nodes)).toEqual(problems)
})

it('counts the claims that a pod names, its ephemeral ones, and the default class', () => {
  const pod = `apiVersion: v1
kind: Pod
metadata: {name: p, namespace: bank}
spec:
  containers: [{name: c, image: i}]
  volumes:
  - {name: a, persistentVolumeClaim: {claimName: named}}
  - {name: b, ephemeral: {volumeClaimTemplate: {spec: {accessModes: [ReadWriteOnce]}}}}
  - {name: c, emptyDir: {}}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: named, namespace: bank}
spec: {storageClassName: gp2}
`
  const few = '[{name: ng, instanceType: c6id.32xlarge, maxSize: 1}]'
  const more = Array.from(
    { length: 21 },
    (_, at) =>
      `  - {name: extra-${at}, ephemeral: {volumeClaimTemplate: {spec: {accessModes: [ReadWriteOnce]}}}}\n`,
  )
  expect(said(pod + CLASS, few)).toEqual([])
  expect(
    said(pod.replace('  - {name: c, emptyDir', `${more.join('')}  - {name: c, emptyDir`) + CLASS, few),
  ).toEqual([
    'error volumes-exceed-node: Pod bank/p has 23 volumes of EBS a pod; a node has at most 22 (c6id.32xlarge)',
  ])
})

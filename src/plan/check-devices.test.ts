import { expect, it } from 'vitest'

import { deployment, plan } from './testing/plan-of.ts'

const GPU = '{containers: [{name: web, image: nginx, resources: {limits: {cpu: 1, nvidia.com/gpu: 1}}}]}'
const train = deployment('batch', GPU)
const plugin = `---\n${deployment(
  'kube-system',
  "{containers: [{name: plugin, image: 'nvcr.io/nvidia/k8s-device-plugin:v0.20.0'}]}",
  { kind: 'DaemonSet' },
)}`

function told(manifests: string, nodes: string, target: 'near' | 'aws' = 'near'): string[] {
  return plan(manifests, { nodes, target })
    .problems.filter(({ code }) => ['device-plugin-missing', 'devices-not-near', 'no-nodes'].includes(code))
    .map(({ code, message }) => `${code} ${message}`)
}

it.each([
  ['g5.xlarge', 'NVIDIA GPUs', 'nvidia.com/gpu'],
  ['inf2.xlarge', 'Neuron chips', 'aws.amazon.com/neuron'],
])('says that nothing offers the devices of %s', (type, devices, resource) => {
  expect(told('', `[{name: ng, instanceType: ${type}}]`)).toEqual([
    `device-plugin-missing node group ng has ${devices}, for which eksctl installs a device plugin, and up none: its nodes offer no ${resource}`,
  ])
})

it('says so of adapters where they are asked for', () => {
  const nodes =
    '[{name: ng, instanceType: c5n.18xlarge, efaEnabled: true, availabilityZones: [ap-southeast-1a]}]'
  expect(told('', nodes)).toEqual([expect.stringContaining('offer no vpc.amazonaws.com/efa')])
  expect(told('', '[{name: ng, instanceType: c5n.18xlarge}]')).toEqual([])
})

it('takes a plugin of the files: on AWS it offers the GPUs, near it finds none', () => {
  const nodes = '[{name: ng, instanceType: g5.xlarge}]'
  expect(told(train + plugin, nodes, 'aws')).toEqual([])
  expect(told(train + plugin, nodes).toSorted()).toEqual([
    'devices-not-near node group ng has NVIDIA GPUs, which this machine does not have: its nodes offer no nvidia.com/gpu',
    'no-nodes Deployment batch/web has nowhere to run: ng: Insufficient nvidia.com/gpu',
  ])
  expect(told(train, nodes, 'aws').toSorted()).toEqual([
    expect.stringContaining('device-plugin-missing'),
    expect.stringContaining('no-nodes'),
  ])
})

it('knows that the images of Bottlerocket have it', () => {
  expect(told(train, '[{name: ng, instanceType: g5.xlarge, amiFamily: Bottlerocket}]')).toEqual([])
})

import { expect, it } from 'vitest'

import { deployment, plan } from './testing/plan-of.ts'

function asking(resource: string): string {
  return deployment(
    'batch',
    `{containers: [{name: web, image: nginx, resources: {limits: {cpu: 1, ${resource}: 1}}}]}`,
  )
}

function told(manifests: string, nodes: string, target: 'near' | 'aws' = 'near'): string[] {
  return plan(manifests, { nodes, target })
    .problems.filter(({ code }) => ['devices-not-near', 'no-nodes'].includes(code))
    .map(({ code, message }) => `${code} ${message}`)
    .toSorted()
}

const EFA = '[{name: ng, instanceType: c5n.18xlarge, efaEnabled: true, availabilityZones: [ap-southeast-1a]}]'

it.each([
  ['[{name: ng, instanceType: g5.xlarge}]', 'NVIDIA GPUs', 'nvidia.com/gpu'],
  ['[{name: ng, instanceType: inf2.xlarge}]', 'Neuron chips', 'aws.amazon.com/neuron'],
  [EFA, 'EFA adapters', 'vpc.amazonaws.com/efa'],
])('finds the devices of %s on AWS alone, where up installs their plugin', (nodes, devices, resource) => {
  expect(told(asking(resource), nodes, 'aws')).toEqual([])
  expect(told(asking(resource), nodes)).toEqual([
    `devices-not-near node group ng has ${devices}, which this machine does not have: its nodes offer no ${resource}`,
    `no-nodes Deployment batch/web has nowhere to run: ng: Insufficient ${resource}`,
  ])
})

it('counts cores of Neuron chips', () => {
  const nodes = '[{name: ng, instanceType: inf2.xlarge}]'
  const cores = (count: number) =>
    asking('aws.amazon.com/neuroncore').replace('neuroncore: 1', `neuroncore: ${count}`)
  expect(told(cores(2), nodes, 'aws')).toEqual([])
  expect(told(cores(3), nodes, 'aws')).toEqual([expect.stringContaining('no-nodes')])
})

it('has no adapters where nobody asked for them', () => {
  const nodes = '[{name: ng, instanceType: c5n.18xlarge}]'
  expect(told(asking('vpc.amazonaws.com/efa'), nodes, 'aws')).toEqual([expect.stringContaining('no-nodes')])
  expect(told('', nodes)).toEqual([])
})

it('knows that the images of Bottlerocket have the plugin', () => {
  expect(
    told(asking('nvidia.com/gpu'), '[{name: ng, instanceType: g5.xlarge, amiFamily: Bottlerocket}]'),
  ).toEqual([])
})

import { expect, test } from 'vitest'

import type { ClusterConfig } from '../config/cluster-config.ts'
import { clusterRoles, daemonSets, serviceAccounts } from '../kubernetes/client/resources.ts'
import { FakeClient } from '../kubernetes/client/testing/fake-client.ts'
import { devicePluginsOf, ensureDevicePlugin } from './device-plugins.ts'
import { createFindResource } from './find-resource.ts'
import { HastyClock, testDeployment, withApply } from './testing/fake-cloud.ts'

const GPU = { name: 'gpu', instanceType: 'g5.xlarge' }
const NAME = { namespace: 'kube-system', name: 'nvidia-device-plugin-daemonset' }

async function scene(groups: ClusterConfig['managedNodeGroups']) {
  const kubernetes = new FakeClient({ clock: new HastyClock() })
  const { context, clock } = await testDeployment({}, { config: { managedNodeGroups: groups ?? [] } })
  const target = {
    kubernetes: withApply(kubernetes),
    findResource: createFindResource(async () => undefined),
    clock,
    pace: context.pace,
    project: 'workshop',
  }
  const ensure = async () => {
    const outcomes = []
    for (const plugin of devicePluginsOf(context.config, []))
      outcomes.push(await ensureDevicePlugin(context.config, plugin, target))
    return outcomes
  }
  const pods = async (name: string) =>
    (await kubernetes.get(daemonSets, { namespace: 'kube-system', name })).spec.template.spec
  return { kubernetes, config: context.config, ensure, pods }
}

test('GPUs get a plugin that tolerates the taints of their nodes', async () => {
  const taints = [
    { key: 'team', value: 'ml', effect: 'NoSchedule' },
    { key: 'nvidia.com/gpu', value: 'true', effect: 'NoSchedule' },
  ] as const
  const world = await scene([
    { ...GPU, taints },
    { name: 'web', taints: [{ key: 'web', effect: 'NoSchedule' }] },
  ])
  expect(await world.ensure()).toMatchObject([{ outcome: 'created' }])
  expect((await world.pods(NAME.name))?.tolerations).toEqual([
    { key: 'nvidia.com/gpu', operator: 'Exists', effect: 'NoSchedule' },
    { key: 'team', value: 'ml' },
  ])
  expect(await world.ensure()).toMatchObject([{ outcome: 'unchanged' }])
})

test('Neuron chips get one with its rights, on nodes of their types', async () => {
  const world = await scene([{ name: 'inf', instanceTypes: ['inf2.xlarge', 'inf2.8xlarge'] }])
  await world.ensure()
  const key = { namespace: 'kube-system', name: 'neuron-device-plugin' }
  expect(await world.kubernetes.get(serviceAccounts, key)).toBeDefined()
  expect(await world.kubernetes.get(clusterRoles, { name: key.name })).toBeDefined()
  const pods = await world.pods(key.name)
  const terms =
    pods?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms
  expect(terms?.[0]?.matchExpressions?.[0]).toEqual({
    key: 'node.kubernetes.io/instance-type',
    operator: 'In',
    values: ['inf2.8xlarge', 'inf2.xlarge'],
  })
})

test('adapters get the one of the region', async () => {
  const world = await scene([{ name: 'efa', instanceType: 'c5n.18xlarge', efaEnabled: true }])
  await world.ensure()
  expect((await world.pods('aws-efa-k8s-device-plugin'))?.containers[0]?.image).toBe(
    '602401143452.dkr.ecr.eu-west-1.amazonaws.com/eks/aws-efa-k8s-device-plugin:v0.5.4',
  )
})

test('nodes without devices get none, nor those of Bottlerocket', async () => {
  const world = await scene([{ name: 'web' }, { ...GPU, amiFamily: 'Bottlerocket' }])
  expect(await world.ensure()).toEqual([])
})

test('a plugin of the files takes its place', async () => {
  const { config } = await scene([GPU])
  const containers = [{ name: 'plugin', image: 'nvcr.io/nvidia/k8s-device-plugin:v0.17.0' }]
  const object = {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: 'gpu', namespace: 'gpu' },
    spec: { template: { spec: { containers } } },
  }
  expect(devicePluginsOf(config, [{ object, source: 'gpu.yaml:1' }])).toEqual([])
})

test('one that somebody else has installed stays as it is', async () => {
  const world = await scene([GPU])
  const managedFields = [{ manager: 'helm', operation: 'Update' as const }]
  world.kubernetes.seed(daemonSets, {
    metadata: { ...NAME, managedFields },
    spec: { selector: {}, template: {} },
  })
  expect(await world.ensure()).toEqual([{ outcome: 'unchanged', detail: 'made by helm, left as it is' }])
})

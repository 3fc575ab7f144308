import { expect, test } from 'vitest'

import { FakeClock } from '../base/testing/fake-clock.ts'
import { configMaps } from '../kubernetes/client/resources.ts'
import { FakeClient } from '../kubernetes/client/testing/fake-client.ts'
import { ensureWindowsAddresses, hasWindowsNodes } from './windows-addresses.ts'

const KEY = { namespace: 'kube-system', name: 'amazon-vpc-cni' }
const config = {
  apiVersion: 'eksctl.io/v1alpha5',
  kind: 'ClusterConfig',
  metadata: { name: 'shop', region: 'eu-west-1' },
} as const

test('is for files with a group of Windows, of either kind', () => {
  const windows = { name: 'win', amiFamily: 'WindowsServer2022CoreContainer' }
  expect(hasWindowsNodes(config)).toBe(false)
  expect(hasWindowsNodes({ ...config, managedNodeGroups: [{ name: 'linux' }] })).toBe(false)
  expect(hasWindowsNodes({ ...config, managedNodeGroups: [{ name: 'linux' }], nodeGroups: [windows] })).toBe(
    true,
  )
  expect(hasWindowsNodes({ ...config, managedNodeGroups: [windows] })).toBe(true)
})

test('makes the ConfigMap, once', async () => {
  const client = new FakeClient({ clock: new FakeClock() })
  expect(await ensureWindowsAddresses(client)).toEqual({ outcome: 'created' })
  expect(await ensureWindowsAddresses(client)).toEqual({ outcome: 'unchanged' })
  expect((await client.get(configMaps, KEY)).data).toEqual({ 'enable-windows-ipam': 'true' })
})

test('keeps what the add-on wrote there', async () => {
  const client = new FakeClient({ clock: new FakeClock() })
  const data = { 'enable-network-policy-controller': 'true', 'enable-windows-ipam': 'false' }
  await client.create(configMaps, { metadata: KEY, data })
  expect(await ensureWindowsAddresses(client)).toEqual({ outcome: 'updated' })
  expect((await client.get(configMaps, KEY)).data).toEqual({ ...data, 'enable-windows-ipam': 'true' })
})

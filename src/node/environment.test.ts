import { describe, expect, it } from 'vitest'

import type { Container, Pod } from '../../generated/kubernetes.d.ts'
import { expand, resolveEnvironment } from './environment.ts'

const meta = { resourceVersion: '1', creationTimestamp: '' }
const configMap = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'settings', uid: 'c', ...meta },
  data: { colour: 'blue', size: 'small' },
}
const secret = {
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'keys', uid: 's', ...meta },
  data: { token: Buffer.from('s3cret').toString('base64') },
}

async function resolve(container: Partial<Container>): Promise<Record<string, string>> {
  const own = { name: 'web', ...container }
  const pod: Pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web-1', namespace: 'shop', uid: 'u', labels: { app: 'web' }, ...meta },
    spec: { nodeName: 'node-1', serviceAccountName: 'default', containers: [own] },
  }
  return await resolveEnvironment({
    pod,
    container: own,
    podIp: '10.0.0.20',
    hostIp: '10.0.0.5',
    allocatable: { cpu: '3920m', memory: '15Gi' },
    services: { WEB_SERVICE_HOST: '172.20.0.7' },
    configMap: async (name) => (name === 'settings' ? configMap : undefined),
    secret: async (name) => (name === 'keys' ? secret : undefined),
  })
}

// third_party/forked/golang/expansion/expand_test.go
describe('expansion', () => {
  it.each([
    ['$(A)', 'one'],
    ['x-$(A)-$(B)', 'x-one-two'],
    ['$$(A)', '$(A)'],
    ['$$$(A)', '$one'],
    ['$(MISSING)', '$(MISSING)'],
    ['$A', '$A'],
    ['$(A', '$(A'],
    ['cost: $5', 'cost: $5'],
  ])('of %j is %j', (text, expected) => {
    expect(expand(text, { A: 'one', B: 'two' })).toBe(expected)
  })
})

describe('the environment', () => {
  it('takes values, and what came before in them', async () => {
    const env = [
      { name: 'HOST', value: '$(WEB_SERVICE_HOST)' },
      { name: 'URL', value: 'http://$(HOST)/$(LATER)' },
      { name: 'LATER', value: 'x' },
    ]
    expect(await resolve({ env })).toMatchObject({ HOST: '172.20.0.7', URL: 'http://172.20.0.7/$(LATER)' })
  })

  it('takes whole ConfigMaps and Secrets, with a prefix; own values win', async () => {
    const envFrom = [{ configMapRef: { name: 'settings' } }, { prefix: 'KEY_', secretRef: { name: 'keys' } }]
    const env = [{ name: 'size', value: 'large' }]
    expect(await resolve({ envFrom, env })).toMatchObject({
      colour: 'blue',
      size: 'large',
      KEY_token: 's3cret',
    })
  })

  it.each([
    ['metadata.name', 'web-1'],
    ['metadata.namespace', 'shop'],
    ["metadata.labels['app']", 'web'],
    ["metadata.annotations['none']", ''],
    ['spec.nodeName', 'node-1'],
    ['status.podIP', '10.0.0.20'],
    ['status.hostIP', '10.0.0.5'],
  ])('knows the field %s', async (fieldPath, value) => {
    expect(await resolve({ env: [{ name: 'X', valueFrom: { fieldRef: { fieldPath } } }] })).toMatchObject({
      X: value,
    })
  })

  it.each([
    ['limits.memory', '1Mi', '256'],
    ['limits.cpu', '1', '4'],
    ['limits.cpu', '1m', '3920'],
    ['requests.cpu', '1m', '250'],
    ['requests.memory', '0', '0'],
  ])('knows the resource %s in %s', async (resource, divisor, value) => {
    const resources = { limits: { memory: '256Mi' }, requests: { cpu: '250m' } }
    const env = [{ name: 'X', valueFrom: { resourceFieldRef: { resource, divisor } } }]
    expect(await resolve({ resources, env })).toMatchObject({ X: value })
  })

  it.each([
    [{ configMapKeyRef: { name: 'nope', key: 'x' } }, 'configmap "nope" not found'],
    [{ configMapKeyRef: { name: 'settings', key: 'x' } }, "couldn't find key x in ConfigMap shop/settings"],
    [{ secretKeyRef: { name: 'keys', key: 'x' } }, "couldn't find key x in Secret shop/keys"],
    [{ secretKeyRef: { name: 'nope', key: 'x' } }, 'secret "nope" not found'],
  ])('refuses %j', async (valueFrom, message) => {
    await expect(resolve({ env: [{ name: 'X', valueFrom }] })).rejects.toThrow(message)
  })

  it('leaves out what is optional and not there', async () => {
    const ref = { configMapKeyRef: { name: 'nope', key: 'x', optional: true } }
    expect(await resolve({ env: [{ name: 'X', valueFrom: ref }] })).not.toHaveProperty('X')
  })
})

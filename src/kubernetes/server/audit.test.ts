import { describe, expect, test } from 'vitest'

import { auditEvent, auditLevel } from './audit.ts'
import type { AnsweredRequest } from './request-observer.ts'
import { createApiFixture } from './testing/api-fixture.ts'
import { sendTo } from './testing/send.ts'

/** A server that tells of its requests, and what it has told. */
async function observed(isWanted = true) {
  const told: AnsweredRequest[] = []
  const { server } = await createApiFixture({
    requests: { isWanted: () => isWanted, answered: (request) => void told.push(request) },
  })
  return { server, told }
}

const configMap = (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: {} })
const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, data: { key: 'dmFsdWU=' } }
const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p' },
  spec: { containers: [{ name: 'main', image: 'nginx' }] },
}

describe('levels', () => {
  test.each([
    ['GET', '/healthz', undefined, 'None'],
    ['GET', '/apis', undefined, 'Metadata'],
    ['GET', '/api/v1/namespaces/default/events', undefined, 'None'],
    ['GET', '/api/v1/namespaces/default/pods', undefined, 'Request'],
    ['POST', '/api/v1/namespaces/default/pods', pod, 'RequestResponse'],
    ['POST', '/api/v1/namespaces/default/secrets', secret, 'Metadata'],
    ['POST', '/api/v1/namespaces/default/configmaps', configMap('c'), 'Metadata'],
    ['POST', '/api/v1/namespaces/kube-system/configmaps', configMap('aws-auth'), 'Metadata'],
    ['DELETE', '/api/v1/namespaces/kube-system/configmaps/aws-auth', undefined, 'RequestResponse'],
  ])('%s %s', async (method, url, body, level) => {
    const { server, told } = await observed()
    await sendTo(server, method, url, body === undefined ? {} : { body })
    expect(told).toHaveLength(1)
    expect(told.map(auditLevel)).toEqual([level])
  })
})

test('an event says who did what, and how it ended', async () => {
  const { server, told } = await observed()
  const headers = { 'user-agent': 'kubectl/v1.35.0', 'content-type': 'application/json' }
  const { headers: answered } = await sendTo(server, 'POST', '/api/v1/namespaces/default/pods?x=1', {
    body: pod,
    headers,
  })
  expect(told.map(auditEvent)).toEqual([
    expect.objectContaining({
      kind: 'Event',
      apiVersion: 'audit.k8s.io/v1',
      level: 'RequestResponse',
      auditID: answered['audit-id'],
      stage: 'ResponseComplete',
      requestURI: '/api/v1/namespaces/default/pods?x=1',
      verb: 'create',
      user: { username: 'kubernetes-admin', groups: ['system:masters', 'system:authenticated'] },
      userAgent: 'kubectl/v1.35.0',
      objectRef: { resource: 'pods', namespace: 'default', apiVersion: 'v1' },
      requestObject: pod,
      // Admission refuses a pod without its service account; authorization has not.
      responseStatus: { metadata: {}, code: 403 },
      responseObject: expect.objectContaining({ reason: 'Forbidden' }),
      annotations: { 'authorization.k8s.io/decision': 'allow' },
    }),
  ])
})

test('neither the request nor the answer of a secret is in its event', async () => {
  const { server, told } = await observed()
  await sendTo(server, 'POST', '/api/v1/namespaces/default/secrets', { body: secret })
  expect(JSON.stringify(told.map(auditEvent))).not.toContain('dmFsdWU=')
})

test('a refusal is an event, too', async () => {
  const { server, told } = await observed()
  const headers = { authorization: 'Bearer user:ann' }
  await sendTo(server, 'GET', '/api/v1/namespaces/default/pods', { headers })
  expect(told.map(auditEvent)).toEqual([
    expect.objectContaining({
      user: expect.objectContaining({ username: 'ann' }),
      responseStatus: { metadata: {}, code: 403 },
      annotations: { 'authorization.k8s.io/decision': 'forbid' },
    }),
  ])
})

test('a sender who is not recognized is an event without a user', async () => {
  const { server, told } = await observed()
  const headers = { authorization: 'Bearer unknown' }
  const { status } = await sendTo(server, 'GET', '/api/v1/namespaces/default/pods', { headers })
  expect(status).toBe(401)
  const [event] = told.map(auditEvent)
  expect(event).toMatchObject({
    level: 'Request',
    stage: 'ResponseStarted',
    user: {},
    verb: 'list',
    objectRef: { resource: 'pods', namespace: 'default', apiVersion: 'v1' },
    responseStatus: { code: 401, message: 'Authentication failed, attempted: bearer' },
  })
  // Nothing was decided about it.
  expect(event).not.toHaveProperty('annotations')
})

test('nothing is told to nobody', async () => {
  const { server, told } = await observed(false)
  await sendTo(server, 'GET', '/api/v1/namespaces/default/pods')
  expect(told).toEqual([])
})

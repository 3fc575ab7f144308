import type { FilterLogEventsResponse } from '@aws-sdk/client-cloudwatch-logs'
import { expect, test } from 'vitest'

import type { ClusterAccess } from '../aws/services/eks/index.ts'
import { createTestRegion } from '../aws/testing/test-region.ts'
import { FakeClock } from '../base/testing/fake-clock.ts'
import type { AnsweredRequest } from '../kubernetes/server/request-observer.ts'
import { events } from '../kubernetes/client/resources.ts'
import { admissionRequest } from '../kubernetes/registry/testing/admission-request.ts'
import { createControlPlaneLogs } from './control-plane-logs.ts'

const GROUP = '/aws/eks/demo/cluster'
const answered: AnsweredRequest = {
  auditId: 'id-1',
  request: { method: 'GET', url: '/api/v1/nodes', headers: {}, signal: new AbortController().signal },
  user: { username: 'ann', groups: [] },
  route: {
    type: 'resource',
    verb: 'list',
    group: '',
    version: 'v1',
    resource: 'nodes',
    subresource: '',
    namespace: '',
    name: '',
    rest: '',
    fieldSelector: '',
  },
  response: { status: 200, body: '{}' },
  startedMs: 0,
  endedMs: 2,
  isAllowed: true,
}

/** The logs of a cluster of which these types are enabled. */
async function logsOf(types: readonly string[]) {
  const clock = new FakeClock()
  const { deps } = await createTestRegion({ clock })
  const setups = [{ types: [...types], enabled: true }]
  let changed: (change: { key: string }) => void = () => undefined
  // Only the record and its changes are asked of the table.
  const clusters = {
    get: () => ({ cluster: { logging: { clusterLogging: setups } } }),
    watch: (handler: typeof changed) => {
      changed = handler
      return () => undefined
    },
  } as unknown as ClusterAccess['clusters']
  const logs = createControlPlaneLogs({ ...deps, clusterName: 'demo', clusters })
  const lines = async (prefix: string): Promise<string[]> => {
    const input = { logGroupName: GROUP, logStreamNamePrefix: prefix }
    const answer = await deps.caller.call<FilterLogEventsResponse>('logs', 'FilterLogEvents', input)
    return (answer.events ?? []).map(({ message = '' }) => message)
  }
  const enable = (type: string): void => {
    setups.push({ types: [type], enabled: true })
    changed({ key: 'demo' })
  }
  return { clock, deps, logs, lines, enable }
}

const scheduled = {
  apiVersion: 'v1',
  kind: 'Event',
  metadata: { name: 'e', namespace: 'default' },
  reason: 'Scheduled',
  message: 'Successfully assigned default/web to ip-10-0-0-1',
  type: 'Normal',
  source: { component: 'default-scheduler' },
  involvedObject: { kind: 'Pod', namespace: 'default', name: 'web', apiVersion: 'v1' },
}

test('requests, tokens and what controllers record come into streams of their own, within a second', async () => {
  const { clock, logs, lines } = await logsOf([
    'api',
    'audit',
    'authenticator',
    'controllerManager',
    'scheduler',
  ])
  logs.requests.answered(answered)
  await logs.events.validate(admissionRequest(events, scheduled as never))
  const made = { ...scheduled, reason: 'ScalingReplicaSet', message: 'Scaled up "web"' }
  const source = { component: 'deployment-controller' }
  await logs.events.validate(admissionRequest(events, { ...made, source } as never))
  const user = { username: 'ann', groups: ['ops'], extra: { arn: ['arn:aws:iam::1:user/ann'] } }
  await logs.authenticator({ authenticate: () => Promise.resolve(user) }).authenticate('k8s-aws-v1.x')
  await clock.advance(1_000)
  await logs.stop()
  expect(await lines('kube-apiserver-')).toHaveLength(2)
  expect((await lines('kube-apiserver-audit-')).map((line) => JSON.parse(line) as object)).toEqual([
    expect.objectContaining({ auditID: 'id-1', verb: 'list' }),
  ])
  expect(await lines('authenticator-')).toEqual([
    expect.stringMatching(/level=info msg="access granted" arn="arn:aws:iam::1:user\/ann".*username="ann"$/),
  ])
  expect(await lines('kube-scheduler-')).toEqual([
    expect.stringContaining('"Successfully bound pod to node" pod="default/web" node="ip-10-0-0-1"'),
  ])
  expect(await lines('kube-controller-manager-')).toEqual([
    expect.stringContaining('reason="ScalingReplicaSet" message="Scaled up \\"web\\""'),
  ])
})

test('only what is enabled is written, from the moment that it is', async () => {
  const { logs, lines, enable } = await logsOf(['audit'])
  expect(logs.requests.isWanted()).toBe(true)
  await logs.events.validate(admissionRequest(events, scheduled as never))
  logs.requests.answered(answered)
  enable('scheduler')
  await logs.events.validate(admissionRequest(events, scheduled as never))
  await logs.stop()
  expect(await lines('kube-apiserver-')).toHaveLength(1)
  expect(await lines('kube-scheduler-')).toHaveLength(1)
})

test('a group that somebody has deleted is made anew', async () => {
  const { deps, logs, lines } = await logsOf(['audit'])
  logs.requests.answered(answered)
  await logs.stop()
  await deps.caller.call('logs', 'DeleteLogGroup', { logGroupName: GROUP })
  logs.requests.answered(answered)
  await logs.stop()
  expect(await lines('kube-apiserver-audit-')).toHaveLength(1)
})

import { afterEach, beforeEach, expect, it } from 'vitest'

import type { Pod } from '../../generated/kubernetes.d.ts'
import { createTestRegion } from '../aws/testing/test-region.ts'
import type { AwsCaller } from '../aws/protocol/service.ts'
import { AwsError } from '../base/errors.ts'
import { silentLog } from '../base/log.ts'
import { Supervisor } from '../base/supervisor.ts'
import { FakeClock } from '../base/testing/fake-clock.ts'
import { FakeClient } from '../kubernetes/client/testing/fake-client.ts'
import { pods } from '../kubernetes/client/resources.ts'
import { createControllerContext } from '../reconcile/context.ts'
import { RuntimeError, type LogOptions } from '../runtime/runtime.ts'
import { LogBuffer } from '../runtime/standin/log-buffer.ts'
import { startLogRouters, type LogRouterRecord } from './log-router.ts'

const TAG = 'kube.var.log.containers.web_shop_nginx-c1.log'
const STREAM = `fluent-${TAG}`
const record: LogRouterRecord = {
  data: {
    flb_log_cw: 'true',
    'output.conf': `[OUTPUT]
  Name cloudwatch_logs
  Match kube.*
  region ap-southeast-1
  log_group_name /shop
  log_stream_prefix fluent-
  log_key log
  log_retention_days 7
  auto_create_group true
`,
  },
  roleArn: 'arn:aws:iam::111122223333:role/pods',
  profileArn: 'arn:aws:eks:ap-southeast-1:111122223333:fargateprofile/demo/fp/1',
}

let clock: FakeClock
let client: FakeClient
let supervisor: Supervisor
let caller: AwsCaller
let buffers: Map<string, LogBuffer>
/** Operations that the pod execution role may not call on the group of the lines. */
let denied: Set<string>
let asked: unknown[]
let end: () => Promise<void>

beforeEach(async () => {
  clock = new FakeClock()
  client = new FakeClient({ clock })
  supervisor = new Supervisor(silentLog)
  caller = (await createTestRegion({ clock })).deps.caller
  buffers = new Map([['c1', new LogBuffer()]])
  denied = new Set()
  asked = []
  end = async () => undefined
})

afterEach(async () => {
  await end()
  await supervisor.stop()
})

function start(): void {
  const context = createControllerContext({ client, clock, log: silentLog, supervisor })
  const logs = (id: string, options: LogOptions): ReturnType<LogBuffer['read']> => {
    const buffer = buffers.get(id)
    if (!buffer) throw new RuntimeError('NotFound', id)
    return buffer.read(options)
  }
  const asRole: AwsCaller = {
    ...caller,
    async call<Answer>(service: string, operation: string, input: object): Promise<Answer> {
      if (denied.has(operation) && 'logGroupName' in input && input.logGroupName === '/shop')
        throw new AwsError('AccessDeniedException', `no ${operation}`)
      return await caller.call<Answer>(service, operation, input)
    },
  }
  end = startLogRouters({
    clusterName: 'demo',
    region: 'ap-southeast-1',
    cluster: context,
    runtime: { logs },
    clock,
    log: silentLog,
    supervisor,
    caller,
    aws: ({ credentials }) => {
      void credentials?.()
      return asRole
    },
    async fargateSession(request) {
      asked.push(request)
      return { accessKeyId: '', secretAccessKey: '', sessionToken: '' }
    },
    recordOf: (uid) => (uid === pod?.metadata.uid ? record : undefined),
  })
}

let pod: Pod | undefined

async function run(startedAt = new Date(clock.now()).toISOString()): Promise<void> {
  pod = await client.create(pods, {
    metadata: { namespace: 'shop', name: 'web' },
    spec: { nodeName: 'fargate-ip-10-0-0-1', containers: [{ name: 'nginx', image: 'nginx' }] },
  })
  const status = {
    containerStatuses: [
      {
        name: 'nginx',
        image: 'nginx',
        imageID: 'sha256:ab',
        containerID: 'containerd://c1',
        ready: true,
        restartCount: 0,
        state: { running: { startedAt } },
      },
    ],
  }
  await client.patch(
    pods,
    { namespace: 'shop', name: 'web' },
    { status },
    { type: 'merge', subresource: 'status' },
  )
}

function say(text: string): void {
  buffers.get('c1')?.append({ timeMs: clock.now(), stream: 'stdout', text })
}

/** The lines of a stream, or why there are none. */
async function lines(logGroupName: string, logStreamName: string): Promise<string[]> {
  type Answer = { readonly events?: readonly { readonly message?: string }[] }
  await clock.advance(1_000)
  const input = { logGroupName, logStreamName, startFromHead: true }
  const answer = await caller.call<Answer>('logs', 'GetLogEvents', input).catch((error: Error) => {
    return { events: [{ message: error.message }] }
  })
  return (answer.events ?? []).map(({ message = '' }) => message)
}

function line(text: string): unknown {
  return expect.stringMatching(new RegExp(`^\\S+Z stdout F ${text}$`))
}

it('sends what containers say, as the session of the pod execution role', async () => {
  start()
  await run()
  say('one')
  await expect.poll(() => lines('/shop', STREAM)).toEqual([line('one')])
  say('two')
  await expect.poll(() => lines('/shop', STREAM)).toEqual([line('one'), line('two')])
  expect(asked[0]).toEqual({
    roleArn: record.roleArn,
    profileArn: record.profileArn,
    nodeName: 'fargate-ip-10-0-0-1',
  })
  const groups = await caller.call('logs', 'DescribeLogGroups', { logGroupNamePrefix: '/shop' })
  expect(groups).toMatchObject({ logGroups: [{ retentionInDays: 7 }] })
})

it('says in its own lines what AWS refuses', async () => {
  denied.add('PutLogEvents')
  start()
  await run()
  say('one')
  await expect.poll(() => lines('/shop', STREAM)).toEqual([])
  denied.clear()
  say('two')
  await expect.poll(() => lines('/shop', STREAM)).toEqual([line('two')])
  const own = async (): Promise<string> =>
    (await lines('demo-fluent-bit-logs', 'fluent-bit-web-shop')).join('\n')
  await expect
    .poll(own)
    .toContain(
      "[error] [output:cloudwatch_logs:cloudwatch_logs.0] PutLogEvents API responded with error='AccessDeniedException', message='no PutLogEvents'",
    )
})

it('makes a stream anew that somebody has deleted', async () => {
  start()
  await run()
  say('one')
  await expect.poll(() => lines('/shop', STREAM)).toEqual([line('one')])
  await caller.call('logs', 'DeleteLogStream', { logGroupName: '/shop', logStreamName: STREAM })
  say('two')
  await expect.poll(() => lines('/shop', STREAM)).toEqual([line('two')])
})

it('goes on after a restart where it was', async () => {
  start()
  const startedAt = new Date(clock.now()).toISOString()
  await run(startedAt)
  say('one')
  await expect.poll(() => lines('/shop', STREAM)).toEqual([line('one')])
  await end()
  await supervisor.stop()
  supervisor = new Supervisor(silentLog)
  await clock.advance(5_000)
  say('two')
  start()
  await expect.poll(() => lines('/shop', STREAM)).toEqual([line('one'), line('two')])
})

it('reads nothing of pods without a log router', async () => {
  start()
  await run()
  pod = undefined
  say('one')
  await expect.poll(() => lines('/shop', STREAM)).toEqual(['The specified log group does not exist.'])
})

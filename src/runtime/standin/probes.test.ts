// What stand-ins answer probes by command, and which of them end although they declare ports.
import { afterEach, beforeEach, expect, it } from 'vitest'

import { randomIds } from '../../base/ids.ts'
import { silentLog } from '../../base/log.ts'
import { FakeClock } from '../../base/testing/fake-clock.ts'
import type { ContainerSpec } from '../runtime.ts'
import { MemoryRecords } from './memory-records.ts'
import { createStandinRuntime, type StandinRuntime } from './standin.ts'

const sandbox = { id: 's1', namespace: 'shop', name: 'db-0', ip: '10.0.0.20', node: 'node-1', labels: {} }
const spec: ContainerSpec = {
  sandboxId: 's1',
  name: 'db',
  image: 'acme/db',
  command: [],
  args: [],
  env: {},
  ports: [{ port: 80, protocol: 'TCP' }],
  limits: {},
  attempt: 0,
}

let clock: FakeClock
let runtime: StandinRuntime

beforeEach(async () => {
  clock = new FakeClock()
  const records = new MemoryRecords()
  runtime = createStandinRuntime({ clock, ids: randomIds, log: silentLog, records, builtins: [] })
  await runtime.createSandbox(sandbox)
})
afterEach(() => runtime.close())

function script(text: string): ContainerSpec {
  return { ...spec, image: 'busybox', ports: [], command: ['sh', '-c', text] }
}

function probe(id: string, command: readonly string[], signal?: AbortSignal): Promise<number> {
  return runtime.exec(id, {
    command,
    isProbe: true,
    tty: false,
    stdin: undefined,
    onOutput: () => undefined,
    ...(signal && { signal }),
  })
}

it('is well to probes by a command that nobody can run', async () => {
  const id = await runtime.startContainer(spec)
  expect(await probe(id, ['bash', '-ec', 'redis-cli ping'])).toBe(0)
  // Its image may bring the file.
  expect(await probe(id, ['cat', '/tmp/ready'])).toBe(0)
})

it('is probed by scripts among the files that it writes', async () => {
  const id = await runtime.startContainer(
    script('touch /tmp/healthy; sleep 30; rm -f /tmp/healthy; sleep 600'),
  )
  expect(await probe(id, ['cat', '/tmp/healthy'])).toBe(0)
  await clock.advance(31_000)
  expect(await probe(id, ['cat', '/tmp/healthy'])).toBe(1)
  expect(await probe(id, ['/bin/sh', '-c', 'test -f /tmp/healthy'])).toBe(1)
  expect(await probe(id, ['pg_isready'])).toBe(0)
  // A volume may bring it.
  expect(await probe(id, ['cat', '/etc/config/key'])).toBe(0)
})

it('knows nothing of what its image or a volume brings, and judges what needs nothing of them', async () => {
  const text = 'cat /config/app.conf; touch /tmp/ready; sleep 3600'
  for (const own of [spec, script(text), script('sleep 3600')]) {
    const id = await runtime.startContainer(own)
    expect(await probe(id, ['cat', '/config/app.conf'])).toBe(0)
    expect(await probe(id, ['cat', 'ready'])).toBe(0)
    expect(await probe(id, ['sh', '-c', '[ -f $DIR/ready ]'])).toBe(0)
    expect(await probe(id, ['false'])).toBe(1)
    expect(await probe(id, ['sh', '-c', 'exit 3'])).toBe(3)
  }
})

it('waits no longer for a probe than who asks', async () => {
  const id = await runtime.startContainer(script('sleep 600'))
  const limit = new AbortController()
  const probing = probe(id, ['sleep', '100'], limit.signal)
  limit.abort()
  await expect(probing).rejects.toThrow()
})

it('ends at once as a task, whatever its ports', async () => {
  const id = await runtime.startContainer({ ...spec, isExpectedToEnd: true, isTask: true })
  expect(await runtime.wait(id)).toMatchObject({ exitCode: 0 })
})

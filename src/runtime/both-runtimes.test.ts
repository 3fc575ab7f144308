import { expect, it } from 'vitest'

import { FakeClock } from '../base/testing/fake-clock.ts'
import { createBothRuntimes } from './both-runtimes.ts'
import { FakeRuntime } from './testing/fake-runtime.ts'

it('containers are known until their sandbox is removed', async () => {
  const clock = new FakeClock()
  let asked = 0
  const engine = new (class extends FakeRuntime {
    override async usage() {
      asked += 1
      return { cpuNanos: 1, memoryBytes: 2 }
    }
  })(clock)
  const runtime = createBothRuntimes({
    standin: new FakeRuntime(clock),
    engine,
    isBuiltin: async () => false,
  })
  await runtime.createSandbox({ id: 'p', namespace: 'n', name: 'p', ip: '10.0.0.1', node: 'x', labels: {} })
  const spec = {
    sandboxId: 'p',
    name: 'c',
    image: 'i',
    command: [],
    args: [],
    env: {},
    ports: [],
    limits: {},
  }
  const id = await runtime.startContainer({ ...spec, attempt: 0 })
  expect(await runtime.usage(id)).toEqual({ cpuNanos: 1, memoryBytes: 2 })
  await runtime.removeSandbox('p')
  await expect(runtime.usage(id)).rejects.toMatchObject({ code: 'NotFound' })
  expect(asked).toBe(1)
})

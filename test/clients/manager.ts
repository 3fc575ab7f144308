// Owns what is asked of an operator: it works, one of two leads, and the other takes over when that one is killed.
import { strictEqual } from 'node:assert'
import { spawn, type ChildProcess } from 'node:child_process'

import { realClient } from '../support/real-clients.ts'
import { eventually } from '../support/poll.ts'
import { Playground, run } from '../support/program.ts'

/** Starts two managers against a new region. @throws when they don't do what they do on a real cluster. */
export async function checkManager(binary: string): Promise<void> {
  const playground = new Playground()
  const managers = new Map<string, ChildProcess>()
  try {
    const up = await playground.neargate('up', 'test/conformance/cluster.yaml')
    strictEqual(up.status, 0, up.stderr)
    const environment = { ...playground.environment, ...(await playground.clientEnvironment()) }
    const kubectl = async (...args: string[]): Promise<string> => {
      const { status, stdout, stderr } = await run(realClient('kubectl'), args, environment)
      strictEqual(status, 0, stderr)
      return stdout.trim()
    }
    for (const identity of ['one', 'two']) {
      managers.set(identity, spawn(binary, ['--identity', identity], { env: environment, stdio: 'ignore' }))
    }
    const said = async (name: string, word: string): Promise<string | undefined> => {
      const path = 'jsonpath={.metadata.annotations.example\\.com/said}'
      const text = await kubectl('get', 'configmap', name, '-o', path)
      return text.endsWith(` says ${word}`) ? text : undefined
    }

    await kubectl('create', 'configmap', 'first', '--from-literal=say=hello')
    await kubectl('label', 'configmap', 'first', 'manager=yes')
    const first = await eventually(() => said('first', 'hello'), 'the first word of a manager')
    const leader = first.split(' ')[0] ?? ''
    managers.get(leader)?.kill('SIGKILL')

    await kubectl('create', 'configmap', 'second', '--from-literal=say=again')
    await kubectl('label', 'configmap', 'second', 'manager=yes')
    const second = await eventually(() => said('second', 'again'), 'a word of the manager that is left')
    strictEqual(second.split(' ')[0], leader === 'one' ? 'two' : 'one', 'the other one has taken over')
    strictEqual(
      await kubectl('get', 'lease', 'echo.example.com', '-o', 'jsonpath={.spec.leaseTransitions}'),
      '1',
    )

    // The finalizer holds the object until the operator has let it go.
    await kubectl('delete', 'configmap', 'first', '--timeout=20s')
    strictEqual(await kubectl('get', 'configmap', 'first', '--ignore-not-found'), '')
  } finally {
    for (const manager of managers.values()) manager.kill('SIGKILL')
    await playground.dispose()
  }
}

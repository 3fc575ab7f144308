// What goes wrong at the command line, and what the person who typed it is told.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { spawn } from 'node:child_process'

import { afterEach, describe, expect, it } from 'vitest'

import { Playground, root } from './support/program.ts'

const made: { dispose(): Promise<void> | void }[] = []

function playground(): Playground {
  const one = new Playground()
  made.push(one)
  return one
}

function files(contents: Record<string, string>): string {
  const directory = mkdtempSync(join(tmpdir(), 'neargate-files-'))
  made.push({ dispose: () => rmSync(directory, { recursive: true, force: true }) })
  for (const [name, text] of Object.entries(contents)) writeFileSync(join(directory, name), text)
  return directory
}

afterEach(async () => {
  for (const one of made.splice(0).toReversed()) await one.dispose()
})

describe('usage', () => {
  it.each([
    [['nonsense'], 2],
    [['up', '--nonsense'], 2],
    [['start', '--port', 'many'], 2],
    [['token'], 2],
    [['--help'], 0],
    [['up', '--help'], 0],
    [['status'], 1],
    [['env'], 1],
  ])('neargate %j exits with %i', async (args, expected) => {
    const { status, stdout, stderr } = await playground().neargate(...args)
    expect(status).toBe(expected)
    expect(stdout + stderr).not.toMatch(/^\s+at /m)
  })
})

describe('files', () => {
  it('points at the place of a YAML error', async () => {
    const directory = files({
      'cluster.yaml': 'apiVersion: eksctl.io/v1alpha5\nkind: ClusterConfig\nmetadata: {name: a\n',
    })
    const { status, stdout } = await playground().neargate('plan', directory)
    expect(status).toBe(1)
    expect(stdout.replaceAll(/\s+/g, ' ')).toMatch(/cluster\.yaml:\d+/)
  })

  it('names the nearest known field', async () => {
    const text =
      'apiVersion: eksctl.io/v1alpha5\nkind: ClusterConfig\nmetadata: {name: a, region: eu-west-1}\nmanagedNodeGroup: []\n'
    const { status, stdout } = await playground().neargate('plan', files({ 'cluster.yaml': text }), '--json')
    expect(status).toBe(1)
    const { problems } = JSON.parse(stdout) as {
      problems: { code: string; message: string; line: number; help: string }[]
    }
    expect(problems).toContainEqual(expect.objectContaining({ code: 'unknown-field', line: 4 }))
    expect(JSON.stringify(problems)).toContain('managedNodeGroups')
  })

  it('makes nothing when the plan has errors', async () => {
    const one = playground()
    const { status, stderr } = await one.neargate('up', files({ 'a.yaml': 'kind: Pod\n' }))
    expect(status).toBe(1)
    expect(stderr).toMatch(/nothing was made|do not make a cluster/)
    expect(one.pid).toBeUndefined()
  })
})

describe('the machine', () => {
  it('says which port is taken', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as AddressInfo
    const { status, stderr } = await playground().neargate('start', '--port', String(port))
    server.close()
    expect(status).toBe(1)
    expect(stderr).toContain(String(port))
    expect(stderr).not.toMatch(/^\s+at /m)
  })

  it('says that the port of the load balancers is taken', async () => {
    const edge = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => edge.once('listening', resolve))
    const { port } = edge.address() as AddressInfo
    // The edge listens 14 above the AWS endpoint.
    const { status, stderr } = await playground().neargate('start', '--port', String(port - 14))
    edge.close()
    expect(status).toBe(1)
    expect(stderr).toContain(`127.0.0.1:${port} for load balancers`)
  })

  it('says which directory cannot be written', async () => {
    const one = playground()
    const file = join(one.home, 'occupied')
    writeFileSync(file, '')
    const { status, stderr } = await one.neargate('start', '--port', '0', '--data', join(file, 'below'))
    expect(status).toBe(1)
    expect(stderr).toContain(join(file, 'below'))
  })

  it('refuses a second region on the same directory', async () => {
    const one = playground()
    expect((await one.neargate('start', '--port', '0')).status).toBe(0)
    const { pid } = one
    const second = await one.neargate('start', '--foreground', '--port', '0')
    expect(second.status).toBe(1)
    expect(second.stderr).toContain(String(pid))
  })

  it('keeps the region of before when it is to be another one', async () => {
    const one = playground()
    expect((await one.neargate('start', '--port', '0', '--region', 'eu-west-1')).status).toBe(0)
    await one.neargate('stop')
    expect((await one.neargate('start', '--port', '0', '--region', 'us-west-2')).status).toBe(0)
    const { stdout } = await one.neargate('status')
    expect(stdout).toContain('us-west-2')
    expect(stdout).toContain('eu-west-1')
  })
})

describe('a region that is killed in the middle of up', () => {
  it('is finished by running up again, with nothing twice', async () => {
    const one = playground()
    mkdirSync(one.home, { recursive: true })
    const interrupted = spawn(
      process.execPath,
      [join(root, 'bin/neargate.js'), 'up', 'examples/eks-workshop'],
      {
        cwd: root,
        env: one.environment,
        stdio: ['ignore', 'ignore', 'pipe'],
      },
    )
    let said = ''
    interrupted.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
    const ended = new Promise<number | null>((resolve) => interrupted.once('exit', resolve))
    while (one.pid === undefined) await sleep(10)
    // Somewhere between the first stack and the last target: where does not matter, the end must be the same.
    await sleep(600)
    process.kill(one.pid, 'SIGKILL')
    expect(await ended).toBe(1)
    expect(said).toContain('Run the same command again')
    expect(said).not.toMatch(/^\s+at /m)
    const { status, stdout, stderr } = await one.neargate('up', 'examples/eks-workshop', '--json')
    expect({ status, stderr }).toMatchObject({ status: 0 })
    const result = JSON.parse(stdout) as {
      workloads: { ready: number }[]
      loadBalancers: { httpStatus: number }[]
    }
    expect(result.workloads.map((workload) => workload.ready)).toEqual([2, 2])
    expect(result.loadBalancers.map((balancer) => balancer.httpStatus)).toEqual([200, 200])
    const down = await one.neargate('down', 'examples/eks-workshop')
    expect(down.status).toBe(0)
    // `up` started it and nothing is left in it.
    expect(one.pid).toBeUndefined()
  }, 90_000)
})

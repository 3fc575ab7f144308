// `neargate mcp` as a coding assistant has it: the protocol's lines on standard input and output.
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { Playground, root } from './support/program.ts'

const WORKSHOP = 'examples/eks-workshop'
const playground = new Playground()
const answers = new Map<number, (answer: Answer) => void>()
let server: ChildProcessWithoutNullStreams
let lastId = 0
let complaints = ''

interface Answer {
  readonly error?: { readonly message: string }
  readonly result?: {
    readonly tools?: readonly {
      readonly name: string
      readonly annotations: object
      readonly inputSchema: object
    }[]
    readonly serverInfo?: { readonly name: string }
    readonly content?: readonly { readonly text: string }[]
    readonly isError?: boolean
  }
}

function ask(method: string, params: object = {}): Promise<Answer> {
  const id = ++lastId
  const answered = new Promise<Answer>((resolve) => answers.set(id, resolve))
  server.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`)
  return answered
}

async function call(name: string, input: object = {}): Promise<{ text: string; isError: boolean }> {
  const { result, error } = await ask('tools/call', { name, arguments: input })
  return {
    text: result?.content?.[0]?.text ?? error?.message ?? '',
    isError: !result || result.isError === true,
  }
}

beforeAll(async () => {
  server = spawn(process.execPath, [join(root, 'bin/neargate.js'), 'mcp'], {
    cwd: root,
    env: playground.environment,
  })
  server.stderr.on('data', (chunk: Buffer) => (complaints += chunk.toString()))
  createInterface({ input: server.stdout }).on('line', (line) => {
    // Standard output carries nothing but the protocol.
    const answer = JSON.parse(line) as Answer & { id?: number }
    answers.get(answer.id ?? 0)?.(answer)
  })
  const { result } = await ask('initialize', {
    protocolVersion: '2025-06-18',
    capabilities: {},
    clientInfo: { name: 'test', version: '1' },
  })
  expect(result?.serverInfo?.name).toBe('neargate')
  server.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' })}\n`)
})

afterAll(async () => {
  server.kill('SIGKILL')
  await playground.dispose()
})

describe('neargate mcp', () => {
  it('offers its tools with what they take and do', async () => {
    const { result } = await ask('tools/list')
    const tools = result?.tools ?? []
    expect(tools.map(({ name }) => name)).toEqual(['plan', 'up', 'explain', 'status', 'logs', 'environment'])
    expect(tools[0]).toMatchObject({
      annotations: { readOnlyHint: true },
      inputSchema: { type: 'object', required: ['paths'] },
    })
    expect(tools[1]).toMatchObject({ annotations: { readOnlyHint: false, destructiveHint: false } })
  })

  it('plans', async () => {
    const { text, isError } = await call('plan', { paths: [WORKSHOP], move: ['nginx-fargate=ec2'] })
    expect(isError).toBe(false)
    expect(text).toContain('| EKS control plane |')
  })

  it.each([
    ['plan', { paths: ['--help'] }],
    ['up', { paths: [WORKSHOP, '--', 'touch', 'x'] }],
    ['up', { paths: ['--target=aws'] }],
    ['explain', { target: '-n' }],
    ['plan', { paths: [WORKSHOP], move: ['a=b --help'] }],
    ['logs', { lines: -1 }],
  ])('lets nobody smuggle options: %s %j', async (name, input) => {
    expect(await call(name, input)).toMatchObject({
      isError: true,
      text: expect.stringMatching(/Invalid|valid/),
    })
  })

  it('says what is wrong with files', async () => {
    const { text, isError } = await call('up', { paths: ['no/such/directory'] })
    expect({ text, isError }).toEqual({ text: expect.stringContaining('no/such/directory'), isError: true })
  })

  it('builds, explains and shows, and leaves nothing when its client does', async () => {
    expect(await call('status')).toMatchObject({ isError: true })
    const up = await call('up', { paths: [WORKSHOP] })
    expect(up).toMatchObject({ isError: false, text: expect.stringContaining('"cluster": "eksworkshop"') })
    const { kubeconfig } = JSON.parse(up.text) as { kubeconfig: string }
    expect(kubeconfig).not.toContain(playground.home)
    const [status, why, environment] = await Promise.all([
      call('status'),
      call('explain', { target: 'deployment/nginx-fargate', namespace: 'nginx-fargate' }),
      call('environment'),
    ])
    expect(JSON.parse(status.text)).toMatchObject({ running: true, clusters: [{ name: 'eksworkshop' }] })
    expect(why.text).toContain('profile')
    expect(JSON.parse(environment.text)).toMatchObject({ KUBECONFIG: kubeconfig })
    // The second time it finds what is there.
    expect(JSON.parse((await call('up', { paths: [WORKSHOP] })).text)).toMatchObject({ unchanged: true })
    server.stdin.end()
    expect(await once(server, 'close')).toEqual([0, null])
    expect(existsSync(kubeconfig)).toBe(false)
    expect(complaints).toBe('')
  }, 60_000)
})

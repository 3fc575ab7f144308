import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { afterEach, describe, expect, it, vi } from 'vitest'

import { FakeClock } from '../base/testing/fake-clock.ts'
import { createToken } from '../deploy/token.ts'
import { homeAt, type Home } from '../region/home.ts'
import {
  pretendRegion,
  temporaryDirectory,
  temporaryHome,
  testIdentity,
} from '../region/testing/test-region-parts.ts'
import { main } from './main.ts'

const workshop = fileURLToPath(new URL('../../examples/eks-workshop', import.meta.url))

interface Ran {
  readonly code: number
  readonly out: string
  readonly error: string
}

/** Runs the program in this process, as its own start file does. */
async function neargate(home: Home, ...args: string[]): Promise<Ran> {
  vi.stubEnv('NEARGATE_HOME', home.directory)
  vi.stubEnv('NO_COLOR', '1')
  vi.stubEnv('FORCE_COLOR', undefined)
  const written = { out: '', error: '' }
  const capture = (name: 'out' | 'error') => (text: string | Uint8Array) => {
    written[name] += String(text)
    return true
  }
  const out = vi.spyOn(process.stdout, 'write').mockImplementation(capture('out'))
  const error = vi.spyOn(process.stderr, 'write').mockImplementation(capture('error'))
  try {
    return { code: await main(args), ...written }
  } finally {
    out.mockRestore()
    error.mockRestore()
  }
}

afterEach(() => vi.unstubAllEnvs())

describe('exit codes', () => {
  it.each([
    ['no command', []],
    ['a command that there is not', ['upp']],
    ['an option that there is not', ['up', '--jsn']],
    ['a number that is none', ['up', '--timeout', 'soon']],
    ['a number of seconds that is none', ['up', '--timeout', '0']],
    ['a port that is none', ['start', '--port', '65536']],
    ['a pace that there is not', ['start', '--pace', 'slow']],
    ['an argument that is missing', ['kubeconfig']],
    ['an option that is missing', ['token']],
    ['a number of lines that is none', ['logs', '--tail', 'x']],
    ['a move that is none', ['plan', workshop, '--move', 'shop=mars']],
    ['nothing to compare with', ['plan', workshop, '--compare', 'nowhere']],
    ['an argument too many', ['stop', 'now']],
  ])('2 for %s', async (_, args) => {
    const ran = await neargate(temporaryHome(), ...args)
    expect(ran).toMatchObject({ code: 2, out: '' })
    expect(ran.error).not.toBe('')
  })

  it.each([[['--help']], [['up', '--help']], [['plan', '-h']], [['--version']]])('0 for %j', async (args) => {
    const ran = await neargate(temporaryHome(), ...args)
    expect(ran).toMatchObject({ code: 0, error: '' })
    expect(ran.out).not.toBe('')
  })

  it.each([['help'], ['help', 'up'], ['version']])('0 for the words %j', async (...args) => {
    const ran = await neargate(temporaryHome(), ...args)
    expect(ran).toMatchObject({ code: 0, error: '' })
    expect(ran.out).not.toBe('')
  })

  it('has examples in the help of every command', async () => {
    const { out } = await neargate(temporaryHome(), 'help')
    const names = [...out.matchAll(/^ {2}([a-z]+)/gm)].flatMap(([, name]) => name ?? [])
    const commands = names.filter((name) => name !== 'help' && name !== 'version')
    expect(commands).toContain('up')
    for (const command of commands) {
      const help = await neargate(temporaryHome(), command, '--help')
      expect(help.out, command).toMatch(/\nExamples:\n {2}\S/)
    }
  })

  it.each(['env', 'kubeconfig w', 'token --cluster w', 'status'])('takes --data for %s', async (line) => {
    const elsewhere = temporaryHome()
    const ran = await neargate(temporaryHome(), ...line.split(' '), '--data', elsewhere.directory)
    expect(ran.out + ran.error).toContain(`no near region runs on ${elsewhere.directory}`)
  })

  it.each(['env', 'status', 'kubeconfig w', 'token --cluster w'])(
    '1 for %s where no region runs',
    async (line) => {
      const home = temporaryHome()
      const ran = await neargate(home, ...line.split(' '))
      expect(ran.code).toBe(1)
      expect(ran.out + ran.error).toContain(`no near region runs on ${home.directory}`)
      expect(ran.error).not.toMatch(/\n\s+at /)
    },
  )
})

describe('a port in the environment', () => {
  it.each(['up', 'start'])('that is none is wrong usage of %s, before anything is done', async (command) => {
    vi.stubEnv('NEARGATE_PORT', 'abc')
    const home = temporaryHome()
    const ran = await neargate(home, command)
    expect(ran).toMatchObject({ code: 2, out: '' })
    expect(ran.error).toContain('NEARGATE_PORT')
    expect(ran.error).toContain('a port is a number from 0 to 65535')
    expect(readdirSync(home.directory)).toEqual([])
  })
})

describe('env', () => {
  it('takes away what the shell has of another account', async () => {
    const home = temporaryHome()
    await pretendRegion(home)
    for (const name of ['AWS_PROFILE', 'AWS_SESSION_TOKEN']) vi.stubEnv(name, undefined)
    expect((await neargate(home, 'env')).out).toMatch(/^export AWS_ENDPOINT_URL=/)
    for (const name of ['AWS_PROFILE', 'AWS_SESSION_TOKEN']) vi.stubEnv(name, 'other')
    const { out } = await neargate(home, 'env')
    expect(out).toMatch(/^unset AWS_PROFILE AWS_SESSION_TOKEN\nexport AWS_ENDPOINT_URL=/)
  })
})

describe('start where a region runs', () => {
  it.each([
    ['as it is', []],
    ['the region that it is', ['--region', 'eu-west-1']],
    ['any port', ['--port', '0']],
  ])('is done when asked for %s', async (_, args) => {
    const home = temporaryHome()
    const endpoint = await pretendRegion(home)
    const ran = await neargate(home, 'start', ...args)
    expect(ran).toMatchObject({
      code: 0,
      out: `the near region runs already at ${endpoint} (pid ${process.pid})\n`,
    })
  })

  it('adds a region that is not there, once', async () => {
    const home = temporaryHome()
    const endpoint = await pretendRegion(home)
    const add = () => neargate(home, 'start', '--region', 'us-west-2')
    expect((await add()).out).toBe(
      `the near region us-west-2 has been added at ${endpoint} (pid ${process.pid})\n` +
        'point your tools at it with: eval "$(neargate env --region us-west-2)"\n',
    )
    expect((await add()).out).toContain('runs already')
    const { out } = await neargate(home, 'env', '--region', 'us-west-2', '--json')
    expect(JSON.parse(out)).toMatchObject({ AWS_REGION: 'us-west-2', AWS_ENDPOINT_URL: endpoint })
    expect(await neargate(home, 'env', '--region', 'us-west-1')).toMatchObject({
      code: 1,
      out: '',
      error: expect.stringContaining('There is: eu-west-1, us-west-2'),
    })
  })

  it.each([
    [['--port', '4999'], 'not 4999'],
    [['--pace', 'aws'], 'does not keep the pace aws'],
    [['--no-enforce-iam'], 'enforces IAM policies'],
    [['--ephemeral'], 'is not ephemeral'],
    [['--aws-names'], "does not serve AWS's names"],
  ])('fails when asked for %j', async (args, why) => {
    const home = temporaryHome()
    await pretendRegion(home)
    const ran = await neargate(home, 'start', ...args)
    expect(ran).toMatchObject({ code: 1, out: '' })
    expect(ran.error).toContain(`a near region runs on ${home.directory} (pid ${process.pid}), and it `)
    expect(ran.error).toContain(why)
  })
})

describe('help', () => {
  it('names every command', async () => {
    const { out } = await neargate(temporaryHome(), '--help')
    for (const name of ['up', 'plan', 'down', 'start', 'stop', 'status', 'env', 'kubeconfig', 'token'])
      expect(out).toMatch(new RegExp(`^  ${name}\\b`, 'm'))
  })

  it('is offered for a slip, with what was probably meant', async () => {
    const { error } = await neargate(temporaryHome(), 'stauts')
    expect(error).toContain("unknown command 'stauts'")
    expect(error).toContain('status')
    expect(error).toContain('neargate --help')
  })
})

describe('plan', () => {
  it('shows where the workloads of the workshop land', async () => {
    const { code, out, error } = await neargate(temporaryHome(), 'plan', workshop)
    expect({ code, error }).toEqual({ code: 0, error: '' })
    expect(out).toContain('nginx-fargate')
    expect(out).toContain('vCPU')
  })

  it('prints the JSON that it promises', async () => {
    const { code, out } = await neargate(temporaryHome(), 'plan', workshop, '--json')
    expect(code).toBe(0)
    const plan = JSON.parse(out) as Record<string, unknown[]>
    expect(plan).toMatchObject({ cost: { currency: 'USD' }, problems: expect.any(Array) })
    expect(plan['workloads']).toContainEqual(
      expect.objectContaining({ namespace: 'nginx-fargate', compute: 'fargate', replicas: 2 }),
    )
  })

  it('exits with 1 when there are errors, and prints them all the same', async () => {
    const directory = temporaryDirectory()
    writeFileSync(
      join(directory, 'cluster.yaml'),
      'apiVersion: eksctl.io/v1alpha5\nkind: ClusterConfig\nmetadata: [\n',
    )
    const human = await neargate(temporaryHome(), 'plan', directory)
    expect(human.code).toBe(1)
    expect(human.out).toContain('cluster.yaml:')
    const { code, out } = await neargate(temporaryHome(), 'plan', directory, '--json')
    expect(code).toBe(1)
    const { problems } = JSON.parse(out) as { problems: object[] }
    expect(problems[0]).toMatchObject({ severity: 'error', file: join(directory, 'cluster.yaml') })
  })

  it('makes nothing', async () => {
    const home = temporaryHome()
    await neargate(home, 'plan', workshop)
    expect(readdirSync(home.directory)).toEqual([])
  })
})

describe('where no region runs', () => {
  it('down has nothing to remove', async () => {
    const home = temporaryHome()
    const ran = await neargate(home, 'down', workshop)
    expect(ran).toMatchObject({
      code: 0,
      out: `no near region is kept on ${home.directory}: nothing to remove\n`,
    })
  })

  it('stop has nothing to stop', async () => {
    const home = temporaryHome()
    expect(await neargate(home, 'stop')).toMatchObject({
      code: 0,
      out: `no near region runs on ${home.directory}\n`,
    })
  })

  it('status says so as JSON too', async () => {
    const home = temporaryHome()
    const { code, out } = await neargate(home, 'status', '--json')
    expect(code).toBe(1)
    expect(JSON.parse(out)).toEqual({ running: false, data: home.directory })
  })

  it('up makes nothing of a plan with errors', async () => {
    const directory = temporaryDirectory()
    const config =
      'apiVersion: eksctl.io/v1alpha5\nkind: ClusterConfig\nmetadata: { name: a, region: eu-west-1 }\nodd: 1\n'
    // A warning, among which errors could be lost.
    writeFileSync(join(directory, 'values.yaml'), 'replicas: 1\n')
    writeFileSync(join(directory, 'cluster.yaml'), config)
    const { code, out, error } = await neargate(temporaryHome(), 'up', directory, '--json')
    expect({ code, out }).toEqual({ code: 1, out: '' })
    // With their places, below the warnings and beside the streams that the plan itself goes to.
    expect(error).toMatch(
      /error: the plan has \d+ errors?: nothing was made\n {2}\S+cluster\.yaml:\d+:\d+ \S/,
    )
  })

  it('up tells once of a path that is not there', async () => {
    const { code, out, error } = await neargate(temporaryHome(), 'up', '/nowhere/x')
    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(error).toBe(
      [
        '✖ error file-missing  /nowhere/x',
        '  /nowhere/x does not exist',
        '  → Give a file or a directory that holds .yaml, .yml or .json files.',
        '',
        '1 error',
        'error: the plan has 1 error: nothing was made',
        '',
      ].join('\n'),
    )
  })
})

describe('env', () => {
  async function lines(...args: string[]): Promise<{ home: Home; out: string; endpoint: string }> {
    const home = temporaryHome()
    const endpoint = await pretendRegion(home)
    const { code, out } = await neargate(home, 'env', ...args)
    expect(code).toBe(0)
    return { home, out, endpoint }
  }

  it('prints lines that a shell can take', async () => {
    const { home, out, endpoint } = await lines()
    expect(out).toContain(`export AWS_ENDPOINT_URL=${endpoint}\n`)
    expect(out).toContain('export AWS_REGION=eu-west-1\n')
    expect(out).toContain(`export AWS_SECRET_ACCESS_KEY=${testIdentity.secretAccessKey}\n`)
    expect(out).toContain(`export KUBECONFIG=${home.kubeconfig}\n`)
  })

  it('undoes what it does', async () => {
    const names = JSON.parse((await lines('--json')).out) as Record<string, string>
    expect((await lines('--unset')).out).toBe(`unset ${Object.keys(names).join(' ')}\n`)
  })

  it('quotes what a shell would read otherwise', async () => {
    const parent = temporaryDirectory()
    const directory = join(parent, "it's $HOME")
    mkdirSync(directory)
    const home = homeAt(directory, {})
    await pretendRegion(home)
    const { out } = await neargate(home, 'env')
    expect(out).toContain(`export KUBECONFIG='${parent}/it'\\''s $HOME/kubeconfig'`)
  })
})

describe('token', () => {
  it('prints the ExecCredential that kubectl asks for', async () => {
    const home = temporaryHome()
    const endpoint = await pretendRegion(home)
    const { code, out } = await neargate(home, 'token', '--cluster', 'workshop')
    expect(code).toBe(0)
    const credential = JSON.parse(out) as { status: { token: string; expirationTimestamp: string } }
    expect(credential).toMatchObject({
      kind: 'ExecCredential',
      apiVersion: 'client.authentication.k8s.io/v1beta1',
    })
    expect(Date.parse(credential.status.expirationTimestamp)).toBeGreaterThan(Date.now())
    const { token } = await createToken({
      cluster: 'workshop',
      region: 'eu-west-1',
      credentials: testIdentity,
      endpoint,
      clock: new FakeClock(Date.parse(credential.status.expirationTimestamp) - 14 * 60_000),
    })
    expect(credential.status.token).toBe(token)
  })
})

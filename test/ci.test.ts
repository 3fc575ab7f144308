// What CI servers run: the templates' own lines, step by step, on the example; and `up` with a region of its own.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { describe, expect, it, onTestFinished } from 'vitest'
import { parse } from 'yaml'

import { isObject } from '../src/base/json.ts'
import { isAlive } from '../src/region/processes.ts'
import { Playground, root, run, type Finished } from './support/program.ts'

const WORKSHOP = 'examples/eks-workshop'

interface Runner {
  readonly playground: Playground
  /** With this checkout's program as `neargate`, and an `npm` that has nothing to install. */
  readonly environment: NodeJS.ProcessEnv
  readonly directory: string
}

function runner(): Runner {
  const playground = new Playground()
  const directory = mkdtempSync(join(tmpdir(), 'neargate-ci-'))
  onTestFinished(async () => {
    await playground.dispose()
    rmSync(directory, { recursive: true, force: true })
  })
  const bin = join(directory, 'bin')
  mkdirSync(bin)
  const program = (name: string, line: string): void => {
    writeFileSync(join(bin, name), `#!/bin/sh\n${line}\n`)
    chmodSync(join(bin, name), 0o755)
  }
  program('neargate', `exec "${process.execPath}" "${join(root, 'bin/neargate.js')}" "$@"`)
  program('npm', 'test "$1" = install')
  return {
    playground,
    directory,
    environment: { ...playground.environment, PATH: `${bin}:${process.env['PATH']}` },
  }
}

// As both servers run what they are given.
const bash = (script: string, environment: NodeJS.ProcessEnv): Promise<Finished> =>
  run('bash', ['-eo', 'pipefail', '-c', script], environment)

const clusters =
  "import('@aws-sdk/client-eks').then(async ({ EKSClient, ListClustersCommand: C }) => console.log((await new EKSClient({}).send(new C({}))).clusters))"

function yamlOf(file: string): Record<string, unknown> {
  const value: unknown = parse(readFileSync(join(root, file), 'utf8'))
  expect(value).toBeTypeOf('object')
  return value as Record<string, unknown>
}

describe('action.yml', () => {
  it('plans, builds, and sets the environment of what follows', async () => {
    const { environment, directory } = runner()
    const { inputs, runs } = yamlOf('action.yml') as {
      inputs: Record<string, { default: string }>
      runs: { steps: { name?: string; run?: string; env?: Record<string, string> }[] }
    }
    const given: Record<string, string> = { paths: WORKSHOP, compare: WORKSHOP }
    const github = { GITHUB_ENV: join(directory, 'env'), GITHUB_STEP_SUMMARY: join(directory, 'summary') }
    for (const { name, run: script, env = {} } of runs.steps) {
      if (script === undefined) continue
      const filled = Object.entries(env).map(([variable, value]) => [
        variable,
        value.replace(
          /\$\{\{ inputs\.(\w+) \}\}/,
          (_, input: string) => given[input] ?? inputs[input]?.default ?? '?',
        ),
      ])
      const finished = await bash(script, { ...environment, ...github, ...Object.fromEntries(filled) })
      expect({ name, ...finished }).toMatchObject({ status: 0 })
    }
    expect(readFileSync(github.GITHUB_STEP_SUMMARY, 'utf8')).toContain('$463.87')
    const lines = readFileSync(github.GITHUB_ENV, 'utf8').trim().split('\n')
    const set = Object.fromEntries(lines.map((line) => line.split(/=(.*)/s).slice(0, 2)))
    const seen = await run(process.execPath, ['--eval', clusters], { ...process.env, ...set })
    expect(seen).toMatchObject({ status: 0, stdout: "[ 'eksworkshop' ]\n" })
  }, 60_000)
})

describe('ci/gitlab.yml', () => {
  it('lets the script of a job run beside its cluster', async () => {
    const { environment, directory } = runner()
    const template = yamlOf('ci/gitlab.yml')['.neargate']
    if (!isObject(template)) throw new Error('there is no template')
    const { before_script: before, after_script: after } = template as Record<string, string[]>
    const variables = { ...environment, NEARGATE_PATHS: join(root, WORKSHOP), NEARGATE_PACKAGE: 'neargate' }
    const script = [`cd ${directory}`, ...before!, 'echo "the job has $AWS_REGION"'].join('\n')
    const job = await bash(script, variables)
    expect(job).toMatchObject({ status: 0, stdout: expect.stringContaining('the job has ap-southeast-1') })
    expect(readFileSync(join(directory, 'neargate.xml'), 'utf8')).toContain('<testsuite')
    expect(await bash(after!.join('\n'), variables)).toMatchObject({ status: 0 })
  }, 60_000)
})

describe('up with a region of its own', () => {
  it('runs the command behind `--` beside the cluster, ends with its exit code, and leaves nothing', async () => {
    const { playground } = runner()
    const script = `console.log('home', process.env.NEARGATE_HOME); ${clusters}.then(() => process.exit(7))`
    const args = ['up', WORKSHOP, '--ephemeral', '--', process.execPath, '--eval', script]
    const { status, stdout, stderr } = await playground.neargate(...args)
    expect({ status, stderr }).toMatchObject({ status: 7 })
    expect(stdout).toContain("[ 'eksworkshop' ]")
    const [, home = ''] = /^home (.*)$/m.exec(stdout) ?? []
    expect(home).not.toBe(playground.home)
    expect(existsSync(home)).toBe(false)
  }, 60_000)

  it('waits for a signal, and leaves nothing', async () => {
    const { playground } = runner()
    const program = [join(root, 'bin/neargate.js'), 'up', WORKSHOP, '--ephemeral', '--wait', '--json']
    const child = spawn(process.execPath, program, { cwd: root, env: playground.environment })
    onTestFinished(() => void child.kill('SIGKILL'))
    let out = ''
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
    let error = ''
    child.stderr.on('data', (chunk: Buffer) => (error += chunk.toString()))
    await expect.poll(() => error, { timeout: 40_000 }).toContain('until it is interrupted')
    const { cluster, kubeconfig } = JSON.parse(out) as { cluster: string; kubeconfig: string }
    expect({ cluster, isThere: existsSync(kubeconfig) }).toEqual({ cluster: 'eksworkshop', isThere: true })
    child.kill('SIGTERM')
    expect(await once(child, 'close')).toEqual([0, null])
    expect(existsSync(kubeconfig)).toBe(false)
    expect(isAlive(child.pid ?? 0)).toBe(false)
  }, 60_000)
})

describe('a second up', () => {
  it('prints what has changed only', async () => {
    const { playground, directory } = runner()
    expect(await playground.neargate('up', WORKSHOP, '--ephemeral')).toMatchObject({ status: 0 })
    const again = await playground.neargate('up', WORKSHOP)
    expect(again).toMatchObject({ status: 0, stderr: '' })
    expect(again.stdout).toMatch(/^cluster eksworkshop is up to date, nothing was changed/)
    const verbose = await playground.neargate('up', WORKSHOP, '--verbose')
    expect(verbose.stderr).toMatch(/control plane +[\d.]+s {2}unchanged/)
    expect(verbose.stdout).toContain('EKS control plane')

    const changed = join(directory, 'changed')
    mkdirSync(changed)
    for (const name of ['cluster.yaml', 'nginx-ec2.yaml', 'nginx-fargate.yaml']) {
      const text = readFileSync(join(root, WORKSHOP, name), 'utf8')
      writeFileSync(
        join(changed, name),
        name.includes('fargate') ? text.replace('replicas: 2', 'replicas: 3') : text,
      )
    }
    const third = await playground.neargate('up', changed)
    expect(third.stderr.split('\n')[0]).toMatch(/^✔ manifests .*1 changed: Deployment nginx-fargate$/)
    expect(third.stderr).not.toContain('unchanged')
    expect(third.stdout).toContain('3/3')
  }, 90_000)
})

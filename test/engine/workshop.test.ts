// Real containers, as a user meets them: the workshop with a real nginx, what goes wrong with pods, a kill of the region.
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { listContainers } from '../../src/runtime/engine/api.ts'
import { loadBusybox, loadNginx } from '../../src/runtime/engine/testing/images.ts'
import { startOwnEngine, type OwnEngine } from '../../src/runtime/engine/testing/own-engine.ts'
import { Playground, run } from '../support/program.ts'
import { realClient } from '../support/real-clients.ts'

interface UpJson {
  readonly loadBalancers: readonly { readonly service: string; readonly url: string }[]
}

const WORKSHOP = 'examples/eks-workshop'
const playground = new Playground()
const scratch = mkdtempSync(join(tmpdir(), 'neargate-scratch-'))
let engine: OwnEngine
let up: UpJson

beforeAll(async () => {
  engine = await startOwnEngine()
  await Promise.all([
    loadBusybox(engine.api, 'localhost/busybox:1'),
    loadNginx(engine.api, 'public.ecr.aws/nginx/nginx:1.24-alpine-slim'),
  ])
  process.env['DOCKER_HOST'] = `unix://${engine.socketPath}`
  process.env['NEARGATE_RUNTIME'] = 'engine'
  // The engine would make its network in this machine's own.
  process.env['NEARGATE_UPLINK'] = 'off'
  const { status, stdout, stderr } = await playground.neargate('up', WORKSHOP, '--json')
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  up = JSON.parse(stdout) as UpJson
}, 120_000)

afterAll(async () => {
  await playground.dispose()
  rmSync(scratch, { recursive: true })
  await engine.close()
}, 60_000)

async function kubectl(...args: string[]): Promise<string> {
  const environment = { ...playground.environment, KUBECONFIG: join(playground.home, 'kubeconfig') }
  const { status, stdout, stderr } = await run(realClient('kubectl'), args, environment)
  expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' })
  return stdout
}

/** A kubectl that goes on, and what it has printed so far. */
function open(...args: string[]): { readonly child: ChildProcess; output(): string } {
  const environment = { ...playground.environment, KUBECONFIG: join(playground.home, 'kubeconfig') }
  const child = spawn(realClient('kubectl'), args, { env: environment, stdio: ['ignore', 'pipe', 'pipe'] })
  let text = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (text += chunk.toString()))
  return { child, output: () => text }
}

async function apply(...objects: readonly object[]): Promise<void> {
  const path = join(scratch, 'objects.json')
  writeFileSync(path, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }))
  await kubectl('apply', '-f', path)
}

async function until(what: string, condition: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + 60_000
  while (!(await condition())) {
    if (performance.now() > end) expect.fail(`not in time: ${what}`)
    await pause(200)
  }
}

async function status(pod: string, path: string): Promise<string> {
  return await kubectl('get', 'pod', pod, '-o', `jsonpath={.status.${path}}`)
}

/** A GET through the load balancer of a service. */
async function get(service: string): Promise<{ readonly server: unknown; readonly body: string }> {
  const found = up.loadBalancers.find((one) => one.service.endsWith(service))
  const { host, port } = new URL(found?.url ?? '')
  return await new Promise((resolve, reject) => {
    const sent = request(
      { host: '127.0.0.1', port: port === '' ? 80 : Number(port), headers: { host }, agent: false },
      (response) => {
        let body = ''
        response.on('data', (chunk: Buffer) => (body += chunk.toString()))
        response.on('end', () => resolve({ server: response.headers.server, body }))
      },
    )
    sent.once('error', reject)
    sent.end()
  })
}

async function containers(): Promise<readonly { readonly Id: string; readonly Labels?: object }[]> {
  return await listContainers(engine.api, '{}')
}

function pod(name: string, container: object, spec: object = {}): object {
  const image = 'localhost/busybox:1'
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: { terminationGracePeriodSeconds: 1, ...spec, containers: [{ name: 'main', image, ...container }] },
  }
}

function shell(script: string): { readonly command: readonly string[] } {
  return { command: ['sh', '-c', script] }
}

describe('the workshop', () => {
  it('is served by nginx itself, which logs who asked', async () => {
    const { server, body } = await get('service-nginx-fargate')
    expect(server).toMatch(/^nginx\/\d/)
    expect(body).toContain('Welcome to nginx!')
    expect(await logsOf('nginx-fargate')).toContain('"GET / HTTP/1.1" 200')
  })

  it('has what it pays for on Fargate, less the part of Fargate itself', async () => {
    const [name] = await podsIn('nginx-fargate')
    const found = await listContainers<{ readonly Id: string }>(
      engine.api,
      JSON.stringify({ label: [`io.kubernetes.pod.name=${name}`, 'neargate.dev/kind=container'] }),
    )
    const { State } = await engine.api.json<{ readonly State: { readonly Pid: number } }>(
      'GET',
      `/containers/${found[0]?.Id}/json`,
    )
    // 0.25 vCPU and 1 GB, of which Fargate keeps 256 MB.
    expect(limitsAbove(State.Pid)).toEqual({ memory: String(768 * 1024 ** 2), quota: 25_000 })
  })

  it('shows a page that kubectl cp has brought', async () => {
    const page = join(scratch, 'index.html')
    writeFileSync(page, 'changed by hand\n')
    for (const name of await podsIn('nginx-fargate')) {
      await kubectl('cp', page, `nginx-fargate/${name}:/usr/share/nginx/html/index.html`)
    }
    expect((await get('service-nginx-fargate')).body).toBe('changed by hand\n')
  })
})

/** What the control group of a process's pod allows: that above the group of its container. */
function limitsAbove(pid: number): { readonly memory: string; readonly quota: number } {
  const rows = readFileSync(`/proc/${pid}/cgroup`, 'utf8').trim().split('\n')
  const groupOf = (controller: string): string => {
    const row = rows.find((one) => one.split(':')[1]?.split(',').includes(controller)) ?? '0::/'
    const path = row.split(':')[2] ?? ''
    return path.slice(0, path.indexOf('/', path.indexOf('/pod') + 1))
  }
  const read = (path: string): string => readFileSync(`/sys/fs/cgroup${path}`, 'utf8').trim()
  if (rows.length === 1) {
    const group = groupOf('')
    return {
      memory: read(`${group}/memory.max`),
      quota: Number(read(`${group}/cpu.max`).split(' ')[0]),
    }
  }
  return {
    memory: read(`/memory${groupOf('memory')}/memory.limit_in_bytes`),
    quota: Number(read(`/cpu${groupOf('cpu')}/cpu.cfs_quota_us`)),
  }
}

async function podsIn(namespace: string): Promise<readonly string[]> {
  const names = await kubectl('get', 'pods', '-n', namespace, '-o', 'jsonpath={.items[*].metadata.name}')
  return names.split(' ')
}

async function logsOf(namespace: string): Promise<string> {
  const texts = await Promise.all(
    (await podsIn(namespace)).map((name) => kubectl('logs', '-n', namespace, name)),
  )
  return texts.join('')
}

describe('a pod', () => {
  it('that goes wrong says how, in the words of a kubelet', async () => {
    await apply(
      pod('crash', shell('echo dying; exit 3')),
      pod(
        'oom',
        { ...shell('tail /dev/zero'), resources: { limits: { memory: '16Mi' } } },
        { restartPolicy: 'Never' },
      ),
      pod('never', { image: 'localhost/nothing:1', imagePullPolicy: 'Never' }),
      pod('word', shell('echo bye > /dev/termination-log; exit 1'), {
        restartPolicy: 'Never',
        securityContext: { runAsUser: 1000 },
      }),
      pod(
        'log',
        { ...shell('echo -n last; exit 1'), terminationMessagePolicy: 'FallbackToLogsOnError' },
        { restartPolicy: 'Never' },
      ),
      pod('missing', { command: ['/bin/nope'] }, { restartPolicy: 'Never' }),
      pod('root', { securityContext: { runAsNonRoot: true } }),
      pod('hook', {
        ...shell('trap exit TERM; sleep 600 & wait'),
        lifecycle: { postStart: { exec: { command: ['sh', '-c', 'echo secret; exit 3'] } } },
      }),
      pod(
        'ruled',
        {
          ...shell('if [ -e /part/done ]; then exit 0; fi; touch /part/done; exit 42'),
          restartPolicy: 'Never',
          restartPolicyRules: [{ action: 'Restart', exitCodes: { operator: 'In', values: [42] } }],
          volumeMounts: [{ name: 'data', mountPath: '/part', subPath: 'a/b' }],
        },
        {
          restartPolicy: 'Never',
          securityContext: { runAsUser: 1000, fsGroup: 3000 },
          volumes: [{ name: 'data', emptyDir: {} }],
        },
      ),
    )
    const reasons = async (): Promise<string> =>
      (
        await Promise.all([
          status('crash', 'containerStatuses[0].state.waiting.reason'),
          status('oom', 'containerStatuses[0].state.terminated.reason'),
          status('never', 'containerStatuses[0].state.waiting.reason'),
          status('word', 'containerStatuses[0].state.terminated.message'),
          status('log', 'containerStatuses[0].state.terminated.message'),
          status('missing', 'containerStatuses[0].state.terminated.reason'),
          status('root', 'containerStatuses[0].state.waiting.message'),
          status('hook', 'containerStatuses[0].state.waiting.reason'),
          status('ruled', 'phase'),
        ])
      ).join(' ')
    await until('all nine have come to their ends', async () =>
      /^CrashLoopBackOff OOMKilled ErrImageNeverPull bye\n last StartError container has runAsNonRoot and image will run as root \(pod: .*\) CrashLoopBackOff Succeeded$/.test(
        await reasons(),
      ),
    )
    expect(await status('ruled', 'containerStatuses[0].restartCount')).toBe('1')
    const told = ['get', 'events', '--field-selector', 'involvedObject.name=hook', '-o']
    const events = await kubectl(...told, 'jsonpath={range .items[*]}{.reason} {.message}{"\\n"}{end}')
    expect(events).toContain('FailedPostStartHook PostStartHook failed\n')
    expect(events).not.toContain('secret')
    expect(await kubectl('logs', 'crash', '--previous')).toBe('dying\n')
    await kubectl('delete', 'pod', 'crash', 'oom', 'never', 'word', 'log', 'missing', '--wait=false')
    await kubectl('delete', 'pod', 'root', 'hook', 'ruled', '--wait=false')
  })

  it('runs as its security context says, on volumes of the API', async () => {
    await apply(
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'conf' }, data: { greeting: 'hello' } },
      pod(
        'careful',
        {
          ...shell(
            'id; hostname; cat /conf/greeting; touch /x || echo read-only; ls /var/run/secrets/kubernetes.io/serviceaccount',
          ),
          securityContext: { readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
          volumeMounts: [{ name: 'conf', mountPath: '/conf' }],
        },
        {
          restartPolicy: 'Never',
          securityContext: { runAsUser: 1000, runAsGroup: 2000, fsGroup: 3000 },
          volumes: [{ name: 'conf', configMap: { name: 'conf' } }],
        },
      ),
    )
    await until('it has ended', async () => (await status('careful', 'phase')) === 'Succeeded')
    const text = await kubectl('logs', 'careful')
    // Podman names users that the image does not have.
    expect(text.replaceAll(/\(\d+\)/g, '')).toContain('uid=1000 gid=2000 groups=2000,3000')
    for (const line of ['careful', 'hello', 'read-only', 'ca.crt', 'token']) expect(text).toContain(line)
    await kubectl('delete', 'pod', 'careful', '--wait=false')
  })

  it('is followed, attached to, reached through a port and debugged by kubectl', async () => {
    await apply(pod('ticking', shell('while :; do echo tick; sleep 0.2; done')))
    await kubectl('wait', '--for=condition=Ready', 'pod/ticking', '--timeout=20s')
    const followed = open('logs', '-f', 'ticking', '--tail=1')
    await until('lines that follow', async () => followed.output().split('tick').length > 3)
    followed.child.kill()
    const attached = open('attach', 'ticking')
    await until('lines of what is attached to', async () => attached.output().includes('tick\ntick'))
    attached.child.kill()
    const [target] = await podsIn('nginx-fargate')
    const forwarded = open('port-forward', '-n', 'nginx-fargate', `pod/${target}`, ':80')
    await until('a forwarded port', async () => forwarded.output().includes('Forwarding from 127.0.0.1:'))
    const port = /127\.0\.0\.1:(\d+)/.exec(forwarded.output())?.[1]
    const answer = await fetch(`http://127.0.0.1:${port}/`)
    expect(answer.headers.get('server')).toMatch(/^nginx\/\d/)
    forwarded.child.kill()
    await kubectl(
      'debug',
      'ticking',
      '--image=localhost/busybox:1',
      '-c',
      'look',
      '--',
      'sh',
      '-c',
      'echo looked',
    )
    await until('what the debugger said', async () => {
      const { status: code, stdout } = await run(realClient('kubectl'), ['logs', 'ticking', '-c', 'look'], {
        ...playground.environment,
        KUBECONFIG: join(playground.home, 'kubeconfig'),
      })
      return code === 0 && stdout === 'looked\n'
    })
  })

  it('is probed in itself, and restarted where it has failed', async () => {
    const probe = { exec: { command: ['test', '-e', '/tmp/ok'] }, periodSeconds: 1, failureThreshold: 1 }
    await apply(
      pod('probed', {
        ...shell('touch /tmp/ok; trap exit TERM; sleep 2; rm /tmp/ok; sleep 60 & wait'),
        livenessProbe: probe,
      }),
    )
    await until(
      'it was restarted',
      async () => Number(await status('probed', 'containerStatuses[0].restartCount')) > 0,
    )
    await kubectl('delete', 'pod', 'probed', '--wait=false')
  })
})

describe('a job and a stateful set', () => {
  it('end and keep what they are to keep', async () => {
    const template = {
      metadata: { labels: { app: 'kept' } },
      spec: {
        terminationGracePeriodSeconds: 0,
        containers: [
          {
            name: 'main',
            image: 'localhost/busybox:1',
            ...shell('date >> /data/starts; cat /data/starts; trap exit TERM; sleep 1000 & wait'),
            volumeMounts: [{ name: 'data', mountPath: '/data' }],
          },
        ],
        volumes: [{ name: 'data', hostPath: { path: '/var/kept', type: 'DirectoryOrCreate' } }],
      },
    }
    await apply(
      {
        apiVersion: 'batch/v1',
        kind: 'Job',
        metadata: { name: 'once' },
        spec: {
          template: {
            spec: {
              restartPolicy: 'Never',
              containers: [{ name: 'main', image: 'localhost/busybox:1', ...shell('echo done') }],
            },
          },
        },
      },
      {
        apiVersion: 'apps/v1',
        kind: 'StatefulSet',
        metadata: { name: 'kept' },
        spec: { serviceName: 'kept', replicas: 1, selector: { matchLabels: { app: 'kept' } }, template },
      },
    )
    await kubectl('wait', '--for=condition=complete', 'job/once', '--timeout=25s')
    expect(await kubectl('logs', 'job/once')).toBe('done\n')
    await kubectl('rollout', 'status', 'statefulset/kept', '--timeout=25s')
    expect(await kubectl('exec', 'kept-0', '--', 'hostname')).toBe('kept-0\n')
  })
})

describe('what runs', () => {
  it('goes on when the region is killed, and is found again as it was', async () => {
    const before = await containers()
    const statuses = await kubectl(
      'get',
      'pods',
      '-A',
      '-o',
      'jsonpath={.items[*].status.containerStatuses[*].restartCount}',
    )
    process.kill(playground.pid ?? 0, 'SIGKILL')
    await playground.neargate('start')
    await until('its pods are ready', async () => {
      // A load balancer without healthy targets resets connections.
      const answer = await get('service-nginx-fargate').catch(() => undefined)
      return answer?.body === 'changed by hand\n'
    })
    expect(new Set((await containers()).map(({ Id }) => Id))).toEqual(new Set(before.map(({ Id }) => Id)))
    const after = await kubectl(
      'get',
      'pods',
      '-A',
      '-o',
      'jsonpath={.items[*].status.containerStatuses[*].restartCount}',
    )
    expect(after).toBe(statuses)
    expect(await logsOf('nginx-fargate')).toContain('"GET / HTTP/1.1" 200')
  })

  it('is seen to when the engine was killed and comes again', async () => {
    await engine.kill()
    await engine.start()
    await until(
      'it can be asked',
      async () => (await kubectl('exec', 'kept-0', '--', 'hostname').catch(() => '')) === 'kept-0\n',
    )
  })

  it('starts anew after a stop, on volumes that are there again', async () => {
    await apply(
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'page' }, data: { title: 'again\n' } },
      pod(
        'again',
        {
          ...shell('cat /conf/title; trap exit TERM; sleep 600 & wait'),
          volumeMounts: [
            { name: 'conf', mountPath: '/conf/title', subPath: 'title' },
            { name: 'scratch', mountPath: '/scratch' },
          ],
        },
        {
          volumes: [
            { name: 'conf', configMap: { name: 'page' } },
            { name: 'scratch', emptyDir: { medium: 'Memory' } },
          ],
        },
      ),
    )
    await kubectl('wait', '--for=condition=Ready', 'pod/again', '--timeout=40s')
    const uid = await kubectl('get', 'pod', 'again', '-o', 'jsonpath={.metadata.uid}')
    const mounts = (): string => readFileSync('/proc/self/mounts', 'utf8')
    expect(mounts()).toContain(uid)
    expect((await playground.neargate('stop')).status).toBe(0)
    expect(await containers()).toEqual([])
    expect(mounts()).not.toContain(uid)
    expect((await playground.neargate('start')).status).toBe(0)
    const count = (): Promise<string> => status('again', 'containerStatuses[0].restartCount')
    await until('it was started again', async () => Number(await count()) > 0)
    await kubectl('wait', '--for=condition=Ready', 'pod/again', '--timeout=40s')
    await until('it has read its volume', async () => (await kubectl('logs', 'again')) === 'again\n')
  })

  it('goes with the region, and nothing is left in the engine', async () => {
    const { status: code } = await playground.neargate('down', WORKSHOP)
    expect(code).toBe(0)
    await playground.neargate('stop')
    expect(await containers()).toEqual([])
  })
})

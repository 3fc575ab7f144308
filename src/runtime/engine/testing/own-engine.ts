// Owns a container engine for tests: one of its own in a directory of its own, which nobody else's containers are in.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { tmpdir } from 'node:os'
import { setTimeout as pause } from 'node:timers/promises'

import { InternalError, messageOf } from '../../../base/errors.ts'
import { EngineApi, listContainers } from '../api.ts'

export interface OwnEngine {
  /** `podman`, or `docker` where NEARGATE_TEST_ENGINE says so. */
  readonly name: string
  readonly socketPath: string
  readonly api: EngineApi
  /** Ends the service as a crash does; containers go on. */
  kill(): Promise<void>
  start(): Promise<void>
  close(): Promise<void>
}

const START_MS = 30_000
const PID_FILES = ['docker.pid', 'exec/containerd/containerd.pid'] as const
// Podman 4.3 mixes up soft and hard limits, and its own defaults are more than may be set without CAP_SYS_RESOURCE; crun
// refuses cgroups in hybrid mode; the hosts file of this machine has no place in a pod.
const PODMAN_CONFIGURATION = `[containers]
default_ulimits = ["nofile=16384:16384", "nproc=4096:4096"]
base_hosts_file = "none"
[engine]
runtime = "runc"
events_logger = "file"
cgroup_manager = "cgroupfs"
`

/** A command that serves the engine's API on a socket, and the environment that it takes. */
interface Service {
  readonly command: string
  readonly args: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
}

/** @param insecureRegistry `127.0.0.1:PORT` of one that speaks HTTP; Docker takes all of loopback for such. @throws InternalError when it is not installed, or does not come up */
export async function startOwnEngine(insecureRegistry?: string): Promise<OwnEngine> {
  const name = process.env['NEARGATE_TEST_ENGINE'] ?? 'podman'
  const directory = await mkdtemp(join(tmpdir(), `neargate-${name}-`))
  const socketPath = join(directory, 'engine.sock')
  const { command, args, environment } = await (name === 'docker'
    ? docker(directory, socketPath)
    : podman(directory, socketPath, insecureRegistry))
  const api = new EngineApi(socketPath)
  let service: ChildProcess | undefined
  const start = async (): Promise<void> => {
    // A Docker that was killed has left them, and takes processes that nobody has buried for running ones.
    for (const file of PID_FILES) await rm(join(directory, file), { force: true })
    service = spawn(command, args, {
      env: { ...process.env, ...environment },
      // What watches over containers leaves files where it was started.
      cwd: directory,
      stdio: ['ignore', 'ignore', name === 'docker' ? 'ignore' : 'inherit'],
    })
    const failed = new Promise<never>((_, reject) =>
      service?.once('error', (error) =>
        reject(new InternalError(`${command} cannot be started: ${messageOf(error)}`)),
      ),
    )
    await Promise.race([untilAnswers(api, command), failed])
  }
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    const current = service
    if (!current || current.exitCode !== null || current.signalCode !== null) return
    const ended = new Promise((resolve) => current.once('exit', resolve))
    current.kill(signal)
    await ended
  }
  await start()
  return {
    name,
    socketPath,
    api,
    start,
    kill: () => end('SIGKILL'),
    async close() {
      await removeAll(api)
      // Docker ends the containerd that it has started, unless it is killed.
      await end(name === 'docker' ? 'SIGTERM' : 'SIGKILL')
      unmount(directory)
      await rm(directory, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

async function podman(directory: string, socketPath: string, registry?: string): Promise<Service> {
  const configuration = join(directory, 'containers.conf')
  await writeFile(configuration, PODMAN_CONFIGURATION)
  const registries = join(directory, 'registries.conf')
  await writeFile(registries, registry ? `[[registry]]\nlocation = "${registry}"\ninsecure = true\n` : '')
  const own = ['root', 'runroot'].flatMap((name) => [`--${name}`, join(directory, name)])
  const parameters = [...own, '--network-config-dir', join(directory, 'net')]
  return {
    command: 'podman',
    args: [...parameters, 'system', 'service', '--time', '0', `unix://${socketPath}`],
    environment: { CONTAINERS_CONF: configuration, CONTAINERS_REGISTRIES_CONF: registries },
  }
}

// Without a bridge and without rules of its own it changes nothing in the network of this machine.
async function docker(directory: string, socketPath: string): Promise<Service> {
  const paths = {
    'data-root': 'data',
    'exec-root': 'exec',
    pidfile: PID_FILES[0],
    'config-file': 'daemon.json',
  }
  await writeFile(join(directory, paths['config-file']), '{}')
  return {
    command: 'dockerd',
    args: [
      ...Object.entries(paths).flatMap(([option, path]) => [`--${option}`, join(directory, path)]),
      '--host',
      `unix://${socketPath}`,
      '--bridge',
      'none',
      '--iptables=false',
      '--ip-forward=false',
      '--storage-driver',
      'vfs',
      '--exec-opt',
      'native.cgroupdriver=cgroupfs',
      '--live-restore',
      // More may not be set without CAP_SYS_RESOURCE.
      '--default-ulimit',
      'nofile=16384:16384',
    ],
  }
}

async function removeAll(api: EngineApi): Promise<void> {
  const all = await listContainers<{ Id: string }>(api, '{}')
  // Those that others depend on go last.
  for (let round = 0; round < 3; round += 1) {
    for (const { Id } of all) {
      await api
        .text('DELETE', `/containers/${Id}`, { query: { force: true, v: true } })
        .catch(() => undefined)
    }
  }
}

async function untilAnswers(api: EngineApi, command: string): Promise<void> {
  const end = performance.now() + START_MS
  for (;;) {
    const isThere = await api.text('GET', '/_ping').then(
      () => true,
      () => false,
    )
    if (isThere) return
    if (performance.now() > end) throw new InternalError(`${command} does not answer`)
    await pause(20)
  }
}

// Podman mounts its store over itself and leaves that so.
function unmount(directory: string): void {
  const mounts = readFileSync('/proc/self/mounts', 'utf8').split('\n')
  const points = mounts
    .map((row) => row.split(' ')[1] ?? '')
    .filter((path) => path.startsWith(`${directory}/`))
  for (const path of points.toReversed()) spawnSync('umount', ['-l', path])
}

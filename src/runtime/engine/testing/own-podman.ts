// Owns a container engine for tests: a Podman of its own in a directory of its own, which nobody else's containers are in.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { tmpdir } from 'node:os'
import { setTimeout as pause } from 'node:timers/promises'

import { InternalError, messageOf } from '../../../base/errors.ts'
import { EngineApi, listContainers } from '../api.ts'

export interface OwnPodman {
  readonly socketPath: string
  readonly api: EngineApi
  /** Ends the service as a crash does; containers go on. */
  kill(): Promise<void>
  start(): Promise<void>
  close(): Promise<void>
}

const START_MS = 30_000
// Podman 4.3 mixes up soft and hard limits, and its own defaults are more than may be set without CAP_SYS_RESOURCE; crun
// refuses cgroups in hybrid mode; the hosts file of this machine has no place in a pod.
const CONFIGURATION = `[containers]
default_ulimits = ["nofile=16384:16384", "nproc=4096:4096"]
base_hosts_file = "none"
[engine]
runtime = "runc"
events_logger = "file"
cgroup_manager = "cgroupfs"
`

/** Starts one. @throws InternalError when there is no Podman, or it does not come up */
export async function startOwnPodman(): Promise<OwnPodman> {
  const directory = await mkdtemp(join(tmpdir(), 'neargate-podman-'))
  const configuration = join(directory, 'containers.conf')
  const socketPath = join(directory, 'podman.sock')
  await writeFile(configuration, CONFIGURATION)
  const own = ['root', 'runroot'].flatMap((name) => [`--${name}`, join(directory, name)])
  const environment = { ...process.env, CONTAINERS_CONF: configuration }
  const api = new EngineApi(socketPath)
  let service: ChildProcess | undefined
  const start = async (): Promise<void> => {
    const parameters = [...own, '--network-config-dir', join(directory, 'net')]
    service = spawn('podman', [...parameters, 'system', 'service', '--time', '0', `unix://${socketPath}`], {
      env: environment,
      // What watches over containers leaves files where it was started.
      cwd: directory,
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    const failed = new Promise<never>((_, reject) =>
      service?.once('error', (error) =>
        reject(new InternalError(`no Podman can be started: ${messageOf(error)}`)),
      ),
    )
    await Promise.race([untilAnswers(api), failed])
  }
  const kill = async (): Promise<void> => {
    const current = service
    if (!current || current.exitCode !== null || current.signalCode !== null) return
    const ended = new Promise((resolve) => current.once('exit', resolve))
    current.kill('SIGKILL')
    await ended
  }
  await start()
  return {
    socketPath,
    api,
    start,
    kill,
    async close() {
      await removeAll(api)
      await kill()
      unmount(directory)
      await rm(directory, { recursive: true, force: true, maxRetries: 5 })
    },
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

async function untilAnswers(api: EngineApi): Promise<void> {
  const end = performance.now() + START_MS
  for (;;) {
    const isThere = await api.text('GET', '/_ping').then(
      () => true,
      () => false,
    )
    if (isThere) return
    if (performance.now() > end) throw new InternalError('Podman does not answer')
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

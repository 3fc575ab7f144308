// Measures the main job from outside: `up` with and without a running region, and what an idle region costs.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import type { Figure } from './figure.ts'
import { idle, IDLE_SECONDS, pidOf } from './idle.ts'
import { memoryWithConnections, OPEN_CONNECTIONS, type Listening } from './open-connections.ts'
import { neargate, type Status } from './program.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const RUNS = 3

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

/** `up` without a region, with one, and unchanged; memory and CPU of the idle region. */
export async function benchUp(): Promise<Figure[]> {
  const cold: number[] = []
  const warm: number[] = []
  const again: number[] = []
  let memory = 0
  let cpu = 0
  let open = 0
  for (let run = 0; run < RUNS; run++) {
    const home = mkdtempSync(join(tmpdir(), 'neargate-bench-'))
    try {
      cold.push(timed(() => neargate(home, 'up', 'examples/eks-workshop', '--json')))
      again.push(timed(() => neargate(home, 'up', 'examples/eks-workshop', '--json')))
      if (run === 0) {
        ;({ memory, cpu } = await idle(home))
        open = await memoryWithConnections(balancerOf(home), pidOf(home))
      }
      neargate(home, 'down', 'examples/eks-workshop')
      neargate(home, 'start', '--port', '0', '--region', 'ap-southeast-1')
      warm.push(timed(() => neargate(home, 'up', 'examples/eks-workshop', '--json')))
    } finally {
      spawnSync(process.execPath, [join(root, 'bin/neargate.js'), 'stop', '--data', home])
      rmSync(home, { recursive: true, force: true })
    }
  }
  return [
    {
      name: 'up.cold',
      value: median(cold),
      unit: 's',
      note: 'region not running, whole command; target under 5',
    },
    { name: 'up.warm', value: median(warm), unit: 's', note: 'region running, no cluster; target under 2' },
    { name: 'up.again', value: median(again), unit: 's', note: 'cluster running, nothing to change' },
    { name: 'region.idle.rss', value: memory, unit: 'MB', note: 'workshop up, idle; target under 200' },
    {
      name: 'region.idle.cpu',
      value: cpu,
      unit: '% of a core',
      note: `over ${IDLE_SECONDS} s; target under 2`,
    },
    {
      name: 'region.connections.rss',
      value: open,
      unit: 'MB',
      note: `workshop up, ${OPEN_CONNECTIONS} connections open through a load balancer; target under 200`,
    },
  ]
}

/** Where a load balancer listens on this machine. */
function balancerOf(home: string): Listening {
  const { loadBalancers } = JSON.parse(neargate(home, 'status', '--json')) as Status
  const [host = '', port] = loadBalancers[0]?.listeners[0]?.addresses[0]?.split(':') ?? []
  return { host, port: Number(port) }
}

function timed(work: () => unknown): number {
  const started = performance.now()
  work()
  return Number(((performance.now() - started) / 1000).toFixed(3))
}

// An autoscaler in a region, made and watched by the real kubectl: stand-ins are told what to use, the metrics server reads
// it, replicas follow up and down.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect, it, onTestFinished } from 'vitest'

import { startRegion } from '../src/library/start-region.ts'
import { run } from './support/program.ts'
import { realClient } from './support/real-clients.ts'

const config = {
  apiVersion: 'eksctl.io/v1alpha5',
  kind: 'ClusterConfig',
  metadata: { name: 'shop', region: 'eu-west-1' },
  managedNodeGroups: [{ name: 'nodes', instanceType: 't3.xlarge', desiredCapacity: 2 }],
}
const labels = { app: 'web' }
const web = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'default' },
  spec: {
    replicas: 2,
    selector: { matchLabels: labels },
    template: {
      metadata: { labels },
      spec: {
        containers: [{ name: 'web', image: 'nginx', resources: { requests: { cpu: '100m' } } }],
      },
    },
  },
}

const STEP_SECONDS = 30

it('scales a Deployment up and down again', { timeout: 180_000 }, async () => {
  const region = await startRegion({ region: 'eu-west-1' })
  onTestFinished(() => region.stop())
  await region.up({ config, manifests: [web] })
  const directory = mkdtempSync(join(tmpdir(), 'neargate-test-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  const path = join(directory, 'kubeconfig')
  writeFileSync(path, await region.kubeconfig('shop'))
  const kubectl = async (...args: string[]): Promise<string> => {
    const env = { ...process.env, ...region.env, KUBECONFIG: path }
    const { status, stdout, stderr } = await run(realClient('kubectl'), args, env)
    expect({ status, stderr }).toMatchObject({ status: 0 })
    return stdout
  }
  /** Lets time pass as a clock does, for so long at most, until `kubectl get hpa` says so. */
  const until = async (line: RegExp, minutes: number): Promise<void> => {
    for (let seconds = 0; seconds < minutes * 60; seconds += STEP_SECONDS) {
      if (line.test(await kubectl('get', 'hpa', 'web'))) return
      await region.clock.advance(STEP_SECONDS * 1000)
    }
    expect(await kubectl('describe', 'hpa', 'web')).toMatch(line)
  }

  await kubectl('annotate', 'pods', '-l', 'app=web', 'neargate.dev/usage=cpu=100m,memory=64Mi')
  await kubectl('autoscale', 'deployment', 'web', '--min=1', '--max=6', '--cpu=50%')
  // Half of what is asked for, over four pods: as it should be.
  await until(/^web\s+Deployment\/web\s+cpu: 50%\/50%\s+1\s+6\s+4\s/m, 5)
  expect(await kubectl('describe', 'hpa', 'web')).toMatch(
    /SuccessfulRescale\s+.*horizontal-pod-autoscaler\s+New size: 4; reason: cpu resource utilization \(percentage of request\) above target/,
  )
  const top = await kubectl('top', 'pods', '-l', 'app=web')
  expect(top.match(/^web-\S+\s+100m\s+64Mi\s*$/gm)).toHaveLength(2)
  expect(top.match(/^web-\S+\s+0m\s+0Mi\s*$/gm)).toHaveLength(2)
  expect(await kubectl('get', 'deployment', 'web')).toMatch(/^web\s+4\/4\s/m)

  await kubectl('annotate', 'pods', '-l', 'app=web', 'neargate.dev/usage-')
  // The window in which it may change its mind is five minutes long.
  await until(/cpu: 0%\/50%\s+1\s+6\s+1\s/, 10)
  expect(await kubectl('describe', 'hpa', 'web')).toContain('New size: 1; reason: All metrics below target')
  const refused = await run(
    realClient('kubectl'),
    ['annotate', 'pods', '-l', 'app=web', 'neargate.dev/usage=much'],
    { ...process.env, ...region.env, KUBECONFIG: path },
  )
  expect(refused).toMatchObject({ status: 1 })
  expect(refused.stderr).toContain('annotation neargate.dev/usage: "much" must be like cpu=400m,memory=200Mi')
})

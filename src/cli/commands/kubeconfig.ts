// Owns `neargate kubeconfig`: the kubeconfig of one cluster on standard output.
import type { Command } from 'commander'

import { UserError } from '../../base/errors.ts'
import { connectNear, inRegion, type App, type Near } from '../app.ts'

export function registerKubeconfig(program: Command, app: App): void {
  program
    .command('kubeconfig')
    .description('print the kubeconfig of a cluster')
    .argument('<cluster>', 'name of the cluster')
    .option('--region <name>', 'region of the cluster (default: the first one that has it)')
    .action(async (name: string, flags: { readonly region?: string }) => {
      const { kubeconfigText } = await import('../kubeconfig.ts')
      const first = await connectNear(app, flags)
      const regions = flags.region === undefined ? await first.admin.regions() : [flags.region]
      const near = await regionOfCluster(first, name, regions)
      const { clusters } = await near.admin.status()
      const cluster = clusters.find((entry) => entry.name === name)
      if (!cluster?.endpoint || !cluster.certificateAuthorityData) {
        const known = clusters.map((entry) => entry.name).join(', ') || 'none'
        throw new UserError(`no cluster ${name} runs in the near region ${near.identity.region}`, {
          help: `There is: ${known}.`,
        })
      }
      const { endpoint, certificateAuthorityData } = cluster
      const options = { ...near, awsEndpoint: near.running.endpoint, environment: app.environment }
      app.terminal.out(kubeconfigText({ name, endpoint, certificateAuthorityData }, options))
    })
}

/** The first region that has the cluster; the first of all when none has. */
async function regionOfCluster(near: Near, cluster: string, regions: readonly string[]): Promise<Near> {
  for (const region of regions) {
    const there = inRegion(near, region)
    const { clusters } = await there.admin.status()
    if (clusters.some(({ name }) => name === cluster)) return there
  }
  return near
}

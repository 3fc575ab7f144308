// Owns `neargate kubeconfig`: the kubeconfig of one cluster on standard output.
import type { Command } from 'commander'

import { UserError } from '../../base/errors.ts'
import { connectNear, type App } from '../app.ts'

export function registerKubeconfig(program: Command, app: App): void {
  program
    .command('kubeconfig')
    .description('print the kubeconfig of a cluster')
    .argument('<cluster>', 'name of the cluster')
    .action(async (name: string) => {
      const { kubeconfigText } = await import('../kubeconfig.ts')
      const near = await connectNear(app)
      const { clusters } = await near.admin.status()
      const cluster = clusters.find((entry) => entry.name === name)
      if (!cluster?.endpoint || !cluster.certificateAuthorityData) {
        const known = clusters.map((entry) => entry.name).join(', ') || 'none'
        throw new UserError(`no cluster ${name} runs in the near region`, { help: `There is: ${known}.` })
      }
      const { endpoint, certificateAuthorityData } = cluster
      const options = { ...near, awsEndpoint: near.running.endpoint, environment: app.environment }
      app.terminal.out(kubeconfigText({ name, endpoint, certificateAuthorityData }, options))
    })
}

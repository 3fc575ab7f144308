// Owns `neargate env`: shell lines that point AWS and Kubernetes tools at the near region.
import type { Command } from 'commander'

import { connectNear, type App, type Near } from '../app.ts'

export function registerEnv(program: Command, app: App): void {
  program
    .command('env')
    .description(
      'print shell lines that point aws, eksctl, kubectl, helm and SDKs here: eval "$(neargate env)"',
    )
    .option('--unset', 'print the lines that undo it')
    .option('--json', 'print the variables as JSON')
    .action(async (options: { readonly unset?: true; readonly json?: true }) => {
      const variables = variablesOf(await connectNear(app))
      if (options.json) app.terminal.out(JSON.stringify(variables, undefined, 2))
      else if (options.unset) app.terminal.out(`unset ${Object.keys(variables).join(' ')}`)
      else
        app.terminal.out(
          Object.entries(variables)
            .map(([name, value]) => `export ${name}=${quote(value)}`)
            .join('\n'),
        )
    })
}

function variablesOf({ running, identity, home }: Near): Readonly<Record<string, string>> {
  const { endpoint } = running
  return {
    AWS_ENDPOINT_URL: endpoint,
    // eksctl before 0.206 reads only these names (its pkg/eks/services_v2.go).
    AWS_CLOUDFORMATION_ENDPOINT: endpoint,
    AWS_EC2_ENDPOINT: endpoint,
    AWS_EKS_ENDPOINT: endpoint,
    AWS_ELB_ENDPOINT: endpoint,
    AWS_ELBV2_ENDPOINT: endpoint,
    AWS_IAM_ENDPOINT: endpoint,
    AWS_STS_ENDPOINT: endpoint,
    AWS_REGION: identity.region,
    AWS_DEFAULT_REGION: identity.region,
    AWS_ACCESS_KEY_ID: identity.accessKeyId,
    AWS_SECRET_ACCESS_KEY: identity.secretAccessKey,
    // Keeps SDKs from asking the metadata service of a machine that has none.
    AWS_EC2_METADATA_DISABLED: 'true',
    KUBECONFIG: home.kubeconfig,
  }
}

// Single quotes keep everything but a single quote.
function quote(value: string): string {
  return /^[\w@%+=:,./-]+$/.test(value) ? value : `'${value.replaceAll("'", `'\\''`)}'`
}

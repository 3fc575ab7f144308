// Owns `neargate token`: the ExecCredential that kubectl asks for, as `aws eks get-token` prints it.
import type { Command } from 'commander'

import { connectNear, type App } from '../app.ts'

export function registerToken(program: Command, app: App): void {
  program
    .command('token')
    .description('print an ExecCredential for a cluster (kubectl calls this)')
    .requiredOption('--cluster <name>', 'name of the cluster')
    .option('--region <name>', 'region of the cluster (default: the first one of the data directory)')
    .option('--data <dir>', 'data directory (default: NEARGATE_HOME or ~/.neargate)')
    .action(
      async (options: { readonly cluster: string; readonly region?: string; readonly data?: string }) => {
        const { createToken } = await import('../../deploy/token.ts')
        const { identity, running } = await connectNear(app, {
          directory: options.data,
          region: options.region,
        })
        const { token, expiresAt } = await createToken({
          cluster: options.cluster,
          region: identity.region,
          credentials: identity,
          endpoint: running.endpoint,
          clock: app.clock,
        })
        app.terminal.out(
          JSON.stringify({
            kind: 'ExecCredential',
            apiVersion: 'client.authentication.k8s.io/v1beta1',
            spec: {},
            status: { expirationTimestamp: expiresAt, token },
          }),
        )
      },
    )
}

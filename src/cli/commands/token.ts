// Owns `neargate token`: the ExecCredential that kubectl asks for, as `aws eks get-token` prints it.
import type { Command } from 'commander'

import type { EksToken } from '../../deploy/token.ts'
import { connectNear, type App } from '../app.ts'
import type { TokenFarFlags } from '../run/token-far.ts'
import { assertFlagsFit, offerTarget } from '../target-options.ts'

interface TokenFlags extends TokenFarFlags {
  readonly data?: string
}

export function registerToken(program: Command, app: App): void {
  const command = program
    .command('token')
    .description('print an ExecCredential for a cluster, near or on AWS (kubectl calls this)')
    .requiredOption('--cluster <name>', 'name of the cluster')
    .option(
      '--region <name>',
      'region of the cluster (default: AWS_REGION, or the first one of the data directory)',
    )
    .option('--data <dir>', 'data directory (default: NEARGATE_HOME or ~/.neargate)')
  offerTarget(command).action(async (flags: TokenFlags) => {
    assertFlagsFit(flags)
    const { token, expiresAt } = flags.target === 'aws' ? await far(app, flags) : await near(app, flags)
    app.terminal.out(
      JSON.stringify({
        kind: 'ExecCredential',
        apiVersion: 'client.authentication.k8s.io/v1beta1',
        spec: {},
        status: { expirationTimestamp: expiresAt, token },
      }),
    )
  })
}

// Loaded when it is needed: kubectl waits for this, and the SDK's whole chain of credentials is large.
async function far(app: App, flags: TokenFlags): Promise<EksToken> {
  const { tokenFar } = await import('../run/token-far.ts')
  return tokenFar(app, flags)
}

async function near(app: App, { cluster, data, region }: TokenFlags): Promise<EksToken> {
  const { createToken } = await import('../../deploy/token.ts')
  const { identity, running } = await connectNear(app, { directory: data, region })
  return createToken({
    cluster,
    region: identity.region,
    credentials: identity,
    endpoint: running.endpoint,
    clock: app.clock,
  })
}

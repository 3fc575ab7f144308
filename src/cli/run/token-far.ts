// Owns the course of `neargate token --target aws`: a token of whoever is signed in, as `aws eks get-token` makes it.
import { createToken, type EksToken } from '../../deploy/token.ts'
import { credentialSource } from '../../far/credentials.ts'
import { targetRegion } from '../../far/target-region.ts'
import type { App } from '../app.ts'
import { signIn, signInOptions } from '../sign-in.ts'
import type { TargetFlags } from '../target-options.ts'

export interface TokenFarFlags extends TargetFlags {
  readonly cluster: string
  readonly region?: string
}

/**
 * Makes the token; nothing is asked of AWS but what the credentials take, and with `--expect-account` whose they are.
 * @throws UserError when there are none, or they are of another account
 */
export async function tokenFar(app: App, flags: TokenFarFlags): Promise<EksToken> {
  const region = targetRegion(flags.region, app.environment)
  const options = signInOptions(app, region, flags)
  if (flags.expectAccount !== undefined) {
    const { cloud } = await signIn(app, { metadata: { name: flags.cluster, region } }, flags)
    cloud.close()
  }
  return createToken({
    cluster: flags.cluster,
    region,
    credentials: credentialSource(options),
    ...(options.endpoint === undefined ? {} : { endpoint: options.endpoint }),
    clock: app.clock,
  })
}

// Owns the course of `neargate kubeconfig --target aws`: the kubeconfig of a cluster on AWS, whoever made it.
import { UserError } from '../../base/errors.ts'
import { findCluster } from '../../deploy/cluster.ts'
import { explainRefusal } from '../../deploy/refusal.ts'
import { farKubeconfigText } from '../../far/kubeconfig.ts'
import { targetRegion } from '../../far/target-region.ts'
import type { App } from '../app.ts'
import { signIn } from '../sign-in.ts'
import type { TargetFlags } from '../target-options.ts'

export interface KubeconfigFarFlags extends TargetFlags {
  readonly region?: string
}

/** The kubeconfig as YAML, without a key in it. @throws UserError when no such cluster answers */
export async function kubeconfigFar(app: App, name: string, flags: KubeconfigFarFlags): Promise<string> {
  const region = targetRegion(flags.region, app.environment)
  const target = await signIn(app, { metadata: { name, region } }, flags)
  try {
    const cluster = await findCluster(target, name).catch((error: unknown) => {
      throw explainRefusal(error, 'looking for the cluster')
    })
    if (!cluster)
      throw new UserError(`no cluster ${name} in ${region} of the account ${target.account.id} answers`)
    return farKubeconfigText(cluster, { target, environment: app.environment })
  } finally {
    target.cloud.close()
  }
}

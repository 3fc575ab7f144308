// Owns acting on AWS with the role of a cluster: what its cloud controller and Auto Mode do in its name.
import type { AwsCaller } from '../aws/protocol/service.ts'
import type { Clock } from '../base/clock.ts'
import type { Session } from './instance-credentials.ts'
import { keptSession } from './kept-session.ts'
import type { OpenAws } from './pod-session.ts'

export interface ClusterRoleOptions {
  readonly aws: OpenAws
  readonly clock: Clock
  /** Keys of the role of a cluster. */
  readonly clusterSession: (roleArn: string, clusterName: string) => Promise<Session>
}

/** A road to AWS with the rights of the cluster's role; `roleOf` is asked whenever keys are due. */
export function asClusterRole(
  { aws, clock, clusterSession }: ClusterRoleOptions,
  clusterName: string,
  roleOf: () => string | undefined,
): AwsCaller {
  return aws({ credentials: keptSession(clock, async () => clusterSession(roleOf() ?? '', clusterName)) })
}

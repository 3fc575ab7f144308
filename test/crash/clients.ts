// Owns the clients of the region that is killed, opened anew after each start: its ports change.
import { CloudFormationClient } from '@aws-sdk/client-cloudformation'
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs'
import { EC2Client } from '@aws-sdk/client-ec2'
import { IAMClient } from '@aws-sdk/client-iam'

import { systemClock } from '../../src/base/clock.ts'
import { createToken } from '../../src/deploy/token.ts'
import { HttpClient } from '../../src/kubernetes/client/http.ts'
import { AdminClient } from '../../src/region/admin-client.ts'
import { Failure } from './failure.ts'
import type { Victim } from './victim.ts'

export interface Clients {
  readonly ec2: EC2Client
  readonly logs: CloudWatchLogsClient
  readonly cloudFormation: CloudFormationClient
  readonly iam: IAMClient
  readonly admin: AdminClient
  /** Undefined when the cluster is not there. */
  readonly kubernetes: HttpClient | undefined
  close(): void
}

/** Opens clients that try each request once. @throws Failure when no region runs. */
export async function openClients(victim: Victim, cluster: string): Promise<Clients> {
  const { identity, file } = victim
  const endpoint = file?.endpoint
  if (endpoint === undefined) throw new Failure('no region runs')
  const admin = new AdminClient({ endpoint }, identity)
  const found = (await admin.status()).clusters.find(({ name }) => name === cluster)
  const { region } = identity
  const settings = { endpoint, region, credentials: identity, maxAttempts: 1 }
  const aws = {
    ec2: new EC2Client(settings),
    logs: new CloudWatchLogsClient(settings),
    cloudFormation: new CloudFormationClient(settings),
    iam: new IAMClient(settings),
  }
  const kubernetes =
    found?.endpoint === undefined
      ? undefined
      : new HttpClient({
          url: found.endpoint,
          ca: Buffer.from(found.certificateAuthorityData ?? '', 'base64').toString(),
          token: async () =>
            (await createToken({ cluster, region, credentials: identity, endpoint, clock: systemClock }))
              .token,
          fieldManager: 'crash',
        })
  return {
    ...aws,
    admin,
    kubernetes,
    close: () => {
      for (const client of Object.values(aws)) client.destroy()
      kubernetes?.close()
    },
  }
}

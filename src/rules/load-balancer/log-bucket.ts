// Owns whether a bucket takes the logs of load balancers: whom its policy has to let in.
// Source: ALB user guide, "Enable access logs" (bucket policy); NLB user guide, "Access logs".
import { compilePolicy } from '../iam/compile-policy.ts'
import { decide } from '../iam/evaluate.ts'
import type { PrincipalFacts } from '../iam/principals.ts'

/** The accounts that load balancers of older regions deliver with. */
const ACCOUNTS: Readonly<Record<string, string>> = {
  'us-east-1': '127311923021',
  'us-east-2': '033677994240',
  'us-west-1': '027434742980',
  'us-west-2': '797873946194',
  'af-south-1': '098369216593',
  'ap-east-1': '754344448648',
  'ap-southeast-3': '589379963580',
  'ap-south-1': '718504428378',
  'ap-northeast-3': '383597477331',
  'ap-northeast-2': '600734575887',
  'ap-southeast-1': '114774131450',
  'ap-southeast-2': '783225319266',
  'ap-northeast-1': '582318560864',
  'ca-central-1': '985666609251',
  'eu-central-1': '054676820928',
  'eu-west-1': '156460612806',
  'eu-west-2': '652711504416',
  'eu-south-1': '635631232127',
  'eu-west-3': '009996457667',
  'eu-north-1': '897822967062',
  'me-south-1': '076674570225',
  'sa-east-1': '507241528517',
}

export interface Delivery {
  readonly kind: 'application' | 'network' | 'classic'
  readonly region: string
  readonly accountId: string
  readonly loadBalancerArn: string
  readonly bucket: string
  readonly key: string
}

/** Whether the policy of a bucket lets logs be written. @param document as JSON; one that cannot be read lets nobody */
export function takesLogs(document: string, delivery: Delivery): boolean {
  const policy = compilePolicy(document)
  const keys = {
    'aws:SourceAccount': delivery.accountId,
    'aws:SourceArn': delivery.loadBalancerArn,
    // "bucket-owner-full-control", which policies of network load balancers ask for.
    's3:x-amz-acl': 'bucket-owner-full-control',
    'aws:SecureTransport': 'true',
  }
  const request = {
    action: 's3:PutObject',
    resource: `arn:aws:s3:::${delivery.bucket}/${delivery.key}`,
    keys,
  }
  return deliverers(delivery).some((principal) => {
    const resource = { policy, principal, isRequired: true, kind: 'resource' } as const
    const decision = decide(request, { identity: [], resource })
    // An account that is named leaves the rest to its own policies, which are AWS's.
    return decision.allowed || (!decision.isExplicit && decision.by === 'identity')
  })
}

function deliverers({ kind, region }: Delivery): readonly PrincipalFacts[] {
  if (kind === 'network') return [{ service: 'delivery.logs.amazonaws.com' }]
  const accountId = ACCOUNTS[region]
  return [
    { service: 'logdelivery.elasticloadbalancing.amazonaws.com' },
    ...(accountId === undefined ? [] : [{ arn: `arn:aws:iam::${accountId}:root`, accountId }]),
  ]
}

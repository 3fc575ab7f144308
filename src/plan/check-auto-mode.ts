// Owns the problems of what EKS Auto Mode does beside nodes and Neargate does not: its load balancers,
// its volumes, and pools of a fixed size.
// Source: EKS user guide, "Use Service Annotations to configure Network Load Balancers", "Create a Storage Class".
import type { Manifest } from '../config/manifest.ts'
import type { Problem } from '../config/problem.ts'
import { problem } from '../config/problem.ts'
import { isObject } from '../base/json.ts'
import type { PlanFacts } from './checks.ts'

const INSTEAD =
  'Give iam.serviceAccounts an account for the AWS Load Balancer Controller, which up installs, and leave the class out.'

/** Reports objects that ask for Auto Mode's own load balancing or block storage, by their classes. */
export function checkAutoMode({ auto, manifests }: PlanFacts): Problem[] {
  if (!auto) return []
  return manifests.flatMap((manifest) => [...balanced(manifest), ...stored(manifest), ...fixed(manifest)])
}

function balanced(manifest: Manifest): Problem[] {
  const { kind, metadata, spec } = manifest.object
  const field = (name: string): unknown => (isObject(spec) ? spec[name] : undefined)
  const isOwn =
    (kind === 'Service' && field('loadBalancerClass') === 'eks.amazonaws.com/nlb') ||
    (kind === 'IngressClass' && field('controller') === 'eks.amazonaws.com/alb')
  if (!isOwn) return []
  const message = `${kind} ${metadata.name} asks for a load balancer of EKS Auto Mode`
  return [problem('load-balancer-not-emulated', message, manifest.locate(['spec']), INSTEAD)]
}

function stored(manifest: Manifest): Problem[] {
  const { kind, metadata, provisioner } = manifest.object as { provisioner?: unknown } & Manifest['object']
  if (kind !== 'StorageClass' || provisioner !== 'ebs.csi.eks.amazonaws.com') return []
  const message = `StorageClass ${metadata.name} asks for volumes of EKS Auto Mode, which are not emulated`
  const help = 'Use the add-on aws-ebs-csi-driver with provisioner ebs.csi.aws.com for the near cluster.'
  return [problem('not-supported', message, manifest.locate(['provisioner']), help)]
}

function fixed(manifest: Manifest): Problem[] {
  const { kind, metadata, spec } = manifest.object
  if (kind !== 'NodePool' || !isObject(spec) || spec['replicas'] === undefined) return []
  const message = `NodePool ${metadata.name} asks for static capacity, which is not emulated`
  const help = 'Leave replicas out: nodes come for the pods that need them.'
  return [problem('not-supported', message, manifest.locate(['spec', 'replicas']), help)]
}

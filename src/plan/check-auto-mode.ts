// Owns the problems of what EKS Auto Mode does and Neargate does not, and of what asks for Auto Mode where it is off.
// Source: EKS user guide, "Create a Node Class for Amazon EKS", "Use Service Annotations to configure Network Load
// Balancers", "Create a Storage Class".
import type { Manifest } from '../config/manifest.ts'
import type { Problem } from '../config/problem.ts'
import { problem } from '../config/problem.ts'
import { isObject } from '../base/json.ts'
import { AUTO_MODE_EBS_DRIVER } from '../rules/kubernetes/ebs-volume.ts'
import { AUTO_MODE } from '../rules/load-balancer/edition.ts'
import type { PlanFacts } from './checks.ts'

/** Reports objects of Auto Mode that are not emulated; without Auto Mode, those that nothing would act on. */
export function checkAutoMode({ auto, manifests }: PlanFacts): Problem[] {
  if (!auto) return manifests.flatMap(orphaned)
  return manifests.flatMap((manifest) => [...fixed(manifest), ...classed(manifest)])
}

function fieldOf({ object: { spec } }: Manifest, name: string): unknown {
  return isObject(spec) ? spec[name] : undefined
}

function orphaned(manifest: Manifest): Problem[] {
  const { kind, metadata, provisioner } = manifest.object as { provisioner?: unknown } & Manifest['object']
  const asks =
    (kind === 'Service' && fieldOf(manifest, 'loadBalancerClass') === AUTO_MODE.loadBalancerClass) ||
    (kind === 'IngressClass' && fieldOf(manifest, 'controller') === AUTO_MODE.ingressController) ||
    (kind === 'StorageClass' && provisioner === AUTO_MODE_EBS_DRIVER)
  if (!asks) return []
  const message = `${kind} ${metadata.name} is for EKS Auto Mode, which is off: nothing will act on it`
  const at = manifest.locate(kind === 'StorageClass' ? ['provisioner'] : ['spec'])
  return [problem('auto-mode-off', message, at)]
}

function fixed(manifest: Manifest): Problem[] {
  const { kind, metadata } = manifest.object
  if (kind !== 'NodePool' || fieldOf(manifest, 'replicas') === undefined) return []
  const message = `NodePool ${metadata.name} asks for static capacity, which is not emulated`
  const help = 'Leave replicas out: nodes come for the pods that need them.'
  return [problem('not-supported', message, manifest.locate(['spec', 'replicas']), help)]
}

// The defaults ask for nothing.
const WITHOUT_EFFECT: Readonly<Record<string, { readonly usual?: string; readonly why: string }>> = {
  snatPolicy: { usual: 'Random', why: 'addresses are translated by the engine, for every pod alike' },
  networkPolicyEventLogs: { usual: 'Disabled', why: 'no events of network policies are logged' },
  advancedNetworking: { why: 'near nodes have the network of their subnet' },
  certificateBundles: { why: 'images are pulled with the certificates of the engine' },
}

function classed(manifest: Manifest): Problem[] {
  const { kind, metadata, apiVersion } = manifest.object
  if (kind !== 'NodeClass' || apiVersion !== `${AUTO_MODE.group}/${AUTO_MODE.version}`) return []
  const policy = fieldOf(manifest, 'networkPolicy')
  const ignored = Object.entries(WITHOUT_EFFECT).flatMap(([name, { usual, why }]) => {
    const given = fieldOf(manifest, name)
    if (given === undefined || given === usual) return []
    const text = `NodeClass ${metadata.name}: ${name} has no effect near: ${why}`
    return [problem('field-ignored', text, manifest.locateKey(['spec', name]))]
  })
  if (policy === undefined || policy === 'DefaultAllow') return ignored
  const text = `NodeClass ${metadata.name}: networkPolicy ${JSON.stringify(policy)} is not emulated: pods would be let through`
  const help = 'Write a NetworkPolicy with an empty podSelector into each namespace instead.'
  return [...ignored, problem('not-supported', text, manifest.locate(['spec', 'networkPolicy']), help)]
}

// Owns which secrets a pod may use where its service account says that only those it names are mountable.
// Source: kubernetes plugin/pkg/admission/serviceaccount/admission.go (limitSecretReferences).
import type { Container, Pod, ServiceAccount } from '../../../../generated/kubernetes.d.ts'

const ENFORCE = 'kubernetes.io/enforce-mountable-secrets'
// What Go's strconv.ParseBool reads as true.
const truths = ['1', 't', 'T', 'TRUE', 'true', 'True']

/** The first reference that the account does not allow; undefined when all are, or nothing is limited. */
export function secretRefusal({ spec }: Pod, account: ServiceAccount): string | undefined {
  if (!truths.includes(account.metadata.annotations?.[ENFORCE] ?? '')) return undefined
  const mountable = (account.secrets ?? []).map(({ name }) => name)
  const isAllowed = (name: string | undefined): boolean => mountable.includes(name)
  const tail = `is not allowed because service account ${account.metadata.name} does not reference that`
  const volume = spec.volumes?.find(({ secret }) => secret && !isAllowed(secret.secretName))
  if (volume) return `volume with secret.secretName="${volume.secret?.secretName}" ${tail} secret`
  const lists = [
    ['init container', spec.initContainers ?? []],
    ['container', spec.containers],
  ] as const
  for (const [what, containers] of lists) {
    for (const container of containers) {
      const found = referenceOf(container, isAllowed)
      if (found) return `${what} ${container.name} with ${found} ${tail} secret`
    }
  }
  const pulling = (account.imagePullSecrets ?? []).map(({ name }) => name)
  const index = (spec.imagePullSecrets ?? []).findIndex(({ name }) => !pulling.includes(name))
  if (index < 0) return undefined
  return `imagePullSecrets[${index}].name="${spec.imagePullSecrets?.[index]?.name}" ${tail} imagePullSecret`
}

function referenceOf(
  { env = [], envFrom = [] }: Container,
  isAllowed: (name: string | undefined) => boolean,
): string | undefined {
  for (const { name, valueFrom } of env) {
    const secret = valueFrom?.secretKeyRef
    if (secret && !isAllowed(secret.name)) {
      return `envVar ${name} referencing secret.secretName="${secret.name}"`
    }
  }
  const source = envFrom.find(({ secretRef }) => secretRef && !isAllowed(secretRef.name))
  return source && `envFrom referencing secret.secretName="${source.secretRef?.name}"`
}

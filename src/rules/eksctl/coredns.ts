// Owns when eksctl moves CoreDNS to Fargate. Source: eksctl pkg/fargate/coredns.

interface ProfileSelector {
  readonly namespace: string
  readonly labels?: Readonly<Record<string, string>>
}

/** The label by which a profile may select CoreDNS alone. */
export const COMPONENT = 'eks.amazonaws.com/component'

/** True when one of the selectors is for CoreDNS: `kube-system` by name, without labels or with its own. */
export function selectsCoreDns(selectors: readonly ProfileSelector[]): boolean {
  return selectors.some(({ namespace, labels = {} }) => {
    const isUnlabelled = Object.keys(labels).length === 0
    return namespace === 'kube-system' && (isUnlabelled || labels[COMPONENT] === 'coredns')
  })
}

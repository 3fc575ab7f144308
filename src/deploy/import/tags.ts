// Owns which tags, labels and annotations are people's own, and which say who made a thing.

const MARKS =
  /^(aws:|alpha\.eksctl\.io\/|eksctl\.|eksctl\.cluster\.k8s\.io\/|eks:|eks\.amazonaws\.com\/|k8s\.io\/cluster-autoscaler|kubernetes\.io\/cluster\/|neargate\.dev\/)/

/** Without those of eksctl, EKS, CloudFormation and `up`, and without the Name that eksctl gives everything. */
export function ownTags(tags: Readonly<Record<string, string>> | undefined): Record<string, string> {
  return Object.fromEntries(
    Object.entries(tags ?? {}).filter(
      ([key, value]) => !MARKS.test(key) && !(key === 'Name' && value.startsWith('eksctl-')),
    ),
  )
}
